from frappe.model.document import Document


class TrainingAttendance(Document):
	pass
