from frappe.model.document import Document


class EmergencyAccess(Document):
	pass
