"""The invented project of `demo_money_data` on a site: its ledger, its partners' costs, and three claims.

Parts of `demo.make_demo`, made as the rest of it: through normal inserts and submits, by the user whose work it is, and
known again by their codes.
"""

from __future__ import annotations

import base64
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

from openpyxl import load_workbook

import frappe
from frappe.model.document import Document

from core_minori.api.claims import import_outcome, pick_costs, send_claim, submit_claim
from core_minori.api.funding import override_finding
from core_minori.engine.claim import Step
from core_minori.engine.claim_outcome import OUTCOME_TITLE, outcome_workbook
from core_minori.engine.money import ZERO, money, percent_of
from core_minori.funding import claims
from core_minori.setup import demo_data, demo_money_data
from core_minori.setup.demo_money_data import CODE, MoneyData, cut_of
from core_minori.setup.demo_site import Demo, debit_or_credit, fiscal_year, leaf, root, working_as

_PAPER = b"Documento di esempio: nessun dato vero.\n"
_BANK = "Banca Esempio"
_AUTHORITY = "Autorita di Gestione (esempio)"
_LEGAL_EXPERT = "Sportello Legale Girasole S.t.p."


def _money(demo: Demo) -> MoneyData:
	return demo_money_data.build(demo.data.today)


def _masters(demo: Demo) -> None:
	"""Partners, suppliers, bank, payer and the staff that only this project has."""
	data = _money(demo)
	for year in range(data.project.start.year - 1, data.project.end.year + 1):
		fiscal_year(demo, year)
	with working_as("coordinator"):
		for organisation in demo_money_data.ORGANISATIONS:
			if not frappe.db.exists("Network Organisation", organisation.name):
				demo.insert(
					"Network Organisation",
					{"organisation_name": organisation.name, "organisation_type": organisation.kind},
				)
	parent = root("Cost Center", "parent_cost_center", company=demo.company)
	name = frappe.db.get_value("Cost Center", {"cost_center_name": CODE, "company": demo.company})
	demo.cost_centers[CODE] = (
		name
		or demo.insert(
			"Cost Center", {"cost_center_name": CODE, "parent_cost_center": parent, "company": demo.company}
		).name
	)
	if not frappe.db.exists("Supplier", {"supplier_name": _LEGAL_EXPERT}):
		demo.insert(
			"Supplier",
			{
				"supplier_name": _LEGAL_EXPERT,
				"supplier_group": leaf("Supplier Group"),
				"supplier_type": "Company",
				"country": "Italy",
				"tax_id": demo_data.vat_number(900),
			},
		)
	if not frappe.db.exists("Customer", {"customer_name": _AUTHORITY}):
		demo.insert(
			"Customer",
			{
				"customer_name": _AUTHORITY,
				"customer_group": leaf("Customer Group"),
				"territory": leaf("Territory"),
			},
		)
	if not frappe.db.exists("Bank", _BANK):
		demo.insert("Bank", {"bank_name": _BANK})
	if not frappe.db.exists("Bank Account", {"account_name": "Conto dedicato PONTE"}):
		demo.insert(
			"Bank Account",
			{
				"account_name": "Conto dedicato PONTE",
				"bank": _BANK,
				"is_company_account": 1,
				"company": demo.company,
				"account": demo.accounts["bank"],
				"fami_dedicated": 1,
			},
		)
	for employee in data.employees:
		if frappe.db.exists("Employee", {"employee_name": employee.full_name}):
			continue
		if not frappe.db.exists("Designation", employee.profession):
			demo.insert("Designation", {"designation_name": employee.profession})
		demo.insert(
			"Employee",
			{
				"first_name": employee.given_name,
				"last_name": employee.family_name,
				"gender": "Female",
				"date_of_birth": employee.born,
				"date_of_joining": employee.joined,
				"company": demo.company,
				"status": "Active",
				"designation": employee.profession,
			},
		)


