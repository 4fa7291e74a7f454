from frappe.model.document import Document


class ReferralEvent(Document):
	pass
