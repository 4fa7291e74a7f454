"""A wholly invented project of six partners, three sources and sixty lines, with its thirty-six months of money.

Unlike the seed projects of `demo_data` nothing here is real: the project, its partners, its people and its suppliers
are made up, and so is every figure. It is what three claims, a budget revision, instalments and the suggestions are
shown with. Like `demo_data` it imports no frappe and reads no clock: `build` is handed the day, and codes
(``PONTE-...``) do not depend on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random

from core_minori.engine.money import ZERO, money, percent_of, split
from core_minori.setup import demo_data
from core_minori.setup.demo_data import (
	FAMI_21_27,
	SEED,
	DemoLine,
	DemoOrganisation,
	DemoPartner,
	DemoProject,
	_add_months,
	_table,
)

CODE = "PONTE"
MONTHS = 36
RUN = 33
"""Months the project has run on the demo's day: three are still to come, so that the forecast has something to say."""

_LATEST_START = date(2027, 1, 1)
"""Thirty-six months from here end with the programme: later demos tell of a project that is over."""

# First month and months of each claim, counted from the project's start.
PERIODS = ((0, 12), (12, 12), (24, 8))

INDIRECT_PERCENT = 7
INVENTED_CUP = "Z99Z99000000001"

ORGANISATIONS: tuple[DemoOrganisation, ...] = tuple(
	DemoOrganisation(name, kind, invented=True)
	for name, kind in _table(
		"""
		Cooperativa Ponte Celeste | Social Cooperative
		Associazione Timone Azzurro | Non-Governmental Organisation
		Fondazione Lucciola Grande | Foundation
		Consorzio Rugiada | Consortium
		Comune di Valmirta (inventato) | Municipality
		Azienda Sanitaria Valmirta (inventata) | Health Authority
		"""
	)
)
LEAD = ORGANISATIONS[0].name
_PARTNERS = tuple(organisation.name for organisation in ORGANISATIONS)

