from frappe.model.document import Document


class RelatedProject(Document):
	pass
