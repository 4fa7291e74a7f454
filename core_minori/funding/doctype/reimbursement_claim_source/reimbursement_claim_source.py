from frappe.model.document import Document


class ReimbursementClaimSource(Document):
	pass
