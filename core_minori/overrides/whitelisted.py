"""Frappe's and ERPNext's own web methods that hand out or change records without asking the resolver.

Each one here takes the DocType or the name of a function from the browser. Ours ask first and then call the original;
for DocTypes that are not guarded nothing changes. Found by attack: tests/site/test_doors.py has a door for each.
"""

from typing import Any

import frappe
from frappe import _

from core_minori.overrides.templates import refuse_calls
from core_minori.permissions import PROTECTED, is_guarded, may_open


@frappe.whitelist()
def get_count(doctype: str, filters: Any = None, debug: bool = False, cache: bool = False) -> int:
	"""frappe.client.get_count counts every row there is: with a filter on a name it spells the name out."""
	from frappe.client import get_count as original

	if not is_guarded(doctype):
		return original(doctype, filters, debug, cache)
	return len(
		frappe.get_list(doctype, filters=frappe.parse_json(filters), pluck="name", limit_page_length=0)
	)


@frappe.whitelist()
@frappe.read_only()
def get_open_count(doctype: str, name: str, items: Any = None) -> dict:
	"""The numbers under Connections count every record there is: how many court acts a case has is told to nobody else."""
	from frappe.desk.notifications import get_open_count as original

	if is_guarded(doctype) and not may_open(doctype, name):
		raise frappe.PermissionError
	answer = original(doctype, name, items)
	links = frappe.get_meta(doctype).get_dashboard_data()
	found = answer.get("count") or {}  # an empty list when counting took too long
	for entry in found.get("external_links_found", ()) if isinstance(found, dict) else ():
		linked = entry["doctype"]
		if not is_guarded(linked):
			continue
		entry["count"] = entry["open_count"] = 0
		if frappe.has_permission(linked, "read"):
			field = (links.get("non_standard_fieldnames") or {}).get(linked, links.get("fieldname"))
			entry["count"] = len(
				frappe.get_list(linked, filters={field: name}, limit_page_length=100, pluck="name")
			)
	return answer


@frappe.whitelist()
@frappe.read_only()
def get_view() -> Any:
	"""The list view asks nobody for DocTypes without a table: jobs of the workers carry the texts of notifications."""
	from frappe.desk.reportview import get as original

	_ask_for_list()
	return original()


@frappe.whitelist()
@frappe.read_only()
def get_view_list() -> Any:
	"""As `get_view`."""
	from frappe.desk.reportview import get_list as original

	_ask_for_list()
	return original()


@frappe.whitelist()
def get_group_by_count(doctype: str, current_filters: str, field: str) -> list[dict]:
	"""The list's count by assignee filters rows that the reader may not see; the other groups go through get_list."""
	from frappe.desk.listview import get_group_by_count as original

	if field == "assigned_to" and is_guarded(doctype):
		return []
	return original(doctype, current_filters, field)


@frappe.whitelist()
def get_monthly_goal_graph_data(**arguments: Any) -> dict:
	"""The graph of a goal counts rows of any DocType, with any filter."""
	from frappe.utils.goal import get_monthly_goal_graph_data as original

	for doctype in (arguments.get("doctype"), arguments.get("goal_doctype")):
		_refuse(doctype)
	return frappe.call(original, **arguments)


@frappe.whitelist()
def get_tagged_docs(doctype: str, tag: str) -> list:
	"""Names of all records with a tag, whoever may read them."""
	from frappe.desk.doctype.tag.tag import get_tagged_docs as original

	if not is_guarded(doctype):
		return original(doctype, tag)
	return frappe.get_list(
		doctype, filters={"_user_tags": ["like", tag]}, fields=["name"], as_list=True, limit_page_length=0
	)


@frappe.whitelist()
def get_all_nodes(doctype: str, label: str, parent: str, tree_method: str, **filters: Any) -> list[dict]:
	"""The tree calls a function that the browser names, past what we put in the place of that function."""
	from frappe.desk.treeview import get_all_nodes as original

	_refuse(doctype)
	return original(doctype, label, parent, frappe.override_whitelisted_method(tree_method), **filters)


@frappe.whitelist()
def toggle_like(doctype: str, name: str, add: str | bool = False) -> None:
	"""A like is written on any record, and its comment too."""
	from frappe.desk.like import toggle_like as original

	if doctype in PROTECTED and not may_open(doctype, name):
		raise frappe.PermissionError
	original(doctype, name, add)


@frappe.whitelist()
def update_kanban_order(board_name: str, order: str) -> Any:
	"""The board compares each card's field with the column before it asks who is asking."""
	from frappe.desk.doctype.kanban_board.kanban_board import update_order as original

	doctype = frappe.db.get_value("Kanban Board", board_name, "reference_doctype")
	if doctype in PROTECTED:
		cards = [card for column in frappe.parse_json(order).values() for card in column]
		if not all(may_open(doctype, card, "write") for card in cards):
			raise frappe.PermissionError
	return original(board_name, order)


@frappe.whitelist()
def get_open_activities(ref_doctype: str, ref_docname: str) -> dict:
	"""ERPNext's CRM lists the to-dos and events of any record."""
	from erpnext.crm.utils import get_open_activities as original

	if is_guarded(ref_doctype) and not may_open(ref_doctype, ref_docname):
		raise frappe.PermissionError
	return original(ref_doctype, ref_docname)


