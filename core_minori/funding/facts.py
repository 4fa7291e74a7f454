"""What is known of imputed costs, for the rules, for claims and for lists: few grouped queries for any number."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import frappe
from frappe.query_builder.functions import Count, Sum
from frappe.utils import getdate

from core_minori.engine.cost_facts import CostFacts
from core_minori.engine.eligibility import Paper, is_split, paper_keys, papers_of
from core_minori.engine.identifiers import normalised
from core_minori.engine.money import ZERO, money
from core_minori.funding.ledger import cost_rows
from core_minori.funding.payments import Voucher, files_of, payments_of

# Voucher, account, cost center and line: what one cost of the ledger is known by.
CostKey = tuple[str, str, str, str, str]

_DOCUMENT = (
	"party",
	"tax_id",
	"document_type",
	"document_number",
	"document_date",
	"description",
	"net_amount",
	"vat_amount",
	"vat_deductible",
	"document_total",
	"cost_month",
	"cup",
	"cig",
	"sdi_id",
	"hourly_rate",
	"rate_allowed",
	"is_depreciation",
	"signed",
)


def facts_of(names: Sequence[str]) -> dict[str, CostFacts]:
	"""The facts of these Cost Allocations by name, in their order; unknown names are left out.

	Reads past permissions: who calls it has asked for the reader's right to the allocations.
	"""
	names = list(dict.fromkeys(names))
	if not names:
		return {}
	rows = {row.name: row for row in _allocations(names)}
	return facts_of_rows([rows[name] for name in names if name in rows])


def facts_of_rows(rows: Sequence[frappe._dict]) -> dict[str, CostFacts]:
	"""As `facts_of`, for allocations that need not be saved yet: each row has the fields of `_allocations`."""
	if not rows:
		return {}
	vouchers = list(dict.fromkeys((row.voucher_type, row.voucher_no) for row in rows))
	projects = _projects({row.project for row in rows})
	documents = _documents(vouchers)
	payments, files = payments_of(vouchers), files_of(vouchers)
	booked, whole = _booked(vouchers)
	everywhere = _imputed_everywhere(vouchers)
	procurement = _procurement({row.procurement for row in documents.values() if row.procurement})
	facts = {}
	for row in rows:
		voucher = (row.voucher_type, row.voucher_no)
		document = documents.get(voucher) or frappe._dict()
		project = projects[row.project]
		partner = project.partners.get(row.partner) or project.lead
		contract = procurement.get(document.procurement) or frappe._dict()
		key = _key(row)
		own = money(row.imputed_amount)
		others = sum((amount for name, amount in everywhere.get(key, ()) if name != row.name), ZERO)
		facts[row.name] = CostFacts(
			allocation=row.name or "",
			project=row.project,
			programme=project.programme,
			line=row.line,
			chapter=row.chapter or "",
			partner=row.partner or "",
			cost_method=row.cost_method or "",
			voucher_type=row.voucher_type,
			voucher_no=row.voucher_no,
			incurred_on=getdate(row.incurred_on or row.posting_date),
			posting_date=getdate(row.posting_date or row.incurred_on),
			ledger_amount=money(row.ledger_amount),
			imputed_amount=own,
			imputed_everywhere=own + others,
			line_code=row.line_code or "",
			line_title=row.line_title or "",
			activity=row.activity or "",
			account=row.account or "",
			percent=money(row.percent),
			hours=money(row.hours),
			vat_recoverable_percent=project.vat_of(row.partner),
			payments=payments.get(voucher, ()),
			documents=files.get(voucher, ()),
			procurement=document.procurement or "",
			procedure=contract.procedure or "",
			quotes=contract.quotes or 0,
			contract_type=contract.contract_type or "",
			contract_value=money(contract.value),
			cig_exempt=bool(contract.cig_exemption),
			project_start=project.start_date,
			project_end=project.end_date,
			project_cup=project.cup or "",
			project_total=project.total,
			programme_start=project.period_start,
			programme_end=project.period_end,
			claim=row.claim or "",
			booked_amount=booked.get(key),
			document_cost=whole.get(voucher, ZERO),
			line_amount=money(row.line_amount),
			line_open=not row.line_disabled,
			is_direct=row.chapter not in project.indirect,
			public_body=bool(partner and partner.is_public_body),
			supplier_is_partner=_is_partner(document, project),
			**{name: document[name] for name in _DOCUMENT if document.get(name) not in (None, "")},
		)
	return _with_same_documents(facts)


def allocation_row(doc: frappe._dict, line: frappe._dict) -> frappe._dict:
	"""The row of one allocation as it stands in memory, with its line (fields as in `_allocations`)."""
	return frappe._dict(
		name=doc.name,
		project=line.funded_project,
		line=line.name,
		chapter=line.chapter,
		partner=line.partner,
		cost_method=line.cost_method,
		line_code=line.line_code,
		line_title=line.title,
		activity=line.activity,
		line_amount=line.amount,
		line_disabled=line.disabled,
		**{
			name: doc.get(name)
			for name in (
				"voucher_type",
				"voucher_no",
				"account",
				"cost_center",
				"tagged_line",
				"incurred_on",
				"posting_date",
				"ledger_amount",
				"imputed_amount",
				"percent",
				"hours",
				"claim",
			)
		},
	)


def _allocations(names: Sequence[str]) -> list[frappe._dict]:
	allocation, line = frappe.qb.DocType("Cost Allocation"), frappe.qb.DocType("FAMI Budget Line")
	return (
		frappe.qb.from_(allocation)
		.join(line)
		.on(line.name == allocation.budget_line)
		.select(
			allocation.name,
			allocation.voucher_type,
			allocation.voucher_no,
			allocation.account,
			allocation.cost_center,
			allocation.tagged_line,
			allocation.incurred_on,
			allocation.posting_date,
			allocation.ledger_amount,
			allocation.imputed_amount,
			allocation.percent,
			allocation.hours,
			allocation.claim,
			line.funded_project.as_("project"),
			line.name.as_("line"),
			line.chapter,
			line.partner,
			line.cost_method,
			line.line_code,
			line.title.as_("line_title"),
			line.activity,
			line.amount.as_("line_amount"),
			line.disabled.as_("line_disabled"),
		)
		.where(allocation.name.isin(names))
	).run(as_dict=True)


def _key(row: frappe._dict) -> CostKey:
	return (
		row.voucher_type,
		row.voucher_no,
		row.account or "",
		row.cost_center or "",
		row.tagged_line or "",
	)


class _Project(frappe._dict):
	"""A project with its programme's period, its partners by organisation and its lead."""

	def vat_of(self, partner: str | None) -> Decimal:
		"""Per cent of VAT that the partner recovers; the lead's own stands on the project."""
		row = self.partners.get(partner) if partner else self.lead
		if row and row.role != "Lead":
			return money(row.vat_recoverable_percent)
		return max(money(self.vat_recoverable_percent), money(row.vat_recoverable_percent if row else 0))


