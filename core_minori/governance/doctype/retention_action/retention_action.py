from frappe.model.document import Document


class RetentionAction(Document):
	pass
