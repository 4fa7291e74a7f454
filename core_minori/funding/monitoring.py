"""The monitoring of a project from what is stored, as the asking user may see it. Names are the resolver's to give."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from openpyxl import Workbook

import frappe
from frappe import _
from frappe.core.doctype.access_log.access_log import make_access_log
from frappe.model.document import Document
from frappe.query_builder import Case as When
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import getdate

from core_minori.engine.money import money
from core_minori.engine.monitoring import (
	PROMPTS,
	Attendance,
	Case,
	Identity,
	Line,
	Spending,
	by_activity,
	financial,
	operators,
	target_people,
	total,
	with_flat_rates,
)
from core_minori.engine.periods import check_order
from core_minori.engine.sheet_writer import saved, write_table
from core_minori.funding.budgets import budget_at, flat_rates
from core_minori.funding.claims import names_of_organisations
from core_minori.messages import rules_spoken

# A referral that is only written, or was turned down or taken back, is no service.
SERVED = ("Accepted", "In Progress", "Done")


def quarterly(project: str, from_date: date, to_date: date) -> bytes:
	"""The quarterly sheet as a workbook. It names no minor and no operator.

	Raises frappe.PermissionError for who may not report on the project.
	"""
	doc = _project(project, from_date, to_date)
	frappe.has_permission("Cost Allocation", "read", throw=True)
	lines = lines_of(doc, from_date, to_date)
	attendances = attendances_of(project, from_date, to_date)
	workbook = Workbook()
	workbook.remove(workbook.active)
	_sheet(workbook, _("General Data"), [_("Data Item"), _("Value")], _general(doc, from_date, to_date))
	_sheet(
		workbook,
		_("Beneficiaries"),
		[_("Organisation"), _("Type"), _("Role"), _("VAT Number"), _("Budget Share (EUR)")],
		_beneficiaries(doc),
	)
	_sheet(workbook, _("Procedural"), [_("Data Item"), _("Content")], _procedural(doc, from_date, to_date))
	_sheet(
		workbook,
		_("Network"),
		[_("Organisation"), _("Part in the Project")],
		_network(doc, attendances),
	)
	rows = by_activity(lines)
	_sheet(
		workbook,
		_("Activities (WBS)"),
		[_("Activity"), _("Budget Lines"), _("Planned"), *_amounts(), _("Residual")],
		[*rows, total(rows, _("Total"))],
	)
	_sheet(
		workbook,
		_("Physical Progress"),
		[_("Indicator"), _("In the Period")],
		_physical(project, attendances, from_date, to_date),
	)
	rows = financial(lines)
	_sheet(
		workbook,
		_("Financial Progress"),
		[
			_("Chapter"),
			_("Budget Line"),
			_("Description"),
			_("Partner"),
			_("Planned"),
			*_amounts(),
			_("Residual"),
		],
		[*rows, total(rows, _("Total"))],
	)
	return saved(workbook)


def people_sheet(project: str, from_date: date, to_date: date) -> bytes:
	"""The people the project reached in the period, for the bulk upload. The download is logged.

	Rows are the cases that the resolver shows this user, and a row has a name only where it shows them the person too.
	Raises frappe.PermissionError for who may not report on the project or reads no case at all, funding officers for one.
	"""
	_project(project, from_date, to_date)
	frappe.has_permission("Case File", "read", throw=True)
	cases = cases_of(project, from_date, to_date)
	rows = target_people(cases, identities_of({case.person for case in cases}))
	workbook = Workbook()
	workbook.remove(workbook.active)
	_sheet(
		workbook,
		_("Target People"),
		[
			_("Case File"),
			_("Given Name"),
			_("Family Name"),
			_("Sex"),
			_("Date of Birth"),
			_("Nationality"),
			_("Arrival in Italy"),
			_("Target Group"),
			_("In Charge From"),
			_("In Charge To"),
			_("Services Received"),
		],
		rows,
	)
	if len(cases) < _cases_in_charge(project, from_date, to_date):
		_sheet(workbook, _("Notes"), [_("Notes")], [(_("These are the cases that you may read, not all."),)])
	make_access_log(
		doctype="Case File",
		file_type="XLSX",
		report_name="Monitoring: Target People",
		filters={"project": project, "from_date": str(from_date), "to_date": str(to_date)},
	)
	return saved(workbook)


def operators_sheet(project: str, from_date: date, to_date: date) -> bytes:
	"""The operators trained in the period, for the bulk upload.

	Raises frappe.PermissionError for who may not report on the project or on training sessions.
	"""
	_project(project, from_date, to_date)
	frappe.has_permission("Training Session", "report", throw=True)
	workbook = Workbook()
	workbook.remove(workbook.active)
	_sheet(
		workbook,
		_("Operators"),
		[
			_("Operator"),
			_("Profession"),
			_("Organisation"),
			_("Training Area"),
			_("Content"),
			_("First Day"),
			_("Last Day"),
			_("Sessions"),
			_("Hours Attended"),
		],
		[
			(operator, _(profession), *rest)
			for operator, profession, *rest in operators(attendances_of(project, from_date, to_date))
		],
	)
	return saved(workbook)


def lines_of(project: Document, from_date: date, to_date: date) -> list[Line]:
	"""The budget lines with what was spent on them, flat rates worked out. Three queries and those of the budget."""
	allocation = frappe.qb.DocType("Cost Allocation")
	day = Coalesce(allocation.incurred_on, allocation.posting_date)
	spent = {
		line: Spending(*map(money, amounts))
		for line, *amounts in (
			frappe.qb.from_(allocation)
			.select(
				allocation.budget_line,
				Sum(When().when(day >= from_date, allocation.imputed_amount).else_(0)),
				Sum(allocation.imputed_amount),
				Sum(Coalesce(allocation.claimed_amount, 0)),
				Sum(Coalesce(allocation.auditor_amount, 0)),
				Sum(Coalesce(allocation.authority_amount, 0)),
			)
			.where((allocation.funded_project == project.name) & (allocation.docstatus == 1))
			.where(day <= to_date)
			.groupby(allocation.budget_line)
		).run()
	}
	planned = budget_at(project.name, to_date)
	rows = frappe.get_all(
		"FAMI Budget Line",
		filters={"funded_project": project.name},
		fields=["name", "line_code", "title", "chapter", "partner", "activity"],
		order_by="chapter, line_code",
	)
	partners = names_of_organisations(row.partner for row in rows)
	lines = [
		Line(
			row.name,
			row.line_code,
			row.title,
			row.chapter,
			partners.get(row.partner, ""),
			row.activity or "",
			money(planned.get(row.name)),
			spent.get(row.name, Spending()),
		)
		for row in rows
	]
	with rules_spoken():
		return with_flat_rates(lines, flat_rates(project.name), {row.name: row.partner or "" for row in rows})


def cases_of(project: str, from_date: date, to_date: date) -> list[Case]:
	"""The cases of the project in charge in the period that the user may read, with the services they may read of."""
	rows = frappe.get_list(
		"Case File",
		filters={"project": project, "reported_on": ["<=", to_date]},
		or_filters=[["closed_on", "is", "not set"], ["closed_on", ">=", from_date]],
		fields=["name", "minor", "beneficiary_type", "reported_on", "closed_on"],
		order_by="name",
		limit_page_length=0,
	)
	services = _services([row.name for row in rows], from_date, to_date)
	return [
		Case(
			row.name,
			row.minor,
			_(row.beneficiary_type),
			getdate(row.reported_on),
			getdate(row.closed_on) if row.closed_on else None,
			tuple(services.get(row.name, ())),
		)
		for row in rows
	]


def identities_of(people: set[str]) -> dict[str, Identity]:
	"""Who these people are, as far as the resolver lets the user know: the others are not among the keys."""
	if not people or not frappe.has_permission("Minor", "read"):
		return {}
	return {
		row.name: Identity(
			row.given_name or "",
			row.family_name or "",
			_(row.sex or ""),
			getdate(row.birth_date) if row.birth_date else None,
			_(row.nationality or ""),
			getdate(row.arrival_date) if row.arrival_date else None,
		)
		for row in frappe.get_list(
			"Minor",
			filters={"name": ["in", list(people)]},
			fields=[
				"name",
				"given_name",
				"family_name",
				"sex",
				"birth_date",
				"nationality",
				"arrival_date",
			],
			limit_page_length=0,
		)
	}


def attendances_of(project: str, from_date: date, to_date: date) -> list[Attendance]:
	"""Who was at the project's training sessions held in the period; nothing for who may not read sessions."""
	if not frappe.has_permission("Training Session", "read"):
		return []
	sessions = {
		row.name: row
		for row in frappe.get_list(
			"Training Session",
			filters={
				"project": project,
				"status": ["in", ["Held", "Certified"]],
				"held_on": ["between", [from_date, to_date]],
			},
			fields=["name", "title", "training_area", "held_on", "hours"],
			limit_page_length=0,
		)
	}
	if not sessions:
		return []
	areas = dict(frappe.get_all("Training Area", fields=["name", "title"], as_list=True))
	rows = frappe.get_all(
		"Training Attendance",
		filters={"parent": ["in", list(sessions)], "parenttype": "Training Session", "present": 1},
		fields=["parent", "operator_name", "profession", "organisation", "hours"],
		order_by="parent, idx",
	)
	organisations = names_of_organisations(row.organisation for row in rows)
	return [
		Attendance(
			row.operator_name,
			row.profession or "",
			organisations.get(row.organisation, ""),
			f"{sessions[row.parent].training_area}. {_(areas.get(sessions[row.parent].training_area, ''))}",
			sessions[row.parent].title,
			getdate(sessions[row.parent].held_on),
			Decimal(str(row.hours or sessions[row.parent].hours or 0)),
		)
		for row in rows
	]


