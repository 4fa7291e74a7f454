from frappe.model.document import Document


class CoreMinoriSettings(Document):
	pass
