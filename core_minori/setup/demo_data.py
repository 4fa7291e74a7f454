"""A year of a made-up cooperative that runs the five seed texts' six real projects.

Real here are only the public identifiers of the projects (titles, partners, roles, dates, programme, CUP, CIG, legal
acts). Every person, user, facility, supplier and receiving organisation is invented: names are put together from
syllables, fiscal codes and VAT numbers are computed from them, addresses end in ``example.test``.

Nothing here imports frappe or reads a clock: `build` is handed the day, and gives the same data for the same day. Codes
(``DEMO-...``) do not depend on the day, so that what was loaded once is known again a week later.

The demo company keeps the ledger of each whole partnership, as a lead that books its partners' costs does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random

from holidays import country_holidays
from stdnum import luhn
from stdnum.it import codicefiscale

from core_minori.engine.deadlines import reaches_age
from core_minori.engine.money import ZERO, money, percent_of

SEED = 2961
EARLIEST_DAY = date(2024, 9, 1)
"""The demo tells of the last year; before this day the youngest project had not run for one."""

DEMO_PASSWORD = "Demo-NonPerDatiVeri-1"
"""One password for all demo logins, plainly not one for real data."""


def _table(text: str) -> list[list[str]]:
	"""Rows of a table written as text: a line each, cells between bars, a dash for an empty one."""
	lines = [line.strip() for line in text.splitlines() if line.strip()]
	return [["" if cell.strip() == "-" else cell.strip() for cell in line.split("|")] for line in lines]


# --- people who log in, and who work ------------------------------------------------------------------------------


@dataclass(frozen=True)
class DemoUser:
	"""A login: `key` names it in the rest of the data; `workspace` is where it lands, the desk's own when empty."""

	key: str
	email: str
	given_name: str
	family_name: str
	roles: tuple[str, ...]
	workspace: str
	gender: str = "Female"


USERS: tuple[DemoUser, ...] = tuple(
	DemoUser(key, f"{address}@example.test", given, family, tuple(roles.split(", ")), workspace, gender)
	for key, address, given, family, roles, workspace, gender in _table(
		"""
		coordinator | coordinamento | Ada | Vordani | Case Coordinator | Minors | Female
		social_worker | assistente.sociale | Bice | Telmori | Social Worker | Minors | Female
		social_worker_2 | assistente.sociale2 | Clio | Sarvetti | Social Worker | Minors | Female
		psychologist | psicologa | Dora | Brunalti | Psychologist | Minors | Female
		educator | educatrice | Enza | Mardovi | Educator | Minors | Female
		mediator | mediatore | Samu | Dekalani | Cultural Mediator | Minors | Male
		unit_manager | responsabile.uo | Fosca | Tersilani | Protection Unit Manager | Minors | Female
		facility_contact | referente.struttura | Gino | Lomardi | Facility Contact | Minors | Male
		partner_health | partner.salute | Ines | Corvalli | Network Partner | Network | Female
		partner_school | partner.scuola | Leo | Pastrini | Network Partner | Network | Male
		funding_officer | amministrazione | Mina | Rovelanti | Funding Officer, Accounts User, Accounts Manager, Projects User, Purchase User | Funding | Female
		training_secretary | formazione | Nives | Galdori | Training Secretary | Training | Female
		evaluator | valutazione | Otto | Sivestri | Evaluator | Training | Male
		protection_officer | dpo | Pia | Montesardi | Data Protection Officer | Governance | Female
		administrator | amministratore | Rino | Fabrelli | System Manager | - | Male
		"""
	)
)


@dataclass(frozen=True)
class DemoEmployee:
	"""A member of the staff: ERPNext Employee, linked to the login `user`."""

	user: str
	designation: str
	profession: str
	born: date
	joined: date


EMPLOYEES: tuple[DemoEmployee, ...] = tuple(
	DemoEmployee(user, designation, profession, date.fromisoformat(born), date.fromisoformat(joined))
	for user, designation, profession, born, joined in _table(
		"""
		coordinator | Coordinatrice | Social Worker | 1979-04-03 | 2019-09-02
		social_worker | Assistente sociale | Social Worker | 1988-11-21 | 2020-02-03
		social_worker_2 | Assistente sociale | Social Worker | 1992-06-09 | 2021-01-11
		psychologist | Psicologa | Psychologist | 1984-01-30 | 2020-03-12
		educator | Educatrice | Educator | 1990-08-17 | 2020-09-01
		mediator | Mediatore culturale | Cultural Mediator | 1986-03-05 | 2021-02-01
		funding_officer | Rendicontazione | Administrative | 1981-12-12 | 2019-01-07
		training_secretary | Segreteria formazione | Administrative | 1994-05-26 | 2021-03-01
		"""
	)
)


# --- organisations and facilities ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class DemoOrganisation:
	"""A node of the network. `users` are keys of `USERS`; `agreement` is how its data agreement stands."""

	name: str
	kind: str
	province: str = ""
	users: tuple[str, ...] = ()
	agreement: str = "signed"  # signed, missing, expired
	invented: bool = False


HEALTH_PARTNER = "Consultorio Giovani Aquilone Verde"
SCHOOL_PARTNER = "Centro Istruzione Adulti Mappamondo"
FACILITY_PARTNER = "Cooperativa Vela Turchina"

ORGANISATIONS: tuple[DemoOrganisation, ...] = (
	# CA.RE.
	DemoOrganisation("Comune di Mantova", "Municipality", "MN"),
	DemoOrganisation("Comune di Cremona", "Municipality", "CR"),
	DemoOrganisation("Comune di Desio", "Municipality", "MB"),
	DemoOrganisation("ASST di Mantova", "Health Authority", "MN"),
	DemoOrganisation("ASST di Cremona", "Health Authority", "CR"),
	DemoOrganisation("ASST di Monza", "Health Authority", "MB"),
	DemoOrganisation("Spedali Civili di Brescia", "Hospital", "BS"),
	DemoOrganisation("Sol.Co Mantova", "Consortium", "MN"),
	DemoOrganisation("Sol.Co Cremona", "Consortium", "CR"),
	DemoOrganisation("Consorzio Comunità Brianza", "Consortium", "MB"),
	DemoOrganisation("Mestieri Lombardia", "Employment Agency", "MI"),
	DemoOrganisation("Agenzie per il Lavoro accreditate da Regione Lombardia", "Employment Agency", "MI"),
	# CA.RE. and Co.Re.
	DemoOrganisation("Istituto Psicoanalitico per le Ricerche Sociali", "Research Institute", "RM"),
	# Co.Re.
	DemoOrganisation("Opera Don Calabria", "Foundation", "VR"),
	DemoOrganisation(
		"CNCA - Coordinamento Nazionale Comunità di Accoglienza", "Non-Governmental Organisation", "RM"
	),
	DemoOrganisation("Fondazione IRCCS Ca' Grande Ospedale Maggiore Policlinico", "Hospital", "MI"),
	DemoOrganisation("Parsec Cooperativa Sociale", "Social Cooperative", "RM"),
	DemoOrganisation("Cooperativa Il Cammino", "Social Cooperative", "RM"),
	# Roma
	DemoOrganisation("Programma integra", "Social Cooperative", "RM"),
	DemoOrganisation("Spes contra Spem", "Social Cooperative", "RM"),
	DemoOrganisation("Roma Capitale - UO Protezione Persone Minore Età", "Municipality", "RM"),
	# INCONTRO
	DemoOrganisation("Oxfam Italia Intercultura", "Non-Governmental Organisation", "AR"),
	DemoOrganisation("Cooperativa Alice", "Social Cooperative", "PO"),
	DemoOrganisation("Progetto 5 Cooperativa Sociale", "Social Cooperative", "AR"),
	DemoOrganisation("Società della Salute Area Pratese", "Health Society (SdS)", "PO"),
	DemoOrganisation("Azienda USL Toscana Nord Ovest", "Health Authority", "LI"),
	DemoOrganisation("Società della Salute Valli Etrusche", "Health Society (SdS)", "LI"),
	DemoOrganisation("Azienda USL Toscana Sud Est", "Health Authority", "AR"),
	DemoOrganisation("Comune di Cecina", "Municipality", "LI"),
	DemoOrganisation("Comune di Bibbiena", "Municipality", "AR"),
	# Child Care and Antares
	DemoOrganisation("Sirio Società Cooperativa Sociale", "Social Cooperative", "CB"),
	DemoOrganisation("Impresa Sociale Con i Bambini", "Foundation", "RM"),
	DemoOrganisation("Centro Famiglie Antares", "Family Support", "CB"),
	DemoOrganisation("Ambito Territoriale Sociale di Campobasso", "Social Area (ATS)", "CB"),
	DemoOrganisation("Ambito Territoriale Sociale di Isernia", "Social Area (ATS)", "IS"),
	DemoOrganisation("Ambito Territoriale Sociale di Venafro", "Social Area (ATS)", "IS"),
	DemoOrganisation("Ambito Territoriale Sociale di Riccia-Bojano", "Social Area (ATS)", "CB"),
	DemoOrganisation("Cooperativa Sociale ISIS", "Social Cooperative", "CB"),
	DemoOrganisation("NuovAssistenza", "Social Cooperative", "CB"),
	# Invented: they receive referrals and run facilities, which no real organisation should be made to do here.
	DemoOrganisation(HEALTH_PARTNER, "Care Service", "RM", ("partner_health",), invented=True),
	DemoOrganisation(SCHOOL_PARTNER, "School", "RM", ("partner_school",), invented=True),
	DemoOrganisation(FACILITY_PARTNER, "Reception Community", "RM", ("facility_contact",), invented=True),
	DemoOrganisation("Cooperativa Lanterna Gialla", "Reception Community", "RM", invented=True),
	DemoOrganisation("Sportello Legale Girasole Blu", "Non-Governmental Organisation", "RM", invented=True),
	DemoOrganisation("Agenzia Lavoro Trampolino Lilla", "Employment Agency", "RM", invented=True),
	DemoOrganisation("Centro Antiviolenza Conchiglia Chiara", "Anti-violence Centre", "CB", invented=True),
	DemoOrganisation(
		"Ambulatorio Etnoclinico Ginestra", "Care Service", "MN", agreement="expired", invented=True
	),
	DemoOrganisation(
		"Polisportiva Tartaruga Allegra", "Day Service", "RM", agreement="missing", invented=True
	),
)


@dataclass(frozen=True)
class DemoFacility:
	"""A place where minors live."""

	name: str
	organisation: str
	level: str
	city: str
	places: int


FACILITIES: tuple[DemoFacility, ...] = (
	DemoFacility("Centro Lanterna Gialla", "Cooperativa Lanterna Gialla", "First Reception", "Roma", 24),
	DemoFacility("Centro Bussola Rossa", "Cooperativa Lanterna Gialla", "First Reception", "Roma", 16),
	DemoFacility("Casa Vela Turchina", FACILITY_PARTNER, "Second Reception", "Roma", 10),
	DemoFacility("Casa Cometa Arancio", FACILITY_PARTNER, "Second Reception", "Roma", 8),
	DemoFacility("Casa Mongolfiera Lilla", "Cooperativa Lanterna Gialla", "Second Reception", "Roma", 8),
	DemoFacility("Famiglia Ruscello Verde", "Cooperativa Lanterna Gialla", "Family Community", "Roma", 6),
	DemoFacility("Appartamento Ponte Indaco", FACILITY_PARTNER, "Semi-autonomy", "Roma", 5),
	DemoFacility("Appartamento Faro Smeraldo", "Cooperativa Lanterna Gialla", "Semi-autonomy", "Roma", 4),
)
_FIRST = tuple(facility.name for facility in FACILITIES if facility.level == "First Reception")
_SECOND = tuple(facility.name for facility in FACILITIES if facility.level == "Second Reception")
_SEMI_AUTONOMY = tuple(facility.name for facility in FACILITIES if facility.level == "Semi-autonomy")


# --- projects -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DemoPartner:
	"""A partner of a project, with its role."""

	organisation: str
	role: str = "Partner"
	notes: str = ""


@dataclass(frozen=True)
class DemoProject:
	"""A funded project. `made_up` names what the seed does not tell and was invented, plausibly."""

	code: str
	title: str
	programme: str
	start: date
	end: date
	partners: tuple[DemoPartner, ...]
	sources: tuple[tuple[str, int], ...]
	scale: Decimal  # how large its budget is, against the template of lines
	made_up: tuple[str, ...]
	cup: str = ""
	cig: str = ""
	progressive_number: str = ""
	specific_objective: str = ""
	national_objective: str = ""
	letter: str = ""
	legal_act: str = ""
	description: str = ""


# Names of the programmes that the app itself brings (setup/data/funding_programmes.json).
FAMI_14_20 = "FAMI 2014-2020"
FAMI_21_27 = "FAMI 2021-2027"
CON_I_BAMBINI = "Con i Bambini"
FAMILY_FUND = "Fondo per le politiche della famiglia"

_OS2 = "OS 2 - Integrazione / Migrazione legale"
_ON3 = "ON 3 - Capacity Building"
_LETTER_J = "j) Governance dei servizi"

