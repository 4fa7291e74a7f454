"""Uninstall: put back what setup/ changed outside our own DocTypes."""

import frappe

from core_minori import access_store
from core_minori.setup import custom_fields, dimension, hardening, traces


def before_uninstall() -> None:
	"""While our DocTypes still exist: the dimension with its columns, the workflow, the settings we changed."""
	custom_fields.remove()
	dimension.remove()
	hardening.remove()
	traces.remove()


def after_uninstall() -> None:
	"""Once our DocTypes are gone: settings that Frappe leaves, anchors of the access log, and the roles nobody else uses."""
	frappe.db.delete("Singles", {"doctype": "Core Minori Settings"})
	access_store.start_anew()
	traces.remove_roles()
