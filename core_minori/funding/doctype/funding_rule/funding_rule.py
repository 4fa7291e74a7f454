from frappe.model.document import Document


class FundingRule(Document):
	pass