def _project(project: str, from_date: date, to_date: date) -> Document:
	doc = frappe.get_doc("Funded Project", project)
	doc.check_permission("report")
	with rules_spoken():
		check_order(("From", from_date), ("To", to_date))
	return doc


def _services(cases: Sequence[str], from_date: date, to_date: date) -> dict[str, list[str]]:
	"""Services of each case in the period: interventions of the plans and referrals answered, as the user may read them."""
	found: dict[str, list[str]] = defaultdict(list)
	if not cases:
		return found
	if frappe.has_permission("PEI", "read"):
		plans = dict(
			frappe.get_list(
				"PEI",
				filters={"case_file": ["in", cases]},
				fields=["name", "case_file"],
				as_list=True,
				limit_page_length=0,
			)
		)
		intervention = frappe.qb.DocType("PEI Intervention")
		if plans:
			for plan, kind in (
				frappe.qb.from_(intervention)
				.select(intervention.parent, intervention.intervention_type)
				.where((intervention.parenttype == "PEI") & intervention.parent.isin(list(plans)))
				.where(intervention.start_date <= to_date)
				.where(intervention.end_date.isnull() | (intervention.end_date >= from_date))
				.orderby(intervention.parent, intervention.idx)
			).run():
				found[plans[plan]].append(_(kind))
	if frappe.has_permission("Referral", "read"):
		for row in frappe.get_list(
			"Referral",
			filters={
				"case_file": ["in", cases],
				"status": ["in", SERVED],
				"answered_on": ["<", _after(to_date)],
			},
			or_filters=[["ended_on", "is", "not set"], ["ended_on", ">=", from_date]],
			fields=["case_file", "service_requested"],
			order_by="name",
			limit_page_length=0,
		):
			found[row.case_file].append(_(row.service_requested))
	return found


