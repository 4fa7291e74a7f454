from frappe.model.document import Document


class BudgetRevision(Document):
	pass
