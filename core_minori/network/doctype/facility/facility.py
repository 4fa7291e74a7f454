from frappe.model.document import Document


class Facility(Document):
	pass