def _project(demo: Demo) -> None:
	"""The project with its payment plan, its lines, how things were bought, and what an hour of its staff costs."""
	data = _money(demo)
	project = data.project
	shares = demo_money_data.partner_shares(data.lines)
	with working_as("funding_officer"):
		if not frappe.db.exists("Funded Project", CODE):
			demo.insert(
				"Funded Project",
				{
					"project_code": CODE,
					"title": project.title,
					"programme": project.programme,
					"start_date": project.start,
					"end_date": project.end,
					"company": demo.company,
					"cost_center": demo.cost_centers[CODE],
					"status": "Closed" if project.end < data.today else "Active",
					"cup": project.cup,
					"description": project.description,
					"partners": [
						{
							"organisation": partner.organisation,
							"role": partner.role,
							"notes": partner.notes,
							"budget_share": float(shares[partner.organisation]),
							"is_public_body": int("inventat" in partner.organisation),
						}
						for partner in project.partners
					],
					"sources": [
						{"source_type": source, "percent": percent} for source, percent in project.sources
					],
					"instalments": [
						{
							"instalment_type": row.kind,
							"percent": float(row.percent),
							"trigger_percent": row.trigger,
							"due_on": row.due_on,
							"guarantee_required": int(bool(row.guarantee)),
							"guarantee_reference": row.guarantee or None,
							"guarantee_expires_on": row.guarantee_expires_on,
						}
						for row in data.instalments
					],
				},
			)
		demo.projects[CODE] = frappe.db.get_value("Funded Project", CODE, "project")
		present = set(frappe.get_all("FAMI Budget Line", {"funded_project": CODE}, pluck="name"))
		for line in data.lines:
			if line.name in present:
				continue
			flat = line.cost_method == "Flat Rate"
			demo.insert(
				"FAMI Budget Line",
				{
					"funded_project": CODE,
					"line_code": line.line_code,
					"title": line.title,
					"chapter": line.chapter,
					"partner": line.partner,
					"cost_method": line.cost_method,
					"unit": None if flat else line.unit,
					"quantity": float(line.quantity),
					"unit_cost": float(line.unit_cost),
					"flat_rate_percent": demo_money_data.INDIRECT_PERCENT if flat else None,
					"amount": float(line.amount),
				},
			)
		if not frappe.db.get_value("Funded Project", CODE, "budget_approved_on"):
			doc = frappe.get_doc("Funded Project", CODE)
			doc.budget_approved_on = project.start
			doc.save()
		suppliers = _suppliers()
		bought = set(frappe.get_all("Procurement Record", {"funded_project": CODE}, pluck="title"))
		for record in data.procurements:
			if record.title in bought:
				continue
			demo.insert(
				"Procurement Record",
				{
					"funded_project": CODE,
					"title": record.title,
					"procedure": record.procedure,
					"contract_type": record.contract_type,
					"cig_exemption": "Ente privato, acquisto sotto soglia (esempio)",
					"estimated_value": float(record.value),
					"contract_value": float(record.value),
					"contract_date": record.contract_date,
					"supplier": suppliers[record.supplier],
					"choice_reason": "Prezzo più basso a parità di servizio.",
					"quotes": [
						{
							"supplier_name": name,
							"quoted_on": record.contract_date - timedelta(days=8),
							"amount": float(euro),
							"chosen": int(chosen),
						}
						for name, euro, chosen in record.quotes
					],
				},
			)
		names = _employees()
		for employee in data.employees:
			if frappe.db.exists("Staff Cost Rate", {"employee": names[employee.full_name]}):
				continue
			demo.insert(
				"Staff Cost Rate",
				{
					"employee": names[employee.full_name],
					"valid_from": employee.joined,
					"method": "Annual Cost by Standard Hours",
					"programme": project.programme,
					"part_time_percent": employee.part_time,
					"annual_cost": float(employee.annual_cost),
					"daily_hours": 8 if employee.part_time == 100 else 4.5,
					"source_note": "Busta paga inventata",
				},
			)


