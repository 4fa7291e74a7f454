"""What an hour of a person costs, from when to when: Funding Officers alone read it, since it tells what people earn."""

from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Max
from frappe.utils import flt, getdate

from core_minori.engine.money import money
from core_minori.engine.staff import (
	REAL_COST,
	STANDARD_HOURS,
	Rate,
	RealCost,
	check_rate_end,
	fit_rate,
	hourly_rate,
	refuse_rate_change,
	rule_value,
	standard_hours,
)
from core_minori.funding.ledger import programme_rules
from core_minori.messages import by_rule

_COMPONENTS = (
	"gross_monthly_pay",
	"months",
	"additional_months_pay",
	"severance_accrual",
	"employer_social_security",
	"employer_insurance",
	"other_contract_items",
)
# What made the rate of hours that were already submitted; the last day, notes and papers may still change.
_FIXED = (
	"valid_from",
	"method",
	"programme",
	"part_time_percent",
	"annual_cost",
	"annual_hours",
	"hourly_rate",
	*_COMPONENTS,
)


class StaffCostRate(Document):
	"""The hourly rate of one person. A new row ends the open one before it; a rate that paid hours does not change."""

	@by_rule
	def validate(self) -> None:
		self.check_document()
		# What paid submitted hours is not worked out anew: the programme's standard hours may have changed since.
		if not self.check_use():
			self.set_hours_and_rate()
		self.end_earlier()

	def on_trash(self) -> None:
		if last_use := _last_use(self.employee, self.valid_from, self.valid_to):
			frappe.throw(
				_("Submitted timesheets use {0} up to {1}: it cannot be deleted.").format(
					self.name, frappe.format(last_use, "Date")
				)
			)

	def set_hours_and_rate(self) -> None:
		"""Annual cost, annual hours and hourly rate by the method."""
		if self.method == REAL_COST:
			self.programme = None
			values = {name: Decimal(str(flt(self.get(name)))) for name in _COMPONENTS}
			self.annual_cost = flt(RealCost(**values).annual_cost)
		else:
			self.annual_hours = flt(standard_hours(self.divisor(), flt(self.part_time_percent)))
		self.hourly_rate = flt(hourly_rate(money(self.annual_cost), self.annual_hours))

	def divisor(self) -> Decimal:
		"""Standard hours of a full-time year, by the programme's rule."""
		day = getdate(self.valid_from)
		if not self.programme:
			self.programme = frappe.db.get_value(
				"Funding Programme",
				{"period_start": ["<=", day], "period_end": [">=", day]},
				order_by="period_start desc, name",
			)
		hours = rule_value(programme_rules(self.programme), "hourly-divisor", day) if self.programme else None
		if not hours:
			frappe.throw(
				_(
					"No programme gives the standard hours of {0}. Add a row hourly-divisor to the Funding Programme, or"
					" choose the real cost."
				).format(frappe.format(day, "Date"))
			)
		return hours

	def check_document(self) -> None:
		if (self.document or "").startswith("/files/"):
			frappe.throw(_("The papers tell what a person earns: attach them as a private file."))

	def check_use(self) -> bool:
		"""Whether submitted hours were paid with this rate; refuses a change of what they were paid with."""
		before = self.get_doc_before_save()
		if not before:
			return False
		last_use = _last_use(self.employee, before.valid_from, before.valid_to)
		if not last_use:
			return False
		if any(_value(self, name) != _value(before, name) for name in _FIXED):
			refuse_rate_change(self.name, last_use)
		check_rate_end(self.name, getdate(self.valid_to) if self.valid_to else None, last_use)
		return True

	def end_earlier(self) -> None:
		"""End the open rate before this one, or refuse an overlap."""
		# Two officers who make a rate for the same person wait for each other here.
		frappe.db.get_value("Employee", self.employee, "name", for_update=True)
		mine = Rate(
			self.name or "", getdate(self.valid_from), getdate(self.valid_to) if self.valid_to else None
		)
		closed = fit_rate(mine, [rate for rate in rates_of(self.employee) if rate.name != self.name])
		if not closed:
			return
		earlier, last_day = closed
		check_rate_end(earlier.name, last_day, _last_use(self.employee, earlier.starts, None))
		# Not save(): the earlier rate stays as it was worked out then.
		frappe.db.set_value("Staff Cost Rate", earlier.name, "valid_to", last_day)
		frappe.msgprint(
			_("{0} now ends on {1}.").format(earlier.name, frappe.format(last_day, "Date")), alert=True
		)


def rates_of(employee: str) -> list[Rate]:
	"""The rates of one person for a rule to read, whoever asks: never shown as they are. One query."""
	rows = frappe.get_all(
		"Staff Cost Rate",
		filters={"employee": employee},
		fields=["name", "valid_from", "valid_to", "hourly_rate", "daily_hours", "annual_hours", "method"],
		order_by="valid_from",
	)
	return [
		Rate(
			row.name,
			getdate(row.valid_from),
			getdate(row.valid_to) if row.valid_to else None,
			money(row.hourly_rate),
			money(row.daily_hours),
			money(row.annual_hours) if row.method == STANDARD_HOURS else None,
		)
		for row in rows
	]


def _last_use(employee: str, first: str | date, last: str | date | None) -> date | None:
	"""The last day in the period with submitted hours on a budget line."""
	sheet, row = frappe.qb.DocType("Timesheet"), frappe.qb.DocType("Timesheet Detail")
	query = (
		frappe.qb.from_(sheet)
		.join(row)
		.on((row.parent == sheet.name) & (row.parenttype == "Timesheet"))
		.select(Max(row.from_time))
		.where(
			(sheet.employee == employee)
			& (sheet.docstatus == 1)
			& (row.fami_budget_line != "")
			& (row.from_time >= f"{getdate(first)} 00:00:00")
		)
	)
	if last:
		query = query.where(row.from_time <= f"{getdate(last)} 23:59:59")
	((found,),) = query.run()
	return getdate(found) if found else None


def _value(doc: Document, name: str) -> object:
	"""A field as a value that compares: numbers as numbers, days as days."""
	value, fieldtype = doc.get(name), doc.meta.get_field(name).fieldtype
	if fieldtype == "Date":
		return getdate(value) if value else None
	return flt(value, 6) if fieldtype in ("Currency", "Float", "Percent") else value or ""


def on_doctype_update() -> None:
	"""By person and day for the rate of a timesheet's row."""
	frappe.db.add_index("Staff Cost Rate", ["employee", "valid_from"])
