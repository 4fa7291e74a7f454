from frappe.model.document import Document


class PEISignature(Document):
	pass