def _invoices(demo: Demo) -> None:
	"""Invoices and a credit note of the lead, those that nobody tagged among them."""
	data = _money(demo)
	present = _present("Purchase Invoice", "remarks")
	suppliers = _suppliers()
	records = dict(
		frappe.get_all("Procurement Record", {"funded_project": CODE}, ["title", "name"], as_list=True)
	)
	titles = {record.code: record.title for record in data.procurements}
	place = _place(demo)
	with working_as("funding_officer"):
		for invoice in data.invoices:
			if invoice.code in present:
				continue
			# A paper or two in the year comes without the CUP.
			cup = "" if invoice.code.endswith("13") else data.project.cup
			sign = -1 if invoice.credits else 1
			doc = demo.insert(
				"Purchase Invoice",
				{
					"company": demo.company,
					"supplier": suppliers[invoice.supplier],
					"bill_no": invoice.number,
					"bill_date": invoice.document_date,
					"set_posting_time": 1,
					"posting_date": invoice.document_date,
					"due_date": invoice.document_date + timedelta(days=30),
					"remarks": f"{invoice.code} {invoice.rows[0].description}",
					"fami_cup": cup or None,
					"fami_procurement_record": records.get(titles.get(invoice.procurement)),
					"is_return": int(bool(invoice.credits)),
					"return_against": present.get(invoice.credits) or None,
					**place,
					"items": [
						{
							"item_code": row.item if row.item.startswith("DEMO-") else None,
							"item_name": row.description,
							"description": row.description,
							"qty": sign,
							"rate": float(row.amount * sign),
							"uom": _uom(),
							"conversion_factor": 1,
							"expense_account": demo.accounts[demo_money_data.account_of(row.item)],
							"fami_budget_line": row.line or None,
							**place,
						}
						for row in invoice.rows
					],
				},
			)
			doc.submit()
			present[invoice.code] = doc.name


def _payments(demo: Demo) -> None:
	"""One transfer for all that a supplier sold in the months of a claim, with the bank's receipt."""
	data = _money(demo)
	present = _present("Payment Entry", "reference_no")
	invoices = {
		text: (name, money(amount))
		for text, (name, amount) in _present_with("Purchase Invoice", "remarks", "grand_total").items()
	}
	together: dict[tuple[str, int], list] = defaultdict(list)
	for invoice in data.invoices:
		if invoice.paid_on:
			together[invoice.supplier, invoice.claim].append(invoice)
	suppliers = _suppliers()
	payable = frappe.get_cached_value("Company", demo.company, "default_payable_account")
	with working_as("funding_officer"):
		for number, ((supplier, claim), papers) in enumerate(together.items(), start=1):
			code = f"PONTE-BON-{number:04d}"
			if code in present:
				continue
			paid_on = max(invoice.paid_on for invoice in papers)
			if claim:
				paid_on = min(paid_on, data.periods[claim - 1][1])
			total = sum((invoices[invoice.code][1] for invoice in papers), ZERO)
			doc = demo.insert(
				"Payment Entry",
				{
					"payment_type": "Pay",
					"company": demo.company,
					"posting_date": paid_on,
					"party_type": "Supplier",
					"party": suppliers[supplier],
					"paid_from": demo.accounts["bank"],
					"paid_to": payable,
					"paid_amount": float(total),
					"received_amount": float(total),
					"source_exchange_rate": 1,
					"target_exchange_rate": 1,
					"reference_no": code,
					"reference_date": paid_on,
					"fami_cup": data.project.cup,
					"references": [
						{
							"reference_doctype": "Purchase Invoice",
							"reference_name": invoices[invoice.code][0],
							"allocated_amount": float(invoices[invoice.code][1]),
						}
						for invoice in papers
					],
				},
			)
			_attach(doc, f"contabile {code}.txt")
			doc.submit()


