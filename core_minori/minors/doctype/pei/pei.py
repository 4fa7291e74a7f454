import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from core_minori.days import as_day
from core_minori.engine.beneficiaries import FAMILIES, age_on
from core_minori.engine.casework import PLAN_ENDED
from core_minori.engine.pei import (
	APPROVED,
	check_approval,
	check_fixed,
	check_intervention,
	check_objective,
	check_pei_step,
	check_signature_days,
	late_review,
	settled,
)
from core_minori.messages import say
from core_minori.minors.plan_draft import SHOWN_FIRST, birth_of, prefill, signatories
from core_minori.minors.plans import OPEN_DRAFTS, next_review, values_of
from core_minori.permissions import may_read_case, own_fields
from core_minori.records import CaseRecord


class PEI(CaseRecord):
	"""One version of a minor's individual educational plan (progetto educativo individualizzato)."""

	def before_insert(self) -> None:
		"""Number the version after the last one; the case is locked so that two cannot take the same number."""
		frappe.db.get_value("Case File", self.case_file, "name", for_update=True)
		last = frappe.get_all(
			"PEI",
			filters={"case_file": self.case_file},
			fields=["name", "version", "workflow_state"],
			order_by="version desc",
			limit=1,
		)
		self.version = last[0].version + 1 if last else 1
		self.previous_version = last[0].name if last else None
		if last and last[0].workflow_state in OPEN_DRAFTS and not self.register_code:
			frappe.throw(
				_("Version {0} of this plan is not running yet: change that one.").format(last[0].version),
				title=_("A Draft Is There Already"),
			)
		self.fill_from_case()

	def onload(self) -> None:
		self.set_onload("family", self.is_family())
		self.set_onload(
			"reads",
			{
				part: may_read_case(frappe.session.user, self.case_file, part)
				for part in ("work", "review", "referral")
			}
			if self.case_file
			else {},
		)

	def validate(self) -> None:
		self.keep_to_own_sections()
		self.set_keys()
		self.settle_objectives()
		self.drop_blank_signatures()
		self.keep_what_was_approved()
		self.refuse_own_approval()
		self.ask_for_signatures()
		self.check_step()
		self.set_signature_dates()

	def on_update(self) -> None:
		self.supersede_previous_version()
		super().on_update()

	def fill_from_case(self) -> None:
		"""What the case knows goes into empty fields; the form did so before, and what was emptied there stays empty."""
		if self.prefilled:
			return
		for name, value in prefill(self.case_file).items():
			if name not in SHOWN_FIRST and name != "objectives" and not self.get(name):
				self.set(name, value)
		self.prefilled = 1

	def set_keys(self) -> None:
		"""Each row has a key that goes along from version to version; a row copied inside the plan gets its own."""
		for table in ("objectives", "interventions"):
			taken: set[str] = set()
			for row in self.get(table):
				if not row.item_key or row.item_key in taken:
					row.item_key = frappe.generate_hash(length=10)
				taken.add(row.item_key)

	def settle_objectives(self) -> None:
		for row in self.objectives:
			row.status, row.progress = settled(row.status, row.progress)

	def drop_blank_signatures(self) -> None:
		"""A row that only asks for a signature goes when another row gives it."""
		given = {row.signatory for row in self.signatures if row.signed_on or row.refusal_reason}
		kept = [
			row
			for row in self.signatures
			if row.signed_on or row.refusal_reason or row.mode or row.signatory not in given
		]
		if len(kept) < len(self.signatures):
			self.set("signatures", kept)

	def keep_to_own_sections(self) -> None:
		"""Who writes a part of the plan only, changes that part and no other."""
		before, own = self.get_doc_before_save(), own_fields("PEI", frappe.session.user)
		if not before or own is None or self.flags.by_system:
			return
		for field in self.meta.fields:
			if field.fieldname in own or field.read_only:
				continue
			if field.fieldtype == "Table":
				changed = _rows(self.get(field.fieldname)) != _rows(before.get(field.fieldname))
			else:
				changed = self.has_value_changed(field.fieldname)
			if changed:
				frappe.throw(
					_(
						"{0} is written by the social worker or the educator: you may change the Needs section."
					).format(_(field.label)),
					frappe.PermissionError,
				)

	def keep_what_was_approved(self) -> None:
		before = self.get_doc_before_save()
		if before:
			say([check_fixed(values_of(before), values_of(self), before.workflow_state or "Drafting")])

	def refuse_own_approval(self) -> None:
		"""Frappe asks this of its button only, not of a plan that is saved with the next state in it."""
		if (
			self.workflow_state == APPROVED
			and self.has_value_changed("workflow_state")
			and frappe.session.user != "Administrator"
		):
			say([check_approval(self.owner, frappe.session.user)])

	def ask_for_signatures(self) -> None:
		"""An approved plan goes round for signing: a row for everybody concerned, where there is none yet."""
		if self.workflow_state != APPROVED or not self.has_value_changed("workflow_state"):
			return
		there = {row.signatory for row in self.signatures}
		for row in signatories(self.case_file, self):
			if row["signatory"] not in there:
				self.append("signatures", row)

	def check_step(self) -> None:
		"""Ask for what the state needs, when the state changes and whenever a running plan is saved."""
		if self.flags.by_system:
			return  # what the system writes was checked where it was found
		state = self.workflow_state or "Drafting"
		findings = []
		if state not in PLAN_ENDED:
			drafted, family = getdate(self.drafted_on), self.is_family()
			for place, row in enumerate(self.objectives, 1):
				findings += check_objective(place, _days(row, "due_on"), drafted, state, family)
			for place, row in enumerate(self.interventions, 1):
				findings += check_intervention(place, _days(row, "start_date", "end_date"), drafted)
		signed = [(row.signatory, as_day(row.signed_on), row.refusal_reason) for row in self.signatures]
		findings.append(check_signature_days((day for __, day, __ in signed), getdate()))
		findings += check_pei_step(
			state,
			len(self.objectives),
			self.minor_wishes,
			signed,
			age_on(birth_of(self.case_file), getdate()),
		)
		say(findings)

	def set_signature_dates(self) -> None:
		"""The plan is signed on the day of its last signature; its review falls due by the rule on reviews."""
		if self.workflow_state not in ("Signed", "In Progress", "Under Review"):
			return
		days = [getdate(row.signed_on) for row in self.signatures if row.signed_on]
		self.signed_on = max(days) if days else None
		if self.signed_on and not self.review_due_on:
			self.review_due_on = next_review(self.signed_on)
		elif self.signed_on and self.has_value_changed("review_due_on") and not self.flags.by_system:
			say(late_review(as_day(self.review_due_on), next_review(self.signed_on, _last_review(self.name))))

	def supersede_previous_version(self) -> None:
		if self.workflow_state != "In Progress" or not self.has_value_changed("workflow_state"):
			return
		for name in frappe.get_all(
			"PEI",
			filters={
				"case_file": self.case_file,
				"version": ["<", self.version],
				"workflow_state": ["not in", PLAN_ENDED],
			},
			pluck="name",
		):
			# The new version takes the place of the old one whoever started it.
			frappe.db.set_value("PEI", name, "workflow_state", "Superseded")

	def is_family(self) -> bool:
		"""Whether the plan is of a parent or of a minor who lives with theirs."""
		if not self.case_file:
			return False
		case = frappe.db.get_value(
			"Case File",
			self.case_file,
			["beneficiary_type", "living_arrangement", "family_case"],
			as_dict=True,
		)
		return bool(case) and (
			case.beneficiary_type in FAMILIES
			or case.living_arrangement == "Family"
			or bool(case.family_case)
			or bool(frappe.db.exists("Support Person", {"case_file": self.case_file, "relation": "Child"}))
		)


def on_doctype_update() -> None:
	"""One number a version; the same index serves the plans of a case in order."""
	frappe.db.add_unique("PEI", ["case_file", "version"])


def _last_review(pei: str):
	"""Day of the last review of a plan."""
	days = frappe.get_all(
		"PEI Review", filters={"pei": pei}, order_by="reviewed_on desc", pluck="reviewed_on", limit=1
	)
	return getdate(days[0]) if days else None


def _days(row: Document, *names: str) -> dict:
	"""A row as the engine reads it, these fields as days."""
	return {**row.as_dict(), **{name: as_day(row.get(name)) for name in names}}


def _rows(rows: list[Document]) -> list[dict]:
	skipped = {
		"modified",
		"modified_by",
		"creation",
		"owner",
		"doctype",
		"parent",
		"parentfield",
		"parenttype",
	}
	return [
		{key: str(value or "") for key, value in row.as_dict().items() if key not in skipped}
		for row in rows or []
	]
