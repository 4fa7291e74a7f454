"""What Frappe leaves behind of an app: workflow records, roles, and personal data in logs that outlive their record."""

import json

import frappe

from core_minori.permissions import ROLES

# Frappe's own tables that keep rows about documents after their DocType is gone, and the field naming the DocType.
_LOGS = {
	"Version": "ref_doctype",
	"Comment": "reference_doctype",
	"Communication": "reference_doctype",
	"Activity Log": "reference_doctype",
	"View Log": "reference_doctype",
	"Document Follow": "ref_doctype",
	"Deleted Document": "deleted_doctype",
	"DocShare": "share_doctype",
	"ToDo": "reference_type",
	"Notification Log": "document_type",
}


def remove() -> None:
	"""Remove the workflow with states and actions of ours, rows of logs about our records, counters, home pages."""
	_remove_workflow()
	ours = frappe.get_all("DocType", filters={"module": ["in", _modules()]}, pluck="name")
	for log, field in _LOGS.items():
		frappe.db.delete(log, {field: ["in", ours]})
	for name in frappe.get_all("File", filters={"attached_to_doctype": ["in", ours]}, pluck="name"):
		frappe.delete_doc("File", name, ignore_permissions=True, force=True)
	prefixes = [
		prefix.split(".")[0]
		for prefix in frappe.get_all("DocType", {"name": ["in", ours]}, pluck="autoname")
		if prefix
	]
	series = frappe.qb.Table("tabSeries")
	for prefix in {prefix for prefix in prefixes if prefix.endswith("-")}:
		frappe.qb.from_(series).delete().where(series.name.like(f"{prefix}%")).run()
	workspaces = frappe.get_all("Workspace", filters={"module": ["in", _modules()]}, pluck="name")
	user = frappe.qb.DocType("User")
	if workspaces:
		frappe.qb.update(user).set(user.default_workspace, None).where(
			user.default_workspace.isin(workspaces)
		).run()


def remove_roles() -> None:
	"""Remove our roles, unless a permission of somebody else's DocType uses one."""
	for role in ROLES:
		used = any(frappe.db.exists(table, {"role": role}) for table in ("DocPerm", "Custom DocPerm"))
		if not used and frappe.db.exists("Role", role):
			frappe.db.delete("Has Role", {"role": role})
			frappe.delete_doc("Role", role, ignore_permissions=True, force=True)
	frappe.db.delete("Deleted Document", {"deleted_doctype": "Role", "deleted_name": ["in", ROLES]})
	frappe.db.commit()  # nosemgrep: after_uninstall runs outside the transaction of the uninstall


def _modules() -> list[str]:
	return frappe.get_all("Module Def", filters={"app_name": "core_minori"}, pluck="name")


def _remove_workflow() -> None:
	for workflow in _fixture("workflow"):
		frappe.delete_doc(
			"Workflow", workflow["name"], ignore_permissions=True, force=True, ignore_missing=True
		)
	for state in _fixture("workflow_state"):
		if not frappe.db.exists("Workflow Document State", {"state": state["name"]}):
			frappe.delete_doc(
				"Workflow State", state["name"], ignore_permissions=True, force=True, ignore_missing=True
			)
	for action in _fixture("workflow_action_master"):
		if not frappe.db.exists("Workflow Transition", {"action": action["name"]}):
			frappe.delete_doc(
				"Workflow Action Master",
				action["name"],
				ignore_permissions=True,
				force=True,
				ignore_missing=True,
			)


def _fixture(name: str) -> list[dict]:
	with open(frappe.get_app_path("core_minori", "fixtures", f"{name}.json")) as file:
		return json.load(file)
