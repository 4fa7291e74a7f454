"""Reimbursement claims between the allocations and the engine: reading, freezing, outcomes, and what a claim's papers show."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

from pypika import Case

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, flt, getdate, now_datetime

from core_minori.engine.claim import (
	AUTHORITY,
	SETTLED,
	Amount,
	Candidate,
	Selection,
	Standing,
	Step,
	Totals,
	Verdict,
	check_day,
	check_step,
	choose,
	no_longer_claimable,
	restored,
	snapshot,
	totals,
)
from core_minori.engine.claim_outcome import AUDITOR as AUDITOR_STAGE
from core_minori.engine.claim_outcome import AUTHORITY as AUTHORITY_STAGE
from core_minori.engine.claim_outcome import Examination, ExaminedRow, read_outcome
from core_minori.engine.cost_facts import CostFacts
from core_minori.engine.eligibility import AWAITED, Rulebook
from core_minori.engine.flat_rates import FlatRate, chapters_of
from core_minori.engine.message import Severity
from core_minori.engine.money import money
from core_minori.engine.sheets import Problem
from core_minori.funding.budgets import flat_rates
from core_minori.funding.checks import judge, recheck, rows_of
from core_minori.funding.claim_papers import names_of_organisations
from core_minori.funding.facts import facts_of
from core_minori.funding.ledger import programme_rules
from core_minori.messages import site_language

# More than this many costs are handled by a worker; a list of this many reasons is what a person reads.
BY_WORKER = 500
MOST_LEFT_OUT = 500
CHUNK = 1000

Thing = TypeVar("Thing")
Progress = Callable[[int, int], None]


def locked(name: str) -> Document:
	"""A claim that nobody else changes until the transaction ends: its project first, then the claim itself.

	Always in this order, so that two claims of a project wait for each other and never cross.
	"""
	project = frappe.db.get_value("Reimbursement Claim", name, "funded_project")
	if project:
		frappe.db.get_value("Funded Project", project, "name", for_update=True)
	return frappe.get_doc("Reimbursement Claim", name, for_update=True)


def next_number(project: str) -> int:
	"""The number of a new claim of a project, from 1 and without gaps: a deleted or cancelled claim's number is free again.

	The project's row stays locked until the transaction ends, so that two claims never take the same number.
	"""
	return _free_number(project, (0, 1))


def final_number(doc: Document) -> int:
	"""The number of a claim that is being submitted: claims are numbered in the order in which they are handed in.

	A draft that had this number so far gets this claim's in exchange.
	"""
	number = _free_number(doc.funded_project, (1,))
	if number != doc.claim_number:
		frappe.db.set_value(
			"Reimbursement Claim",
			{"funded_project": doc.funded_project, "docstatus": 0, "claim_number": number},
			"claim_number",
			doc.claim_number,
			update_modified=False,
		)
	return number


def _free_number(project: str, docstatus: tuple[int, ...]) -> int:
	frappe.db.get_value("Funded Project", project, "name", for_update=True)
	claim = frappe.qb.DocType("Reimbursement Claim")
	# Read with a lock: what another claim took while this one waited is not in the transaction's own view.
	rows = (
		frappe.qb.from_(claim)
		.select(claim.claim_number)
		.where((claim.funded_project == project) & claim.docstatus.isin(docstatus))
		.for_update()
	).run(pluck=True)
	number = 1
	while number in rows:
		number += 1
	return number


def run_step(name: str, step: str) -> None:
	"""Background job: pick the costs of a claim, or submit it. A refusal is kept for the form that waits for the end."""
	frappe.set_user_lang(frappe.session.user)
	key = outcome_key(name)
	frappe.cache.delete_value(key)
	try:
		doc = locked(name)
		doc.flags.progress = _told_to(doc)
		doc.check_permission("submit" if step == "submit" else "write")
		if step == "submit":
			doc.submit()
		else:
			pick(doc)
			doc.save()
		frappe.db.commit()
	except Exception as error:
		frappe.db.rollback()
		known = isinstance(error, frappe.ValidationError)
		if not known:
			frappe.log_error(
				title="Reimbursement Claim", reference_doctype="Reimbursement Claim", reference_name=name
			)
		said = (
			str(error)
			if known
			else _("The worker stopped: tell the administrator, who finds it in the error log.")
		)
		frappe.cache.set_value(key, said, expires_in_sec=3600)
	finally:
		frappe.publish_realtime(
			"reimbursement_claim_done", {"name": name}, doctype="Reimbursement Claim", docname=name
		)


def job_of(name: str) -> str:
	"""Id of the background job of a claim: one at a time."""
	return f"core_minori_claim::{name}"


def outcome_key(name: str) -> str:
	"""Where the cache keeps why the last background job of a claim was refused."""
	return f"core_minori_claim_refused::{name}"


def _told_to(doc: Document) -> Progress:
	def tell(done: int, of: int) -> None:
		frappe.publish_realtime(
			"reimbursement_claim_progress",
			{"name": doc.name, "percent": done * 100 // max(of, 1)},
			doctype=doc.doctype,
			docname=doc.name,
		)

	return tell


def pick(doc: Document) -> Selection:
	"""Put the costs that may be claimed into a draft's list, and note which stay out and why. Does not save."""
	names = open_allocations(doc.funded_project)
	for chunk in _chunks(names):
		recheck(chunk)  # so that the costs themselves say the same as the list of those left out
	selection = _selection(doc, names)
	doc.set("costs", [])
	for position, facts in enumerate(selection.chosen, start=1):
		doc.append("costs", _row(position, facts))
	doc.left_out = frappe.as_json(
		[
			{
				"allocation": left.facts.allocation,
				"line": left.facts.line_code or left.facts.line,
				"party": left.facts.party,
				"document": left.facts.document_number or left.facts.voucher_no,
				"day": left.facts.incurred_on,
				"amount": flt(left.facts.imputed_amount),
				"rule": left.rule,
				# Stored as source text and values: each reader sees it in their own language.
				"text": left.message.text,
				"values": left.message.values,
			}
			for left in selection.left_out[:MOST_LEFT_OUT]
		],
		indent=None,
	)
	doc.left_out_count = len(selection.left_out)
	doc.picked_on = now_datetime()
	return selection


