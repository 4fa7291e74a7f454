"""Fields of a linked record in a list: `minor.given_name` asked of a list of cases.

Frappe 15 joins the linked table and asks only whether the reader may read its DocType, not the record that the link
leads to. No hook stands there, so the one step that adds the table is wrapped, once in a process, and looks up at each
call whether the site has the app.
"""

import frappe
from frappe import _
from frappe.model.db_query import DatabaseQuery

from core_minori.permissions import is_guarded

_MARK = "core_minori_asks"


def close(*args, **kwargs) -> None:
	"""Hook before_request and before_job: refuse fields of guarded DocTypes that are reached through a link."""
	# Frappe 16 builds its lists elsewhere; docs/permissions.md says what is known of it.
	original = getattr(DatabaseQuery, "append_link_table", None)
	if original is None or hasattr(original, _MARK):
		return

	def append_link_table(self, doctype: str, fieldname: str):
		if (
			is_guarded(doctype)
			and not self.flags.ignore_permissions
			and frappe.session.user != "Administrator"
			and "core_minori" in frappe.get_installed_apps()
		):
			frappe.throw(
				_("Fields of {0} cannot be listed through another record.").format(_(doctype)),
				frappe.PermissionError,
			)
		return original(self, doctype, fieldname)

	setattr(append_link_table, _MARK, True)
	DatabaseQuery.append_link_table = append_link_table
