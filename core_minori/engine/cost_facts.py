"""What is known of one imputed cost when its eligibility is judged, claimed or put on a list: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core_minori.engine.money import ZERO


@dataclass(frozen=True)
class Payment:
	"""One payment of a document: day, euro, means ("Bank Transfer", "Cash", ...), CRO or TRN, account it left from.

	`dedicated` says whether that account is dedicated to public money (L. 136/2010 art. 3), None when nobody said.
	`proofs` are the file names of its evidence (contabile, bank statement).
	"""

	paid_on: date
	amount: Decimal
	method: str = ""
	reference: str = ""
	account: str = ""
	dedicated: bool | None = None
	cup: str = ""
	cig: str = ""
	proofs: tuple[str, ...] = ()


@dataclass(frozen=True)
class CostFacts:
	"""One Cost Allocation with its document, payments and line. Amounts are euro; empty text where nothing is known.

	`ledger_amount` is the whole cost, `imputed_amount` what this allocation takes of it and `imputed_everywhere` what
	all allocations of the same cost take, this one included, over all projects. `incurred_on` is the day of the
	document or of the work. `hours` and `hourly_rate` are for staff.

	What the rules compare with: `booked_amount` is the cost as the books have it today (None when they have none) and
	`document_cost` all costs of the same document; `same_document` names other records with the same paper;
	`rate_allowed` is the hourly rate of the person on that day; `line_amount`, `project_total` and `contract_value` are
	euro in force; `is_direct` says whether the line's chapter is one of direct costs, `public_body` whether the
	partner that bears the cost is one, `supplier_is_partner` whether it buys of itself.
	"""

	allocation: str
	project: str
	programme: str
	line: str
	chapter: str
	partner: str
	cost_method: str
	voucher_type: str
	voucher_no: str
	incurred_on: date
	posting_date: date
	ledger_amount: Decimal
	imputed_amount: Decimal
	imputed_everywhere: Decimal
	line_code: str = ""
	line_title: str = ""
	activity: str = ""
	account: str = ""
	party: str = ""
	tax_id: str = ""
	document_type: str = ""
	document_number: str = ""
	document_date: date | None = None
	description: str = ""
	net_amount: Decimal = ZERO
	vat_amount: Decimal = ZERO
	vat_deductible: bool = False
	vat_recoverable_percent: Decimal = ZERO
	document_total: Decimal = ZERO
	percent: Decimal = ZERO
	hours: Decimal = ZERO
	hourly_rate: Decimal = ZERO
	cost_month: date | None = None
	payments: tuple[Payment, ...] = ()
	documents: tuple[str, ...] = ()
	cup: str = ""
	cig: str = ""
	sdi_id: str = ""
	procurement: str = ""
	procedure: str = ""
	quotes: int = 0
	project_start: date | None = None
	project_end: date | None = None
	project_cup: str = ""
	claim: str = ""
	booked_amount: Decimal | None = None
	document_cost: Decimal = ZERO
	same_document: tuple[str, ...] = ()
	is_depreciation: bool = False
	signed: bool = False
	rate_allowed: Decimal | None = None
	line_amount: Decimal = ZERO
	line_open: bool = True
	is_direct: bool = True
	public_body: bool = False
	supplier_is_partner: bool = False
	programme_start: date | None = None
	programme_end: date | None = None
	project_total: Decimal = ZERO
	contract_type: str = ""
	contract_value: Decimal = ZERO
	cig_exempt: bool = False

	@property
	def paid_amount(self) -> Decimal:
		"""Euro paid of the document."""
		return sum((payment.amount for payment in self.payments), ZERO)

	@property
	def paid_on(self) -> date | None:
		"""Day of the last payment."""
		return max((payment.paid_on for payment in self.payments), default=None)
