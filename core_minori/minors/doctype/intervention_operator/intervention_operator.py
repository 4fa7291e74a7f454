import frappe

from core_minori.records import ProtectedRow


class InterventionOperator(ProtectedRow):
	pass


def on_doctype_update() -> None:
	"""An operator asks for their own interventions and groups."""
	frappe.db.add_index("Intervention Operator", ["user", "parenttype", "parent"])