def _entries(demo: Demo) -> None:
	"""Notes of small expenses and pay, paid from the bank on their day."""
	data = _money(demo)
	present = _present("Journal Entry", "user_remark")
	place = _place(demo)
	with working_as("funding_officer"):
		for entry in data.entries:
			if entry.code in present:
				continue
			total = sum((row.amount for row in entry.rows), ZERO)
			doc = demo.insert(
				"Journal Entry",
				{
					"voucher_type": "Journal Entry",
					"company": demo.company,
					"posting_date": entry.posted_on,
					"user_remark": f"{entry.code} {entry.remark}",
					"fami_cup": data.project.cup,
					"accounts": [
						*(
							{
								"account": demo.accounts[row.item],
								"user_remark": row.description,
								"fami_budget_line": row.line or None,
								**debit_or_credit(row.amount),
								**place,
							}
							for row in entry.rows
						),
						{"account": demo.accounts["bank"], **debit_or_credit(-total), **place},
					],
				},
			)
			if entry.claim:
				_attach(doc, f"estratto conto {entry.code}.txt")
			doc.submit()


def _sheets(demo: Demo) -> None:
	"""Hours of the lead's staff on their lines."""
	data = _money(demo)
	present = _present("Timesheet", "note")
	names = _employees()
	with working_as("funding_officer"):
		for sheet in data.sheets:
			if sheet.code in present:
				continue
			doc = demo.insert(
				"Timesheet",
				{
					"company": demo.company,
					"employee": names[sheet.employee],
					"note": sheet.code,
					"time_logs": [
						{
							"activity_type": demo_data.ACTIVITIES[3],
							"from_time": start,
							"to_time": start + timedelta(hours=float(hours)),
							"hours": float(hours),
							"project": demo.projects[CODE],
							"fami_budget_line": line,
						}
						for start, hours, line in sheet.logs
					],
				},
			)
			doc.submit()


def _declared(demo: Demo) -> None:
	"""What the partners declare, each with its paper."""
	data = _money(demo)
	present = set(frappe.get_all("Declared Cost", {"funded_project": CODE}, pluck="declared_code"))
	with working_as("funding_officer"):
		for cost in data.declared:
			if cost.code in present:
				continue
			doc = demo.insert(
				"Declared Cost",
				{
					"funded_project": CODE,
					"partner": cost.partner,
					"declared_code": cost.code,
					"cost_type": cost.cost_type,
					"budget_line": cost.line,
					"supplier": cost.supplier,
					"tax_id": cost.tax_id or None,
					"document_type": cost.document_type,
					"document_number": cost.number,
					"document_date": cost.document_date,
					"description": cost.description,
					"net_amount": float(cost.net),
					"vat_amount": float(cost.vat),
					"document_total": float(cost.amount),
					"quantity": float(cost.units) or None,
					"unit_cost": float(cost.unit_cost) or None,
					"cost_month": cost.document_date.replace(day=1),
					"amount": float(cost.amount),
					"percent": 100,
					"imputed_amount": float(cost.amount),
					"cup": data.project.cup,
					"paid_on": cost.paid_on,
					"paid_amount": float(cost.amount) if cost.paid_on else None,
					"payment_method": "Bank Transfer" if cost.paid_on else None,
					"payment_reference": f"CRO {cost.code}" if cost.paid_on else None,
					"payment_account": "Conto dedicato del partner" if cost.paid_on else None,
				},
			)
			if cost.paid_on and (cost.partner, cost.code) != (data.overridden_of, data.overridden):
				_attach(doc, f"quietanza {cost.code}.txt")


def _revision(demo: Demo) -> None:
	"""A budget revision before the third claim."""
	data = _money(demo)
	if frappe.db.exists("Budget Revision", {"funded_project": CODE, "docstatus": 1}):
		return
	with working_as("funding_officer"):
		doc = demo.insert(
			"Budget Revision",
			{
				"funded_project": CODE,
				"effective_on": data.revised_on,
				"reason": "Meno postazioni e viaggi del previsto, più trasporti e interpretariato.",
				"authorisation_reference": "Nota 2026/114 (inventata)",
				"authorised_on": data.revised_on - timedelta(days=6),
				"transfers": [
					{"from_line": source, "to_line": target, "amount": float(euro)}
					for source, target, euro in data.transfers
				],
			},
		)
		doc.submit()


