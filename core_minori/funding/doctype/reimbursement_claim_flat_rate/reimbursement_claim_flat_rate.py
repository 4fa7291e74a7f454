from frappe.model.document import Document


class ReimbursementClaimFlatRate(Document):
	pass
