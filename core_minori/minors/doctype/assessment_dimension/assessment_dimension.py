from frappe.model.document import Document


class AssessmentDimension(Document):
	pass
