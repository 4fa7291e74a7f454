from frappe.model.document import Document


class RoleConfirmation(Document):
	pass
