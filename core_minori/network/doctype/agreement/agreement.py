import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from core_minori.days import as_day
from core_minori.engine.agreements import Deliverable, Terms, agreement_state, check_deliverables
from core_minori.engine.identifiers import check_cig, check_cup, normalised
from core_minori.engine.money import money
from core_minori.engine.periods import check_order
from core_minori.messages import by_rule, say


class Agreement(Document):
	"""What two bodies signed: the task, its amount, what is to be delivered, and how far it went."""

	@by_rule
	def validate(self) -> None:
		if self.given_by and self.given_by == self.given_to:
			frappe.throw(_("Who gives the task and who carries it out are the same."))
		check_order(("Signed On", as_day(self.signed_on)), ("Ends On", as_day(self.ends_on)))
		check_order(("Starts On", as_day(self.starts_on)), ("Ends On", as_day(self.ends_on)))
		self.cig = normalised(self.cig) if self.cig else None
		self.cup = normalised(self.cup) if self.cup else None
		say([check_cig(self.cig), check_cup(self.cup)])
		say(check_deliverables(self.terms(), self.rows(), getdate()))
		self.status = agreement_state(self.terms(), self.rows(), getdate())

	def terms(self) -> Terms:
		return Terms(
			as_day(self.signed_on),
			as_day(self.starts_on),
			as_day(self.ends_on),
			as_day(self.terminated_on),
			money(self.amount),
		)

	def rows(self) -> list[Deliverable]:
		return [
			Deliverable(
				row.title,
				as_day(row.due_on),
				money(row.amount),
				as_day(row.delivered_on),
				as_day(row.accepted_on),
			)
			for row in self.deliverables
		]


def refresh_states() -> None:
	"""Daily: states that change because a day passed. What is over for good is not looked at again."""
	for name in frappe.get_all(
		"Agreement", filters={"status": ["in", ["Draft", "Signed", "Running"]]}, pluck="name"
	):
		agreement = frappe.get_doc("Agreement", name)
		state = agreement_state(agreement.terms(), agreement.rows(), getdate())
		if state != agreement.status:
			agreement.db_set("status", state, update_modified=False)
