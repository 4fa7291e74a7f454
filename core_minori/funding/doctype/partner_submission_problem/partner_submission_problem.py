from frappe.model.document import Document


class PartnerSubmissionProblem(Document):
	pass
