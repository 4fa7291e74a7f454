"""Install and migrate: which steps, in which order. The work is in setup/."""

import frappe
from frappe import _

from core_minori import access_store, people
from core_minori.setup import custom_fields, dimension, hardening, master_data

LOWEST_MAJOR, HIGHEST_MAJOR = 15, 16


def before_install() -> None:
	"""Refuse a Frappe or ERPNext this app was not made for, before anything is created."""
	import erpnext

	for name, version in (("Frappe", frappe.__version__), ("ERPNext", erpnext.__version__)):
		if not LOWEST_MAJOR <= int(version.split(".")[0]) <= HIGHEST_MAJOR:
			frappe.throw(
				_("core_minori works with {0} {1} to {2}; this is {3}.").format(
					name, LOWEST_MAJOR, HIGHEST_MAJOR, version
				)
			)


def after_install() -> None:
	"""Dimension, custom fields, master data, system settings. Roles come with the DocTypes, the workflow with the fixtures."""
	dimension.apply()
	custom_fields.apply()
	master_data.apply()
	hardening.apply()
	access_store.start_anew()


def after_migrate() -> None:
	"""What a newer ERPNext, a newly installed app or an update of ours may have added: the dimension, new rules."""
	dimension.apply()
	custom_fields.apply()
	master_data.add_new_rules()
	people.fill_keys()


def after_app_install(app: str) -> None:
	"""An app that came after ours, such as HRMS: its accounting DocTypes get the dimension at once."""
	if app != "core_minori":
		dimension.apply()
		custom_fields.apply()
