import frappe
from frappe.model.document import Document


class OrganisationUser(Document):
	"""One operator of a Network Organisation who logs in."""


def on_doctype_update() -> None:
	"""The resolver asks which organisations a user works for."""
	frappe.db.add_index("Organisation User", ["user", "parent"])
