from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, today

from core_minori.engine.eligibility import Rulebook
from core_minori.engine.identifiers import check_cig, normalised
from core_minori.engine.money import money
from core_minori.engine.procurement import Purchase, Quote, check_contract_total, check_purchase
from core_minori.funding.ledger import programme_rules
from core_minori.messages import by_rule, say


class ProcurementRecord(Document):
	"""How something was bought: procedure, quotes, contract, the legal expert's word. Invoices are linked to it."""

	@by_rule
	def validate(self) -> None:
		self.cig = normalised(self.cig) or None
		project = frappe.get_cached_doc("Funded Project", self.funded_project)
		findings = check_purchase(
			self.purchase(self.buyer_is_public(project)),
			Rulebook(programme_rules(project.programme)),
			getdate(today()),
		)
		total = check_contract_total(money(self.contract_value), invoiced(self.name).values())
		say([check_cig(self.cig), *findings, total])

	def purchase(self, public_body: bool) -> Purchase:
		"""The record as the rules read it."""
		return Purchase(
			public_body=public_body,
			procedure=self.procedure,
			contract_type=self.contract_type,
			value=money(self.contract_value or self.estimated_value),
			contract_value=money(self.contract_value),
			contract_date=getdate(self.contract_date) if self.contract_date else None,
			cig=self.cig or "",
			cig_exemption=self.cig_exemption or "",
			choice_reason=self.choice_reason or "",
			quotes=[
				Quote(
					row.supplier_name,
					getdate(row.quoted_on) if row.quoted_on else None,
					money(row.amount),
					bool(row.chosen),
				)
				for row in self.quotes
			],
			checked_on=getdate(self.legal_expert_checked_on) if self.legal_expert_checked_on else None,
			outcome=self.legal_expert_outcome or "",
		)

	def buyer_is_public(self, project: Document) -> bool:
		"""Whether the buyer is a public body: the partner's row says it, the lead's when no buyer is named."""
		rows = [
			row
			for row in project.partners
			if (row.organisation == self.buyer if self.buyer else row.role == "Lead")
		]
		if self.buyer and not rows:
			frappe.throw(_("{0} is not a partner of project {1}.").format(self.buyer, project.name))
		return any(row.is_public_body for row in rows)


def invoiced(record: str | None, but: str | None = None) -> dict[str, Decimal]:
	"""Net euro of the submitted invoices of a Procurement Record by invoice, one left out; credit notes are negative."""
	if not record:
		return {}
	rows = frappe.get_all(
		"Purchase Invoice",
		filters={"fami_procurement_record": record, "docstatus": 1, "name": ["!=", but or ""]},
		fields=["name", "base_net_total"],
	)
	return {row.name: money(row.base_net_total) for row in rows}