# Code, title, place of the partner, method, unit, quantity, unit cost.
_LINES = """
	A.1 | Coordinamento del progetto | 0 | Real Cost | Hour | 2400 | 27.50
	A.2 | Rendicontazione | 0 | Real Cost | Hour | 1800 | 22.10
	A.3 | Assistente sociale | 0 | Real Cost | Hour | 2600 | 21.80
	A.4 | Educatrice professionale | 0 | Real Cost | Month | 36 | 640.00
	A.5 | Mediazione culturale | 0 | Real Cost | Month | 36 | 520.00
	A.6 | Operatrice di sportello | 1 | Real Cost | Hour | 1300 | 19.40
	A.7 | Tutor per il lavoro | 1 | Real Cost | Hour | 900 | 20.30
	A.8 | Ricercatrice | 2 | Real Cost | Hour | 1000 | 24.60
	A.9 | Segreteria della formazione | 2 | Real Cost | Hour | 800 | 18.40
	A.10 | Educatore di comunità | 3 | Real Cost | Hour | 1500 | 19.60
	A.11 | Coordinamento delle strutture | 3 | Real Cost | Hour | 700 | 23.70
	A.12 | Assistente sociale comunale | 4 | Real Cost | Hour | 1100 | 21.10
	A.13 | Funzionario amministrativo | 4 | Real Cost | Hour | 600 | 22.90
	A.14 | Psicologa | 5 | Real Cost | Hour | 1200 | 25.20
	A.15 | Infermiera | 5 | Real Cost | Hour | 800 | 20.70
	B.1 | Missioni degli operatori | 0 | Real Cost | Trip | 160 | 58.50
	B.2 | Accompagnamenti dello sportello | 1 | Real Cost | Trip | 140 | 22.40
	B.3 | Viaggi della ricerca | 2 | Real Cost | Trip | 50 | 95.00
	B.4 | Trasporto dei ragazzi | 3 | Real Cost | Trip | 180 | 24.00
	B.5 | Missioni del servizio sociale | 4 | Real Cost | Trip | 70 | 31.00
	B.6 | Visite a domicilio | 5 | Real Cost | Trip | 120 | 18.60
	C.1 | Affitto e utenze della sede | 0 | Real Cost | Month | 36 | 590.00
	C.2 | Sportello, quota di affitto | 1 | Real Cost | Month | 36 | 180.00
	C.3 | Sala per i seminari | 2 | Real Cost | Day | 30 | 140.00
	C.4 | Piccola manutenzione delle comunità | 3 | Real Cost | Item | 12 | 310.00
	C.5 | Ufficio comunale, quota di utenze | 4 | Real Cost | Month | 36 | 75.00
	C.6 | Ambulatorio, quota di utenze | 5 | Real Cost | Month | 36 | 88.00
	D.1 | Cancelleria e stampati | 0 | Real Cost | Month | 36 | 260.00
	D.2 | Materiale dello sportello | 1 | Real Cost | Month | 36 | 42.00
	D.3 | Materiale della ricerca | 2 | Real Cost | Month | 36 | 36.00
	D.4 | Generi alimentari | 3 | Real Cost | Month | 36 | 130.00
	D.5 | Stampati comunali | 4 | Real Cost | Month | 36 | 22.00
	D.6 | Materiale sanitario | 5 | Real Cost | Month | 36 | 64.00
	E.1 | Postazioni e software | 0 | Real Cost | Item | 14 | 690.00
	E.2 | Arredi dello sportello | 1 | Real Cost | Item | 5 | 420.00
	E.3 | Arredi delle comunità | 3 | Real Cost | Item | 9 | 380.00
	F.1 | Supervisione e docenze | 0 | Real Cost | Hour | 240 | 65.00
	F.2 | Interpretariato telefonico | 0 | Real Cost | Hour | 380 | 38.00
	F.3 | Analisi dei dati | 2 | Real Cost | Hour | 90 | 60.00
	G.1 | Revisore indipendente | 0 | Real Cost | Item | 3 | 2400.00
	G.2 | Esperto legale | 0 | Real Cost | Item | 3 | 1100.00
	H.1 | Pocket money | 0 | Real Cost | Month | 400 | 45.00
	H.2 | Abbonamenti al trasporto pubblico | 0 | Real Cost | Month | 420 | 35.00
	H.3 | Corsi di italiano e materiale didattico | 0 | Real Cost | Person | 110 | 130.00
	H.4 | Vestiario e kit di accoglienza | 0 | Real Cost | Person | 190 | 80.00
	H.5 | Salute e sport | 0 | Real Cost | Person | 160 | 65.00
	H.6 | Laboratori allo sportello | 1 | Unit Cost | Day | 120 | 85.00
	H.7 | Tirocini osservati | 2 | Real Cost | Month | 18 | 500.00
	H.8 | Uscite e vacanze | 3 | Real Cost | Person | 120 | 74.00
	H.9 | Contributi alle famiglie affidatarie | 4 | Real Cost | Month | 60 | 150.00
	H.10 | Farmaci e visite | 5 | Real Cost | Person | 140 | 58.00
	I.1 | Campagna di comunicazione | 0 | Real Cost | Item | 8 | 1250.00
	I.2 | Traduzione di materiali | 0 | Real Cost | Item | 60 | 95.00
	I.3 | Valutazione d'impatto | 2 | Lump Sum | Item | 3 | 3200.00
	L.1 | Costi indiretti, capofila | 0 | Flat Rate | - | 0 | 0
	L.2 | Costi indiretti, Timone Azzurro | 1 | Flat Rate | - | 0 | 0
	L.3 | Costi indiretti, Lucciola Grande | 2 | Flat Rate | - | 0 | 0
	L.4 | Costi indiretti, Rugiada | 3 | Flat Rate | - | 0 | 0
	L.5 | Costi indiretti, Comune | 4 | Flat Rate | - | 0 | 0
	L.6 | Costi indiretti, Azienda Sanitaria | 5 | Flat Rate | - | 0 | 0
	"""

# What the demo's items are bought for in this project. Some share an account and not a line: the account alone does not tell.
LINE_OF_ITEM: dict[str, str] = {
	"DEMO-CAN": "D.1",
	"DEMO-DID": "H.3",
	"DEMO-KIT": "H.4",
	"DEMO-VES": "H.4",
	"DEMO-SAN": "H.5",
	"DEMO-SPO": "H.5",
	"DEMO-INT": "F.2",
	"DEMO-TRD": "I.2",
	"DEMO-TRA": "H.2",
	"DEMO-MIS": "B.1",
	"DEMO-UTE": "C.1",
	"DEMO-AFF": "C.1",
	"DEMO-SAL": "C.1",
	"DEMO-COR": "H.3",
	"DEMO-SUP": "F.1",
	"DEMO-DOC": "F.1",
	"DEMO-COM": "I.1",
	"DEMO-INF": "E.1",
	"DEMO-SOF": "E.1",
	"DEMO-REV": "G.1",
}

# What a monthly note of small expenses holds: account, words, line. One account has several lines, the words tell them.
_NOTES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
	(
		"beneficiaries",
		(
			("Pocket money dei ragazzi", "H.1"),
			("Biglietti dell'autobus per i ragazzi", "H.2"),
			("Ticket sanitari", "H.5"),
		),
	),
	("travel", (("Rimborso chilometrico operatori", "B.1"), ("Parcheggio e pedaggi in missione", "B.1"))),
	("supplies", (("Cancelleria minuta", "D.1"), ("Biancheria e kit di accoglienza", "H.4"))),
	("premises", (("Pulizia della sede", "C.1"), ("Ferramenta per la sede", "C.1"))),
	(
		"services",
		(
			("Traduzione giurata di documenti", "I.2"),
			("Interprete a gettone", "F.2"),
			("Volantini", "I.1"),
		),
	),
)

