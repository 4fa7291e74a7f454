from frappe.model.document import Document


class FundingInstalment(Document):
	pass
