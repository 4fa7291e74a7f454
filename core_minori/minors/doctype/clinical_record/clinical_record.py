from frappe.model.document import Document


class ClinicalRecord(Document):
	pass
