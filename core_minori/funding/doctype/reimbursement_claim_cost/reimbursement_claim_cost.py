from frappe.model.document import Document


class ReimbursementClaimCost(Document):
	pass