def _receipts(demo: Demo) -> None:
	"""Instalments as they came in, one of them in two payments; and the days they were asked for."""
	data = _money(demo)
	present = _present("Payment Entry", "reference_no")
	customer = frappe.db.get_value("Customer", {"customer_name": _AUTHORITY})
	receivable = frappe.get_cached_value("Company", demo.company, "default_receivable_account")
	amounts = {
		row.idx: money(row.amount)
		for row in frappe.get_all(
			"Funding Instalment", {"parent": CODE, "parenttype": "Funded Project"}, ["idx", "amount"]
		)
	}
	with working_as("funding_officer"):
		for number, instalment in enumerate(data.instalments, start=1):
			left = amounts[number]
			for part, (day, percent) in enumerate(instalment.receipts, start=1):
				code = f"PONTE-RATA-{number}-{part}"
				last = part == len(instalment.receipts)
				euro = left if last else percent_of(amounts[number], percent)
				left -= euro
				if code in present:
					continue
				doc = demo.insert(
					"Payment Entry",
					{
						"payment_type": "Receive",
						"company": demo.company,
						"posting_date": day,
						"party_type": "Customer",
						"party": customer,
						"paid_from": receivable,
						"paid_to": demo.accounts["bank"],
						"paid_amount": float(euro),
						"received_amount": float(euro),
						"source_exchange_rate": 1,
						"target_exchange_rate": 1,
						"reference_no": code,
						"reference_date": day,
						"fami_funded_project": CODE,
						"fami_instalment": number,
					},
				)
				doc.submit()


def _claims(demo: Demo) -> None:
	"""Three claims: two settled with cuts, the third back from the auditor. Made with what the desk's buttons call."""
	data = _money(demo)
	made = frappe.get_all(
		"Reimbursement Claim",
		{"funded_project": CODE, "docstatus": ["<", 2]},
		["name", "claim_number"],
		order_by="claim_number",
	)
	if len(made) >= len(data.periods):
		return
	with working_as("funding_officer"):
		_confirm(demo, data.periods[-1][1])
		_override(data)
		for number, (first, last) in enumerate(data.periods, start=1):
			if number <= len(made):
				continue
			claimed_on = min(last + timedelta(days=20), data.today)
			doc = demo.insert(
				"Reimbursement Claim",
				{
					"funded_project": CODE,
					"claim_type": "Interim",
					"period_from": first,
					"period_to": last,
					"claimed_on": claimed_on,
				},
			)
			pick_costs(doc.name)
			submit_claim(doc.name)
			days = [min(claimed_on + timedelta(days=step), data.today) for step in (3, 30, 33, 75)]
			send_claim(doc.name, Step.SEND_TO_AUDITOR.value, str(days[0]))
			_examined(doc.name, "auditor", days[1])
			if number < len(data.periods):
				send_claim(doc.name, Step.SEND_TO_AUTHORITY.value, str(days[2]))
				_examined(doc.name, "authority", days[3])
		_request_instalments(data)


def _confirm(demo: Demo, until: date) -> None:
	"""Confirm what was incurred by then; what is newer waits for the visitor of the demo."""
	drafts = frappe.get_all(
		"Cost Allocation",
		{
			"funded_project": CODE,
			"docstatus": 0,
			"origin": "Tagged Ledger Entry",
			"incurred_on": ["<=", until],
		},
		pluck="name",
		order_by="incurred_on, name",
	)
	for name in drafts:
		frappe.get_doc("Cost Allocation", name).submit()
		demo.created["Cost Allocation confirmed"] += 1


