"""The pseudonymised export: asking for it, deciding on it, taking it away."""

import frappe
from frappe import _

from core_minori import access_log
from core_minori.files import content_of, download

DOCTYPE = "Pseudonymised Export"


@frappe.whitelist(methods=["POST"])
def send(name: str) -> dict:
	"""Send a request to those who decide. Raises frappe.PermissionError for who may not write it."""
	record = frappe.get_doc(DOCTYPE, name)
	record.check_permission("write")
	record.send()
	return {"status": record.status}


@frappe.whitelist(methods=["POST"])
def decide(name: str, agree: bool, reason: str = "") -> dict:
	"""Agree, or refuse with a reason. Agreeing again changes nothing.

	Raises frappe.PermissionError for who may not decide on this request.
	"""
	record = frappe.get_doc(DOCTYPE, name)
	record.check_permission("read")
	if agree:
		record.agree()
	else:
		record.refuse(reason)
	return {"status": record.status}


@frappe.whitelist(methods=["POST"])
def make(name: str) -> dict:
	"""Make the workbook that was agreed to; a second call makes none. Raises frappe.PermissionError without write."""
	record = frappe.get_doc(DOCTYPE, name)
	record.check_permission("write")
	record.make()
	return {"status": record.status, "people": record.people}


@frappe.whitelist(methods=["GET"])
def may_decide(name: str) -> bool:
	"""Whether the form shows the buttons of who decides."""
	record = frappe.get_doc(DOCTYPE, name)
	record.check_permission("read")
	return record.may_decide()


@frappe.whitelist(methods=["GET"])
def workbook(name: str) -> None:
	"""Download the workbook; that it was taken is logged. Raises frappe.PermissionError without read."""
	record = frappe.get_doc(DOCTYPE, name)
	record.check_permission("read")
	if not record.file:
		frappe.throw(_("There is no workbook yet."))
	access_log.note("Export", DOCTYPE, record.name)
	download(f"{record.name}.xlsx", content_of(record, "file"))
