"""Depreciation of assets that carry a budget line: only the months of the project are its cost."""

import frappe
from frappe.model.document import Document
from frappe.utils import getdate


def keep_to_project(doc: Document, method: str | None = None) -> None:
	"""Take the line off a depreciation entry dated outside its project.

	ERPNext copies the asset's line onto every entry until the asset is written off. Refusing those after the project's
	end would stop its nightly run, and the asset's own books with it.
	"""
	if doc.voucher_type != "Depreciation Entry":
		return
	names = {row.fami_budget_line for row in doc.accounts if row.fami_budget_line}
	if not names:
		return
	line, project = frappe.qb.DocType("FAMI Budget Line"), frappe.qb.DocType("Funded Project")
	inside = set(
		(
			frappe.qb.from_(line)
			.join(project)
			.on(project.name == line.funded_project)
			.select(line.name)
			.where(
				line.name.isin(list(names))
				& (project.start_date <= getdate(doc.posting_date))
				& (project.end_date >= getdate(doc.posting_date))
			)
		).run(pluck=True)
	)
	for row in doc.accounts:
		if row.fami_budget_line not in inside:
			row.fami_budget_line = None