def _override(data: MoneyData) -> None:
	"""The proof of one payment is lost: the check is overridden with the reason and the paper that allows it."""
	cost = frappe.db.get_value(
		"Declared Cost",
		{"funded_project": CODE, "declared_code": data.overridden, "partner": data.overridden_of},
	)
	name = frappe.db.get_value("Cost Allocation", {"voucher_no": cost, "docstatus": 1})
	if not frappe.db.exists("Cost Finding", {"parent": name, "check_code": "payment-proof", "overridden": 0}):
		return
	paper = _attach(frappe.get_doc("Cost Allocation", name), "dichiarazione sostitutiva.txt")
	override_finding(
		name, "payment-proof", "Quietanza smarrita: dichiarazione sostitutiva della banca.", paper.name
	)


def _examined(name: str, stage: str, day: date) -> None:
	"""Fill the examiner's workbook in as a person would, and bring it in."""
	doc = frappe.get_doc("Reimbursement Claim", name)
	book = load_workbook(io.BytesIO(outcome_workbook(claims.examination_of(doc, stage))))
	sheet = book[OUTCOME_TITLE]
	columns = {cell.value: cell.column for row in sheet.iter_rows(max_row=8) for cell in row if cell.value}
	accepted, cut = columns["Importo ammesso"], columns["Importo tagliato"]
	reason, number = columns["Motivo del taglio"], columns["N."]
	for row in range(6, sheet.max_row + 1):
		place, euro = sheet.cell(row, number).value, sheet.cell(row, accepted).value
		if not place or not euro:
			continue
		kept, why = cut_of(stage, place, money(euro))
		if why:
			sheet.cell(row, accepted).value = kept
			sheet.cell(row, cut).value = None
			sheet.cell(row, reason).value = why
	out = io.BytesIO()
	book.save(out)
	content = base64.b64encode(out.getvalue()).decode()
	found = import_outcome(name, f"esito {name} {stage}.xlsx", content, str(day))
	if found["problems"]:
		raise ValueError(found["problems"])


def _request_instalments(data: MoneyData) -> None:
	doc = frappe.get_doc("Funded Project", CODE)
	made = frappe.get_all(
		"Reimbursement Claim", {"funded_project": CODE}, pluck="name", order_by="claim_number"
	)
	for row, instalment in zip(doc.instalments, data.instalments, strict=True):
		row.requested_on = instalment.requested_on
		# The advance rests on no claim; each interim on the claim before it.
		if row.idx > 1 and instalment.requested_on:
			row.claim = made[row.idx - 2]
	doc.save()


# --- small things -------------------------------------------------------------------------------------------------


def _attach(doc: Document, file_name: str) -> Document:
	return frappe.get_doc(
		{
			"doctype": "File",
			"file_name": file_name,
			"attached_to_doctype": doc.doctype,
			"attached_to_name": doc.name,
			"is_private": 1,
			"content": _PAPER,
		}
	).insert()


def _place(demo: Demo) -> dict[str, str]:
	return {"cost_center": demo.cost_centers[CODE], "project": demo.projects[CODE]}


def _suppliers() -> dict[str, str]:
	return dict(frappe.get_all("Supplier", fields=["supplier_name", "name"], as_list=True))


def _employees() -> dict[str, str]:
	return dict(frappe.get_all("Employee", fields=["employee_name", "name"], as_list=True))


def _uom() -> str:
	return frappe.get_cached_value("Item", demo_data.ITEMS[0].code, "stock_uom")


def _present(doctype: str, field_name: str) -> dict[str, str]:
	"""Name of each record of ours, by the code that stands first in a free text."""
	return {code: values[0] for code, values in _present_with(doctype, field_name).items()}


def _present_with(doctype: str, field_name: str, *fields: str) -> dict[str, Sequence]:
	rows: Iterable[Mapping] = frappe.get_all(
		doctype,
		filters={field_name: ["like", "PONTE-%"], "docstatus": ["<", 2]},
		fields=[field_name, "name", *fields],
	)
	return {row[field_name].split()[0]: [row.name, *(row[name] for name in fields)] for row in rows}


PARTS: tuple[Callable[[Demo], None], ...] = (
	_masters,
	_project,
	_invoices,
	_payments,
	_entries,
	_sheets,
	_declared,
	_revision,
	_receipts,
	_claims,
)
