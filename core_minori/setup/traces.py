"""What Frappe leaves behind of an app: workflow records, roles, and personal data in logs that outlive their record."""

import json

import frappe

from core_minori.overrides.error_log import LEFT_OUT
from core_minori.permissions import ROLES, TRACES

# What else names a DocType, by field: what people set up for our lists, and shares made before we refused them.
_SETTINGS = {
	"Dashboard Chart": "document_type",
	"DocShare": "share_doctype",
	"Kanban Board": "reference_doctype",
	"List Filter": "reference_doctype",
	"List View Settings": "name",
	"Number Card": "document_type",
	"User Permission": "allow",
}


def remove() -> None:
	"""Remove the workflow with states and actions of ours, rows of logs about our records, counters, home pages."""
	_remove_workflow()
	ours = frappe.get_all("DocType", filters={"module": ["in", _modules()]}, pluck="name")
	# Files first: taking one away leaves a comment on its record.
	for name in frappe.get_all("File", filters={"attached_to_doctype": ["in", ours]}, pluck="name"):
		_delete("File", name)
	_remove_tags(ours)
	_remove_versions_of_traces(ours)
	for table, (field, _name) in TRACES.items():
		_clear(table, field, ours)
	for table, field in _SETTINGS.items():
		_clear(table, field, ours)
	frappe.db.delete("__UserSettings", {"doctype": ["in", ours]})
	frappe.db.delete("Error Log", {"error": ["like", f"%{LEFT_OUT}%"]})
	for doctype in ours:
		frappe.db.delete("Route History", {"route": ["like", f"%/{doctype}/%"]})
	frappe.db.delete("Patch Log", {"patch": ["like", "core_minori.%"]})
	jobs = frappe.get_all("Scheduled Job Type", {"method": ["like", "core_minori.%"]}, pluck="name")
	frappe.db.delete("Scheduled Job Log", {"scheduled_job_type": ["in", jobs]})
	frappe.db.delete("Scheduled Job Type", {"name": ["in", jobs]})
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
	"""Remove our roles, unless a permission of somebody else's DocType uses one, and Frappe's copies of what is gone."""
	for module in frappe.get_module_list("core_minori"):
		# Frappe keeps a copy of each DocType, report and workspace that it removed with the app.
		frappe.db.delete("Deleted Document", {"data": ["like", f'%"module": "{module}"%']})
		frappe.db.delete("Deleted Document", {"deleted_doctype": "Module Def", "deleted_name": module})
	for role in ROLES:
		used = any(frappe.db.exists(table, {"role": role}) for table in ("DocPerm", "Custom DocPerm"))
		if not used and frappe.db.exists("Role", role):
			frappe.db.delete("Has Role", {"role": role})
			_delete("Role", role)
	frappe.db.commit()  # nosemgrep: after_uninstall runs outside the transaction of the uninstall
	# Another process may have put our hooks back into the cache before the uninstall was committed, and every save
	# would then ask for an app that is not installed.
	frappe.clear_cache()


def _remove_versions_of_traces(doctypes: list[str]) -> None:
	"""Old texts of to-dos and mails about our records, while these still say what they are about."""
	for table in ("Comment", "Communication", "File", "ToDo"):
		names = frappe.get_all(table, filters={TRACES[table][0]: ["in", doctypes]}, pluck="name")
		frappe.db.delete("Version", {"ref_doctype": table, "docname": ["in", names]})
		frappe.db.delete("Comment", {"reference_doctype": table, "reference_name": ["in", names]})


def _clear(table: str, field: str, doctypes: list[str]) -> None:
	"""Delete the rows about these DocTypes; a table that this Frappe does not have is no matter."""
	if frappe.db.table_exists(table):
		frappe.db.delete(table, {field: ["in", doctypes]})


def _delete(doctype: str, name: str) -> None:
	"""Delete a record if it is there, with no copy kept among the deleted documents."""
	frappe.delete_doc(
		doctype, name, ignore_permissions=True, force=True, ignore_missing=True, delete_permanently=True
	)


def _remove_tags(doctypes: list[str]) -> None:
	"""A tag is a word somebody wrote about a case: it goes, unless something else has it too."""
	tags = frappe.get_all("Tag Link", filters={"document_type": ["in", doctypes]}, pluck="tag", distinct=True)
	frappe.db.delete("Tag Link", {"document_type": ["in", doctypes]})
	for tag in tags:
		if not frappe.db.exists("Tag Link", {"tag": tag}):
			_delete("Tag", tag)


def _modules() -> list[str]:
	return frappe.get_all("Module Def", filters={"app_name": "core_minori"}, pluck="name")


def _remove_workflow() -> None:
	for workflow in _fixture("workflow"):
		_delete("Workflow", workflow["name"])
	for state in _fixture("workflow_state"):
		if not frappe.db.exists("Workflow Document State", {"state": state["name"]}):
			_delete("Workflow State", state["name"])
	for action in _fixture("workflow_action_master"):
		if not frappe.db.exists("Workflow Transition", {"action": action["name"]}):
			_delete("Workflow Action Master", action["name"])


def _fixture(name: str) -> list[dict]:
	with open(frappe.get_app_path("core_minori", "fixtures", f"{name}.json")) as file:
		return json.load(file)
