"""To-dos about the records of a case: they name the record by its code and say nothing of what is in it."""

from collections.abc import Iterable

import frappe
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.utils import today

from core_minori.permissions import may_open


def ask(doc: Document, users: Iterable[str], text: str, urgent: bool = False) -> list[str]:
	"""Give each of `users` who may read `doc` an open to-do with `text`, unless there is one; returns who got one."""
	waiting = set(open_for(doc))
	asked = [
		user
		for user in dict.fromkeys(users)
		if user not in waiting and may_open(doc.doctype, doc.name, user=user)
	]
	for user in asked:
		frappe.get_doc(
			{
				"doctype": "ToDo",
				"allocated_to": user,
				"assigned_by": frappe.session.user,
				"reference_type": doc.doctype,
				"reference_name": doc.name,
				"description": text,
				"priority": "High" if urgent else "Medium",
				"date": today(),
			}
		).insert(ignore_permissions=True)  # the record's own rules said who may bring this about
	if asked:
		enqueue_create_notification(
			asked,
			{
				"type": "Alert",  # shown at the desk, and sent to nobody by mail
				"document_type": doc.doctype,
				"document_name": doc.name,
				"subject": text,
				"from_user": frappe.session.user,
			},
		)
	return asked


def close(doc: Document) -> None:
	"""Close every open to-do about `doc`: what it asked for was done."""
	for name in frappe.get_all("ToDo", filters=_open(doc), pluck="name"):
		todo = frappe.get_doc("ToDo", name)
		todo.status = "Closed"
		todo.save(ignore_permissions=True)


def open_for(doc: Document) -> list[str]:
	"""Users who have an open to-do about `doc`."""
	return frappe.get_all("ToDo", filters=_open(doc), pluck="allocated_to")


def users_with(*roles: str) -> list[str]:
	"""Enabled users who have one of these roles."""
	having = frappe.get_all(
		"Has Role", filters={"role": ["in", roles], "parenttype": "User"}, pluck="parent", distinct=True
	)
	return frappe.get_all(
		"User",
		filters={"name": ["in", having], "enabled": 1, "user_type": "System User"},
		pluck="name",
		order_by="name",
	)


def _open(doc: Document) -> dict:
	return {"reference_type": doc.doctype, "reference_name": doc.name, "status": "Open"}