def _projects(names: set[str]) -> dict[str, _Project]:
	project, programme = frappe.qb.DocType("Funded Project"), frappe.qb.DocType("Funding Programme")
	rows = (
		frappe.qb.from_(project)
		.join(programme)
		.on(programme.name == project.programme)
		.select(
			project.name,
			project.programme,
			project.start_date,
			project.end_date,
			project.cup,
			project.vat_recoverable_percent,
			programme.period_start,
			programme.period_end,
		)
		.where(project.name.isin(list(names)))
	).run(as_dict=True)
	line, partner = frappe.qb.DocType("FAMI Budget Line"), frappe.qb.DocType("Funded Project Partner")
	organisation, supplier = frappe.qb.DocType("Network Organisation"), frappe.qb.DocType("Supplier")
	totals = dict(
		frappe.qb.from_(line)
		.select(line.funded_project, Sum(line.amount))
		.where(line.funded_project.isin(list(names)))
		.groupby(line.funded_project)
		.run()
	)
	partners: dict[str, dict[str, frappe._dict]] = defaultdict(dict)
	for row in (
		frappe.qb.from_(partner)
		.left_join(organisation)
		.on(organisation.name == partner.organisation)
		.left_join(supplier)
		.on(supplier.name == organisation.supplier)
		.select(
			partner.parent,
			partner.organisation,
			partner.role,
			partner.vat_recoverable_percent,
			partner.is_public_body,
			supplier.name.as_("supplier"),
			supplier.tax_id,
		)
		.where((partner.parenttype == "Funded Project") & partner.parent.isin(list(names)))
	).run(as_dict=True):
		partners[row.parent][row.organisation] = row
	indirect: dict[str, set[str]] = defaultdict(set)
	for programme_name, chapter in frappe.get_all(
		"Funding Chapter",
		filters={"parent": ["in", list({row.programme for row in rows})], "is_direct": 0},
		fields=["parent", "chapter_code"],
		as_list=True,
	):
		indirect[programme_name].add(chapter)
	return {
		row.name: _Project(
			row,
			total=money(totals.get(row.name)),
			partners=partners[row.name],
			lead=next((one for one in partners[row.name].values() if one.role == "Lead"), None),
			indirect=indirect[row.programme],
		)
		for row in rows
	}


