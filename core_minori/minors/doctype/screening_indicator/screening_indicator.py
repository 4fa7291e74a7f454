from frappe.model.document import Document


class ScreeningIndicator(Document):
	pass