PROJECTS: tuple[DemoProject, ...] = (
	DemoProject(
		"ROMA-MSNA",
		"Servizio di supporto agli interventi dell'UO Protezione di Minori età",
		FAMI_21_27,  # the seed names no fund: made up, so that the newer template is in use too
		date(2023, 9, 1),
		date(2026, 8, 31),
		(DemoPartner("Programma integra", "Lead"), DemoPartner("Spes contra Spem")),
		(("European Union", 75), ("National", 25)),
		Decimal("2.4"),
		("programme", "sources", "budget"),
		description="Presa in carico dei MSNA accolti nel circuito di Roma Capitale, 6-18 anni e prosieguo (art. 13 L. 47/2017).",
	),
	DemoProject(
		"CARE",
		"CA.RE. - Interventi di cura in rete per migranti vulnerabili",
		FAMI_14_20,
		date(2020, 3, 12),
		date(2022, 6, 30),
		(
			DemoPartner("Comune di Mantova", "Lead"),
			DemoPartner("Comune di Cremona"),
			DemoPartner("Comune di Desio"),
			DemoPartner("ASST di Mantova"),
			DemoPartner("ASST di Cremona"),
			DemoPartner("ASST di Monza"),
			DemoPartner("Spedali Civili di Brescia"),
			DemoPartner("Sol.Co Mantova"),
			DemoPartner("Sol.Co Cremona"),
			DemoPartner("Consorzio Comunità Brianza"),
			DemoPartner("Mestieri Lombardia"),
			DemoPartner("Agenzie per il Lavoro accreditate da Regione Lombardia", notes="Rete regionale"),
			DemoPartner(
				"Istituto Psicoanalitico per le Ricerche Sociali",
				"Implementing Body",
				"In convenzione, per affidamento: accompagnamento metodologico",
			),
		),
		(("European Union", 50), ("National", 50)),
		Decimal("1.5"),
		("sources", "budget"),
		cup="I61E20000000007",
		cig="Z602BCDE3E",
		progressive_number="2961",
		specific_objective=_OS2,
		national_objective=_ON3,
		letter=_LETTER_J + " - Supporto agli Enti Locali",
		description="Presa in carico clinica e sociale dei titolari di protezione internazionale.",
	),
	DemoProject(
		"INCONTRO",
		"INCONTRO - Potenziamento del sistema di rete in Toscana per la prevenzione ed il contrasto alla violenza"
		" sui minori stranieri",
		FAMI_14_20,
		# Approved in January 2021; the days are made up.
		date(2021, 3, 1),
		date(2022, 12, 31),
		(
			# The seed lists the network of the body that presented the project and does not name that body: no lead.
			DemoPartner("Oxfam Italia Intercultura"),
			DemoPartner("Cooperativa Alice"),
			DemoPartner("Progetto 5 Cooperativa Sociale"),
			DemoPartner("Società della Salute Area Pratese"),
			DemoPartner("Azienda USL Toscana Nord Ovest"),
			DemoPartner("Società della Salute Valli Etrusche"),
			DemoPartner("Azienda USL Toscana Sud Est"),
			DemoPartner("Comune di Cecina"),
			DemoPartner("Comune di Bibbiena"),
		),
		(("European Union", 50), ("National", 50)),
		Decimal("1.1"),
		("start", "end", "sources", "budget"),
		specific_objective=_OS2,
		national_objective=_ON3,
		letter=_LETTER_J,
		description="Approvato dal Ministero dell'Interno nel gennaio 2021. Aree pilota: Piana tra Firenze e Prato, Area Aretina,"
		" Valli Etrusche.",
	),
	DemoProject(
		"CORE",
		"Co.Re. - Comunità in Rete per il contrasto alla violenza sui minori stranieri",
		FAMI_14_20,
		date(2021, 2, 1),
		date(2022, 12, 31),
		(
			DemoPartner("Opera Don Calabria", "Lead"),
			DemoPartner("Istituto Psicoanalitico per le Ricerche Sociali"),
			DemoPartner("CNCA - Coordinamento Nazionale Comunità di Accoglienza"),
			DemoPartner("Fondazione IRCCS Ca' Grande Ospedale Maggiore Policlinico"),
			DemoPartner("Parsec Cooperativa Sociale", "Implementing Body", "Rete FamiCore Roma2"),
			DemoPartner("Cooperativa Il Cammino", "Implementing Body", "Rete FamiCore Roma2"),
		),
		(("European Union", 50), ("National", 50)),
		Decimal("0.9"),
		("start", "end", "sources", "budget"),
		specific_objective=_OS2,
		national_objective=_ON3,
		letter=_LETTER_J,
		description="Sportello di consulenza psicologica nel Municipio XIV di Roma e ricerca qualitativa sulla rete dei servizi.",
	),
	DemoProject(
		"CHILDCARE",
		"Child Care - Prevenzione e cura del maltrattamento all'infanzia",
		CON_I_BAMBINI,
		date(2021, 10, 1),
		date(2025, 9, 30),
		(
			DemoPartner("Sirio Società Cooperativa Sociale", "Lead"),
			DemoPartner("Ambito Territoriale Sociale di Campobasso"),
			DemoPartner("Ambito Territoriale Sociale di Isernia"),
			DemoPartner("Ambito Territoriale Sociale di Venafro"),
		),
		(("Other Private", 90), ("Own Funds", 10)),
		Decimal("1.3"),
		("start", "end", "sources", "budget"),
		legal_act='Bando "Ricucire i Sogni" - Impresa Sociale Con i Bambini s.r.l.',
		description="Centro clinico per i minori vittime di abuso e maltrattamento in Molise.",
	),
	DemoProject(
		"ANTARES",
		"Centro per minori e famiglie Antares",
		FAMILY_FUND,
		date(2022, 2, 15),
		date(2027, 2, 14),
		(
			# The seed calls both partners and names no lead.
			DemoPartner("Ambito Territoriale Sociale di Campobasso"),
			DemoPartner("Ambito Territoriale Sociale di Riccia-Bojano"),
		),
		(("National", 100),),
		Decimal("0.6"),
		("end", "budget"),
		legal_act="Decreto 19 luglio 2022 - Ripartizione delle risorse del Fondo per le politiche della famiglia, anno 2022"
		" (GU n. 215 del 14-9-2022)",
		description="Attività avviate il 15 febbraio 2022.",
	),
)


# --- budgets ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DemoLine:
	"""One line of a project's budget; `name` is unique over all projects."""

	project: str
	line_code: str
	title: str
	chapter: str
	partner: str
	cost_method: str
	unit: str
	quantity: Decimal
	unit_cost: Decimal
	amount: Decimal

	@property
	def name(self) -> str:
		"""Name of the record on the site."""
		return f"{self.project}-{self.line_code}"

	@property
	def register_code(self) -> str:
		"""Code in the register workbook."""
		return f"DEMO-{self.name}"


INDIRECT_CHAPTER = "L"
INDIRECT_PERCENT = 7

# Where the template's letters go in the programmes that have fewer chapters; they have no flat rate.
_CHAPTER_OF: dict[str, dict[str, str]] = {
	CON_I_BAMBINI: dict(zip("ABCDEFGHI", "ABBECBEDE", strict=True)),
	FAMILY_FUND: dict(zip("ABCDEFGHI", "ABBCCBDDD", strict=True)),
}

# Chapter, title, unit, quantity at scale 1, unit cost. The letters are those of reference/funding.md section 1.1.
_LINE_TEMPLATE: tuple[tuple[str, str, str, int, str], ...] = (
	("A", "Coordinamento del progetto", "Hour", 900, "26.40"),
	("A", "Amministrazione e rendicontazione", "Hour", 700, "22.10"),
	("A", "Assistente sociale, sede principale", "Hour", 1400, "21.80"),
	("A", "Assistente sociale, territorio", "Hour", 900, "21.10"),
	("A", "Psicologa", "Hour", 800, "25.20"),
	("A", "Psicologa, sportello", "Hour", 400, "25.20"),
	("A", "Educatrice professionale", "Hour", 1200, "19.60"),
	("A", "Educatrice, attività di gruppo", "Hour", 600, "19.60"),
	("A", "Mediazione culturale, area araba", "Hour", 500, "18.90"),
	("A", "Mediazione culturale, area subsahariana", "Hour", 450, "18.90"),
	("A", "Mediazione culturale, altre lingue", "Hour", 350, "18.90"),
	("A", "Operatore legale", "Hour", 400, "23.70"),
	("A", "Tutor per il lavoro", "Hour", 380, "20.30"),
	("A", "Segreteria della formazione", "Hour", 300, "18.40"),
	("B", "Missioni degli operatori", "Trip", 60, "48.50"),
	("B", "Accompagnamenti dei beneficiari", "Trip", 120, "22.40"),
	("B", "Incontri di rete fuori sede", "Trip", 20, "135.00"),
	("B", "Vitto nelle missioni", "Day", 60, "26.00"),
	("C", "Affitto della sede, quota", "Month", 24, "410.00"),
	("C", "Utenze della sede, quota", "Month", 24, "96.00"),
	("C", "Sala per la formazione", "Day", 24, "120.00"),
	("D", "Cancelleria e stampati", "Month", 24, "55.00"),
	("D", "Materiale didattico", "Person", 60, "18.50"),
	("D", "Kit di prima accoglienza", "Item", 50, "42.00"),
	("D", "Generi alimentari per i laboratori", "Day", 40, "31.00"),
	("E", "Postazioni informatiche", "Item", 4, "640.00"),
	("E", "Software per la cartella sociale", "Month", 24, "70.00"),
	("E", "Arredi della stanza dei colloqui", "Item", 3, "380.00"),
	("F", "Supervisione metodologica", "Hour", 80, "65.00"),
	("F", "Servizio di interpretariato telefonico", "Hour", 120, "38.00"),
	("F", "Docenze esterne", "Hour", 90, "60.00"),
	("G", "Revisore indipendente", "Item", 1, "4800.00"),
	("G", "Esperto legale", "Item", 1, "2200.00"),
	("H", "Pocket money", "Month", 240, "45.00"),
	("H", "Abbonamenti al trasporto pubblico", "Month", 200, "35.00"),
	("H", "Corsi di italiano e tasse d'esame", "Person", 40, "130.00"),
	("H", "Borse per tirocini", "Month", 36, "500.00"),
	("H", "Spese sanitarie e visite", "Person", 50, "65.00"),
	("H", "Vestiario", "Person", 50, "80.00"),
	("H", "Attività sportive e tempo libero", "Person", 45, "60.00"),
	("I", "Campagna di comunicazione", "Item", 3, "1250.00"),
	("I", "Consulenza etnopsicologica", "Hour", 60, "70.00"),
	("I", "Polizza fideiussoria", "Item", 1, "1600.00"),
	("I", "Traduzione di materiali", "Item", 12, "95.00"),
)

# These lines are planned far too low, so that the year's invoices go over them: a budget that is always met teaches nothing.
TIGHT_LINES: dict[tuple[str, str], int] = {("ROMA-MSNA", "D.1"): 6, ("CARE", "H.2"): 4}


# --- cases --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Country:
	"""A country as the desk names it, its code in the fiscal code, and the syllables its invented names are made of."""

	name: str
	place_code: str
	language: str
	syllables: str


_ARABIC, _BENGAL, _WEST, _HORN, _BALKAN, _SLAVIC, _ANDES, _ASIA = (
	"arabic",
	"bengal",
	"west",
	"horn",
	"balkan",
	"slavic",
	"andes",
	"asia",
)
EGYPT = Country("Egypt", "Z336", "Arabo", _ARABIC)
TUNISIA = Country("Tunisia", "Z352", "Arabo", _ARABIC)
MOROCCO = Country("Morocco", "Z330", "Arabo", _ARABIC)
SYRIA = Country("Syria", "Z240", "Arabo", _ARABIC)
BANGLADESH = Country("Bangladesh", "Z249", "Bengalese", _BENGAL)
PAKISTAN = Country("Pakistan", "Z236", "Urdu", _ASIA)
AFGHANISTAN = Country("Afghanistan", "Z200", "Dari", _ASIA)
GAMBIA = Country("Gambia", "Z317", "Mandinka", _WEST)
GUINEA = Country("Guinea", "Z319", "Francese", _WEST)
IVORY_COAST = Country("Ivory Coast", "Z313", "Francese", _WEST)
MALI = Country("Mali", "Z329", "Bambara", _WEST)
SENEGAL = Country("Senegal", "Z343", "Wolof", _WEST)
NIGERIA = Country("Nigeria", "Z335", "Inglese", _WEST)
SOMALIA = Country("Somalia", "Z345", "Somalo", _HORN)
ERITREA = Country("Eritrea", "Z368", "Tigrino", _HORN)
ALBANIA = Country("Albania", "Z100", "Albanese", _BALKAN)
UKRAINE = Country("Ukraine", "Z138", "Ucraino", _SLAVIC)
PERU = Country("Peru", "Z611", "Spagnolo", _ANDES)

# First, middle, male end, female end of given names; then first and end of family names.
_SYLLABLES: dict[str, list[list[str]]] = {
	kind: [part.split("/") for part in parts]
	for kind, *parts in _table(
		"""
		arabic | Ka/Na/Wa/Ta/Sha/Ha/Ya | re/di/lu/ha/zi | m/ef/d/l | ma/ya/ra/na | El Ba/El Ga/Ben Ta/Bu/Che/Mah | rouzi/lamri/zoudi/drawi/kessi
		bengal | Ra/Shu/Mi/Ja/To | bi/fi/lo/ma | r/ul/n | na/tha/ti | Cho/Mia/Bara/Ta | dari/lukder/zumder/rafdar
		asia | Za/Fa/Na/Gu/Wa | hi/ri/si/mi | r/d/b | ra/na/la | Ah/Yu/Sha/Ra | mandi/sufwal/rinzai/hilkhel
		west | La/Ma/Ou/Sa/Mo/Bou | mi/du/li/ka | ne/bu/ko | ta/ssa/tou | Ce/Jal/Ka/So/Dem/Tou | esay/lomara/wolare/bakha/nneh
		horn | A/Ye/Fi/Da | bdi/ha/lmo/wi | le/ne/t | ra/sha/wit | Ha/Ge/Wa | ssime/bremi/rsafa
		balkan | Er/Al/Gen/Lu | i/ba/ti | on/s/an | ela/ta/na | Ho/Ku/Be/Pre | xhari/lloshi/qirani/ndoji
		slavic | O/Da/Ma/Yu | le/ry/kse/ro | k/m/slav | na/lia/ra | Ko/Bon/She/Li | valduk/daryn/vtenik
		andes | Jo/Lu/Ma/Da | sue/ri/ni | l/no/s | la/sa/na | Qui/Hua/Ma | spalde/mandi/lluri
		"""
	)
}


@dataclass(frozen=True)
class DemoCase:
	"""One person and one episode of care.

	`code` is the register code of both, as in the register workbook, where one row is a person and their case. `facts`
	are the dated fields of Case File besides `reported_on` and `closed_on`, and what its `ACTS` and reports hold.
	"""

	code: str
	given_name: str
	family_name: str
	sex: str
	birth_date: date | None
	birth_certainty: str
	country: Country
	arrival_date: date | None
	fiscal_code: str
	kind: str
	project: str
	reported_on: date
	living: str
	facility: str
	family_of: str
	channel: str
	victim_status: str
	social_worker: str
	facts: Mapping[str, date | datetime] = field(default_factory=dict)
	closed_on: date | None = None
	closure_reason: str = ""


