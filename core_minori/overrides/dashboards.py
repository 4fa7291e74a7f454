"""What ERPNext's own forms show of ours under Connections."""

from frappe import _


def project(data: dict | None = None) -> dict:
	"""Project leads to its Funded Project."""
	return _with_group(data, _("Funding"), ["Funded Project"], {"Funded Project": "project"})


def employee(data: dict | None = None) -> dict:
	"""Employee leads to assignments and hourly rates, each for who may read it."""
	return _with_group(data, _("Funding"), ["Staff Assignment", "Staff Cost Rate"], {})


def supplier(data: dict | None = None) -> dict:
	"""Supplier leads to the Network Organisation it also is."""
	return _with_group(data, _("Network"), ["Network Organisation"], {"Network Organisation": "supplier"})


def timesheet(data: dict | None = None) -> dict:
	"""Timesheet leads to the allocations of its funded hours."""
	data = _with_group(data, _("Funding"), ["Cost Allocation"], {"Cost Allocation": "voucher_no"})
	data.setdefault("dynamic_links", {})["voucher_no"] = ["Timesheet", "voucher_type"]
	return data


def purchase_invoice(data: dict | None = None) -> dict:
	"""Purchase Invoice leads to the Procurement Record it names."""
	data = data or {}
	data.setdefault("internal_links", {})["Procurement Record"] = "fami_procurement_record"
	data.setdefault("transactions", []).append({"label": _("Funding"), "items": ["Procurement Record"]})
	return data


def _with_group(data: dict | None, label: str, items: list[str], fieldnames: dict[str, str]) -> dict:
	data = data or {}
	data.setdefault("non_standard_fieldnames", {}).update(fieldnames)
	data.setdefault("transactions", []).append({"label": label, "items": items})
	return data