def _is_partner(document: frappe._dict, project: _Project) -> bool:
	tax_id = normalised(document.tax_id) if document.tax_id else None
	return any(
		(document.supplier and document.supplier == row.supplier)
		or (tax_id and row.tax_id and tax_id == normalised(row.tax_id))
		for row in project.partners.values()
	)


# --- documents ------------------------------------------------------------------------------------


def _documents(vouchers: Iterable[Voucher]) -> dict[Voucher, frappe._dict]:
	"""What the paper of each voucher says, under the names of CostFacts; `supplier` and `procurement` are records."""
	names: dict[str, list[str]] = defaultdict(list)
	for voucher_type, name in vouchers:
		names[voucher_type].append(name)
	found: dict[Voucher, frappe._dict] = {}
	for voucher_type, read in _READERS.items():
		if names[voucher_type]:
			for row in read(names[voucher_type]):
				found[voucher_type, row.name] = row
	return found


def _purchase_invoices(names: Sequence[str]) -> list[frappe._dict]:
	item = frappe.qb.DocType("Purchase Invoice Item")
	items: dict[str, list[str]] = defaultdict(list)
	for parent, text in (
		frappe.qb.from_(item)
		.select(item.parent, item.item_name)
		.where(item.parent.isin(names))
		.orderby(item.parent, item.idx)
	).run():
		if text and text not in items[parent]:
			items[parent].append(text)
	rows = frappe.get_all(
		"Purchase Invoice",
		filters={"name": ["in", names]},
		fields=[
			"name",
			"supplier",
			"supplier_name as party",
			"tax_id",
			"bill_no",
			"bill_date",
			"posting_date",
			"is_return",
			"base_net_total",
			"base_total_taxes_and_charges",
			"base_grand_total",
			"remarks",
			"fami_cup as cup",
			"fami_cig as cig",
			"fami_sdi_id as sdi_id",
			"fami_procurement_record as procurement",
		],
	)
	suppliers = _tax_ids({row.supplier for row in rows})
	for row in rows:
		row.update(
			tax_id=row.tax_id or suppliers.get(row.supplier) or "",
			document_type="Credit Note" if row.is_return else "Invoice",
			document_number=row.bill_no or row.name,
			document_date=getdate(row.bill_date or row.posting_date),
			description="; ".join(items[row.name]) or row.remarks or "",
			net_amount=money(row.base_net_total),
			vat_amount=money(row.base_total_taxes_and_charges),
			document_total=money(row.base_grand_total),
		)
	return rows


def _tax_ids(suppliers: set[str]) -> dict[str, str]:
	"""The VAT number of suppliers whose invoice was saved before they had one."""
	return dict(
		frappe.get_all(
			"Supplier", filters={"name": ["in", list(suppliers)]}, fields=["name", "tax_id"], as_list=True
		)
	)


def _journal_entries(names: Sequence[str]) -> list[frappe._dict]:
	rows = frappe.get_all(
		"Journal Entry",
		filters={"name": ["in", names]},
		fields=[
			"name",
			"voucher_type",
			"bill_no",
			"bill_date",
			"cheque_no",
			"posting_date",
			"pay_to_recd_from as party",
			"user_remark",
			"remark",
			"fami_cup as cup",
			"fami_cig as cig",
		],
	)
	for row in rows:
		row.update(
			document_type="Other",
			document_number=row.bill_no or row.name,
			document_date=getdate(row.bill_date or row.posting_date),
			description=row.user_remark or row.remark or "",
			is_depreciation=row.voucher_type == "Depreciation Entry",
		)
	return rows


