from frappe.model.document import Document


class ReimbursementClaimCost(Document):
	"""One cost of a claim: as it was picked in a draft, as it was frozen once the claim is submitted."""

	def get_invalid_links(self, is_submittable: bool = False) -> tuple[list, list]:
		"""No link is asked for one by one: picking reads all rows from the records, and freezing reads them again."""
		return [], []