@dataclass(frozen=True)
class DemoAssignment:
	"""Who follows a case, in which role, from when to when."""

	case: str
	user: str
	care_role: str
	from_date: date
	to_date: date | None = None
	reason: str = ""
	is_referent: bool = False


@dataclass(frozen=True)
class DemoConsent:
	"""A consent given or refused."""

	code: str
	case: str
	purpose: str
	outcome: str
	given_by: str
	given_on: date
	language: str
	organisation: str = ""
	mediator_present: bool = False
	valid_until: date | None = None
	withdrawn_on: date | None = None
	withheld: str = ""


@dataclass(frozen=True)
class DemoRecord:
	"""A short clinical note, in a DocType of its own."""

	code: str
	case: str
	record_type: str
	recorded_on: date
	content: str


@dataclass(frozen=True)
class DemoPlan:
	"""One version of a PEI. `state` is where its workflow ends; the rows are mappings of PEI's child fields."""

	code: str
	case: str
	version: int
	state: str
	drafted_on: date
	author: str
	texts: Mapping[str, object]
	objectives: tuple[Mapping[str, object], ...]
	interventions: tuple[Mapping[str, object], ...]
	signatures: tuple[Mapping[str, object], ...]
	signed_on: date | None = None
	review_due_on: date | None = None


@dataclass(frozen=True)
class DemoReferral:
	"""A referral and the steps it took: (action, moment, side, note)."""

	code: str
	case: str
	organisation: str
	author: str
	drafted_on: date
	service: str
	urgency: str
	age_band: str
	language: str
	shared: str
	legal_basis: str
	status: str
	steps: tuple[tuple[str, datetime, str, str], ...]
	answer_due_on: date | None = None
	consent: str = ""
	override_reason: str = ""


@dataclass(frozen=True)
class DemoSession:
	"""A training session; attendance rows are (name, profession, organisation, employee's user, present, hours)."""

	code: str
	title: str
	area: int  # 1 to 4, the macro-areas of the Roma project
	project: str
	held_on: date
	start_time: time
	hours: Decimal
	status: str
	place: str
	trainer: str
	approach: str
	attendance: tuple[tuple[str, str, str, str, bool, Decimal], ...]


# --- money --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DemoSupplier:
	"""An invented supplier; `tax_id` has the right check digit."""

	name: str
	tax_id: str
	sells: str  # key of _GOODS


@dataclass(frozen=True)
class DemoInvoiceRow:
	"""One row of an invoice: a budget line of its project (`name`), or none when nobody tagged it."""

	item: str
	description: str
	amount: Decimal
	line: str = ""


@dataclass(frozen=True)
class DemoInvoice:
	"""A supplier's invoice, its mistake if it has one, and whether it was paid."""

	code: str
	supplier: str
	number: str
	document_date: date
	registered_on: date
	project: str
	rows: tuple[DemoInvoiceRow, ...]
	cup: str = ""
	cig: str = ""
	mistake: str = ""
	paid_on: date | None = None

	@property
	def total(self) -> Decimal:
		"""Euro, VAT included: the cooperative cannot recover it."""
		return sum((row.amount for row in self.rows), ZERO)


@dataclass(frozen=True)
class DemoEntryRow:
	"""One cost row of a journal entry; a negative amount is a credit."""

	item: str
	amount: Decimal
	line: str = ""


@dataclass(frozen=True)
class DemoEntry:
	"""A journal entry: cost rows against `against` (Bank, Cash, Payroll), or among themselves when empty."""

	code: str
	posted_on: date
	project: str
	remark: str
	rows: tuple[DemoEntryRow, ...]
	against: str = "Payroll"


@dataclass(frozen=True)
class DemoTimesheet:
	"""One month of one person; logs are (start, hours, activity, project) of what is no work with a case.

	Hours given to cases are `DemoIntervention`s, and come to the sheet from there.
	"""

	code: str
	user: str
	logs: tuple[tuple[datetime, Decimal, str, str], ...]


@dataclass(frozen=True)
class DemoGroup:
	"""Cases that meet with one operator; members are (case, from, to)."""

	title: str
	user: str
	kind: str
	project: str
	members: tuple[tuple[str, date, date | None], ...]


@dataclass(frozen=True)
class DemoIntervention:
	"""Hours given to a case, or to a group (by its title) with who was there: (case, attendance).

	`second` is another operator and their hours.
	"""

	code: str
	user: str
	kind: str
	starts: datetime
	hours: Decimal
	project: str
	case: str = ""
	group: str = ""
	attendance: tuple[tuple[str, str], ...] = ()
	status: str = "Done"
	outcome: str = ""
	second: tuple[str, Decimal] | None = None


@dataclass(frozen=True)
class Mistake:
	"""A mistake planted on purpose: where, of which kind, and what is wrong in words."""

	code: str
	kind: str
	note: str


@dataclass(frozen=True)
class DemoData:
	"""Everything, for one day."""

	today: date
	lines: tuple[DemoLine, ...]
	cases: tuple[DemoCase, ...]
	assignments: tuple[DemoAssignment, ...]
	consents: tuple[DemoConsent, ...]
	records: tuple[DemoRecord, ...]
	plans: tuple[DemoPlan, ...]
	referrals: tuple[DemoReferral, ...]
	sessions: tuple[DemoSession, ...]
	suppliers: tuple[DemoSupplier, ...]
	invoices: tuple[DemoInvoice, ...]
	entries: tuple[DemoEntry, ...]
	groups: tuple[DemoGroup, ...]
	interventions: tuple[DemoIntervention, ...]
	timesheets: tuple[DemoTimesheet, ...]
	mistakes: tuple[Mistake, ...]


def build(today: date, seed: int = SEED) -> DemoData:
	"""The demo's data as of `today`; the same day and seed give the same data.

	Raises ValueError for a day before `EARLIEST_DAY`.
	"""
	if today < EARLIEST_DAY:
		raise ValueError(f"the demo data cannot be made for a day before {EARLIEST_DAY.isoformat()}")
	return _build(today, seed)


@lru_cache(maxsize=2)
def _build(today: date, seed: int) -> DemoData:
	# One generator for each part: a change in one part leaves the others as they were.
	def dice(part: str) -> Random:
		return Random(f"{seed}-{part}")

	lines = tuple(budget_lines())
	cases = tuple(_cases(today, dice("cases")))
	assignments = tuple(_assignments(cases, today, dice("assignments")))
	plans = tuple(_plans(cases, today, dice("plans")))
	consents, referrals = _consents_and_referrals(cases, today, dice("referrals"))
	suppliers = tuple(_suppliers())
	invoices = tuple(_invoices(lines, suppliers, today, dice("invoices")))
	worked = tuple(_timesheets(today, dice("timesheets")))
	groups = tuple(_groups(cases, assignments))
	timesheets, interventions = _services(worked, groups, cases, assignments, today, dice("interventions"))
	return DemoData(
		today=today,
		lines=lines,
		cases=cases,
		assignments=assignments,
		consents=consents,
		records=tuple(_records(cases, today)),
		plans=plans,
		referrals=referrals,
		sessions=tuple(_sessions(today, dice("sessions"))),
		suppliers=suppliers,
		invoices=invoices,
		entries=tuple(_entries(lines, today, dice("entries"))),
		groups=groups,
		interventions=interventions,
		timesheets=timesheets,
		mistakes=tuple(_mistakes(invoices, timesheets)),
	)


def project(code: str) -> DemoProject:
	"""The project of this code. Raises KeyError for an unknown one."""
	return _PROJECT_OF[code]


_PROJECT_OF = {entry.code: entry for entry in PROJECTS}


def year_of(entry: DemoProject, today: date) -> tuple[date, date]:
	"""First and last day of the project's last year as of `today`: what the demo tells of lies in it."""
	last = min(today, entry.end)
	return max(entry.start, last - timedelta(days=364)), last


def holidays_of(first_year: int, last_year: int) -> list[tuple[date, str]]:
	"""Italian national holidays of these years, in order, with their names."""
	return sorted(country_holidays("IT", years=range(first_year, last_year + 1)).items())


# --- identifiers and names ----------------------------------------------------------------------------------------


def fiscal_code(given_name: str, family_name: str, sex: str, born: date, place_code: str) -> str:
	"""The codice fiscale these data would have; empty where sex or family name leave it undefined."""
	if sex not in ("Male", "Female") or not family_name:
		return ""
	day = born.day + (40 if sex == "Female" else 0)
	body = (
		_letters(family_name, three_of_four=False)
		+ _letters(given_name, three_of_four=True)
		+ f"{born.year % 100:02d}{'ABCDEHLMPRST'[born.month - 1]}{day:02d}{place_code}"
	)
	return body + codicefiscale.calc_check_digit(body)


def vat_number(serial: int) -> str:
	"""A partita IVA with a correct check digit from the top of the numbers of Rome's office, which is far from used up."""
	body = f"{9900000 + serial:07d}058"
	return body + luhn.calc_check_digit(body)


def age_on(born: date, day: date) -> int:
	"""Full years on `day`."""
	return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def age_band(born: date, day: date) -> str:
	"""The band of ages that a referral shows in place of a birth date."""
	age = age_on(born, day)
	for most, band in ((5, "0-5"), (10, "6-10"), (13, "11-13"), (15, "14-15"), (17, "16-17")):
		if age <= most:
			return band
	return "18 and over"


def _letters(name: str, three_of_four: bool) -> str:
	plain = [
		character
		for character in unicodedata.normalize("NFKD", name.upper())
		if character.isascii() and character.isalpha()
	]
	consonants = [character for character in plain if character not in "AEIOU"]
	if three_of_four and len(consonants) > 3:  # the given name skips its second consonant
		consonants = [consonants[0], consonants[2], consonants[3]]
	vowels = [character for character in plain if character in "AEIOU"]
	return "".join([*consonants, *vowels, "X", "X", "X"][:3])


class _Names:
	"""Hands out invented names, never the same one twice."""

	def __init__(self, dice: Random) -> None:
		self.dice = dice
		self.given_out: set[tuple[str, str]] = set()

	def person(self, country: Country, sex: str, family_name: str = "") -> tuple[str, str]:
		"""Given and family name; `family_name` is kept when given, as in a family."""
		starts, middles, male, female, heads, tails = _SYLLABLES[country.syllables]
		while True:
			pick = self.dice.choice
			given = pick(starts) + pick(middles) + pick(female if sex == "Female" else male)
			family = family_name or pick(heads) + pick(tails)
			if (given, family) not in self.given_out:
				self.given_out.add((given, family))
				return given, family


def _add_months(day: date, months: int) -> date:
	year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
	return date(year, month + 1, min(day.day, 28))


def _at(day: date, hour: int, minute: int = 0) -> datetime:
	return datetime.combine(day, time(hour, minute))


# --- budgets ------------------------------------------------------------------------------------------------------


def budget_lines() -> Iterator[DemoLine]:
	"""The lines of every project's budget. They do not depend on the day."""
	for entry in PROJECTS:
		yield from _lines_of(entry)


def _lines_of(entry: DemoProject) -> list[DemoLine]:
	chapters = _CHAPTER_OF.get(entry.programme, {})
	lines: list[DemoLine] = []
	count: dict[str, int] = {}
	for place, (letter, title, unit, quantity, unit_cost) in enumerate(_LINE_TEMPLATE):
		chapter = chapters.get(letter, letter)
		count[chapter] = count.get(chapter, 0) + 1
		code = f"{chapter}.{count[chapter]}"
		# Staff is spread over the partners; what is bought, mostly by the first one.
		partner = entry.partners[place % len(entry.partners) if letter in "AH" else 0]
		units = Decimal(
			TIGHT_LINES.get((entry.code, code))
			or max(1, int(quantity * entry.scale if unit != "Item" or quantity > 1 else quantity))
		)
		lines.append(
			DemoLine(
				project=entry.code,
				line_code=code,
				title=title,
				chapter=chapter,
				partner=partner.organisation,
				cost_method="Real Cost",
				unit=unit,
				quantity=units,
				unit_cost=Decimal(unit_cost),
				amount=money(units * Decimal(unit_cost)),
			)
		)
	if entry.programme not in _CHAPTER_OF:
		direct = sum((line.amount for line in lines), ZERO)
		indirect = percent_of(direct, INDIRECT_PERCENT)
		lines.append(
			DemoLine(
				entry.code,
				f"{INDIRECT_CHAPTER}.1",
				f"Costi indiretti, {INDIRECT_PERCENT} % dei costi diretti",
				INDIRECT_CHAPTER,
				entry.partners[0].organisation,
				"Flat Rate",
				"",
				Decimal(0),
				ZERO,
				indirect,
			)
		)
	return lines


def budget_of(code: str) -> Decimal:
	"""Planned euro of a project, all its lines."""
	return sum((line.amount for line in budget_lines() if line.project == code), ZERO)


def partner_shares(code: str) -> dict[str, Decimal]:
	"""Planned euro of a project by partner, in the order of its partners; they sum to its budget."""
	shares = {partner.organisation: ZERO for partner in project(code).partners}
	for line in budget_lines():
		if line.project == code:
			shares[line.partner] += line.amount
	return shares


# --- cases --------------------------------------------------------------------------------------------------------

# Days before the day of the demo on which the newest minors arrived: their first terms are running.
_FRESH = (1, 2, 4, 8, 14, 24, 35, 50, 70)
_UNACCOMPANIED = 30

# What happened in the end to the unaccompanied minors of these places in the list.
_MISSING = {11: 38, 18: 75}
_ENDED = {14: "Transferred", 20: "Family Reunification", 23: "Voluntary Departure", 24: "Came of Age"}
_PROSIEGUO = (26, 29)
# Came back after the eighteenth birthday, for the prosieguo alone: none of the first steps is theirs.
_YOUNG_ADULT = 28
_UNDER_403 = (0, 3, 12, 19, 25)
_AGE_ASSESSMENT = (5, 9, 15, 21)
_ORIGINS = (
	EGYPT,
	BANGLADESH,
	TUNISIA,
	GAMBIA,
	ALBANIA,
	GUINEA,
	PAKISTAN,
	IVORY_COAST,
	EGYPT,
	MALI,
	SENEGAL,
	SOMALIA,
)


