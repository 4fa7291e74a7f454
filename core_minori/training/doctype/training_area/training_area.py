from frappe.model.document import Document


class TrainingArea(Document):
	pass