def freeze(doc: Document) -> None:
	"""Fix a claim that is being submitted: its costs as they are now, their snapshots, flat rates, sources and totals.

	The allocations stay locked until the transaction ends. Raises frappe.ValidationError naming every cost that may not
	be claimed, such as one that another claim took in the meantime.
	"""
	if not doc.costs:
		frappe.throw(_("There is nothing to claim: press Pick Costs first."))
	names = [row.cost_allocation for row in doc.costs]
	standings = _lock(names)
	alive = [name for name in names if name in standings]
	selection = _selection(doc, alive)
	problems = no_longer_claimable(names, standings, selection, doc.funded_project, doc.name)
	if problems:
		shown = "".join(
			f"<li><b>{escape_html(name)}</b>: {escape_html(message.render(_))}</li>"
			for name, message in problems[:20]
		)
		more = f"<p>{_('And {0} more.').format(len(problems) - 20)}</p>" if len(problems) > 20 else ""
		frappe.throw(
			_("These costs cannot be claimed. Press Pick Costs again to bring the list up to date:")
			+ f"<ul>{shown}</ul>{more}",
			title=_("Not Possible"),
		)
	facts = {chosen.allocation: chosen for chosen in selection.chosen}
	for position, row in enumerate(doc.costs, start=1):
		row.update(_row(position, facts[row.cost_allocation]))
		row.auditor_amount = row.authority_amount = 0
		row.auditor_reason = row.authority_reason = None
		row.facts = snapshot(facts[row.cost_allocation])
	set_provisional_totals(doc)


def write_rows(doc: Document) -> None:
	"""Write the costs of a claim in the place of those it had. A row that is another claim's is a duplicate, and refused."""
	frappe.db.delete("Reimbursement Claim Cost", {"parent": doc.name, "parenttype": doc.doctype})
	if not doc.costs:
		return
	fields = doc.costs[0].meta.get_valid_columns()
	for row in doc.costs:
		row.creation, row.owner = row.creation or doc.modified, row.owner or doc.modified_by
		row.modified, row.modified_by = doc.modified, doc.modified_by
	for rows in _chunks(doc.costs):
		values = (row.get_valid_dict(convert_dates_to_str=True) for row in rows)
		frappe.db.bulk_insert(
			"Reimbursement Claim Cost", fields, [[value.get(field) for field in fields] for value in values]
		)
	for row in doc.costs:
		row.set("__islocal", False)


def set_provisional_totals(doc: Document) -> None:
	"""What a draft would come to if it were submitted as it is."""
	for row in doc.costs:
		row.claimed_amount = row.imputed_amount
	_set_totals(doc, "claimed")
	doc.cost_count = len(doc.costs)