def _cases_in_charge(project: str, from_date: date, to_date: date) -> int:
	"""How many cases there are, whoever asks: only to say that some are left out."""
	case = frappe.qb.DocType("Case File")
	((count,),) = (
		frappe.qb.from_(case)
		.select(Count("*"))
		.where((case.project == project) & (case.reported_on <= to_date))
		.where(case.closed_on.isnull() | (case.closed_on >= from_date))
	).run()
	return count


def _after(day: date) -> str:
	return str(frappe.utils.add_days(day, 1))


def _amounts() -> list[str]:
	"""Headings of the five amounts of a line."""
	return [
		_("Imputed in the Period"),
		_("Imputed to Date"),
		_("Claimed"),
		_("Accepted by the Auditor"),
		_("Accepted by the Authority"),
	]


def _general(doc: Document, from_date: date, to_date: date) -> list[tuple[object, object]]:
	lead = next((row.organisation for row in doc.partners if row.role == "Lead"), None)
	return [
		(_("Project Code"), doc.project_code),
		(_("Title"), doc.title),
		(_("Programme"), doc.programme),
		("CUP", doc.cup),
		(_("Specific Objective"), doc.specific_objective),
		(_("National Objective"), doc.national_objective),
		(_("Letter"), doc.letter),
		(_("Legal Act"), doc.legal_act),
		(_("Lead Beneficiary"), names_of_organisations([lead]).get(lead) or doc.company),
		(_("Start"), getdate(doc.start_date)),
		(_("End"), getdate(doc.end_date)),
		(_("Status"), _(doc.status)),
		(_("From"), from_date),
		(_("To"), to_date),
		(_("Made On"), getdate()),
	]


