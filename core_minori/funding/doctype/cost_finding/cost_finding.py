from frappe.model.document import Document


class CostFinding(Document):
	pass
