from frappe.model.document import Document


class PEIIntervention(Document):
	pass