# Given name, family name, profession, born, line of most hours, line of the others, annual cost, part time.
_STAFF = _table(
	"""
	Irma | Vallesindi | Coordinatrice | 1980-02-11 | A.1 | A.3 | 46800.00 | 100
	Ludo | Tarvesani | Rendicontazione | 1985-07-30 | A.2 | A.1 | 37900.00 | 100
	Mirta | Cavresoli | Assistente sociale | 1990-10-05 | A.3 | A.2 | 18650.00 | 50
	"""
)


@dataclass(frozen=True)
class MoneyEmployee:
	"""Somebody of the lead's staff, without a login; `annual_cost` is gross with contributions, for `part_time` per cent."""

	given_name: str
	family_name: str
	profession: str
	born: date
	joined: date
	lines: tuple[str, str]
	annual_cost: Decimal
	part_time: int

	@property
	def full_name(self) -> str:
		"""As the timesheets name the person."""
		return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True)
class MoneyRow:
	"""One cost row: account key or item, words, euro, the line it is booked on ("" for none) and the one it belongs on."""

	item: str
	description: str
	amount: Decimal
	line: str
	truth: str


@dataclass(frozen=True)
class MoneyInvoice:
	"""A supplier's invoice of the lead. `claim` is the number of the claim it goes into, 0 for none yet."""

	code: str
	supplier: str
	number: str
	document_date: date
	rows: tuple[MoneyRow, ...]
	claim: int = 0
	paid_on: date | None = None
	procurement: str = ""
	credits: str = ""
	"""Code of the invoice that this one, a credit note, gives back from."""

	@property
	def total(self) -> Decimal:
		"""Euro, VAT included: the cooperative cannot recover it."""
		return sum((row.amount for row in self.rows), ZERO)


@dataclass(frozen=True)
class MoneyEntry:
	"""A journal entry of the lead, paid from the bank on its day."""

	code: str
	posted_on: date
	remark: str
	rows: tuple[MoneyRow, ...]
	claim: int = 0


@dataclass(frozen=True)
class MoneySheet:
	"""One month of one person: logs are (start, hours, line)."""

	code: str
	employee: str
	logs: tuple[tuple[datetime, Decimal, str], ...]
	claim: int = 0


@dataclass(frozen=True)
class MoneyDeclared:
	"""A cost a partner declares; amounts in euro, `hours` or units with what one costs."""

	code: str
	partner: str
	cost_type: str
	line: str
	supplier: str
	tax_id: str
	document_type: str
	number: str
	document_date: date
	description: str
	net: Decimal
	vat: Decimal
	paid_on: date | None
	units: Decimal = ZERO
	unit_cost: Decimal = ZERO
	claim: int = 0

	@property
	def amount(self) -> Decimal:
		"""What it costs the partner: VAT is not recovered."""
		return self.net + self.vat


@dataclass(frozen=True)
class MoneyProcurement:
	"""How something was bought: quotes are (supplier, euro, chosen)."""

	code: str
	title: str
	procedure: str
	contract_type: str
	value: Decimal
	contract_date: date
	supplier: str
	quotes: tuple[tuple[str, Decimal, bool], ...]


@dataclass(frozen=True)
class MoneyInstalment:
	"""A row of the payment plan; receipts are (day, per cent of the row)."""

	kind: str
	percent: Decimal
	trigger: int
	due_on: date | None
	requested_on: date | None
	receipts: tuple[tuple[date, int], ...]
	guarantee: str = ""
	guarantee_expires_on: date | None = None


@dataclass(frozen=True)
class MoneyData:
	"""The whole project, for one day."""

	today: date
	project: DemoProject
	lines: tuple[DemoLine, ...]
	employees: tuple[MoneyEmployee, ...]
	invoices: tuple[MoneyInvoice, ...]
	entries: tuple[MoneyEntry, ...]
	sheets: tuple[MoneySheet, ...]
	declared: tuple[MoneyDeclared, ...]
	procurements: tuple[MoneyProcurement, ...]
	instalments: tuple[MoneyInstalment, ...]
	transfers: tuple[tuple[str, str, Decimal], ...]
	revised_on: date
	overridden: str
	"""Code of the declared cost whose proof of payment is lost, and whose check is overridden."""

	@property
	def overridden_of(self) -> str:
		"""The partner whose cost that is."""
		return next(cost.partner for cost in self.declared if cost.code == self.overridden)

	@property
	def periods(self) -> tuple[tuple[date, date], ...]:
		"""First and last day of each claim."""
		return tuple(
			(
				_add_months(self.project.start, first),
				_add_months(self.project.start, first + months) - timedelta(days=1),
			)
			for first, months in PERIODS
		)

	@property
	def truth(self) -> dict[tuple[str, str], str]:
		"""The line that each untagged ledger row belongs on, by voucher code and account key."""
		return {
			(voucher.code, account_of(row.item)): row.truth
			for voucher in (*self.invoices, *self.entries)
			for row in voucher.rows
			if not row.line
		}