def _payment_entries(names: Sequence[str]) -> list[frappe._dict]:
	rows = frappe.get_all(
		"Payment Entry",
		filters={"name": ["in", names]},
		fields=[
			"name",
			"party_name as party",
			"posting_date",
			"remarks",
			"fami_cup as cup",
			"fami_cig as cig",
		],
	)
	for row in rows:
		row.update(
			document_type="Other",
			document_number=row.name,
			document_date=getdate(row.posting_date),
			description=row.remarks or "",
		)
	return rows


def _expense_claims(names: Sequence[str]) -> list[frappe._dict]:
	if not frappe.db.exists("DocType", "Expense Claim"):
		return []
	rows = frappe.get_all(
		"Expense Claim",
		filters={"name": ["in", names]},
		fields=["name", "employee_name as party", "posting_date", "remark", "grand_total"],
	)
	for row in rows:
		row.update(
			document_type="Receipt",
			document_number=row.name,
			document_date=getdate(row.posting_date),
			description=row.remark or "",
			document_total=money(row.grand_total),
		)
	return rows


def _timesheets(names: Sequence[str]) -> list[frappe._dict]:
	rows = frappe.get_all(
		"Timesheet",
		filters={"name": ["in", names]},
		fields=[
			"name",
			"employee",
			"employee_name as party",
			"start_date",
			"end_date",
			"fami_signed_copy",
			"note",
		],
	)
	detail = frappe.qb.DocType("Timesheet Detail")
	sums = {
		parent: (money(amount), money(hours))
		for parent, amount, hours in (
			frappe.qb.from_(detail)
			.select(detail.parent, Sum(detail.base_costing_amount), Sum(detail.hours))
			.where(detail.parent.isin(names) & (detail.fami_budget_line != ""))
			.groupby(detail.parent)
		).run()
	}
	rates = _staff_rates({row.employee for row in rows if row.employee})
	for row in rows:
		amount, hours = sums.get(row.name, (ZERO, ZERO))
		day = getdate(row.end_date or row.start_date)
		row.update(
			document_type="Timesheet",
			document_number=row.name,
			document_date=day,
			cost_month=day.replace(day=1),
			signed=bool(row.fami_signed_copy),
			hourly_rate=money(amount / hours) if hours else ZERO,
			rate_allowed=_highest_rate(rates.get(row.employee, ()), getdate(row.start_date), day),
		)
	return rows


def _staff_rates(employees: set[str]) -> dict[str, list[frappe._dict]]:
	found: dict[str, list[frappe._dict]] = defaultdict(list)
	if employees:
		for rate in frappe.get_all(
			"Staff Cost Rate",
			filters={"employee": ["in", list(employees)]},
			fields=["employee", "valid_from", "valid_to", "hourly_rate"],
		):
			found[rate.employee].append(rate)
	return found


def _highest_rate(rates: Iterable[frappe._dict], first: date, last: date) -> Decimal | None:
	"""The highest rate in force between two days: an average over hours at several rates is not above it."""
	return max(
		(
			money(rate.hourly_rate)
			for rate in rates
			if rate.valid_from <= last and (not rate.valid_to or first <= rate.valid_to)
		),
		default=None,
	)


def _declared_costs(names: Sequence[str]) -> list[frappe._dict]:
	rows = frappe.get_all(
		"Declared Cost",
		filters={"name": ["in", names]},
		fields=[
			"name",
			"cost_type",
			"supplier as party",
			"tax_id",
			"document_type",
			"document_number",
			"document_date",
			"description",
			"net_amount",
			"vat_amount",
			"vat_deductible",
			"document_total",
			"unit_cost",
			"cost_month",
			"cup",
			"cig",
			"sdi_id",
		],
	)
	papers = files_of([("Declared Cost", name) for name in names])
	for row in rows:
		row.update(
			{name: money(row[name]) for name in ("net_amount", "vat_amount", "document_total")},
			document_date=getdate(row.document_date),
			cost_month=getdate(row.cost_month) if row.cost_month else None,
			vat_deductible=bool(row.vat_deductible),
			hourly_rate=money(row.unit_cost) if row.cost_type == "Staff" else ZERO,
			signed=("Declared Cost", row.name) in papers,
		)
	return rows


