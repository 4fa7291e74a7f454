"""Cash Forecast: what a project received and paid month by month, and what it is expected to."""

from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import formatdate, getdate

from core_minori.engine.cash_forecast import CashMonth, forecast, paid_parts
from core_minori.engine.money import ZERO, money
from core_minori.funding.instalments import next_request, plan_of, spent_of, trigger_rule
from core_minori.funding.payments import payments_of
from core_minori.messages import text_of

# Costs that are money out on their own day: an entry is booked as it is paid, wages leave with the month's work.
PAID_AS_BOOKED = ("Journal Entry", "Timesheet", "Payment Entry")
# A chart of more months has no room for their names.
MOST_MONTHS = 18
# What was done is the cost, whatever was paid for it.
UNPAID_METHODS = ("Unit Cost", "Lump Sum")


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""Rows, one a month, with the sentence on the next instalment, a chart and the totals. Euro."""
	filters = frappe._dict(filters or {})
	if not filters.funded_project:
		return columns(), []
	project = frappe.get_doc("Funded Project", filters.funded_project)
	project.check_permission("read")
	rows = cash_of(project)
	finding = next_request(project)
	return (
		columns(),
		[_as_dict(row) for row in rows],
		text_of(finding) if finding else None,
		chart(rows),
		summary(rows, spent_of(project.name)),
	)


def cash_of(project: Document) -> list[CashMonth]:
	"""The months of a project, from its payments, its imputed costs, its claims and its budget in force."""
	paid, to_pay = _paid(project.name)
	default_trigger, __, __ = trigger_rule(project.programme)
	return forecast(
		plan_of(project),
		_received(project.name),
		paid,
		to_pay,
		_budget(project.name) - sum(paid.values(), ZERO) - to_pay,
		getdate(project.start_date),
		getdate(project.end_date),
		getdate(),
		default_trigger,
	)


def columns() -> list[dict]:
	"""Month, what moved, what is expected to, and the balance at the month's end."""
	return [
		{"fieldname": "month", "label": _("Month"), "fieldtype": "Data", "width": 110},
		_euro("received", _("Received")),
		_euro("expected", _("Expected Instalments")),
		_euro("paid", _("Costs Paid")),
		_euro("to_pay", _("Costs to Pay")),
		_euro("planned", _("Planned Spending")),
		_euro("balance", _("Cash Balance")),
	]


def chart(rows: list[CashMonth]) -> dict:
	"""Money in and out as bars, the balance as a line; by quarter where so many months would lose their labels."""
	label = _quarter if len(rows) > MOST_MONTHS else _month
	groups: dict[str, list[CashMonth]] = {}
	for row in rows:
		groups.setdefault(label(row.month), []).append(row)
	return {
		"data": {
			"labels": list(groups),
			"datasets": [
				{
					"name": _("Money In"),
					"chartType": "bar",
					"values": [
						float(sum((row.received + row.expected for row in group), ZERO))
						for group in groups.values()
					],
				},
				{
					"name": _("Money Out"),
					"chartType": "bar",
					"values": [
						float(-sum((row.paid + row.to_pay + row.planned for row in group), ZERO))
						for group in groups.values()
					],
				},
				{
					"name": _("Cash Balance"),
					"chartType": "line",
					"values": [float(group[-1].balance) for group in groups.values()],
				},
			],
		},
		"type": "axis-mixed",
		"fieldtype": "Currency",
		"colors": ["#2e9e6b", "#c0c7d0", "#1f5f8b"],
	}


def summary(rows: list[CashMonth], spent: Decimal) -> list[dict]:
	"""The totals above the table: received, spent, cash today, and the lowest balance that is still to come."""
	received = sum((row.received for row in rows), ZERO)
	paid = sum((row.paid for row in rows), ZERO)
	ahead = [row.balance for row in rows if row.month >= getdate().replace(day=1)]
	lowest = min(ahead, default=ZERO)
	return [
		_figure(_("Received"), received, "blue"),
		_figure(_("Spent"), spent, "grey"),
		_figure(_("Cash Today"), received - paid, "red" if received < paid else "green"),
		_figure(_("Lowest Balance to Come"), lowest, "red" if lowest < 0 else "green"),
	]


