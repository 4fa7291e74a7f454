from frappe.model.document import Document


class FundingChapter(Document):
	pass