_READERS: dict[str, Callable[[Sequence[str]], list[frappe._dict]]] = {
	"Purchase Invoice": _purchase_invoices,
	"Journal Entry": _journal_entries,
	"Payment Entry": _payment_entries,
	"Expense Claim": _expense_claims,
	"Timesheet": _timesheets,
	"Declared Cost": _declared_costs,
}


# --- the books ------------------------------------------------------------------------------------


def _booked(vouchers: Sequence[Voucher]) -> tuple[dict[CostKey, Decimal], dict[Voucher, Decimal]]:
	"""What the books have today: euro of each cost, and of each voucher in all."""
	names = [name for __, name in vouchers]
	gle = frappe.qb.DocType("GL Entry")
	rows = list(
		cost_rows()
		.select(
			gle.voucher_type,
			gle.voucher_no,
			gle.account,
			gle.cost_center,
			gle.fami_budget_line,
			Sum(gle.debit - gle.credit),
		)
		.where(gle.voucher_no.isin(names))
		.groupby(gle.voucher_type, gle.voucher_no, gle.account, gle.cost_center, gle.fami_budget_line)
		.run()
	)
	kinds = {voucher_type for voucher_type, __ in vouchers}
	if "Timesheet" in kinds:
		sheet, detail = frappe.qb.DocType("Timesheet"), frappe.qb.DocType("Timesheet Detail")
		rows += [
			("Timesheet", name, "", "", line, amount)
			for name, line, amount in (
				frappe.qb.from_(detail)
				.join(sheet)
				.on(sheet.name == detail.parent)
				.select(detail.parent, detail.fami_budget_line, Sum(detail.base_costing_amount))
				.where(detail.parent.isin(names) & (sheet.docstatus == 1) & (detail.fami_budget_line != ""))
				.groupby(detail.parent, detail.fami_budget_line)
			).run()
		]
	if "Declared Cost" in kinds:
		rows += [
			("Declared Cost", row.name, "", "", row.budget_line, row.amount)
			for row in frappe.get_all(
				"Declared Cost", filters={"name": ["in", names]}, fields=["name", "budget_line", "amount"]
			)
		]
	costs: dict[CostKey, Decimal] = {}
	whole: dict[Voucher, Decimal] = defaultdict(lambda: ZERO)
	for voucher_type, name, account_name, cost_center, line, amount in rows:
		costs[voucher_type, name, account_name or "", cost_center or "", line or ""] = money(amount)
		whole[voucher_type, name] += money(amount)
	return costs, dict(whole)


def _imputed_everywhere(vouchers: Sequence[Voucher]) -> dict[CostKey, list[tuple[str, Decimal]]]:
	"""Allocations of each cost, drafts included, over all projects."""
	allocation = frappe.qb.DocType("Cost Allocation")
	found: dict[CostKey, list[tuple[str, Decimal]]] = defaultdict(list)
	for row in (
		frappe.qb.from_(allocation)
		.select(
			allocation.name,
			allocation.voucher_type,
			allocation.voucher_no,
			allocation.account,
			allocation.cost_center,
			allocation.tagged_line,
			allocation.imputed_amount,
		)
		.where(allocation.voucher_no.isin([name for __, name in vouchers]) & (allocation.docstatus < 2))
	).run(as_dict=True):
		found[_key(row)].append((row.name, money(row.imputed_amount)))
	return found


def _procurement(names: set[str]) -> dict[str, frappe._dict]:
	if not names:
		return {}
	record, quote = frappe.qb.DocType("Procurement Record"), frappe.qb.DocType("Procurement Quote")
	rows = (
		frappe.qb.from_(record)
		.left_join(quote)
		.on(quote.parent == record.name)
		.select(
			record.name,
			record.procedure,
			record.contract_type,
			record.cig_exemption,
			record.estimated_value,
			record.contract_value,
			Count(quote.name).as_("quotes"),
		)
		.where(record.name.isin(list(names)))
		.groupby(record.name)
	).run(as_dict=True)
	return {row.name: frappe._dict(row, value=row.contract_value or row.estimated_value) for row in rows}