def hold(doc: Document) -> None:
	"""Mark the allocations of a submitted claim as claimed."""
	allocation = frappe.qb.DocType("Cost Allocation")
	for names in _chunks([row.cost_allocation for row in doc.costs]):
		(
			frappe.qb.update(allocation)
			.set(allocation.claim, doc.name)
			.set(allocation.claimed_amount, allocation.imputed_amount)
			.set(allocation.modified, now_datetime())
			.set(allocation.modified_by, frappe.session.user)
			.where(allocation.name.isin(names))
		).run()


def release(doc: Document) -> None:
	"""Give the allocations of a cancelled claim back, so that another claim may take them."""
	allocation = frappe.qb.DocType("Cost Allocation")
	(
		frappe.qb.update(allocation)
		.set(allocation.claim, None)
		.set(allocation.claimed_amount, 0)
		.set(allocation.auditor_amount, 0)
		.set(allocation.authority_amount, 0)
		.set(allocation.modified, now_datetime())
		.set(allocation.modified_by, frappe.session.user)
		.where(allocation.claim == doc.name)
	).run()


def send(doc: Document, step: Step, day: date) -> None:
	"""Note that a claim went to the auditor or to the authority on `day`."""
	field, before = {
		Step.SEND_TO_AUDITOR: ("sent_to_auditor_on", doc.claimed_on),
		Step.SEND_TO_AUTHORITY: ("sent_to_authority_on", doc.audited_on),
	}[step]
	status = check_step(doc.status, step)
	check_day(day, getdate(before) if before else None, getdate())
	doc.db_set({"status": status, field: day}, notify=True)
	note_step(doc, day)


def note_step(doc: Document, day: date | str) -> None:
	"""Say on the timeline which status a claim has from `day` on; no version does."""
	language = site_language()
	doc.add_comment(
		"Info",
		_("{0} on {1}", language).format(
			_(doc.status, language, context=doc.doctype), frappe.format(day, "Date")
		),
	)


def apply_outcome(doc: Document, step: Step, verdicts: Iterable[Verdict], day: date) -> None:
	"""Write what an examiner left of each row to rows, allocations, flat rates, sources and totals, and move the claim on."""
	status = check_step(doc.status, step)
	stage, sent, field = {
		Step.AUDITOR_OUTCOME: ("auditor", doc.sent_to_auditor_on, "audited_on"),
		Step.AUTHORITY_OUTCOME: ("authority", doc.sent_to_authority_on, "settled_on"),
	}[step]
	check_day(day, getdate(sent) if sent else None, getdate())
	found = {verdict.row: verdict for verdict in verdicts}
	for row in doc.costs:
		row.set(f"{stage}_amount", flt(found[row.name].accepted))
		row.set(f"{stage}_reason", found[row.name].reason or None)
	_set_totals(doc, stage)
	amount, reason = f"{stage}_amount", f"{stage}_reason"
	cost, allocation = frappe.qb.DocType("Reimbursement Claim Cost"), frappe.qb.DocType("Cost Allocation")
	# Most rows are accepted whole: these are set at once, and the cut ones after them in a few statements.
	(
		frappe.qb.update(cost)
		.set(cost[amount], cost.claimed_amount)
		.set(cost[reason], None)
		.where((cost.parent == doc.name) & (cost.parenttype == doc.doctype))
	).run()
	(
		frappe.qb.update(allocation)
		.set(allocation[amount], allocation.claimed_amount)
		.where(allocation.claim == doc.name)
	).run()
	for rows in _chunks(row for row in doc.costs if row.get(amount) != row.claimed_amount):
		accepted, why, accepted_of_allocation = Case(), Case(), Case()
		for row in rows:
			accepted = accepted.when(cost.name == row.name, row.get(amount))
			why = why.when(cost.name == row.name, row.get(reason))
			accepted_of_allocation = accepted_of_allocation.when(
				allocation.name == row.cost_allocation, row.get(amount)
			)
		(
			frappe.qb.update(cost)
			.set(cost[amount], accepted)
			.set(cost[reason], why)
			.where(cost.name.isin([row.name for row in rows]))
		).run()
		(
			frappe.qb.update(allocation)
			.set(allocation[amount], accepted_of_allocation)
			.where(allocation.name.isin([row.cost_allocation for row in rows]))
		).run()
	for row in (*doc.flat_rates, *doc.sources):
		row.db_update()
	doc.db_set({"status": status, field: day, amount: doc.get(amount)}, notify=True)
	language = site_language()
	doc.add_comment(
		"Info",
		_("{0} on {1}: {2} of {3} accepted.", language).format(
			_(status, language, context=doc.doctype),
			frappe.format(day, "Date"),
			frappe.format(doc.get(amount), "Currency"),
			frappe.format(doc.claimed_amount, "Currency"),
		),
	)


