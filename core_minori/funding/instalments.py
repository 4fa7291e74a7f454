"""The payment plan of a project between its rows, ERPNext's payments and the engine's rules."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Max, Sum
from frappe.utils import flt, getdate

from core_minori.engine import instalments as engine
from core_minori.engine.eligibility import severity_of
from core_minori.engine.instalments import Instalment
from core_minori.engine.message import Finding, Severity
from core_minori.engine.money import ZERO, money
from core_minori.funding.ledger import programme_rules
from core_minori.messages import say, text_of

# What a claim is worth at each step: what the last control accepted, else what was claimed.
WORTH = {"Audited": "auditor_amount", "With the Authority": "auditor_amount", "Settled": "authority_amount"}


def prepare(project: Document) -> None:
	"""Compute a project's plan as it is saved: amounts, receipts, and what the rules say of guarantees and requests.

	Raises RuleError when the plan is no whole, frappe.ValidationError when a row that was paid would move.
	"""
	receipts = receipts_of(project.name) if not project.is_new() else {}
	_keep_paid_rows(project, receipts)
	if not project.get("instalments"):
		return
	engine.check_order([row.instalment_type for row in project.instalments])
	total = sum((money(row.budget_share) for row in project.partners), ZERO)
	amounts = engine.instalment_amounts(total, [row.percent for row in project.instalments])
	for row, amount in zip(project.instalments, amounts, strict=True):
		row.amount = flt(amount)
		received, day = receipts.get(row.idx, (ZERO, None))
		row.received_amount, row.received_on = flt(received), day
	_say_findings(project)


def plan_of(project: Document) -> list[Instalment]:
	"""The rows of a project's plan as the engine takes them."""
	return [
		Instalment(
			number=row.idx,
			kind=row.instalment_type,
			amount=money(row.amount),
			received=money(row.received_amount),
			due_on=getdate(row.due_on) if row.due_on else None,
			requested_on=getdate(row.requested_on) if row.requested_on else None,
			trigger_percent=Decimal(str(row.trigger_percent)) if row.trigger_percent else None,
		)
		for row in project.get("instalments")
	]


def receipts_of(project: str) -> dict[int, tuple[Decimal, object]]:
	"""Euro received and day of the last receipt for each instalment number, from the submitted payments."""
	payment = frappe.qb.DocType("Payment Entry")
	rows = (
		frappe.qb.from_(payment)
		.select(payment.fami_instalment, Sum(payment.base_received_amount), Max(payment.posting_date))
		.where(
			(payment.fami_funded_project == project)
			& (payment.docstatus == 1)
			& (payment.payment_type == "Receive")
		)
		.groupby(payment.fami_instalment)
	).run()
	return {number: (money(amount), day) for number, amount, day in rows}


def store_receipts(project: str) -> None:
	"""Bring the receipts of a project's rows up to date. Whoever books the payment need not be able to edit it."""
	# Two payments of one project booked at once wait for each other here.
	frappe.db.get_value("Funded Project", project, "name", for_update=True)
	receipts = receipts_of(project)
	for row in frappe.get_all(
		"Funding Instalment",
		{"parent": project, "parenttype": "Funded Project"},
		["name", "idx", "received_amount", "received_on"],
	):
		received, day = receipts.get(row.idx, (ZERO, None))
		if (money(row.received_amount), row.received_on) != (received, day):
			frappe.db.set_value(
				"Funding Instalment", row.name, {"received_amount": flt(received), "received_on": day}
			)
	frappe.clear_document_cache("Funded Project", project)


def spent_of(project: str) -> Decimal:
	"""Euro a project spent: each claim at what its last control accepted, and confirmed costs in no claim yet."""
	spent = ZERO
	for claim in frappe.get_all(
		"Reimbursement Claim",
		{"funded_project": project, "docstatus": 1},
		["status", "claimed_amount", "auditor_amount", "authority_amount"],
	):
		spent += money(claim[WORTH.get(claim.status, "claimed_amount")])
	allocation = frappe.qb.DocType("Cost Allocation")
	((unclaimed,),) = (
		frappe.qb.from_(allocation)
		.select(Sum(allocation.imputed_amount))
		.where(
			(allocation.funded_project == project)
			& (allocation.docstatus == 1)
			& (allocation.claim.isnull() | (allocation.claim == ""))
		)
	).run()
	return spent + money(unclaimed)


def trigger_rule(programme: str) -> tuple[Decimal | None, Severity, str]:
	"""Per cent, severity and source of the programme's rule on the share to be spent, as valid today."""
	rules = programme_rules(programme)
	severity, source = severity_of(rules, "spent-trigger", getdate(), Severity.WARN)
	for rule in rules:
		starts, ends = rule.get("valid_from"), rule.get("valid_to")
		if (
			rule["check_code"] == "spent-trigger"
			and (not starts or getdate(starts) <= getdate())
			and (not ends or getdate() <= getdate(ends))
		):
			return (Decimal(str(rule["value"])) if rule.get("value") else None), severity, source
	return None, severity, source


def next_request(project: Document) -> Finding | None:
	"""Whether the next instalment of a project may be asked for, in words; None when all is received or no plan is."""
	plan = plan_of(project)
	row = engine.next_instalment(plan)
	if not row:
		return None
	return engine.check_trigger(plan, row.number, spent_of(project.name), *trigger_rule(project.programme))


def show(project: Document) -> None:
	"""Hand the form what `next_request` says, as text and whether the way is open."""
	finding = next_request(project)
	if finding:
		project.set_onload(
			"next_instalment", {"text": text_of(finding), "open": finding.severity is Severity.INFORM}
		)


def _say_findings(project: Document) -> None:
	before = project.get_doc_before_save()
	requested = {row.name: row.requested_on for row in before.instalments} if before else {}
	plan = plan_of(project)
	open_plan = any(row.outstanding for row in plan)
	findings = []
	for row in project.instalments:
		if row.guarantee_required:
			findings.append(
				engine.check_guarantee(
					row.idx,
					row.guarantee_reference,
					getdate(row.guarantee_expires_on) if row.guarantee_expires_on else None,
					getdate(),
					open_plan,
				)
			)
		if not row.requested_on:
			continue
		row.requested_amount = row.requested_amount or row.amount
		if str(requested.get(row.name) or "") != str(row.requested_on):
			finding = engine.check_trigger(
				plan, row.idx, spent_of(project.name), *trigger_rule(project.programme)
			)
			findings.append(finding if finding.severity is not Severity.INFORM else None)
	say(findings)


def _keep_paid_rows(project: Document, receipts: dict) -> None:
	"""A payment names its instalment by number: the rows that were paid stay where they are."""
	rows = {row.idx: row for row in project.get("instalments")}
	before = project.get_doc_before_save()
	names = {row.idx: row.name for row in before.instalments} if before else {}
	for number in receipts:
		if number and (number not in rows or names.get(number, rows[number].name) != rows[number].name):
			frappe.throw(
				_(
					"Instalment {0} was received and keeps its row. Cancel its payments first, or leave it in its"
					" place."
				).format(number)
			)