@dataclass
class _Draft:
	"""Facts of a case while they are put together: only what happened by the day of the demo is kept."""

	today: date
	facts: dict[str, date | datetime] = field(default_factory=dict)

	def add(self, name: str, moment: date | datetime | None) -> bool:
		"""Keep the fact when it has happened; the hour of today is not known, so today's moments have not."""
		if moment is None:
			return False
		past = moment.date() < self.today if isinstance(moment, datetime) else moment <= self.today
		if past:
			self.facts[name] = moment
		return past


def _cases(today: date, dice: Random) -> Iterator[DemoCase]:
	names = _Names(dice)
	number = 0

	def code() -> str:
		nonlocal number
		number += 1
		return f"{number:03d}"

	for place in range(_UNACCOMPANIED):
		case = _unaccompanied(place, code(), today, dice, names)
		yield _as_young_adult(case) if place == _YOUNG_ADULT else case
	yield from _other_cases(code, today, dice, names)


def _unaccompanied(place: int, number: str, today: date, dice: Random, names: _Names) -> DemoCase:
	roma = project("ROMA-MSNA")
	if place < len(_FRESH):
		reported = today - timedelta(days=_FRESH[place])
	else:
		later = _UNACCOMPANIED - len(_FRESH) - 1
		reported = year_of(roma, today)[1] - timedelta(days=15 + 340 * (place - len(_FRESH)) // later)
	country = _ORIGINS[place % len(_ORIGINS)]
	sex = "Female" if place % 7 == 3 else "Male"
	given, family = names.person(country, sex)
	if place in (7, 16):  # people with one name only exist, and forms must take them
		family = ""
	prosieguo = place in _PROSIEGUO
	if prosieguo:
		born = _add_months(today, -(18 * 12 + 4 + _PROSIEGUO.index(place)))
	elif _ENDED.get(place) == "Came of Age":
		born = _add_months(reported, -(17 * 12 + 10))
	elif place in (6, 10):  # near eighteen
		born = _add_months(today, -(18 * 12)) + timedelta(days=20 if place == 6 else 70)
	else:
		born = reported - timedelta(days=dice.randrange(12 * 365 if place % 6 == 1 else 15 * 365, 17 * 365))
		if place % 3 == 1:  # the register office knew the year alone
			born = born.replace(month=1, day=1)
	certainty = ("Declared", "Documented", "Estimated")[place % 3]
	draft = _Draft(today)
	entered = _at(reported, dice.randrange(8, 23), dice.choice((5, 20, 35, 50)))
	draft.add("reception_entry", entered)
	slow = place % 9 == 5  # papers that came late
	if place not in (2,):  # one minor waits longer than the three days
		draft.add("interview_on", _at(reported + timedelta(days=6 if slow else 1 + place % 3), 10, 30))
	draft.add("census_done_on", reported + timedelta(days=8 if slow else 2))
	draft.add("identification_concluded_on", reported + timedelta(days=dice.randrange(4, 13)))
	if "interview_on" in draft.facts and place % 5:
		heard = draft.facts["interview_on"].date()
		draft.add("family_search_reported_on", heard + timedelta(days=9 if slow else dice.randrange(2, 6)))
	if place % 8 != 6:
		draft.add("guardian_appointed_on", reported + timedelta(days=dice.randrange(18, 75)))
	if place in _AGE_ASSESSMENT:
		ordered = reported + timedelta(days=9)
		draft.add("age_assessment_ordered_on", ordered)
		draft.add("age_assessment_concluded_at", _at(ordered + timedelta(days=dice.randrange(30, 70)), 12))
	if place in _UNDER_403:
		_follow_403(draft, entered, dice)
	missing = today if place not in _MISSING else reported + timedelta(days=_MISSING[place])
	if place in _MISSING:
		draft.add("missing_since", missing)
	moved = reported + timedelta(days=52 if place % 10 == 9 else dice.randrange(24, 45))
	if moved < missing and place % 11 != 4:
		draft.add("second_reception_on", moved)
	seventeen = _add_months(born, 17 * 12)
	if seventeen < today:
		draft.add("majority_plan_made_on", max(seventeen, reported) + timedelta(days=dice.randrange(5, 40)))
	if prosieguo:
		eighteen = _add_months(born, 18 * 12)
		draft.add("continued_care_requested_on", eighteen - timedelta(days=35))
		draft.add("permit_conversion_prepared_on", eighteen - timedelta(days=60))
		draft.facts["prosieguo_until"] = _add_months(born, 20 * 12)
	closed, reason = None, _ENDED.get(place, "")
	if reason:
		closed = (
			_add_months(born, 18 * 12) if reason == "Came of Age" else reported + timedelta(days=95 + place)
		)
		if closed > today:
			closed, reason = None, ""
	if "second_reception_on" not in draft.facts:
		facility = _FIRST[place % len(_FIRST)]
	elif prosieguo:
		facility = _SEMI_AUTONOMY[place % len(_SEMI_AUTONOMY)]
	else:
		facility = _SECOND[place % len(_SECOND)]
	documented = certainty == "Documented" or place % 4 == 0
	return DemoCase(
		code=f"DEMO-M-{number}",
		given_name=given,
		family_name=family,
		sex=sex,
		birth_date=born,
		birth_certainty=certainty,
		country=country,
		arrival_date=reported - timedelta(days=dice.randrange(0, 60)),
		fiscal_code=fiscal_code(given, family, sex, born, country.place_code) if documented else "",
		kind="Unaccompanied Minor",
		# The contract ends, the minors keep coming: later cases await the next funding.
		project=roma.code if roma.start <= reported <= roma.end else "",
		reported_on=reported,
		living="Facility",
		facility=facility,
		family_of="",
		channel=("Police", "Reception Facility", "Police", "Social Service", "Self")[place % 5],
		victim_status=("No Sign", "No Sign", "Potential Victim", "No Sign", "Victim", "")[place % 6],
		social_worker="social_worker" if place % 2 == 0 else "social_worker_2",
		facts=draft.facts,
		closed_on=closed,
		closure_reason=reason,
	)


def _as_young_adult(case: DemoCase) -> DemoCase:
	born = _add_months(case.reported_on, -(18 * 12 + 1))
	return replace(
		case,
		birth_date=born,
		fiscal_code=fiscal_code(case.given_name, case.family_name, case.sex, born, case.country.place_code),
		arrival_date=case.reported_on - timedelta(days=700),
		kind="Young Adult in Prosieguo",
		facility=_SEMI_AUTONOMY[0],
		facts={"prosieguo_until": _add_months(born, 20 * 12)},
	)


def _follow_403(draft: _Draft, placed: datetime, dice: Random) -> None:
	"""The chain of art. 403 c.c. as far as it got: every term counts from the step before it."""
	moment: datetime = placed
	draft.add("art_403_placed_at", moment)
	for name, least, most in (
		("report_403_sent_at", 4, 23),
		("validation_403_requested_at", 24, 70),
		("validation_403_decided_at", 12, 47),
	):
		moment += timedelta(hours=dice.randrange(least, most))
		if not draft.add(name, moment):
			return
	heard = moment.date() + timedelta(days=dice.randrange(8, 15))
	if draft.add("hearing_403_held_at", _at(heard, 10)):
		draft.add("decision_403_at", _at(heard + timedelta(days=dice.randrange(6, 19)), 12))


_CHILD, _PARENT, _ADULT = "Minor in a Family", "Parent", "Adult with International Protection"
_KINDS = {"child": _CHILD, "parent": _PARENT, "adult": _ADULT}
# Countries; then kind, age, sex, and place in the list whose family they belong to.
_OTHERS: dict[str, tuple[tuple[Country, ...], str]] = {
	"CORE": (
		(NIGERIA, MOROCCO, PERU),
		"child 11 F, child 14 F, child 8 M, child 15 F, child 6 M 3",
	),
	"INCONTRO": (
		(MOROCCO, ALBANIA, SENEGAL),
		"parent 36 F, child 9 M 0, child 13 F 0, parent 41 M, child 12 M 3, child 5 F 3, parent 29 F,"
		" child 4 M 6, child 7 F 6",
	),
	"CARE": (
		(SOMALIA, AFGHANISTAN, ERITREA, SYRIA, MALI),
		"adult 24 F, adult 31 M, adult 27 M, adult 43 F, adult 22 M",
	),
	"CHILDCARE": (
		(UKRAINE, ALBANIA, NIGERIA),
		"child 10 F, child 7 M 0, child 12 M, child 15 F, child 6 F 3, child 9 M",
	),
	"ANTARES": (
		(UKRAINE, MOROCCO, BANGLADESH),
		"parent 38 F, child 8 F 0, child 11 M 0, parent 34 M, child 6 M 3, parent 40 F, child 14 F 5",
	),
}


def _other_cases(code: Callable[[], str], today: date, dice: Random, names: _Names) -> Iterator[DemoCase]:
	for name, (countries, people) in _OTHERS.items():
		entry = project(name)
		first, last = year_of(entry, today)
		over = entry.end < today
		made: list[DemoCase] = []
		persons = [person.split() for person in people.split(",")]
		for place, (kind_key, age, sex_letter, *family) in enumerate(persons):
			kind, years, sex = _KINDS[kind_key], int(age), "Female" if sex_letter == "F" else "Male"
			kin = made[int(family[0])] if family else None
			country = kin.country if kin else countries[place % len(countries)]
			given, family_name = names.person(country, sex, kin.family_name if kin else "")
			# Over the first nine months of the project's year, so that a plan had the time to be made.
			reported = first + timedelta(days=10 + (last - first).days * 3 // 4 * place // len(persons))
			if kin:
				reported = kin.reported_on
			# In whole months: an age must hold on the day of the report whatever the day of the demo.
			born = _add_months(reported, -years * 12 - 1 - dice.randrange(10))
			draft = _Draft(today)
			draft.add("interview_on", _at(reported + timedelta(days=3 + place % 9), 15))
			closed = last - timedelta(days=dice.randrange(5, 28)) if over else None
			coded = place % 3 != 2
			case = DemoCase(
				code=f"DEMO-M-{code()}",
				given_name=given,
				family_name=family_name,
				sex=sex,
				birth_date=born,
				birth_certainty="Documented",
				country=country,
				arrival_date=reported - timedelta(days=dice.randrange(200, 1500)) if years > 8 else None,
				fiscal_code=fiscal_code(given, family_name, sex, born, country.place_code) if coded else "",
				kind=kind,
				project=name,
				reported_on=reported,
				living="Independent" if kind == _ADULT else "Family",
				facility="",
				family_of=kin.code if kin else "",
				channel=("School", "Health Service", "Social Service", "Family", "Court")[place % 5],
				victim_status="No Sign"
				if kind == _PARENT
				else ("Victim", "Potential Victim", "No Sign")[place % 3],
				social_worker="social_worker" if place % 3 else "social_worker_2",
				facts=draft.facts,
				closed_on=closed,
				closure_reason="Path Completed" if closed else "",
			)
			made.append(case)
			yield case


def _assignments(cases: Sequence[DemoCase], today: date, dice: Random) -> Iterator[DemoAssignment]:
	for place, case in enumerate(cases):
		other = "social_worker_2" if case.social_worker == "social_worker" else "social_worker"
		start = case.reported_on
		handed = start + timedelta(days=30 + place)
		if place % 8 == 7 and handed < (case.closed_on or today):
			# A handover: the first social worker's assignment ends the day before the second one's begins.
			yield DemoAssignment(
				case.code,
				other,
				"Social Worker",
				start,
				handed - timedelta(days=1),
				"Passaggio di consegne",
				is_referent=False,
			)
			start = handed
		yield DemoAssignment(
			case.code, case.social_worker, "Social Worker", start, case.closed_on, is_referent=True
		)
		for user, role, every in (
			("educator", "Educator", 3),
			("psychologist", "Psychologist", 2),
			("mediator", "Cultural Mediator", 4),
		):
			if (place + len(user)) % every == 0:
				later = case.reported_on + timedelta(days=dice.randrange(0, 4))
				if case.closed_on and later > case.closed_on:
					later = case.reported_on
				yield DemoAssignment(case.code, user, role, min(later, start), case.closed_on)


def _records(cases: Sequence[DemoCase], today: date) -> Iterator[DemoRecord]:
	"""Clinical notes, in general words: even invented people's notes should not read like a real file."""
	number = 0
	for place, case in enumerate(cases):
		last = case.closed_on or today
		for kind, every, after, content in (
			(
				"Health",
				5,
				12,
				"Visita di controllo svolta; esito agli atti del servizio. Prossimo controllo tra sei mesi.",
			),
			(
				"Psycho-social",
				6,
				20,
				"Primo colloquio di conoscenza. Si propone un ciclo di quattro incontri.",
			),
		):
			day = case.reported_on + timedelta(days=after)
			# The psychologist writes only on the cases she follows.
			followed = kind == "Health" or (place + len("psychologist")) % 2 == 0
			if place % every == 0 and followed and day <= last:
				number += 1
				yield DemoRecord(f"DEMO-CL-{number:03d}", case.code, kind, day, content)


# --- PEI ----------------------------------------------------------------------------------------------------------

PLAN_ACTIONS: dict[str, tuple[tuple[str, str], ...]] = {
	"Drafting": (),
	"Team Review": (("Send to Team", "author"),),
	"Approved by the Unit": (("Send to Team", "author"), ("Approve Plan", "unit_manager")),
}
"""The workflow's steps to each state, and who takes them."""
PLAN_ACTIONS["Signed"] = (*PLAN_ACTIONS["Approved by the Unit"], ("Record Signatures", "author"))
PLAN_ACTIONS["In Progress"] = (*PLAN_ACTIONS["Signed"], ("Start Plan", "author"))
PLAN_ACTIONS["Under Review"] = (*PLAN_ACTIONS["In Progress"], ("Start Review", "author"))
PLAN_ACTIONS["Concluded"] = (*PLAN_ACTIONS["In Progress"], ("Conclude Plan", "coordinator"))
# A plan is superseded by the next version's start, not by a step of its own.
PLAN_ACTIONS["Superseded"] = PLAN_ACTIONS["In Progress"]

# Area, need, objective, expected result, indicator, baseline, target, responsible.
_OBJECTIVES: dict[str, list[list[str]]] = {
	"minor": _table(
		"""
		School and Language | Comprende poco l'italiano | Raggiungere il livello A2 | Esame A2 superato al CPIA | Livello certificato | Pre-A1 | A2 | Educator
		Legal | Non ha ancora il permesso di soggiorno | Completare la regolarizzazione | Permesso per minore età rilasciato | Permesso in mano | No | Sì | Social Worker
		Health | Mancano il medico e gli screening | Iscrizione al SSN e primi controlli | Tessera sanitaria e libretto completi | Controlli svolti | 0 | 3 | Facility
		Training and Work | Vuole imparare un mestiere | Orientamento e tirocinio | Un tirocinio di tre mesi avviato | Tirocini avviati | 0 | 1 | Educator
		Relations and Family | Sente la famiglia di rado | Contatti regolari con i familiari | Una telefonata a settimana | Telefonate al mese | 1 | 4 | Cultural Mediator
		Leisure and Sport | Passa molte ore da solo | Attività sportiva di gruppo | Frequenza di due volte a settimana | Presenze al mese | 0 | 8 | Educator
		Housing and Autonomy | Si avvicina ai diciotto anni | Gestire spesa, cucina e piccoli conti | Scheda delle autonomie completa | Voci raggiunte | 2 | 10 | Educator
		"""
	),
	"family": _table(
		"""
		Parenting | Fatica nelle regole quotidiane | Sostegno alla genitorialità | Sei incontri frequentati | Incontri | 0 | 6 | Psychologist
		School and Language | Assenze da scuola | Frequenza regolare | Meno di cinque assenze al mese | Assenze al mese | 12 | 4 | Educator
		Psychological | Difficoltà nelle relazioni | Ciclo di incontri con la psicologa | Ciclo concluso e restituzione | Incontri | 0 | 8 | Psychologist
		Citizenship | Non conosce i servizi del territorio | Orientamento civico | Accesso autonomo a due servizi | Servizi usati da soli | 0 | 2 | Social Worker
		"""
	),
	"adult": _table(
		"""
		Health | Difficile accesso alle cure | Accompagnamento al servizio etnoclinico | Presa in carico avviata | Visite svolte | 0 | 4 | Psychologist
		Training and Work | Senza lavoro da mesi | Bilancio delle competenze e ricerca attiva | Un contratto o un tirocinio | Colloqui di lavoro | 0 | 3 | Network Organisation
		Citizenship | Non conosce i servizi del territorio | Orientamento civico | Accesso autonomo a due servizi | Servizi usati da soli | 0 | 2 | Social Worker
		"""
	),
}
_OBJECTIVE_KEYS = (
	"area",
	"need",
	"objective",
	"expected_result",
	"indicator",
	"baseline",
	"target",
	"responsible",
)
# Type, mode, organisation, frequency, planned hours.
_INTERVENTIONS: dict[str, tuple[tuple[str, str, str, str, int], ...]] = {
	"minor": (
		("Language Course", "Group", SCHOOL_PARTNER, "Tre volte a settimana", 120),
		("Individual Education", "Individual", "", "Settimanale", 40),
		("Civic Orientation", "Group", "", "Quindicinale", 16),
		("Legal Support", "Individual", "Sportello Legale Girasole Blu", "Al bisogno", 8),
		("Vocational Training", "Group", "Agenzia Lavoro Trampolino Lilla", "Quotidiana", 150),
		("Leisure and Sport", "Group", "", "Due volte a settimana", 60),
	),
	"family": (
		("Parenting Support", "Individual", "", "Quindicinale", 12),
		("Group Education", "Group", "", "Settimanale", 30),
		("Psychological Support", "Individual", HEALTH_PARTNER, "Settimanale", 16),
	),
	"adult": (
		("Cultural Mediation", "Individual", "", "Al bisogno", 10),
		("Civic Orientation", "Group", "", "Quindicinale", 12),
		("Health Care", "Individual", HEALTH_PARTNER, "Mensile", 8),
	),
}
_ROUTES = (
	"Viaggio di circa otto mesi via terra e via mare; le date sono quelle che ricorda.",
	"Viaggio di alcune settimane lungo la rotta balcanica.",
	"Arrivo in aereo con un conoscente della famiglia, poi rimasto solo.",
)
_WISHES = (
	"Vuole studiare e lavorare presto, per aiutare la famiglia. Chiede di restare con i compagni di stanza.",
	"Vuole finire la scuola media e imparare a cucinare. Chiede di telefonare più spesso a casa.",
	"Vuole fare il meccanico. Gli piace il quartiere, meno la sveglia.",
	"Desidera continuare gli incontri e avere più tempo per disegnare.",
)
_MISSING_REASON = "Non presente all'incontro: firma da raccogliere alla prima verifica."


def _plans(cases: Sequence[DemoCase], today: date, dice: Random) -> Iterator[DemoPlan]:
	number = 0
	for place, case in enumerate(cases):
		# One plan in nine is drafted after the two months it should take.
		drafted = case.reported_on + timedelta(
			days=dice.randrange(62, 75) if place % 9 == 4 else dice.randrange(16, 50)
		)
		end = case.closed_on or today
		if drafted > end:
			continue
		signed = min(drafted + timedelta(days=dice.randrange(14, 30)), case.closed_on or date.max)
		over = case.closed_on is not None
		if signed >= today and not over:
			state = ("Drafting", "Team Review", "Approved by the Unit")[place % 3]
		elif over:
			state = "Concluded"
		elif (today - signed).days < 12:
			state = "Signed"
		elif (today - signed).days > 165 and place % 3 == 0:
			state = "Under Review"
		else:
			state = "In Progress"
		renewed = _add_months(signed, 6) + timedelta(days=5)
		again = state == "In Progress" and renewed + timedelta(days=20) < today
		number += 1
		yield _plan(number, place, case, 1, "Superseded" if again else state, drafted, signed, dice)
		if again:
			number += 1
			yield _plan(number, place, case, 2, state, renewed, renewed + timedelta(days=15), dice)


def _plan(
	number: int,
	place: int,
	case: DemoCase,
	version: int,
	state: str,
	drafted: date,
	signed: date,
	dice: Random,
) -> DemoPlan:
	group = {_CHILD: "family", _PARENT: "family", _ADULT: "adult"}.get(case.kind, "minor")
	has_signatures = state not in ("Drafting", "Team Review", "Approved by the Unit")
	ended = state in ("Superseded", "Concluded")
	pool = _OBJECTIVES[group]
	wanted = 0 if state == "Drafting" and place % 2 else min(len(pool), 2 + place % 4)
	objectives = tuple(
		{
			**dict(zip(_OBJECTIVE_KEYS, row, strict=True)),
			"due_on": drafted + timedelta(days=180),
			**_progress_of(ended, has_signatures, dice),
		}
		for row in (pool[(place + step) % len(pool)] for step in range(wanted))
	)
	offers = _INTERVENTIONS[group]
	interventions = tuple(
		{
			"intervention_type": kind,
			"mode": mode,
			"organisation": organisation,
			"frequency": frequency,
			"planned_hours": hours,
			"start_date": drafted + timedelta(days=10),
			"end_date": drafted + timedelta(days=180),
		}
		for kind, mode, organisation, frequency, hours in (
			offers[(place + step) % len(offers)] for step in range(min(len(offers), 1 + place % 3))
		)
	)
	author = "educator" if (place + len("educator")) % 3 == 0 and place % 2 else case.social_worker
	minor_signs = group != "minor" or place % 7 != 5
	signatures: list[dict[str, object]] = []
	if has_signatures:
		if minor_signs:
			signatures.append({"signatory": "Minor", "signed_on": signed, "mode": "Handwritten"})
		else:
			signatures.append({"signatory": "Minor", "refusal_reason": _MISSING_REASON})
		if place % 10 != 3:  # one plan in ten lacks the guardian's signature and says no reason: it warns
			signatures.append({"signatory": "Guardian or Parent", "signed_on": signed, "mode": "Handwritten"})
		signatures += [
			{"signatory": "Social Worker", "signed_on": signed - timedelta(days=1), "mode": "Digital"},
			{"signatory": "Educator", "signed_on": signed - timedelta(days=1), "mode": "Digital"},
		]
		if case.living == "Facility":
			signatures.append({"signatory": "Facility", "signed_on": signed, "mode": "Handwritten"})
	return DemoPlan(
		code=f"DEMO-P-{number:03d}",
		case=case.code,
		version=version,
		state=state,
		drafted_on=drafted,
		author=author,
		texts=_plan_texts(place, case, group, drafted, version),
		objectives=objectives,
		interventions=interventions,
		signatures=tuple(signatures),
		signed_on=signed if has_signatures else None,
		review_due_on=_add_months(signed, 6) if has_signatures else None,
	)


def _progress_of(ended: bool, signed: bool, dice: Random) -> dict[str, object]:
	"""How one objective goes: its outcome once the plan has ended, some way along while it runs, else not begun."""
	if ended:
		status = dice.choice(("Reached", "Partly Reached", "Not Reached"))
		return {
			"status": status,
			"progress": {"Reached": 100, "Partly Reached": 60, "Not Reached": 20}[status],
		}
	if signed:
		return {"status": "In Progress", "progress": dice.randrange(1, 9) * 10}
	return {"status": "Planned", "progress": 0}


def _plan_texts(place: int, case: DemoCase, group: str, drafted: date, version: int) -> dict[str, object]:
	alone = group == "minor"
	texts: dict[str, object] = {
		"framework_project": f"PQ {place + 101:04d}" if place % 3 else "",
		"origin_and_family": "Famiglia di origine numerosa; il legame più forte è con una sorella maggiore."
		if alone
		else "Nucleo in Italia da alcuni anni, con pochi parenti vicini.",
		"schooling": (
			"Sei anni di scuola.",
			"Scuola interrotta per lavorare.",
			"Licenza media conseguita in Italia.",
		)[place % 3],
		"work_experience": "Piccoli lavori in un'officina di famiglia." if alone and place % 2 else "",
		"language_level": f"{case.country.language}: lingua madre. Italiano: {('Pre-A1', 'A1', 'A2')[place % 3]}.",
		"kept_contacts": "Telefona ai familiari." if place % 2 else "Contatti saltuari con un parente.",
		"migration_reasons": "Desiderio di lavorare e di aiutare la famiglia." if alone else "",
		"migration_route": _ROUTES[place % len(_ROUTES)] if alone else "",
		"migration_expectations": "Restare in Italia e imparare un mestiere." if alone else "",
		"relatives_in_europe": "Riferisce uno zio in un altro Paese europeo."
		if alone and place % 4 == 0
		else "",
		"health_needs": "Da completare il calendario dei controlli.",
		"health_screening_on": drafted - timedelta(days=6) if place % 2 else None,
		"psychosocial_needs": "Tempi di ambientamento; attenzione al sonno e ai momenti di solitudine.",
		"protective_factors": "Buone relazioni con i compagni e interesse per la scuola.",
		"vulnerability_level": ("Low", "Medium", "Medium", "High", "Low", "Very High")[place % 6],
		"documents_checked_on": drafted,
		"documents_status": "Atto di nascita in copia; passaporto da chiedere al consolato."
		if alone
		else "Documenti in regola; permesso in scadenza entro l'anno.",
		"permit_type": ("None", "Minor Age", "Asylum Request")[place % 3]
		if alone
		else ("Subsidiary Protection" if group == "adult" else "Family Reasons"),
		"asylum_requested": int(alone and place % 3 == 2),
		"regularisation_path": "Richiesta del permesso per minore età con il tutore." if alone else "",
		"minor_wishes": "" if place % 13 == 12 else _WISHES[(place + version) % len(_WISHES)],
		"minor_agrees": ("Yes", "Yes", "In Part")[place % 3],
		"voice_language": case.country.language,
		"voice_mediator_present": int(place % 3 == 0),
	}
	if alone and age_on(case.birth_date or drafted, drafted) >= 17:
		texts["plan_at_eighteen"] = (
			"Valutare il prosieguo amministrativo e la conversione del permesso per lavoro."
		)
		texts["exit_plan"] = "Ricerca di una stanza in semi-autonomia e di un contratto di apprendistato."
	return texts


# --- consents and referrals ---------------------------------------------------------------------------------------

_STATUSES = (
	("Done", 18),
	("In Progress", 14),
	("Sent", 12),
	("Accepted", 10),
	("Rejected", 10),
	("Drafted", 8),
	("Revoked", 8),
)
_ENDINGS = ("Done", "Rejected", "Revoked")
_NEEDS_RECEIVER = ("Done", "In Progress", "Accepted", "Rejected")
_SERVICES: dict[str, tuple[str, ...]] = {
	HEALTH_PARTNER: ("Health Care", "Psychological Support", "Parenting Support"),
	SCHOOL_PARTNER: ("Language Course", "School"),
	"Sportello Legale Girasole Blu": ("Legal Support",),
	"Agenzia Lavoro Trampolino Lilla": ("Vocational Training", "Work"),
	"Centro Antiviolenza Conchiglia Chiara": ("Anti-violence",),
	"Ambulatorio Etnoclinico Ginestra": ("Health Care",),
	"Polisportiva Tartaruga Allegra": ("Other",),
}
_OTHER_RECEIVERS = tuple(name for name in _SERVICES if name not in (HEALTH_PARTNER, SCHOOL_PARTNER))
_REJECTIONS = (
	"Nessun posto disponibile prima di tre mesi.",
	"La richiesta riguarda un altro distretto.",
	"Età fuori dai requisiti del servizio.",
	"Documentazione incompleta: manca l'autorizzazione del tutore.",
)
_OUTCOMES = (
	"Ciclo concluso, restituzione fatta all'équipe.",
	"Corso frequentato con regolarità, attestato rilasciato.",
	"Due visite svolte; nessun altro intervento necessario.",
	"Percorso interrotto dopo quattro incontri per trasferimento.",
)
_REVOCATIONS = ("Trasferimento in un'altra città.", "Inserito in un altro servizio.", "Richiesta doppia.")
_SHARED = (
	"Si chiede un primo incontro di conoscenza. Orari possibili: pomeriggio.",
	"Si chiede l'inserimento nel prossimo gruppo. Livello da verificare con un test.",
	"Si chiede una valutazione e un parere sui passi successivi.",
)


def _consents_and_referrals(
	cases: Sequence[DemoCase], today: date, dice: Random
) -> tuple[tuple[DemoConsent, ...], tuple[DemoReferral, ...]]:
	consents: dict[tuple[str, str, str], DemoConsent] = {}

	def consent(
		case: DemoCase, purpose: str, day: date, organisation: str = "", **values: object
	) -> DemoConsent:
		"""Only one for each purpose and organisation of a case."""
		key = (case.code, purpose, organisation)
		if key not in consents:
			giver = {_ADULT: "Minor", _PARENT: "Parent", _CHILD: "Parent"}.get(case.kind, "Guardian")
			if case.kind in (_ADULT, "Young Adult in Prosieguo"):
				giver = "Minor"  # the person themselves
			elif giver == "Guardian" and "guardian_appointed_on" not in case.facts:
				giver = "Provisional Guardian"
			consents[key] = DemoConsent(
				code=f"DEMO-CO-{len(consents) + 1:03d}",
				case=case.code,
				purpose=purpose,
				outcome=str(values.pop("outcome", "Given")),
				given_by=giver,
				given_on=day,
				language=case.country.language,
				organisation=organisation,
				mediator_present=len(consents) % 3 != 0,
				**values,  # type: ignore[arg-type]
			)
		return consents[key]

	for place, case in enumerate(cases):
		day = min(case.reported_on + timedelta(days=2), today)
		consent(case, "Taking in Charge", day)
		if case.kind == "Unaccompanied Minor" and place % 2 == 0:
			consent(case, "Family Search", day, outcome="Refused" if place % 8 == 4 else "Given")
		if place % 6 == 1:
			consent(case, "Image", day, outcome="Refused" if place % 4 else "Given")
		if place % 7 == 2:
			later = day + timedelta(days=25)
			consent(case, "Research", day, withdrawn_on=later if later <= today and place % 2 else None)

	# A case takes referrals once it has run for three weeks; ended ones take only those that ended.
	running = [case for case in cases if not case.closed_on and (today - case.reported_on).days >= 21]
	ended = [case for case in cases if case.closed_on and (case.closed_on - case.reported_on).days >= 40]
	statuses = [status for status, count in _STATUSES for __ in range(count)]
	dice.shuffle(statuses)
	referrals = []
	for number, status in enumerate(statuses, start=1):
		past = bool(ended) and (not running or (status in _ENDINGS and number % 2 == 0))
		pool = ended if past else running
		referrals.append(_referral(number, status, pool[number % len(pool)], today, dice, consent))
	return tuple(consents.values()), tuple(referrals)


def _referral(number: int, status: str, case: DemoCase, today: date, dice: Random, consent) -> DemoReferral:
	if status in _NEEDS_RECEIVER or (status == "Sent" and number % 3):
		organisation = HEALTH_PARTNER if number % 5 < 3 else SCHOOL_PARTNER
	else:
		organisation = _OTHER_RECEIVERS[number % len(_OTHER_RECEIVERS)]
	last = min(case.closed_on or today, today)
	room = (last - case.reported_on).days
	if status in ("Drafted", "Sent"):
		drafted = last - timedelta(days=min(room, dice.randrange(1, 14)))
	else:
		drafted = case.reported_on + timedelta(days=dice.randrange(10, max(11, room - 12)))
	by_duty = number % 9 == 0 or organisation.startswith("Centro Antiviolenza")
	basis = "Legal Duty" if by_duty else "Consent"
	given = ""
	if basis == "Consent" and not (status == "Drafted" and number % 2):  # some drafts still wait for it
		given = consent(
			case,
			"Sharing with an Organisation",
			drafted,
			organisation,
			withheld="Storia del viaggio" if number % 5 == 0 else "",
		).code
	steps: list[tuple[str, datetime, str, str]] = []

	def step(action: str, day: date, side: str, note: str = "") -> date:
		day = min(day, last)
		steps.append((action, _at(day, 9 + len(steps), number % 60), side, note))
		return day

	if status != "Drafted":
		sent = step("Send", drafted, "sender")
		if status == "Rejected":
			step("Reject", sent + timedelta(days=dice.randrange(2, 12)), "receiver", _REJECTIONS[number % 4])
		elif status in ("Accepted", "In Progress", "Done"):
			answered = step("Accept", sent + timedelta(days=dice.randrange(1, 9)), "receiver")
			if status != "Accepted":
				started = step("Start", answered + timedelta(days=dice.randrange(2, 8)), "receiver")
				if status == "Done":
					step(
						"Complete",
						started + timedelta(days=dice.randrange(20, 60)),
						"receiver",
						_OUTCOMES[number % 4],
					)
		elif status == "Revoked":
			step("Revoke", sent + timedelta(days=dice.randrange(1, 10)), "sender", _REVOCATIONS[number % 3])
	unsigned = organisation == "Polisportiva Tartaruga Allegra"
	return DemoReferral(
		code=f"DEMO-R-{number:03d}",
		case=case.code,
		organisation=organisation,
		author=case.social_worker,
		drafted_on=drafted,
		service=_SERVICES[organisation][number % len(_SERVICES[organisation])],
		urgency=("Normal", "Normal", "Normal", "Urgent", "Normal", "Immediate")[number % 6],
		age_band=age_band(case.birth_date, drafted) if case.birth_date else "18 and over",
		language=case.country.language,
		shared=_SHARED[number % len(_SHARED)],
		legal_basis=basis,
		status=status,
		steps=tuple(steps),
		answer_due_on=drafted + timedelta(days=10),
		consent=given,
		override_reason="Iniziativa gratuita in corso, accordo in firma questa settimana."
		if unsigned and steps
		else "",
	)


# --- training -----------------------------------------------------------------------------------------------------

# Title, macro-area, approach, hours; by project.
_SESSIONS: dict[str, tuple[tuple[str, int, str, str], ...]] = {
	"ROMA-MSNA": (
		("La legge 47/2017 e le norme successive", 1, "Legal", "4"),
		("Il colloquio entro tre giorni: DPCM 98/2024", 1, "Legal", "4"),
		("Prosieguo amministrativo e conversione del permesso", 1, "Legal", "3"),
		("Riconoscere le competenze: il libretto del cittadino", 2, "Methodological", "4"),
		("Orientamento allo studio: CPIA e formazione professionale", 2, "Methodological", "3"),
		("Ricerca attiva del lavoro con i neomaggiorenni", 2, "Methodological", "4"),
		("La rete dei servizi socio-sanitari", 3, "Intersectoral", "4"),
		("Indicatori di violenza e primi passi", 3, "Intersectoral", "6"),
		("Salute mentale e adolescenza migrante", 3, "Psycho-ethno-anthropological", "4"),
		("Laboratorio: Egitto e Bangladesh oggi", 4, "Intercultural", "3"),
		("Laboratorio: Africa occidentale", 4, "Intercultural", "3"),
		("Laboratorio: i Balcani", 4, "Intercultural", "3"),
	),
	"CARE": (
		("Strumenti etno-clinici nei servizi", 3, "Psycho-ethno-anthropological", "6"),
		("Lavoro di rete tra Comuni e ASST", 3, "Intersectoral", "4"),
		("Percorsi di lavoro per persone vulnerabili", 2, "Methodological", "4"),
	),
	"INCONTRO": (
		("Identificazione precoce della violenza", 3, "Intersectoral", "6"),
		("Il modello pilota nelle tre aree", 3, "Methodological", "4"),
		("Sguardo etnoantropologico sulla famiglia", 4, "Psycho-ethno-anthropological", "4"),
	),
	"CORE": (
		("La consulenza psicologica nello sportello", 3, "Psycho-ethno-anthropological", "4"),
		("Buone prassi e criticità della rete", 3, "Intersectoral", "3"),
	),
	"CHILDCARE": (("Le procedure per la gestione integrata dei casi", 1, "Intersectoral", "5"),),
	"ANTARES": (
		("Lavorare con le famiglie: fattori di rischio e di protezione", 3, "Intersectoral", "4"),
		("Verso una policy di tutela", 1, "Legal", "3"),
		("Alleanza con i genitori", 4, "Intercultural", "3"),
	),
}
_PLACES = ("Sala Mappamondo", "Sede del progetto", "Aula del Centro Aquilone", "In linea")
_ITALIAN_GIVEN = (
	"Alba",
	"Bruna",
	"Cesira",
	"Delfo",
	"Elda",
	"Furio",
	"Gemma",
	"Ivo",
	"Lina",
	"Nello",
	"Olga",
	"Remo",
)
_ITALIAN_HEADS = ("Arni", "Belo", "Canzo", "Dovi", "Fermi", "Golda", "Lasti", "Melvo")
_ITALIAN_TAILS = ("vetti", "brelli", "gnani", "lucchi", "rondi")
_PROFESSIONS = (
	"Social Worker",
	"Educator",
	"Health Worker",
	"Teacher",
	"Reception Worker",
	"Lawyer",
	"Psychologist",
)


def _sessions(today: date, dice: Random) -> Iterator[DemoSession]:
	colleagues = _colleagues(dice)
	number = 0
	for code, rows in _SESSIONS.items():
		first, last = year_of(project(code), today)
		for place, (title, area, approach, hours) in enumerate(rows):
			number += 1
			held = first + timedelta(days=(last - first).days * (place + 1) // (len(rows) + 1))
			while held.weekday() > 4:
				held -= timedelta(days=1)
			status = "Certified" if (last - held).days > 60 else "Held"
			if code == "ANTARES" and place > 0:
				# The running project has sessions to come, if its last day leaves room for them.
				held = min(today + timedelta(days=9 * place), project(code).end)
				status = "Planned" if held > today else "Held"
			if title == "Laboratorio: i Balcani":
				status = "Cancelled"
			yield DemoSession(
				code=f"DEMO-S-{number:03d}",
				title=title,
				area=area,
				project=code,
				held_on=held,
				start_time=time(9 if number % 2 else 14, 30),
				hours=Decimal(hours),
				status=status,
				place=_PLACES[number % len(_PLACES)],
				trainer=colleagues[number % len(colleagues)][0],
				approach=approach,
				attendance=()
				if status == "Cancelled"
				else tuple(_attendance(status, Decimal(hours), number, colleagues, dice)),
			)


def _colleagues(dice: Random) -> list[tuple[str, str, str]]:
	"""Twenty-four operators of the network: name, profession, organisation."""
	names: set[str] = set()
	while len(names) < 24:
		names.add(f"{dice.choice(_ITALIAN_GIVEN)} {dice.choice(_ITALIAN_HEADS)}{dice.choice(_ITALIAN_TAILS)}")
	invented = [organisation.name for organisation in ORGANISATIONS if organisation.invented]
	return [
		(name, _PROFESSIONS[place % len(_PROFESSIONS)], invented[place % len(invented)])
		for place, name in enumerate(sorted(names))
	]


def _attendance(
	status: str, hours: Decimal, number: int, colleagues: Sequence[tuple[str, str, str]], dice: Random
) -> Iterator[tuple[str, str, str, str, bool, Decimal]]:
	people = {user.key: f"{user.given_name} {user.family_name}" for user in USERS}
	held = status in ("Held", "Certified")
	for place, employee in enumerate(EMPLOYEES):
		if (place + number) % 3 == 0:
			continue
		present = held and dice.random() < 0.85
		# Somebody leaves early; zero is the whole session.
		own = hours - 1 if present and dice.random() < 0.15 else ZERO
		yield people[employee.user], employee.profession, "", employee.user, present, own
	start = number * 5
	for step in range(5 + number % 5):
		name, profession, organisation = colleagues[(start + step) % len(colleagues)]
		present = held and dice.random() < 0.8
		yield name, profession, organisation, "", present, ZERO


# --- suppliers and invoices ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DemoItem:
	"""Something that is bought: its expense account's key, the budget line it belongs on (by title), euro from and to."""

	code: str
	name: str
	account: str
	line_title: str
	least: int
	most: int


ACCOUNTS: dict[str, str] = {
	"staff": "Progetti - personale",
	"services": "Progetti - servizi di terzi",
	"supplies": "Progetti - acquisti",
	"beneficiaries": "Progetti - spese per i destinatari",
	"travel": "Progetti - viaggi",
	"premises": "Progetti - sede e utenze",
	"overheads": "Progetti - costi indiretti",
}
"""Expense accounts that the demo makes under the company's own expense root: charts differ, their names too."""

ITEMS: tuple[DemoItem, ...] = (
	DemoItem("DEMO-CAN", "Cancelleria e stampati", "supplies", "Cancelleria e stampati", 90, 240),
	DemoItem(
		"DEMO-INT",
		"Interpretariato telefonico",
		"services",
		"Servizio di interpretariato telefonico",
		110,
		420,
	),
	DemoItem(
		"DEMO-TRA", "Abbonamenti al trasporto", "beneficiaries", "Abbonamenti al trasporto pubblico", 70, 350
	),
	DemoItem("DEMO-DID", "Materiale didattico", "supplies", "Materiale didattico", 60, 220),
	DemoItem("DEMO-KIT", "Kit di prima accoglienza", "supplies", "Kit di prima accoglienza", 120, 380),
	DemoItem("DEMO-SAN", "Visite e farmaci", "beneficiaries", "Spese sanitarie e visite", 45, 260),
	DemoItem("DEMO-VES", "Vestiario", "beneficiaries", "Vestiario", 80, 330),
	DemoItem("DEMO-UTE", "Energia e telefono", "premises", "Utenze della sede, quota", 60, 190),
	DemoItem("DEMO-AFF", "Affitto della sede", "premises", "Affitto della sede, quota", 410, 410),
	DemoItem("DEMO-COR", "Corsi di italiano", "beneficiaries", "Corsi di italiano e tasse d'esame", 130, 520),
	DemoItem("DEMO-SUP", "Supervisione metodologica", "services", "Supervisione metodologica", 195, 520),
	DemoItem("DEMO-DOC", "Docenze", "services", "Docenze esterne", 120, 480),
	DemoItem("DEMO-SPO", "Attività sportive", "beneficiaries", "Attività sportive e tempo libero", 60, 240),
	DemoItem("DEMO-COM", "Stampa e comunicazione", "services", "Campagna di comunicazione", 250, 900),
	DemoItem("DEMO-INF", "Computer e accessori", "supplies", "Postazioni informatiche", 480, 640),
	DemoItem("DEMO-SOF", "Canone del software", "services", "Software per la cartella sociale", 70, 140),
	DemoItem("DEMO-MIS", "Viaggi degli operatori", "travel", "Missioni degli operatori", 48, 210),
	DemoItem("DEMO-TRD", "Traduzioni", "services", "Traduzione di materiali", 95, 285),
	DemoItem("DEMO-SAL", "Affitto di sala", "premises", "Sala per la formazione", 120, 240),
	DemoItem("DEMO-REV", "Revisore indipendente", "services", "Revisore indipendente", 1200, 1600),
)
_ITEM_OF = {item.code: item for item in ITEMS}

# Each sells the items that follow it; the second one is the row that makes an invoice fall on two lines.
_SUPPLIERS: tuple[tuple[str, tuple[str, ...]], ...] = (
	("Cartoleria Ombrello Viola S.r.l.", ("DEMO-CAN", "DEMO-DID")),
	("Voci Lontane Interpreti S.c.", ("DEMO-INT", "DEMO-TRD")),
	("Mobilità Libellula S.p.A.", ("DEMO-TRA", "DEMO-MIS")),
	("Libreria Matita Tonda S.n.c.", ("DEMO-DID", "DEMO-CAN")),
	("Ingrosso Valigia Buona S.r.l.", ("DEMO-KIT", "DEMO-VES")),
	("Farmacia Camomilla Bianca", ("DEMO-SAN", "DEMO-KIT")),
	("Magazzini Sciarpa Corta S.r.l.", ("DEMO-VES", "DEMO-SPO")),
	("Luce e Filo Energia S.p.A.", ("DEMO-UTE",)),
	("Immobiliare Cortile Largo S.r.l.", ("DEMO-AFF", "DEMO-UTE")),
	("Scuola Parole in Tasca S.c.s.", ("DEMO-COR", "DEMO-DID")),
	("Studio Supervisione Pontile", ("DEMO-SUP", "DEMO-DOC")),
	("Formazione Alveare S.r.l.", ("DEMO-DOC", "DEMO-SAL")),
	("Sport Tartufo A.S.D.", ("DEMO-SPO",)),
	("Tipografia Foglio Tenue S.r.l.", ("DEMO-COM", "DEMO-CAN")),
	("Informatica Bottone Blu S.r.l.", ("DEMO-INF", "DEMO-SOF")),
	("Software Quaderno S.r.l.", ("DEMO-SOF",)),
	("Agenzia Viaggi Mulattiera S.n.c.", ("DEMO-MIS", "DEMO-TRA")),
	("Revisione Lume Chiaro S.s.", ("DEMO-REV",)),
)

_INVOICES_OF = {"ROMA-MSNA": 46, "CARE": 16, "INCONTRO": 12, "CORE": 9, "CHILDCARE": 9, "ANTARES": 8}


def _suppliers() -> Iterator[DemoSupplier]:
	for serial, (name, items) in enumerate(_SUPPLIERS, start=1):
		yield DemoSupplier(name, vat_number(serial * 37), items[0])


def _invoices(
	lines: Sequence[DemoLine], suppliers: Sequence[DemoSupplier], today: date, dice: Random
) -> Iterator[DemoInvoice]:
	line_of = {(line.project, line.title): line.name for line in lines}
	items_of = dict(_SUPPLIERS)
	names = [supplier.name for supplier in suppliers]
	counters: dict[str, int] = {}
	number = 0
	for code, count in _INVOICES_OF.items():
		entry = project(code)
		first, last = year_of(entry, today)
		before: DemoInvoice | None = None
		for place in range(count):
			number += 1
			mistake = _mistake_of(code, place)
			name = names[(place + (0 if code == "ROMA-MSNA" else number)) % len(names)]
			if code == "CARE" and place % 4 == 1:  # public transport, so that its tight line overruns
				name = names[2]
			counters[name] = counters.get(name, dice.randrange(3, 60)) + dice.randrange(1, 9)
			document = first + timedelta(days=(last - first).days * place // count + dice.randrange(0, 5))
			registered = min(document + timedelta(days=dice.randrange(2, 21)), today)
			if mistake == "late-paper":
				registered = min(document + timedelta(days=120 + place), today)
			elif mistake == "near-window":
				document = entry.end
				registered = document + timedelta(days=9)
			elif mistake == "outside-window":
				document = entry.end + timedelta(days=4)
				registered = document + timedelta(days=3)
			rows = []
			for item_code in items_of[name][: 2 if place % 5 == 2 else 1]:
				item = _ITEM_OF[item_code]
				line = line_of[code, item.line_title]
				if mistake == "wrong-line":
					right = item.account != "supplies"
					line = line_of[code, "Cancelleria e stampati" if right else "Vestiario"]
				elif mistake == "untagged":
					line = ""
				amount = money(Decimal(dice.randrange(item.least * 100, item.most * 100 + 1)) / 100)
				rows.append(DemoInvoiceRow(item.code, item.name, amount, line))
			due = registered + timedelta(days=30)
			invoice = DemoInvoice(
				code=f"DEMO-FT-{number:03d}",
				supplier=name,
				number=str(counters[name]) if number % 3 else f"{counters[name]}/A",
				document_date=document,
				registered_on=registered,
				project=code,
				rows=tuple(rows),
				cup="" if mistake == "missing-cup" else entry.cup,
				cig="" if mistake == "missing-cup" else entry.cig,
				mistake=mistake,
				paid_on=due if due <= today and number % 4 else None,
			)
			if mistake == "duplicate-number" and before:
				# The same paper came twice, by mail and from the exchange system: it was booked twice and paid once.
				again = min(before.registered_on + timedelta(days=9), today)
				invoice = replace(
					before, code=invoice.code, mistake=mistake, registered_on=again, paid_on=None
				)
			before = invoice
			yield invoice


def _mistake_of(code: str, place: int) -> str:
	"""What is wrong with the invoice of this project and place in its list; mostly nothing."""
	planted = {
		"ROMA-MSNA": {
			4: "untagged",
			7: "wrong-line",
			9: "late-paper",
			13: "untagged",
			16: "duplicate-number",
			19: "untagged",
			22: "wrong-line",
			25: "late-paper",
			28: "untagged",
			34: "duplicate-number",
			37: "untagged",
			41: "untagged",
		},
		"CARE": {
			2: "missing-cup",
			4: "late-paper",
			6: "missing-cup",
			8: "untagged",
			10: "missing-cup",
			12: "missing-cup",
			14: "near-window",
			15: "outside-window",
		},
		"INCONTRO": {3: "untagged", 6: "wrong-line", 9: "late-paper", 11: "near-window"},
		"CORE": {4: "untagged", 8: "outside-window"},
		"CHILDCARE": {3: "untagged", 6: "untagged"},
		"ANTARES": {5: "untagged"},
	}
	return planted.get(code, {}).get(place, "")


def _entries(lines: Sequence[DemoLine], today: date, dice: Random) -> Iterator[DemoEntry]:
	"""Twenty: staff costs by month, pocket money in cash, indirect costs, and two corrections of a wrong line."""
	line_of = {(line.project, line.title): line.name for line in lines}
	staff = [row for row in _LINE_TEMPLATE if row[0] == "A"]
	number = 0

	def entry(posted: date, code: str, remark: str, rows: Sequence[DemoEntryRow], against: str) -> DemoEntry:
		nonlocal number
		number += 1
		return DemoEntry(f"DEMO-PN-{number:03d}", posted, code, remark, tuple(rows), against)

	for code, months in (
		("ROMA-MSNA", 6),
		("CARE", 2),
		("INCONTRO", 2),
		("CORE", 1),
		("CHILDCARE", 1),
		("ANTARES", 1),
	):
		first, last = year_of(project(code), today)
		for back in range(months, 0, -1):
			posted = max(first, _month_end(last, back))
			rows = [
				DemoEntryRow(
					"staff", money(Decimal(dice.randrange(40, 120)) * Decimal(cost)), line_of[code, title]
				)
				for __, title, __, __, cost in staff[back % 3 : 13 : 3]
			]
			if back == 2:  # somebody of the staff whose cost nobody imputed yet
				rows.append(DemoEntryRow("staff", money(Decimal(dice.randrange(20, 40)) * Decimal("18.40"))))
			yield entry(posted, code, f"Costo del personale {posted:%m/%Y}", rows, "Payroll")
	first, last = year_of(project("ROMA-MSNA"), today)
	for back in (5, 3, 1):
		posted = max(first, _month_end(last, back))
		amount = Decimal(45 * dice.randrange(12, 20))
		rows = [DemoEntryRow("beneficiaries", money(amount), line_of["ROMA-MSNA", "Pocket money"])]
		yield entry(posted, "ROMA-MSNA", f"Pocket money {posted:%m/%Y}", rows, "Cash")
	for code in ("CARE", "INCONTRO"):
		posted = year_of(project(code), today)[1]
		# No line: the flat rate covers them, and nothing is imputed to it.
		rows = [DemoEntryRow("overheads", money(Decimal(dice.randrange(90000, 180000)) / 100))]
		yield entry(posted, code, "Quota di costi indiretti", rows, "Bank")
	for code, wrong, right in (
		("ROMA-MSNA", "Cancelleria e stampati", "Vestiario"),
		("INCONTRO", "Vestiario", "Materiale didattico"),
	):
		posted = year_of(project(code), today)[1]
		amount = money(Decimal(dice.randrange(3000, 7000)) / 100)
		rows = [
			DemoEntryRow("supplies", amount, line_of[code, right]),
			DemoEntryRow("supplies", -amount, line_of[code, wrong]),
		]
		yield entry(posted, code, "Storno: costo spostato sulla voce giusta", rows, "")


def _month_end(day: date, months_back: int) -> date:
	return _add_months(day, -months_back + 1).replace(day=1) - timedelta(days=1)


# --- timesheets ---------------------------------------------------------------------------------------------------

ACTIVITIES: tuple[str, ...] = ("Presa in carico", "Coordinamento", "Formazione", "Rendicontazione")
_SHEET_MONTHS = 5


def _timesheets(today: date, dice: Random) -> Iterator[DemoTimesheet]:
	"""The last five full months of the Roma year, one sheet a month for each of the staff."""
	last = year_of(project("ROMA-MSNA"), today)[1]
	off = {day for day, __ in holidays_of(last.year - 1, last.year)}
	antares = project("ANTARES")
	number = 0
	for back in range(_SHEET_MONTHS, 0, -1):
		end = _month_end(last, back)
		days = [
			day
			for day in (end.replace(day=1) + timedelta(days=step) for step in range(end.day))
			if day.weekday() < 5 and day not in off
		]
		for employee in EMPLOYEES:
			number += 1
			logs = []
			for day in sorted(dice.sample(days, 8)):
				activity = (
					ACTIVITIES[3] if employee.user == "funding_officer" else dice.choice(ACTIVITIES[:3])
				)
				hours = Decimal(dice.randrange(6, 15)) / 2
				on_antares = antares.start <= day <= antares.end and dice.random() < 0.2
				logs.append((_at(day, 9), hours, activity, "ANTARES" if on_antares else "ROMA-MSNA"))
			if number == HOLIDAY_SHEET:
				# Hours on the first Sunday of the month: nobody worked, somebody wrote.
				sunday = next(
					day
					for day in (end.replace(day=1) + timedelta(days=step) for step in range(7))
					if day.weekday() == 6
				)
				logs.append((_at(sunday, 9), Decimal(4), ACTIVITIES[0], "ROMA-MSNA"))
			yield DemoTimesheet(f"DEMO-TS-{number:03d}", employee.user, tuple(sorted(logs)))


HOLIDAY_SHEET = 19
"""Number of the timesheet with hours on a Sunday."""

# --- interventions ------------------------------------------------------------------------------------------------

STAFF_LINES: dict[str, str] = {
	"coordinator": "Coordinamento del progetto",
	"social_worker": "Assistente sociale, sede principale",
	"social_worker_2": "Assistente sociale, territorio",
	"psychologist": "Psicologa",
	"educator": "Educatrice professionale",
	"mediator": "Mediazione culturale, area araba",
}
"""Title of the budget line that a person's hours with cases are charged to, in each project they are assigned to."""

STAFF_PROJECTS: tuple[str, ...] = ("ROMA-MSNA", "ANTARES")


def annual_cost_of(user: str) -> Decimal:
	"""Euro a year that make this person's hour cost what their budget line was planned with."""
	cost = next(row[4] for row in _LINE_TEMPLATE if row[1] == STAFF_LINES[user])
	return money(Decimal(cost) * 1720)


_KINDS_OF: dict[str, tuple[str, ...]] = {
	"social_worker": ("Orientation to Services", "Civic Orientation", "Legal Support", "Accompaniment"),
	"social_worker_2": ("Orientation to Services", "Civic Orientation", "Legal Support", "Parenting Support"),
	"psychologist": ("Psychological Support", "Parenting Support", "Ethno-clinical Consultation"),
	"educator": ("Individual Education", "Language Course", "Leisure and Sport", "Vocational Training"),
	"mediator": ("Cultural Mediation", "Accompaniment", "Health Care"),
}
"""Who works with cases, and how."""

_CARE_ROLE = {
	"social_worker": "Social Worker",
	"social_worker_2": "Social Worker",
	"psychologist": "Psychologist",
	"educator": "Educator",
	"mediator": "Cultural Mediator",
}
_GROUP_OF = {
	"educator": ("Italiano e città", "Group Education"),
	"mediator": ("Diritti e doveri", "Civic Orientation"),
}
_BLOCKS = (Decimal("1"), Decimal("1.5"), Decimal("2"), Decimal("2.5"))
_GROUP_HOURS = Decimal(2)
_OFFICE = {"coordinator": ACTIVITIES[1], "training_secretary": ACTIVITIES[2]}


def _groups(cases: Sequence[DemoCase], assignments: Sequence[DemoAssignment]) -> Iterator[DemoGroup]:
	"""One of the educator, one of the mediator: up to eight of the cases they follow."""
	projects = {case.code: case.project for case in cases}
	for user, (title, kind) in _GROUP_OF.items():
		members = [
			(row.case, row.from_date, row.to_date)
			for row in assignments
			if row.user == user and projects[row.case] == "ROMA-MSNA"
		]
		yield DemoGroup(title, user, kind, "ROMA-MSNA", tuple(members[:8]))


def _services(
	worked: Sequence[DemoTimesheet],
	groups: Sequence[DemoGroup],
	cases: Sequence[DemoCase],
	assignments: Sequence[DemoAssignment],
	today: date,
	dice: Random,
) -> tuple[tuple[DemoTimesheet, ...], tuple[DemoIntervention, ...]]:
	"""Each month's hours divided: what was given to cases are interventions, the rest stays typed in the sheet.

	Who coordinates, trains or keeps the accounts has no interventions. In each sheet some hours of training stay.
	"""
	projects = {case.code: case.project for case in cases}
	followed: dict[str, list[DemoAssignment]] = {}
	for row in assignments:
		# Who handed a case over may not write about it any more, and the demo writes as them.
		if _CARE_ROLE.get(row.user) == row.care_role and row.reason != "Passaggio di consegne":
			followed.setdefault(row.user, []).append(row)
	group_of = {group.user: group for group in groups}
	busy = {(sheet.user, start.date()) for sheet in worked for start, *__ in sheet.logs}
	made: list[DemoIntervention] = []
	sheets: list[DemoTimesheet] = []
	for sheet in worked:
		typed = []
		met: set[int] = set()
		for start, hours, activity, code in sheet.logs:
			planted = start.weekday() == 6
			served = activity in ACTIVITIES[:2] and sheet.user in _KINDS_OF and not planted
			mine = [
				row
				for row in followed.get(sheet.user, ())
				if projects[row.case] == code
				and row.from_date <= start.date()
				and (not row.to_date or start.date() <= row.to_date)
			]
			# The last day of a sheet without any typed hours is the month's training.
			last = not typed and start == sheet.logs[-1][0]
			if not served or not mine or last:
				typed.append((start, hours, _typed_activity(sheet.user, activity, served), code))
				continue
			week = start.isocalendar()[1]
			group = group_of.get(sheet.user)
			if group and code == group.project and hours >= _GROUP_HOURS and week not in met:
				met.add(week)
				session = _group_session(group, start, busy, dice)
				if session:
					made.append(session)
					start, hours = start + timedelta(hours=float(_GROUP_HOURS)), hours - _GROUP_HOURS
			while hours:
				part = min(dice.choice(_BLOCKS), hours)
				if hours - part == Decimal("0.5"):
					part = hours
				made.append(
					DemoIntervention(
						code="",
						user=sheet.user,
						kind=dice.choice(_KINDS_OF[sheet.user]),
						starts=start,
						hours=part,
						project=code,
						case=dice.choice(mine).case,
						outcome=dice.choice(("Positive", "Positive", "Partly Positive", "To Be Continued")),
					)
				)
				start, hours = start + timedelta(hours=float(part)), hours - part
		sheets.append(replace(sheet, logs=tuple(typed)))
	made.extend(_to_come(followed, today, dice))
	numbered = (replace(row, code=f"DEMO-IV-{number:04d}") for number, row in enumerate(made, start=1))
	return tuple(sheets), tuple(numbered)


def _typed_activity(user: str, activity: str, served: bool) -> str:
	"""What is typed by hand: who has an office has no cases; hours that no case could take were training."""
	if activity == ACTIVITIES[0] and user in _OFFICE:
		return _OFFICE[user]
	return ACTIVITIES[2] if served else activity


def _group_session(
	group: DemoGroup, start: datetime, busy: set[tuple[str, date]], dice: Random
) -> DemoIntervention | None:
	"""Two hours with who belonged to the group that day, and the mediator with the educator's when they are free."""
	there = [
		case
		for case, from_date, to_date in group.members
		if from_date <= start.date() and (not to_date or start.date() <= to_date)
	]
	if len(there) < 2:
		return None
	helps = group.user == "educator" and ("mediator", start.date()) not in busy and dice.random() < 0.3
	return DemoIntervention(
		code="",
		user=group.user,
		kind=group.kind,
		starts=start,
		hours=_GROUP_HOURS,
		project=group.project,
		group=group.title,
		attendance=tuple(
			(case, dice.choice(("Present", "Present", "Present", "Present", "Absent", "Excused")))
			for case in there
		),
		second=("mediator", Decimal("1.5")) if helps else None,
	)


def _to_come(
	followed: Mapping[str, Sequence[DemoAssignment]], today: date, dice: Random
) -> Iterator[DemoIntervention]:
	"""What is planned for the next days, an hour a day for each of the team; nothing of it is in a timesheet."""
	for user, kinds in _KINDS_OF.items():
		open_cases = [row.case for row in followed.get(user, ()) if not row.to_date]
		for ahead in range(1, 11) if open_cases else ():
			day = today + timedelta(days=ahead)
			if day.weekday() < 5:
				yield DemoIntervention(
					code="",
					user=user,
					kind=dice.choice(kinds),
					starts=_at(day, 10 + ahead % 3),
					hours=Decimal(1),
					project="",
					case=dice.choice(open_cases),
					status="Planned",
				)


# --- the planted mistakes -----------------------------------------------------------------------------------------

_MISTAKE_NOTES: dict[str, str] = {
	"wrong-line": "tagged with a line it does not belong on",
	"late-paper": "registered months after the day of the document",
	"missing-cup": "the project has a CUP and the document does not show it",
	"duplicate-number": "the same supplier and number as the invoice before it",
	"near-window": "dated the last day of the project, registered after it",
	"outside-window": "dated after the last day of the project: the desk refuses its line, so it is booked without",
	"untagged": "booked without a budget line",
}


def _mistakes(invoices: Sequence[DemoInvoice], timesheets: Sequence[DemoTimesheet]) -> Iterator[Mistake]:
	for invoice in invoices:
		if invoice.mistake:
			yield Mistake(invoice.code, invoice.mistake, _MISTAKE_NOTES[invoice.mistake])
	for code, line in TIGHT_LINES:
		yield Mistake(f"{code}-{line}", "over-budget", "the year's invoices go over the planned amount")
	yield Mistake(timesheets[HOLIDAY_SHEET - 1].code, "holiday-hours", "hours on a Sunday")


# --- the same data for the offline command ------------------------------------------------------------------------

ACTS: dict[str, tuple[str, str]] = {
	"art_403_placed_at": ("Art. 403 Placement", "Municipality"),
	"validation_403_requested_at": ("Art. 403 Validation Request", "Prosecutor at the Juvenile Court"),
	"validation_403_decided_at": ("Art. 403 Validation", "Juvenile Court"),
	"hearing_403_held_at": ("Art. 403 Hearing", "Juvenile Court"),
	"decision_403_at": ("Art. 403 Decision", "Juvenile Court"),
	"age_assessment_ordered_on": ("Age Assessment Ordered", "Juvenile Court"),
	"age_assessment_concluded_at": ("Age Assessment Concluded", "Juvenile Court"),
}
"""Facts of a case that are a Court Act of their own: its type and the authority, in the order they come in."""

REPORT_403 = "report_403_sent_at"
"""The fact that is a Protection Report: when it went to the prosecutor."""

FACT_OF_FIELD: dict[str, str] = {
	"reception_entry": "reception_entry",
	"art_403_placed_at": "placement_403",
	"report_403_sent_at": "report_403_sent",
	"validation_403_requested_at": "validation_403_requested",
	"validation_403_decided_at": "validation_403_decided",
	"hearing_403_held_at": "hearing_403_held",
	"decision_403_at": "decision_403",
	"census_done_on": "census_recorded",
	"interview_on": "interview_done",
	"identification_concluded_on": "identification_concluded",
	"age_assessment_ordered_on": "age_assessment_ordered",
	"age_assessment_concluded_at": "age_assessment_concluded",
	"family_search_reported_on": "family_search_reported",
	"second_reception_on": "first_reception_exit",
	"guardian_appointed_on": "guardian_appointed",
	"majority_plan_made_on": "majority_plan_made",
	"continued_care_requested_on": "continued_care_requested",
	"permit_conversion_prepared_on": "permit_conversion_prepared",
}
"""Facts of a case as they are named here, and as the deadline rules name them; a test on the site compares them with
Case File and with the acts."""

# Facts that have a column in the register workbook.
_REGISTER_FACTS = (
	"reception_entry",
	"art_403_placed_at",
	"census_done_on",
	"interview_on",
	"age_assessment_ordered_on",
	"guardian_appointed_on",
	"second_reception_on",
	"prosieguo_until",
	"missing_since",
)
_REGISTER_TEXTS = (
	"framework_project",
	"origin_and_family",
	"schooling",
	"work_experience",
	"language_level",
	"migration_expectations",
	"psychosocial_needs",
	"vulnerability_level",
	"permit_type",
	"asylum_requested",
	"regularisation_path",
	"minor_wishes",
	"minor_agrees",
	"voice_language",
	"voice_mediator_present",
)
_REGISTER_OBJECTIVES = 3


def register_rows(today: date) -> dict[str, list[dict[str, object]]]:
	"""The demo as rows of the register workbook: by sheet key, stored values by column key."""
	data = build(today)
	return {
		"minors": [_minor_row(case) for case in data.cases],
		"pei": [_plan_row(plan) for plan in data.plans],
		"referrals": [
			{
				"register_code": referral.code,
				"minor": referral.case,
				"to_organisation": referral.organisation,
				"service_requested": referral.service,
				"urgency": referral.urgency,
				"age_band": referral.age_band,
				"language_needed": referral.language,
				"shared_information": referral.shared,
				"legal_basis": referral.legal_basis,
				"answer_due_on": referral.answer_due_on,
			}
			for referral in data.referrals
		],
		"sessions": [
			{
				"register_code": session.code,
				"title": session.title,
				"training_area": str(session.area),
				"project": session.project,
				"held_on": session.held_on,
				"start_time": session.start_time,
				"hours": session.hours,
				"status": session.status,
				"place": session.place,
				"trainer": session.trainer,
				"approach": session.approach,
				"attendance": [
					(name, profession)
					for name, profession, __, __, present, __ in session.attendance
					if present
				],
			}
			for session in data.sessions
		],
		"budget_lines": [
			{
				"register_code": line.register_code,
				"funded_project": line.project,
				"line_code": line.line_code,
				"title": line.title,
				"chapter": line.chapter,
				"partner": line.partner,
				"cost_method": line.cost_method,
				"unit": line.unit or None,
				"quantity": line.quantity or None,
				"unit_cost": line.unit_cost or None,
				"amount": line.amount,
			}
			for line in data.lines
		],
	}


def deadline_facts(today: date) -> list[tuple[str, dict[str, date | datetime]]]:
	"""For each case its code and the facts that the deadline rules start from or are closed by."""
	data = build(today)
	plans: dict[str, list[DemoPlan]] = {}
	for plan in data.plans:
		plans.setdefault(plan.case, []).append(plan)
	found = []
	for case in data.cases:
		facts: dict[str, date | datetime] = {
			FACT_OF_FIELD[name]: moment for name, moment in case.facts.items() if name in FACT_OF_FIELD
		}
		if case.birth_date:
			facts["birth_date"] = case.birth_date
			facts["majority_reached"] = reaches_age(case.birth_date, 18)
		entry = facts.get("reception_entry")
		if entry:
			facts["placed"] = entry
			if case.birth_date:
				facts["placed_of_school_age"] = max(entry.date(), reaches_age(case.birth_date, 6))
		own = plans.get(case.code, [])
		if own:
			facts["pei_drafted"] = own[0].drafted_on
		if own and own[-1].state == "Concluded" and case.closed_on:
			facts["pei_closed"] = case.closed_on
		signed = [plan.signed_on for plan in own if plan.signed_on]
		if signed:
			facts["pei_signed"] = signed[-1]
		found.append((case.code, facts))
	return found


def _minor_row(case: DemoCase) -> dict[str, object]:
	return {
		"register_code": case.code,
		"given_name": case.given_name,
		"family_name": case.family_name or None,
		"sex": case.sex,
		"birth_date": case.birth_date,
		"birth_date_certainty": case.birth_certainty,
		"nationality": case.country.name,
		"birth_country": case.country.name,
		"languages": case.country.language,
		"arrival_date": case.arrival_date,
		"fiscal_code": case.fiscal_code or None,
		"beneficiary_type": case.kind,
		"project": case.project or None,
		"living_arrangement": case.living,
		"facility": case.facility or None,
		"reported_on": case.reported_on,
		**{name: case.facts[name] for name in _REGISTER_FACTS if name in case.facts},
		"victim_status": case.victim_status or None,
		"emersion_channel": case.channel,
		"closed_on": case.closed_on,
		"closure_reason": case.closure_reason or None,
	}


def _plan_row(plan: DemoPlan) -> dict[str, object]:
	row: dict[str, object] = {
		"register_code": plan.code,
		"minor": plan.case,
		"drafted_on": plan.drafted_on,
		"review_due_on": plan.review_due_on,
		**{name: plan.texts.get(name) for name in _REGISTER_TEXTS if plan.texts.get(name) not in (None, "")},
	}
	for number, objective in enumerate(plan.objectives[:_REGISTER_OBJECTIVES], start=1):
		row[f"area_{number}"] = objective["area"]
		row[f"objective_{number}"] = objective["objective"]
		row[f"due_{number}"] = objective["due_on"]
	return row