def examination_of(doc: Document, stage: str) -> Examination:
	"""A submitted claim as the auditor or the authority sees it. The authority's starts from what the auditor accepted."""
	project = frappe.get_cached_doc("Funded Project", doc.funded_project)
	partners = names_of_organisations(row.partner for row in doc.costs)
	rows = []
	for row in doc.costs:
		facts = restored(row.facts)
		audited = stage == "authority"
		rows.append(
			ExaminedRow(
				row=row.name,
				number=row.position,
				chapter=facts.chapter,
				line=facts.line_code or facts.line,
				partner=partners.get(row.partner, ""),
				party=facts.party,
				document=facts.document_number or facts.voucher_no,
				document_date=facts.document_date or facts.incurred_on,
				description=facts.description,
				claimed=money(row.claimed_amount),
				prefilled=money(row.auditor_amount if audited else row.claimed_amount),
				reason=(row.auditor_reason or "") if audited else "",
			)
		)
	return Examination(
		stage=stage,
		claim=doc.name,
		claim_number=doc.claim_number,
		project=project.name,
		title=project.title,
		cup=project.cup or "",
		rows=tuple(rows),
	)


def stage_of(doc: Document) -> str:
	"""Whose outcome a claim waits for, or had last: auditor or authority."""
	return AUTHORITY_STAGE if doc.status in (AUTHORITY, SETTLED) else AUDITOR_STAGE


def import_outcome(doc: Document, content: bytes, day: date) -> list[Problem]:
	"""Read the workbook of the examiner whose turn it is, and write its outcome. With problems nothing is written.

	Raises RuleError when no examiner has the claim.
	"""
	stage = stage_of(doc)
	step = Step.AUTHORITY_OUTCOME if stage == AUTHORITY_STAGE else Step.AUDITOR_OUTCOME
	check_step(doc.status, step)
	outcome = read_outcome(content, examination_of(doc, stage))
	if not outcome.problems:
		apply_outcome(doc, step, outcome.verdicts, day)
	return list(outcome.problems)


def paid_later(project: str, day: date) -> frozenset[str]:
	"""Chapters that may be paid after the claim (the auditor's fee), by the base of the programme's rule payment-date."""
	programme = frappe.get_cached_value("Funded Project", project, "programme")
	rule = Rulebook(programme_rules(programme)).of("payment-date", day)
	return rule.chapters if rule else frozenset()


def open_allocations(project: str) -> list[str]:
	"""Allocations of a project that no claim holds, drafts included."""
	allocation, line = frappe.qb.DocType("Cost Allocation"), frappe.qb.DocType("FAMI Budget Line")
	return (
		frappe.qb.from_(allocation)
		.join(line)
		.on(line.name == allocation.budget_line)
		.select(allocation.name)
		.where(
			(line.funded_project == project)
			& (line.cost_method != "Flat Rate")
			& (allocation.docstatus < 2)
			& (allocation.claim.isnull() | (allocation.claim == ""))
		)
	).run(pluck=True)


def _selection(doc: Document, names: Sequence[str]) -> Selection:
	"""Choose among these allocations, judged by the rules as they stand now: a payment or its paper may have come."""
	ends_on = getdate(doc.period_to)
	later = paid_later(doc.funded_project, ends_on)
	candidates = []
	for chunk in _chunks(names):
		facts = facts_of(chunk)
		confirmed = set(
			frappe.get_all("Cost Allocation", {"name": ["in", chunk], "docstatus": 1}, pluck="name")
		)
		blocking = _blocking(facts, later)
		candidates += [
			Candidate(known, name in confirmed, blocking.get(name, ())) for name, known in facts.items()
		]
		if doc.flags.progress:
			doc.flags.progress(len(candidates), len(names))
	return choose(candidates, ends_on, later)


