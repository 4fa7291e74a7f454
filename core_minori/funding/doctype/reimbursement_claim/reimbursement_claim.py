from frappe.model.document import Document


class ReimbursementClaim(Document):
	pass
