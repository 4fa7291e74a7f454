from frappe.model.document import Document


class DataRequest(Document):
	pass
