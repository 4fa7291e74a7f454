from frappe.model.document import Document


class RegisterImportProblem(Document):
	pass