def _received(project: str) -> dict[date, Decimal]:
	payment = frappe.qb.DocType("Payment Entry")
	rows = (
		frappe.qb.from_(payment)
		.select(payment.posting_date, Sum(payment.base_received_amount))
		.where(
			(payment.fami_funded_project == project)
			& (payment.docstatus == 1)
			& (payment.payment_type == "Receive")
		)
		.groupby(payment.posting_date)
	).run()
	return {getdate(day): money(amount) for day, amount in rows}


def _paid(project: str) -> tuple[dict[date, Decimal], Decimal]:
	"""Euro of confirmed costs by the day they were paid, and the euro of them that nobody paid yet."""
	allocation, line = frappe.qb.DocType("Cost Allocation"), frappe.qb.DocType("FAMI Budget Line")
	costs = (
		frappe.qb.from_(allocation)
		.join(line)
		.on(line.name == allocation.budget_line)
		.select(
			allocation.voucher_type,
			allocation.voucher_no,
			allocation.imputed_amount,
			allocation.posting_date,
			allocation.incurred_on,
			line.cost_method,
		)
		.where((allocation.funded_project == project) & (allocation.docstatus == 1))
	).run(as_dict=True)
	vouchers = {(row.voucher_type, row.voucher_no) for row in costs if not _paid_as_booked(row)}
	payments = payments_of(vouchers) if vouchers else {}
	totals = _document_totals(vouchers)
	paid: dict[date, Decimal] = {}
	to_pay = ZERO
	for row in costs:
		key = (row.voucher_type, row.voucher_no)
		if _paid_as_booked(row):
			parts = [(getdate(row.posting_date or row.incurred_on), money(row.imputed_amount))]
		else:
			parts, left = paid_parts(
				money(row.imputed_amount),
				totals.get(key, ZERO),
				[(payment.paid_on, payment.amount) for payment in payments.get(key, ())],
			)
			to_pay += left
		for day, amount in parts:
			paid[day] = paid.get(day, ZERO) + amount
	for day, amount in _flat_rates(project):
		paid[day] = paid.get(day, ZERO) + amount
	return paid, to_pay


def _paid_as_booked(row: frappe._dict) -> bool:
	return row.voucher_type in PAID_AS_BOOKED or row.cost_method in UNPAID_METHODS


def _document_totals(vouchers: set[tuple[str, str]]) -> dict[tuple[str, str], Decimal]:
	found = {}
	for doctype, field in (("Purchase Invoice", "base_grand_total"), ("Declared Cost", "document_total")):
		names = [name for kind, name in vouchers if kind == doctype]
		if names:
			for name, amount in frappe.get_all(
				doctype, {"name": ["in", names]}, ["name", field], as_list=True
			):
				found[doctype, name] = money(amount)
	return found


def _flat_rates(project: str) -> list[tuple[date, Decimal]]:
	"""Flat rates have no paper of their own: they count in the month their claim ends."""
	return [
		(getdate(row.period_to), money(row.flat_rate_amount))
		for row in frappe.get_all(
			"Reimbursement Claim",
			{"funded_project": project, "docstatus": 1},
			["period_to", "flat_rate_amount"],
		)
		if money(row.flat_rate_amount)
	]


def _budget(project: str) -> Decimal:
	line = frappe.qb.DocType("FAMI Budget Line")
	((amount,),) = (
		frappe.qb.from_(line)
		.select(Sum(line.amount))
		.where((line.funded_project == project) & (line.disabled == 0))
	).run()
	return money(amount)


def _as_dict(row: CashMonth) -> dict:
	names = ("received", "expected", "paid", "to_pay", "planned", "balance")
	return {"month": _month(row.month), **{name: float(getattr(row, name)) for name in names}}


def _month(day: date) -> str:
	return formatdate(day, "MM/yyyy")


def _quarter(day: date) -> str:
	return _("Q{0} {1}").format((day.month + 2) // 3, day.year)


def _euro(fieldname: str, label: str) -> dict:
	return {"fieldname": fieldname, "label": label, "fieldtype": "Currency", "options": "EUR", "width": 150}


def _figure(label: str, amount: Decimal, indicator: str) -> dict:
	return {
		"label": label,
		"value": float(amount),
		"datatype": "Currency",
		"currency": "EUR",
		"indicator": indicator,
	}
