from frappe.model.document import Document


class PEIObjective(Document):
	pass
