from frappe.model.document import Document


class StaffCostRate(Document):
	pass
