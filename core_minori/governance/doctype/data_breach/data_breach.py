from frappe.model.document import Document


class DataBreach(Document):
	pass
