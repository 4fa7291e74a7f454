"""Depreciation of assets that carry a budget line: the months of the project are its cost, and no others."""

import frappe
from frappe.model.document import Document
from frappe.utils import getdate


def set_line(doc: Document, method: str | None = None) -> None:
	"""A depreciation entry dated within its project carries the line of its asset, any other carries none.

	ERPNext copies a dimension from the asset only where somebody gave it defaults for a company, and then onto every entry
	until the asset is written off: refusing those after the project's end would stop its nightly run, and the asset's own
	books with it.
	"""
	if doc.voucher_type != "Depreciation Entry":
		return
	assets = {row.reference_name for row in doc.accounts if row.reference_type == "Asset"}
	if not assets:
		return
	asset, line = frappe.qb.DocType("Asset"), frappe.qb.DocType("FAMI Budget Line")
	project = frappe.qb.DocType("Funded Project")
	day = getdate(doc.posting_date)
	found = (
		frappe.qb.from_(asset)
		.join(line)
		.on(line.name == asset.fami_budget_line)
		.join(project)
		.on(project.name == line.funded_project)
		.select(asset.name, line.name)
		.where(asset.name.isin(list(assets)) & (project.start_date <= day) & (project.end_date >= day))
	).run()
	lines = dict(found)
	for row in doc.accounts:
		if row.reference_type == "Asset":
			row.fami_budget_line = lines.get(row.reference_name)
