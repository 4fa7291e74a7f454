from frappe.model.document import Document


class CaseAccessLog(Document):
	pass