def account_of(item: str) -> str:
	"""Key of the account that an item, or a row of a note, is booked on."""
	return demo_data._ITEM_OF[item].account if item in demo_data._ITEM_OF else item


# Every so many rows of a claim auditor and authority cut one; per cent that they accept of it, and why.
_CUTS: dict[str, tuple[tuple[int, int, str], ...]] = {
	"auditor": (
		(9, 0, "Documento non pertinente alla voce."),
		(13, 60, "Quota non riferita al progetto."),
		(17, 85, "Ore oltre il contratto."),
	),
	"authority": ((23, 0, "Procedura di scelta non documentata."), (29, 50, "Importo oltre il preventivo.")),
}


def cut_of(stage: str, number: int, euro: Decimal) -> tuple[Decimal, str]:
	"""What auditor or authority leaves of `euro` in row `number` of a claim, and why; no reason when nothing is cut."""
	for every, percent, why in _CUTS[stage]:
		if euro and number % every == 0:
			return percent_of(euro, percent), why
	return euro, ""


def build(today: date, seed: int = SEED) -> MoneyData:
	"""The project as of `today`; the same day and seed give the same data. Raises ValueError as `demo_data.build` does."""
	if today < demo_data.EARLIEST_DAY:
		raise ValueError(
			f"the demo data cannot be made for a day before {demo_data.EARLIEST_DAY.isoformat()}"
		)
	return _build(today, seed)


@lru_cache(maxsize=2)
def _build(today: date, seed: int) -> MoneyData:
	def dice(part: str) -> Random:
		return Random(f"{seed}-money-{part}")

	start = min(_add_months(today.replace(day=1), -RUN), _LATEST_START)
	project = _project(start)
	lines = tuple(_lines())
	employees = tuple(_employees(start))
	procurements = tuple(_procurements(start))
	declared = tuple(_declared(start, lines, dice("declared")))
	return MoneyData(
		today=today,
		project=project,
		lines=lines,
		employees=employees,
		invoices=(
			*_claimed_invoices(start, lines, dice("invoices")),
			*_open_invoices(start, lines, dice("open invoices")),
			*_untagged_invoices(start, lines, dice("untagged invoices")),
		),
		entries=(
			*_claimed_entries(start, lines, dice("entries")),
			*_untagged_entries(start, lines, dice("untagged entries")),
		),
		sheets=tuple(_sheets(start, employees, dice("sheets"))),
		declared=declared,
		procurements=procurements,
		instalments=_instalments(start),
		transfers=(
			(_name("E.1"), _name("H.2"), Decimal("1500.00")),
			(_name("B.1"), _name("F.2"), Decimal("900.00")),
		),
		revised_on=_add_months(start, 23),
		overridden=next(
			cost.code
			for cost in declared
			if cost.claim == 3 and cost.partner == _PARTNERS[3] and cost.paid_on
		),
	)


def _project(start: date) -> DemoProject:
	return DemoProject(
		CODE,
		"PONTE - Progetto inventato per mostrare una rendicontazione intera",
		FAMI_21_27,
		start,
		_add_months(start, MONTHS) - timedelta(days=1),
		tuple(
			DemoPartner(name, "Partner" if place else "Lead", "Ente inventato")
			for place, name in enumerate(_PARTNERS)
		),
		(("European Union", 75), ("National", 15), ("Own Funds", 10)),
		Decimal(1),
		("everything",),
		cup=INVENTED_CUP,
		description="Sei enti, tre fonti, sessanta voci e trentasei mesi: tutto inventato, importi compresi.",
	)


def _name(code: str) -> str:
	return f"{CODE}-{code}"


def _lines() -> Iterator[DemoLine]:
	direct: dict[str, Decimal] = {}
	for code, title, place, method, unit, quantity, unit_cost in _table(_LINES):
		partner = _PARTNERS[int(place)]
		units, cost = Decimal(quantity), Decimal(unit_cost)
		if method == "Flat Rate":
			amount = percent_of(direct[partner], INDIRECT_PERCENT)
		else:
			amount = money(units * cost)
			direct[partner] = direct.get(partner, ZERO) + amount
		yield DemoLine(CODE, code, title, code.split(".")[0], partner, method, unit, units, cost, amount)


