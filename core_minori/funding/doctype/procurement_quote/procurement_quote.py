from frappe.model.document import Document


class ProcurementQuote(Document):
	pass
