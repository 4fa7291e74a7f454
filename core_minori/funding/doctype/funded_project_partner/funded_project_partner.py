from frappe.model.document import Document


class FundedProjectPartner(Document):
	pass