def partner_shares(lines: Sequence[DemoLine]) -> dict[str, Decimal]:
	"""Planned euro by partner, in the order of the partners."""
	shares = dict.fromkeys(_PARTNERS, ZERO)
	for line in lines:
		shares[line.partner] += line.amount
	return shares


def _employees(start: date) -> Iterator[MoneyEmployee]:
	for given, family, profession, born, first, second, cost, part_time in _STAFF:
		yield MoneyEmployee(
			given,
			family,
			profession,
			date.fromisoformat(born),
			_add_months(start, -7),
			(_name(first), _name(second)),
			Decimal(cost),
			int(part_time),
		)


def _procurements(start: date) -> Iterator[MoneyProcurement]:
	for code, title, kind, supplier, value, others, month in (
		(
			"PONTE-AFF-1",
			"Supervisione metodologica per tre anni",
			"Services",
			"Studio Supervisione Pontile",
			"15600.00",
			(("Centro Mappa Sonora", "17200.00"), ("Studio Aquilone", "16900.00")),
			0,
		),
		(
			"PONTE-AFF-2",
			"Postazioni informatiche",
			"Supplies",
			"Informatica Bottone Blu S.r.l.",
			"8200.00",
			(("Calcolatori Tondi S.r.l.", "8990.00"), ("Macchine Gentili S.n.c.", "9150.00")),
			1,
		),
		(
			"PONTE-AFF-3",
			"Revisore indipendente",
			"Individual Assignment",
			"Revisione Lume Chiaro S.s.",
			"7200.00",
			(("Conti Sereni S.s.", "7900.00"),),
			0,
		),
	):
		quotes = ((supplier, Decimal(value), True), *((name, Decimal(euro), False) for name, euro in others))
		yield MoneyProcurement(
			code,
			title,
			"Comparison of Quotes",
			kind,
			Decimal(value),
			_add_months(start, month) + timedelta(days=9),
			supplier,
			quotes,
		)


# --- the lead's ledger --------------------------------------------------------------------------------------------

_PROCURED = {
	"Studio Supervisione Pontile": "PONTE-AFF-1",
	"Informatica Bottone Blu S.r.l.": "PONTE-AFF-2",
	"Revisione Lume Chiaro S.s.": "PONTE-AFF-3",
}
# Share of a line's budget that a claim takes, in thousandths from and to, by the claim's number.
_TAKEN = {1: (240, 290), 2: (240, 290), 3: (160, 210)}
_PER_CLAIM = 2  # tagged invoices of each supplier in a claim
_NOTES_PER_CLAIM = 4
OPEN_INVOICES = 8
UNTAGGED_ROWS = 500
_UNTAGGED_INVOICE_ROWS = 150  # the others are notes: an invoice takes ERPNext as long as five rows of a note


