import frappe
from frappe import _
from frappe.model.document import Document


class FundingProgramme(Document):
	"""The rules of a fund as rows that an officer edits and confirms: chapters, caps, severities, each with its source."""

	def validate(self) -> None:
		codes = [row.chapter_code for row in self.chapters]
		if len(codes) != len(set(codes)):
			frappe.throw(_("A chapter code is there twice."))
		for row in self.chapters:
			unknown = set(filter(None, map(str.strip, (row.flat_rate_base or "").split(",")))) - set(codes)
			if row.is_flat_rate and unknown:
				frappe.throw(
					_("Chapter {0}: the base names chapters that are not there: {1}.").format(
						row.chapter_code, ", ".join(sorted(unknown))
					)
				)
