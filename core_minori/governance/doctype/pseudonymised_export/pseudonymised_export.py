from frappe.model.document import Document


class PseudonymisedExport(Document):
	pass
