from frappe.model.document import Document


class AgreementDeliverable(Document):
	pass
