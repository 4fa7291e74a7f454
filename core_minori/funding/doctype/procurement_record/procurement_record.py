from frappe.model.document import Document


class ProcurementRecord(Document):
	pass
