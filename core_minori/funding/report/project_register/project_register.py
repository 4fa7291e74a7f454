"""Project Register: every project with its codes, acts, partners and money; the funds of one centre stand together."""

import frappe
from frappe import _
from frappe.query_builder.functions import Sum

from core_minori.engine.identifiers import check_cig, check_cup

FILTERS = ("programme", "centre", "status")


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""The projects the reader may see, by centre and number: one list and three grouped queries."""
	filters = filters or {}
	projects = frappe.get_list(
		"Funded Project",
		filters={name: filters[name] for name in FILTERS if filters.get(name)},
		fields=[
			"name",
			"title",
			"progressive_number",
			"programme",
			"funding_line",
			"specific_objective",
			"national_objective",
			"letter",
			"legal_act",
			"cup",
			"cig",
			"start_date",
			"end_date",
			"status",
			"centre",
		],
		order_by="centre, progressive_number, name",
		limit_page_length=0,
	)
	names = [project.name for project in projects]
	leads, partners = _partners(names)
	planned, agreed, related = _planned(names), _agreed(names), _related(names)
	for project in projects:
		project.funding_line = project.funding_line or " - ".join(
			filter(None, (project.specific_objective, project.national_objective, project.letter))
		)
		project.codes = ", ".join(
			finding.message.render(_)
			for finding in (check_cup(project.cup), check_cig(project.cig))
			if finding
		)
		project.lead = leads.get(project.name)
		project.partners = partners.get(project.name, 0)
		project.planned = planned.get(project.name, 0)
		project.agreed = agreed.get(project.name, 0)
		project.related = ", ".join(related.get(project.name, ()))
	return _columns(), projects


def _partners(projects: list[str]) -> tuple[dict[str, str], dict[str, int]]:
	rows = frappe.get_all(
		"Funded Project Partner",
		filters={"parent": ["in", projects], "parenttype": "Funded Project"},
		fields=["parent", "organisation", "role"],
	)
	counts: dict[str, int] = {}
	for row in rows:
		counts[row.parent] = counts.get(row.parent, 0) + 1
	return {row.parent: row.organisation for row in rows if row.role == "Lead"}, counts


def _planned(projects: list[str]) -> dict[str, float]:
	line = frappe.qb.DocType("FAMI Budget Line")
	query = frappe.qb.from_(line).select(line.funded_project, Sum(line.amount)).groupby(line.funded_project)
	return dict(query.where(line.funded_project.isin(projects or [""])).run())


def _agreed(projects: list[str]) -> dict[str, float]:
	"""Euro of the assignment agreements of each project that were not terminated."""
	agreement = frappe.qb.DocType("Agreement")
	query = (
		frappe.qb.from_(agreement)
		.select(agreement.funded_project, Sum(agreement.amount))
		.where(agreement.funded_project.isin(projects or [""]) & (agreement.status != "Terminated"))
		.groupby(agreement.funded_project)
	)
	return dict(query.run())


def _related(projects: list[str]) -> dict[str, list[str]]:
	found: dict[str, list[str]] = {}
	for row in frappe.get_all(
		"Related Project",
		filters={"parent": ["in", projects], "parenttype": "Funded Project"},
		fields=["parent", "related_project", "related_title"],
		order_by="parent, idx",
	):
		found.setdefault(row.parent, []).append(row.related_project or row.related_title)
	return found


def _columns() -> list[dict]:
	def column(fieldname: str, label: str, width: int, fieldtype: str = "Data", options: str = "") -> dict:
		return {
			"fieldname": fieldname,
			"label": label,
			"fieldtype": fieldtype,
			"options": options,
			"width": width,
		}

	return [
		column("centre", _("Centre"), 160, "Link", "Network Organisation"),
		column("progressive_number", _("Prog. Number"), 110),
		column("name", _("Funded Project"), 130, "Link", "Funded Project"),
		column("title", _("Title"), 220),
		column("programme", _("Programme"), 150, "Link", "Funding Programme"),
		column("funding_line", _("Line of Funding"), 220),
		column("legal_act", _("Legal Act"), 150),
		column("cup", _("CUP"), 140),
		column("cig", _("CIG"), 110),
		column("codes", _("What Is Wrong with the Codes"), 220),
		column("start_date", _("Start"), 100, "Date"),
		column("end_date", _("End"), 100, "Date"),
		column("lead", _("Lead"), 160, "Link", "Network Organisation"),
		column("partners", _("Partners"), 80, "Int"),
		column("planned", _("Planned"), 120, "Currency", "EUR"),
		column("agreed", _("Assignment Agreements"), 120, "Currency", "EUR"),
		column("related", _("Related Projects"), 200),
	]