@frappe.whitelist()
def get_reviews(doctype: str, docname: str) -> list[dict]:
	"""Points given to somebody for a record, with the words of who gave them, are shown to whoever names the record."""
	from frappe.social.doctype.energy_point_log.energy_point_log import get_reviews as original

	_ask_for_record(doctype, docname)
	return original(doctype, docname)


@frappe.whitelist()
def get_follow_users(doctype: str, doc_name: str) -> list[dict]:
	"""Who follows a record is told to whoever names it."""
	from frappe.desk.form.document_follow import get_follow_users as original

	_ask_for_record(doctype, doc_name)
	return original(doctype, doc_name)


@frappe.whitelist(methods=["POST"])
def relink(name: str, reference_doctype: str | None = None, reference_name: str | None = None) -> None:
	"""Moving a mail to another record asks for neither: the mail of a case could be read from one's own record."""
	from frappe.email import relink as original

	mail = frappe.get_doc("Communication", name)
	# Moved away, it would be read by whoever reads the new place.
	if mail.reference_doctype in PROTECTED and frappe.session.user != "Administrator":
		raise frappe.PermissionError
	if reference_doctype in PROTECTED and not may_open(reference_doctype, reference_name):
		raise frappe.PermissionError
	original(name, reference_doctype, reference_name)


@frappe.whitelist(methods=["POST"])
def execute_code(doc: str) -> dict:
	"""The System Console runs SQL for a System Manager, who administers and sees no case."""
	from frappe.desk.doctype.system_console.system_console import execute_code as original

	if frappe.session.user != "Administrator":
		frappe.throw(
			_("On a site that keeps minors' cases only Administrator runs the System Console."),
			frappe.PermissionError,
		)
	return original(doc)


@frappe.whitelist()
def generate_message_preview(
	reference_dt: str, reference_doc: str, message: str | None = None, subject: str | None = None
) -> dict:
	"""The preview of an Auto Repeat runs a template that came with the request."""
	from frappe.automation.doctype.auto_repeat.auto_repeat import generate_message_preview as original

	for text in (message, subject):
		refuse_calls(text)
	return original(reference_dt, reference_doc, message, subject)


@frappe.whitelist()
def get_offline_data(doctype: str, last_sync: str | None = None, project: str | None = None) -> dict:
	"""Some builds of ERPNext have a mobile interface that reads whole tables."""
	from erpnext.mobile.api.mobile_sync import get_offline_data as original

	_refuse(doctype)
	return original(doctype, last_sync, project)


@frappe.whitelist()
def remove_assignment(doctype: str, name: str, assign_to: str, ignore_permissions: Any = False) -> Any:
	"""The browser may ask that nobody be asked when somebody's task is taken away."""
	from frappe.desk.form.assign_to import remove as original

	_ask_for_record(doctype, name)
	return original(doctype, name, assign_to, ignore_permissions and not is_guarded(doctype))


@frappe.whitelist()
def remove_assignments(doctype: str, names: str, ignore_permissions: Any = False) -> None:
	"""As `remove_assignment`."""
	from frappe.desk.form.assign_to import remove_multiple as original

	for name in frappe.parse_json(names):
		_ask_for_record(doctype, name)
	original(doctype, names, ignore_permissions and not is_guarded(doctype))


@frappe.whitelist()
def close_assignment(doctype: str, name: str, assign_to: str, ignore_permissions: Any = False) -> Any:
	"""As `remove_assignment`: a task on a case that one follows no more is its team's."""
	from frappe.desk.form.assign_to import close as original

	_ask_for_record(doctype, name)
	return original(doctype, name, assign_to, ignore_permissions and not is_guarded(doctype))


@frappe.whitelist()
def create_email_flag_queue(names: str, action: str) -> None:
	"""Whoever names a mail marks it as read, or as unread."""
	from frappe.email.inbox import create_email_flag_queue as original

	for name in frappe.parse_json(names) or ():
		about = frappe.db.get_value("Communication", name, ["reference_doctype", "reference_name"])
		if about:
			_ask_for_record(*about)
	original(names, action)


@frappe.whitelist()
def restore(name: str, alert: bool = True) -> None:
	"""Restoring a deleted record asks nobody whether they may see what was deleted."""
	from frappe.core.doctype.deleted_document.deleted_document import restore as original

	_ask_for_deleted(name)
	original(name, alert)


@frappe.whitelist()
def bulk_restore(docnames: str | list) -> dict:
	"""As `restore`."""
	from frappe.core.doctype.deleted_document.deleted_document import bulk_restore as original

	names = frappe.parse_json(docnames)
	for name in names:
		_ask_for_deleted(name)
	return original(names)


def _ask_for_deleted(name: str) -> None:
	"""For who may read the list of what was deleted; what was of a case is nobody's to bring back."""
	deleted = frappe.get_doc("Deleted Document", name)
	deleted.check_permission("read")
	if is_guarded(deleted.deleted_doctype) and frappe.session.user != "Administrator":
		raise frappe.PermissionError


def _ask_for_list() -> None:
	from frappe.model.utils import is_virtual_doctype

	doctype = frappe.form_dict.get("doctype")
	if is_virtual_doctype(doctype):
		frappe.has_permission(doctype, "read", throw=True)


def _ask_for_record(doctype: str, name: str) -> None:
	if is_guarded(doctype) and not may_open(doctype, name):
		raise frappe.PermissionError


def _refuse(doctype: str | None) -> None:
	if is_guarded(doctype):
		frappe.throw(_("{0} cannot be read this way.").format(_(doctype)), frappe.PermissionError)
