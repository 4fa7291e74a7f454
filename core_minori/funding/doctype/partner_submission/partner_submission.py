from frappe.model.document import Document


class PartnerSubmission(Document):
	pass
