from frappe.model.document import Document


class DeclaredCost(Document):
	pass