def _blocking(facts: Mapping[str, CostFacts], later: Collection[str]) -> dict[str, tuple[str, ...]]:
	"""What the rules find now that blocks each cost, but for what somebody overrode or what may come later."""
	overridden: dict[str, list[frappe._dict]] = defaultdict(list)
	for row in frappe.get_all(
		"Cost Finding",
		filters={"parenttype": "Cost Allocation", "parent": ["in", list(facts)], "overridden": 1},
		fields=["parent", "check_code", "value_found", "overridden"],
	):
		overridden[row.parent].append(row)
	found = {}
	for name, findings in judge(facts).items():
		blocking = [finding for finding in findings if finding.severity is Severity.BLOCK]
		if not blocking:
			continue
		found[name] = tuple(
			row["message"]
			for row in rows_of(blocking, overridden[name])
			if not row["overridden"] and not (row["check_code"] in AWAITED and facts[name].chapter in later)
		)
	return found


def _lock(names: Sequence[str]) -> dict[str, Standing]:
	"""How these allocations stand now; their rows stay locked. Always in the same order, so that two claims never cross."""
	allocation = frappe.qb.DocType("Cost Allocation")
	line = frappe.qb.DocType("FAMI Budget Line")
	found = {}
	for chunk in _chunks(sorted(set(names))):
		rows = (
			frappe.qb.from_(allocation)
			.select(allocation.name, allocation.docstatus, allocation.budget_line, allocation.claim)
			.where(allocation.name.isin(chunk))
			.orderby(allocation.name)
			.for_update()
		).run(as_dict=True)
		projects = dict(
			(
				frappe.qb.from_(line)
				.select(line.name, line.funded_project)
				.where(line.name.isin(list({row.budget_line for row in rows})))
			).run()
			if rows
			else ()
		)
		for row in rows:
			found[row.name] = Standing(row.docstatus, projects.get(row.budget_line, ""), row.claim or "")
	return found


def _row(position: int, facts: CostFacts) -> dict[str, object]:
	return {
		"position": position,
		"cost_allocation": facts.allocation,
		"budget_line": facts.line,
		"chapter": facts.chapter,
		"partner": facts.partner or None,
		"party": facts.party,
		"document_number": facts.document_number or facts.voucher_no,
		"document_date": facts.document_date or facts.incurred_on,
		"imputed_amount": flt(facts.imputed_amount),
	}


def totals_of(doc: Document, stage: str) -> Totals:
	"""What the rows of a claim come to by the amounts of `stage`: claimed, auditor or authority."""
	rates = [
		FlatRate(
			row.budget_line,
			row.partner or "",
			Decimal(str(row.rate)),
			chapters_of(row.base_chapters),
			frappe.get_cached_value("FAMI Budget Line", row.budget_line, "chapter"),
		)
		for row in doc.flat_rates
	]
	return totals(
		[
			Amount(row.chapter or "", row.partner or "", money(row.get(f"{stage}_amount")))
			for row in doc.costs
		],
		rates,
		[Decimal(str(row.percent)) for row in doc.sources],
	)


def _set_totals(doc: Document, stage: str) -> None:
	"""Flat rates, sources and totals of `stage`, from the rows. When claiming, the project's rates and sources are taken."""
	if stage == "claimed":
		doc.set("flat_rates", [])
		for rate in flat_rates(doc.funded_project):
			doc.append(
				"flat_rates",
				{
					"budget_line": rate.line,
					"partner": rate.partner or None,
					"rate": flt(rate.percent),
					"base_chapters": ", ".join(rate.base_chapters),
				},
			)
		doc.set("sources", [])
		for source in frappe.get_cached_doc("Funded Project", doc.funded_project).sources:
			doc.append("sources", {"source_type": source.source_type, "percent": source.percent})
	found = totals_of(doc, stage)
	base = "base_amount" if stage == "claimed" else f"{stage}_base"
	for row in doc.flat_rates:
		flat = found.flat_rates[row.budget_line]
		row.set(base, flt(flat.base))
		row.set(f"{stage}_amount", flt(flat.amount))
	for row, amount in zip(doc.sources, found.by_source, strict=True):
		row.set(f"{stage}_amount", flt(amount))
	doc.set(f"{stage}_amount", flt(found.total))
	if stage == "claimed":
		doc.direct_amount, doc.flat_rate_amount = flt(found.direct), flt(found.flat_rate)


def _chunks(things: Iterable[Thing]) -> Iterator[list[Thing]]:
	things = list(things)
	for start in range(0, len(things), CHUNK):
		yield things[start : start + CHUNK]