def _beneficiaries(doc: Document) -> list[tuple[object, ...]]:
	known = {
		row.name: row
		for row in frappe.get_all(
			"Network Organisation",
			filters={"name": ["in", [row.organisation for row in doc.partners]]},
			fields=["name", "organisation_name", "organisation_type", "vat_number"],
		)
	}
	return [
		(
			known[row.organisation].organisation_name,
			_(known[row.organisation].organisation_type),
			_(row.role, context="Funded Project Partner"),
			known[row.organisation].vat_number,
			money(row.budget_share),
		)
		for row in doc.partners
		if row.organisation in known
	]


def _procedural(doc: Document, from_date: date, to_date: date) -> list[tuple[object, object]]:
	between = ["between", [from_date, to_date]]
	rows: list[tuple[object, object]] = [(_(prompt), "") for prompt in PROMPTS]
	for doctype, day, label, fields in (
		("Budget Revision", "effective_on", _("Budget Revision"), ("revision_number", "reason")),
		("Procurement Record", "contract_date", _("Procurement Record"), ("title", "procedure", "cig")),
		("Reimbursement Claim", "period_to", _("Reimbursement Claim"), ("claim_number", "status")),
	):
		if not frappe.has_permission(doctype, "read"):
			continue
		filters: dict[str, object] = {"funded_project": doc.name, day: between}
		if frappe.get_meta(doctype).is_submittable:
			filters["docstatus"] = 1
		rows += [
			(label, " - ".join(str(_(str(row[field]))) for field in fields if row[field]))
			for row in frappe.get_list(
				doctype, filters=filters, fields=list(fields), order_by=day, limit_page_length=0
			)
		]
	return rows


def _network(doc: Document, attendances: Sequence[Attendance]) -> list[tuple[object, object]]:
	partners = names_of_organisations(row.organisation for row in doc.partners)
	rows = [
		(partners.get(row.organisation, ""), _(row.role, context="Funded Project Partner"))
		for row in doc.partners
	]
	trained = {one.organisation for one in attendances if one.organisation} - set(partners.values())
	return rows + [(name, _("Operators trained")) for name in sorted(trained)]


def _physical(
	project: str, attendances: Sequence[Attendance], from_date: date, to_date: date
) -> list[tuple[object, object]]:
	rows: list[tuple[object, object]] = [
		(_("Training sessions held"), len({(one.session, one.day) for one in attendances})),
		(_("Operators trained"), len({" ".join(one.operator.split()).casefold() for one in attendances})),
		(_("Hours of training attended"), sum((one.hours for one in attendances), Decimal(0))),
	]
	if not frappe.has_permission("Case File", "read"):
		return [*rows, (_("People reached: for who may read the cases"), "")]
	people: dict[str, set[str]] = defaultdict(set)
	for case in cases_of(project, from_date, to_date):
		people[case.group].add(case.person)
	rows.append((_("People reached"), len(set().union(*people.values()))))
	return rows + [(_("of them: {0}").format(group), len(found)) for group, found in sorted(people.items())]


def _sheet(workbook: Workbook, title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
	write_table(workbook.create_sheet(title[:31]), headings, rows)