def _claimed_invoices(start: date, lines: Sequence[DemoLine], dice: Random) -> Iterator[MoneyInvoice]:
	"""Every supplier's invoices of each claim; a line's share is divided over its rows, so that no budget is passed."""
	drafts: list[tuple[int, str, date, list[tuple[str, str]]]] = []
	for claim, (first, months) in enumerate(PERIODS, start=1):
		for place, (supplier, items) in enumerate(demo_data._SUPPLIERS):
			for turn in range(_PER_CLAIM):
				month = first + (place + turn * months // _PER_CLAIM) % (months - 1)
				day = _add_months(start, month) + timedelta(days=dice.randrange(1, 20))
				# A supplier of two things sells both in the first invoice, and the second alone in the next.
				wanted = items if not turn else items[-1:]
				drafts.append((claim, supplier, day, [(item, _name(LINE_OF_ITEM[item])) for item in wanted]))
	amounts = _divided(
		[(claim, line) for claim, __, __, rows in drafts for __, line in rows], lines, dice, percent=70
	)
	numbers: dict[str, int] = {}
	invoices = []
	for serial, (claim, supplier, day, rows) in enumerate(drafts, start=1):
		numbers[supplier] = numbers.get(supplier, dice.randrange(10, 70)) + dice.randrange(1, 12)
		invoices.append(
			MoneyInvoice(
				code=f"PONTE-FT-{serial:04d}",
				supplier=supplier,
				number=f"{numbers[supplier]}/P",
				document_date=day,
				rows=tuple(
					MoneyRow(item, demo_data._ITEM_OF[item].name, next(amounts), line, line)
					for item, line in rows
				),
				claim=claim,
				paid_on=day + timedelta(days=dice.randrange(5, 12)),
				procurement=_PROCURED.get(supplier, "") if len(rows) == 1 or supplier in _PROCURED else "",
			)
		)
	yield from invoices
	# The legal expert sells nothing else; one invoice a claim.
	legal = next(line for line in lines if line.line_code == "G.2")
	for claim, (first, __) in enumerate(PERIODS, start=1):
		day = _add_months(start, first + 5) + timedelta(days=6)
		yield MoneyInvoice(
			code=f"PONTE-FL-{claim}",
			supplier="Sportello Legale Girasole S.t.p.",
			number=f"{claim}/L",
			document_date=day,
			rows=(
				MoneyRow(
					"services",
					"Parere dell'esperto legale sugli affidamenti",
					money(legal.amount * dice.randrange(220, 260) / 1000),
					legal.name,
					legal.name,
				),
			),
			claim=claim,
			paid_on=day + timedelta(days=8),
		)
	# The stationer gives part of an invoice of the third claim back.
	credited = next(
		invoice
		for invoice in invoices
		if invoice.claim == 3 and len(invoice.rows) == 1 and invoice.total > 20
	)
	row = credited.rows[0]
	yield MoneyInvoice(
		code="PONTE-NC-1",
		supplier=credited.supplier,
		number="NC 1/P",
		document_date=credited.document_date + timedelta(days=14),
		rows=(
			MoneyRow(row.item, f"Reso: {row.description}", -percent_of(row.amount, 15), row.line, row.line),
		),
		claim=3,
		credits=credited.code,
	)


def _open_invoices(start: date, lines: Sequence[DemoLine], dice: Random) -> Iterator[MoneyInvoice]:
	"""Last month's: booked and paid, and waiting for the funding officer to confirm them."""
	planned = {line.name: line.amount for line in lines}
	for serial, (supplier, items) in enumerate(demo_data._SUPPLIERS[:OPEN_INVOICES], start=1):
		item, line = items[0], _name(LINE_OF_ITEM[items[0]])
		day = _add_months(start, RUN - 1) + timedelta(days=serial * 2)
		yield MoneyInvoice(
			code=f"PONTE-FA-{serial:04d}",
			supplier=supplier,
			number=f"{serial}/A",
			document_date=day,
			rows=(
				MoneyRow(
					item,
					demo_data._ITEM_OF[item].name,
					money(planned[line] * dice.randrange(10, 20) / 1000),
					line,
					line,
				),
			),
			paid_on=day + timedelta(days=4),
		)


def _claimed_entries(start: date, lines: Sequence[DemoLine], dice: Random) -> Iterator[MoneyEntry]:
	"""Notes of small expenses, and the pay of two lines that no timesheet tells."""
	serial = 0
	for claim, (first, months) in enumerate(PERIODS, start=1):
		picked = []
		for turn in range(_NOTES_PER_CLAIM):
			day = _add_months(start, first + turn * (months - 1) // _NOTES_PER_CLAIM) + timedelta(days=24)
			picked.append((day, [_note(account, dice) for account, __ in _NOTES]))
		wanted = [(claim, row[2]) for __, rows in picked for row in rows]
		amounts = _divided(wanted, lines, dice, percent=12, most=180)
		for day, rows in picked:
			serial += 1
			yield MoneyEntry(
				f"PONTE-PN-{serial:04d}",
				day,
				f"Nota spese {day:%m/%Y}",
				tuple(MoneyRow(account, words, next(amounts), line, line) for account, words, line in rows),
				claim,
			)
		pay = (_name("A.4"), _name("A.5"))
		amounts = _divided([(claim, line) for __ in range(2) for line in pay], lines, dice, percent=100)
		for turn in range(2):
			serial += 1
			day = _add_months(start, first + 2 + turn * 4) + timedelta(days=26)
			yield MoneyEntry(
				f"PONTE-PN-{serial:04d}",
				day,
				f"Costo del personale {day:%m/%Y}",
				tuple(MoneyRow("staff", "Stipendi e oneri", next(amounts), line, line) for line in pay),
				claim,
			)


def _note(account: str, dice: Random) -> tuple[str, str, str]:
	words, code = dice.choice(dict(_NOTES)[account])
	return account, words, _name(code)


def _divided(
	wanted: Sequence[tuple[int, str]],
	lines: Sequence[DemoLine],
	dice: Random,
	percent: int,
	most: int | None = None,
) -> Iterator[Decimal]:
	"""Euro of each wanted row: a claim's share of the line's budget, `percent` of it, divided unevenly over its rows."""
	planned = {line.name: line.amount for line in lines}
	keys: dict[tuple[int, str], list[int]] = {}
	for place, key in enumerate(wanted):
		keys.setdefault(key, []).append(place)
	amounts = [ZERO] * len(wanted)
	for (claim, line), places in keys.items():
		share = money(planned[line] * dice.randrange(*_TAKEN[claim]) / 1000)
		share = percent_of(share, percent)
		if most is not None:
			share = min(share, Decimal(most * len(places)))
		parts = split(share, [dice.randrange(60, 140) for __ in places])
		for place, part in zip(places, parts, strict=True):
			amounts[place] = part
	yield from amounts


# --- what nobody tagged -------------------------------------------------------------------------------------------


def _untagged_invoices(start: date, lines: Sequence[DemoLine], dice: Random) -> Iterator[MoneyInvoice]:
	"""Untagged invoices of the same suppliers, one row for each account."""
	drafts: list[tuple[str, date, list[tuple[str, str]]]] = []
	rows_left, turn = _UNTAGGED_INVOICE_ROWS, 0
	while rows_left:
		supplier, items = demo_data._SUPPLIERS[turn % len(demo_data._SUPPLIERS)]
		accounts = {account_of(item) for item in items}
		# Rows of one account would be one cost in the ledger: what such a supplier sells comes one at a time.
		wanted = list(items) if len(accounts) == len(items) and rows_left > 1 else [dice.choice(items)]
		rows = []
		for item in wanted[:rows_left]:
			line = LINE_OF_ITEM[item]
			if dice.random() < 0.03:  # bought for something else, for once
				line = dice.choice([other for other in ("D.1", "H.3", "H.4", "I.1") if other != line])
			rows.append((item, _name(line)))
		day = _add_months(start, dice.randrange(0, RUN)) + timedelta(days=dice.randrange(1, 27))
		drafts.append((supplier, day, rows))
		rows_left -= len(rows)
		turn += 1
	amounts = _small([line for __, __, rows in drafts for __, line in rows], lines, dice, percent=4)
	for serial, (supplier, day, rows) in enumerate(drafts, start=1):
		yield MoneyInvoice(
			code=f"PONTE-SV-{serial:04d}",
			supplier=supplier,
			number=f"{serial}/S",
			document_date=day,
			rows=tuple(
				MoneyRow(item, demo_data._ITEM_OF[item].name, next(amounts), "", line) for item, line in rows
			),
		)


def _untagged_entries(start: date, lines: Sequence[DemoLine], dice: Random) -> Iterator[MoneyEntry]:
	"""Untagged notes of small expenses, each with one row of five accounts."""
	entries = (UNTAGGED_ROWS - _UNTAGGED_INVOICE_ROWS) // len(_NOTES)
	drafts = [[_note(account, dice) for account, __ in _NOTES] for __ in range(entries)]
	amounts = _small([row[2] for rows in drafts for row in rows], lines, dice, percent=4)
	for serial, rows in enumerate(drafts, start=1):
		day = _add_months(start, serial * RUN // (entries + 1)) + timedelta(days=dice.randrange(1, 27))
		yield MoneyEntry(
			f"PONTE-SN-{serial:04d}",
			day,
			f"Nota spese {day:%m/%Y}",
			tuple(MoneyRow(account, words, next(amounts), "", line) for account, words, line in rows),
		)


def _small(wanted: Sequence[str], lines: Sequence[DemoLine], dice: Random, percent: int) -> Iterator[Decimal]:
	planned = {line.name: line.amount for line in lines}
	count: dict[str, int] = {}
	for line in wanted:
		count[line] = count.get(line, 0) + 1
	for line in wanted:
		even = planned[line] * percent / 100 / count[line]
		yield max(money(even * dice.randrange(55, 125) / 100), Decimal("1.00"))


# --- hours and partners -------------------------------------------------------------------------------------------


def _sheets(start: date, employees: Sequence[MoneyEmployee], dice: Random) -> Iterator[MoneySheet]:
	"""Four months of each claim for each person, most hours on one line and some on another."""
	serial = 0
	off = {day for day, __ in demo_data.holidays_of(start.year, start.year + 4)}
	for claim, (first, months) in enumerate(PERIODS, start=1):
		for turn in range(4):
			month = _add_months(start, first + turn * months // 4)
			after = _add_months(month, 1)
			days = [
				day
				for day in (month + timedelta(days=step) for step in range((after - month).days))
				if day.weekday() < 5 and day not in off
			]
			for employee in employees:
				serial += 1
				whole, other = employee.lines
				hours = (10, 12) if employee.part_time == 100 else (5, 7)
				logs = [
					(
						datetime.combine(day, time(9)),
						Decimal(dice.randrange(hours[0], hours[1] + 4)) / 2,
						other if place % 4 == 3 else whole,
					)
					for place, day in enumerate(sorted(dice.sample(days, 9)))
				]
				yield MoneySheet(f"PONTE-TS-{serial:04d}", employee.full_name, tuple(logs), claim)


def _declared(start: date, lines: Sequence[DemoLine], dice: Random) -> Iterator[MoneyDeclared]:
	"""What the five partners declare of each of their lines in each claim, one or two costs."""
	serial = dict.fromkeys(_PARTNERS, 0)
	for claim, (first, months) in enumerate(PERIODS, start=1):
		for place, line in enumerate(line for line in lines if line.partner != LEAD):
			if line.cost_method == "Flat Rate":
				continue
			parts = 2 if (place + claim) % 3 == 0 else 1
			share = money(line.amount * dice.randrange(*_TAKEN[claim]) / 1000)
			for turn, part in enumerate(split(share, [dice.randrange(80, 120) for __ in range(parts)])):
				serial[line.partner] += 1
				number = serial[line.partner]
				month = _add_months(start, first + (place + turn * 5) % (months - 1))
				day = month + timedelta(days=dice.randrange(2, 26))
				yield _declared_cost(line, claim, number, day, part, dice)


def _declared_cost(
	line: DemoLine, claim: int, number: int, day: date, euro: Decimal, dice: Random
) -> MoneyDeclared:
	place = _PARTNERS.index(line.partner)
	common = {
		"code": f"P{place}-{number:04d}",
		"partner": line.partner,
		"line": line.name,
		"claim": claim,
	}
	if line.chapter == "A":
		person = f"{demo_data._ITALIAN_GIVEN[(place * 3 + number) % len(demo_data._ITALIAN_GIVEN)]} Sanvardi"
		rate = line.unit_cost
		hours = (euro / rate).quantize(Decimal("0.5"))
		return MoneyDeclared(
			**common,
			cost_type="Staff",
			supplier=person,
			tax_id="",
			document_type="Payslip",
			number=f"CP {day:%m/%Y} {number}",
			document_date=day,
			description=line.title,
			net=money(hours * rate),
			vat=ZERO,
			paid_on=day + timedelta(days=4),
			units=hours,
			unit_cost=rate,
		)
	if line.cost_method == "Unit Cost":
		units = (euro / line.unit_cost).quantize(Decimal(1))
		return MoneyDeclared(
			**common,
			cost_type="Units Delivered",
			supplier=line.partner,
			tax_id="",
			document_type="Other",
			number=f"REG {number}",
			document_date=day,
			description=f"{line.title}: giornate svolte, dal registro",
			net=money(units * line.unit_cost),
			vat=ZERO,
			paid_on=None,
			units=units,
			unit_cost=line.unit_cost,
		)
	if line.cost_method == "Lump Sum":
		return MoneyDeclared(
			**common,
			cost_type="Lump Sum",
			supplier=line.partner,
			tax_id="",
			document_type="Other",
			number=f"REL {number}",
			document_date=day,
			description=f"{line.title}: relazione consegnata",
			net=euro,
			vat=ZERO,
			paid_on=None,
		)
	serial = 500 + place * 20 + number % 7
	vat = percent_of(euro, Decimal("18.03"))  # 22 % of the net, taken from the gross
	return MoneyDeclared(
		**common,
		cost_type="Document",
		supplier=f"Fornitore {'ABCDEFG'[number % 7]} di {line.partner.split(' (')[0]}",
		tax_id=demo_data.vat_number(serial * 37),
		document_type="Invoice",
		number=f"{number + 100}/{place}",
		document_date=day,
		description=line.title,
		net=euro - vat,
		vat=vat,
		paid_on=day + timedelta(days=dice.randrange(3, 5)),
	)


def _instalments(start: date) -> tuple[MoneyInstalment, ...]:
	def day(month: int, of_month: int) -> date:
		return _add_months(start, month) + timedelta(days=of_month - 1)

	return (
		MoneyInstalment(
			"Advance",
			Decimal(40),
			0,
			day(1, 20),
			day(0, 12),
			((day(1, 24), 100),),
			"FID-2024/0091 (inventata)",
			_add_months(start, MONTHS + 12),
		),
		MoneyInstalment("Interim", Decimal("30"), 60, day(15, 1), day(13, 8), ((day(15, 18), 100),)),
		MoneyInstalment(
			"Interim", Decimal("20"), 70, day(27, 1), day(25, 6), ((day(27, 9), 60), (day(28, 17), 40))
		),
		MoneyInstalment("Balance", Decimal(10), 80, None, None, ()),
	)


def by_code(rows: Sequence) -> Mapping[str, object]:
	"""Records of one kind by their code."""
	return {row.code: row for row in rows}