# --- the same paper twice -------------------------------------------------------------------------


def _with_same_documents(facts: dict[str, CostFacts]) -> dict[str, CostFacts]:
	"""Add the records that hold the same paper and are imputed too: invoices and declared costs."""
	keys = {name: papers_of(cost) for name, cost in facts.items()}
	wanted = {key for each in keys.values() for key in each}
	if not wanted:
		return facts
	found = _papers_imputed(wanted)
	return {name: _beside_others(cost, keys[name], found) for name, cost in facts.items()}


def _beside_others(cost: CostFacts, keys: Sequence[tuple], found: dict[tuple, set[Paper]]) -> CostFacts:
	"""The cost with the records that hold its paper too. What its own partner declared of it on another line is no
	double, but a part of the same whole."""
	others = {
		other
		for key in keys
		for other in found.get(key, ())
		if (other.voucher_type, other.voucher_no) != (cost.voucher_type, cost.voucher_no)
	}
	parts = {other for other in others if is_split(cost, other)}
	if parts:
		together = cost.imputed_everywhere + sum((part.imputed for part in parts), ZERO)
		cost = replace(cost, imputed_everywhere=together)
	doubles = tuple(sorted({other.voucher_no for other in others - parts}))
	return replace(cost, same_document=doubles) if doubles else cost


def _papers_imputed(keys: set[tuple]) -> dict[tuple, set[Paper]]:
	"""Where imputed papers stand, by their keys, of the suppliers and identifiers that are asked for."""
	tax_ids = {key[0] for key in keys if len(key) == 3}
	sdi_ids = [key[1] for key in keys if len(key) == 2]
	spellings = [*tax_ids, *(f"IT{tax_id}" for tax_id in tax_ids)]
	suppliers = (
		dict(
			frappe.get_all(
				"Supplier", filters={"tax_id": ["in", spellings]}, fields=["name", "tax_id"], as_list=True
			)
		)
		if spellings
		else {}
	)
	found: dict[tuple, set[Paper]] = defaultdict(set)
	allocation, invoice = frappe.qb.DocType("Cost Allocation"), frappe.qb.DocType("Purchase Invoice")
	for name, supplier, number, day, posted, sdi_id in (
		frappe.qb.from_(invoice)
		.join(allocation)
		.on((allocation.voucher_no == invoice.name) & (allocation.docstatus < 2))
		.select(
			invoice.name,
			invoice.supplier,
			invoice.bill_no,
			invoice.bill_date,
			invoice.posting_date,
			invoice.fami_sdi_id,
		)
		.distinct()
		.where(
			(allocation.voucher_type == "Purchase Invoice")
			& (invoice.supplier.isin([*suppliers, ""]) | invoice.fami_sdi_id.isin([*sdi_ids, "-"]))
		)
	).run():
		for key in paper_keys(
			suppliers.get(supplier, ""), number or name, getdate(day or posted), sdi_id or ""
		):
			found[key].add(Paper("Purchase Invoice", name))
	declared = frappe.qb.DocType("Declared Cost")
	for name, tax_id, number, day, sdi_id, *place, imputed in (
		frappe.qb.from_(declared)
		.join(allocation)
		.on((allocation.voucher_no == declared.name) & (allocation.docstatus < 2))
		.select(
			declared.name,
			declared.tax_id,
			declared.document_number,
			declared.document_date,
			declared.sdi_id,
			declared.funded_project,
			declared.partner,
			declared.budget_line,
			declared.imputed_amount,
		)
		.distinct()
		.where(
			(allocation.voucher_type == "Declared Cost")
			& (declared.tax_id.isin([*spellings, "-"]) | declared.sdi_id.isin([*sdi_ids, "-"]))
		)
	).run():
		for key in paper_keys(tax_id or "", number or "", getdate(day), sdi_id or ""):
			found[key].add(Paper("Declared Cost", name, *place, money(imputed)))
	return found
