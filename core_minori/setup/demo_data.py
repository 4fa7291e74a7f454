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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random

from holidays import country_holidays
from stdnum import luhn
from stdnum.it import codicefiscale

from core_minori.engine.money import ZERO, money, percent_of

SEED = 2961
EARLIEST_DAY = date(2024, 9, 1)
"""The demo tells of the last year; before this day the youngest project had not run for one."""

DEMO_PASSWORD = "Demo-NonPerDatiVeri-1"
"""One password for all demo logins, plainly not one for real data."""


# --- people who log in, and who work ------------------------------------------------------------------------------


@dataclass(frozen=True)
class DemoUser:
	"""A login: `key` names it in the rest of the data; `workspace` is where it lands."""

	key: str
	email: str
	given_name: str
	family_name: str
	roles: tuple[str, ...]
	workspace: str
	gender: str = "Female"


USERS: tuple[DemoUser, ...] = (
	DemoUser("coordinator", "coordinamento@example.test", "Ada", "Vordani", ("Case Coordinator",), "Minors"),
	DemoUser(
		"social_worker", "assistente.sociale@example.test", "Bice", "Telmori", ("Social Worker",), "Minors"
	),
	DemoUser(
		"social_worker_2",
		"assistente.sociale2@example.test",
		"Clio",
		"Sarvetti",
		("Social Worker",),
		"Minors",
	),
	DemoUser("psychologist", "psicologa@example.test", "Dora", "Brunalti", ("Psychologist",), "Minors"),
	DemoUser("educator", "educatrice@example.test", "Enza", "Mardovi", ("Educator",), "Minors"),
	DemoUser(
		"mediator", "mediatore@example.test", "Samu", "Dekalani", ("Cultural Mediator",), "Minors", "Male"
	),
	DemoUser(
		"unit_manager",
		"responsabile.uo@example.test",
		"Fosca",
		"Tersilani",
		("Protection Unit Manager",),
		"Minors",
	),
	DemoUser(
		"facility_contact",
		"referente.struttura@example.test",
		"Gino",
		"Lomardi",
		("Facility Contact",),
		"Minors",
		"Male",
	),
	DemoUser(
		"partner_health", "partner.salute@example.test", "Ines", "Corvalli", ("Network Partner",), "Network"
	),
	DemoUser(
		"partner_school",
		"partner.scuola@example.test",
		"Leo",
		"Pastrini",
		("Network Partner",),
		"Network",
		"Male",
	),
	DemoUser(
		"funding_officer",
		"amministrazione@example.test",
		"Mina",
		"Rovelanti",
		("Funding Officer", "Accounts User", "Accounts Manager", "Projects User", "Purchase User"),
		"Funding",
	),
	DemoUser(
		"training_secretary",
		"formazione@example.test",
		"Nives",
		"Galdori",
		("Training Secretary",),
		"Training",
	),
	DemoUser("evaluator", "valutazione@example.test", "Otto", "Sivestri", ("Evaluator",), "Training", "Male"),
	DemoUser(
		"protection_officer",
		"dpo@example.test",
		"Pia",
		"Montesardi",
		("Data Protection Officer",),
		"Governance",
	),
	DemoUser(
		"administrator",
		"amministratore@example.test",
		"Rino",
		"Fabrelli",
		("System Manager",),
		"Governance",
		"Male",
	),
)


@dataclass(frozen=True)
class DemoEmployee:
	"""A member of the staff: ERPNext Employee, linked to the login `user`."""

	user: str
	designation: str
	profession: str
	born: date
	joined: date
	hourly_cost: Decimal


EMPLOYEES: tuple[DemoEmployee, ...] = (
	DemoEmployee(
		"coordinator", "Coordinatrice", "Social Worker", date(1979, 4, 3), date(2019, 9, 2), Decimal("26.40")
	),
	DemoEmployee(
		"social_worker",
		"Assistente sociale",
		"Social Worker",
		date(1988, 11, 21),
		date(2020, 2, 3),
		Decimal("21.80"),
	),
	DemoEmployee(
		"social_worker_2",
		"Assistente sociale",
		"Social Worker",
		date(1992, 6, 9),
		date(2021, 1, 11),
		Decimal("21.10"),
	),
	DemoEmployee(
		"psychologist", "Psicologa", "Psychologist", date(1984, 1, 30), date(2020, 3, 12), Decimal("25.20")
	),
	DemoEmployee("educator", "Educatrice", "Educator", date(1990, 8, 17), date(2020, 9, 1), Decimal("19.60")),
	DemoEmployee(
		"mediator",
		"Mediatore culturale",
		"Cultural Mediator",
		date(1986, 3, 5),
		date(2021, 2, 1),
		Decimal("18.90"),
	),
	DemoEmployee(
		"funding_officer",
		"Rendicontazione",
		"Administrative",
		date(1981, 12, 12),
		date(2019, 1, 7),
		Decimal("22.10"),
	),
	DemoEmployee(
		"training_secretary",
		"Segreteria formazione",
		"Administrative",
		date(1994, 5, 26),
		date(2021, 3, 1),
		Decimal("18.40"),
	),
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
FAMILY_FUND = "Family Policy Fund"

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
_SYLLABLES: dict[str, tuple[Sequence[str], ...]] = {
	_ARABIC: (
		("Ka", "Na", "Wa", "Ta", "Sha", "Ha", "Ya"),
		("re", "di", "lu", "ha", "zi"),
		("m", "ef", "d", "l"),
		("ma", "ya", "ra", "na"),
		("El Ba", "El Ga", "Ben Ta", "Bu", "Che", "Mah"),
		("rouzi", "lamri", "zoudi", "drawi", "kessi"),
	),
	_BENGAL: (
		("Ra", "Shu", "Mi", "Ja", "To"),
		("bi", "fi", "lo", "ma"),
		("r", "ul", "n"),
		("na", "tha", "ti"),
		("Cho", "Mia", "Bara", "Ta"),
		("dari", "lukder", "zumder", "rafdar"),
	),
	_ASIA: (
		("Za", "Fa", "Na", "Gu", "Wa"),
		("hi", "ri", "si", "mi"),
		("r", "d", "b"),
		("ra", "na", "la"),
		("Ah", "Yu", "Sha", "Ra"),
		("mandi", "sufwal", "rinzai", "hilkhel"),
	),
	_WEST: (
		("La", "Ma", "Ou", "Sa", "Mo", "Bou"),
		("mi", "du", "li", "ka"),
		("ne", "bu", "ko"),
		("ta", "ssa", "tou"),
		("Ce", "Jal", "Ka", "So", "Dem", "Tou"),
		("esay", "lomara", "wolare", "bakha", "nneh"),
	),
	_HORN: (
		("A", "Ye", "Fi", "Da"),
		("bdi", "ha", "lmo", "wi"),
		("le", "ne", "t"),
		("ra", "sha", "wit"),
		("Ha", "Ge", "Wa"),
		("ssime", "bremi", "rsafa"),
	),
	_BALKAN: (
		("Er", "Al", "Gen", "Lu"),
		("i", "ba", "ti"),
		("on", "s", "an"),
		("ela", "ta", "na"),
		("Ho", "Ku", "Be", "Pre"),
		("xhari", "lloshi", "qirani", "ndoji"),
	),
	_SLAVIC: (
		("O", "Da", "Ma", "Yu"),
		("le", "ry", "kse", "ro"),
		("k", "m", "slav"),
		("na", "lia", "ra"),
		("Ko", "Bon", "She", "Li"),
		("valduk", "daryn", "vtenik"),
	),
	_ANDES: (
		("Jo", "Lu", "Ma", "Da"),
		("sue", "ri", "ni"),
		("l", "no", "s"),
		("la", "sa", "na"),
		("Qui", "Hua", "Ma"),
		("spalde", "mandi", "lluri"),
	),
}


@dataclass(frozen=True)
class DemoCase:
	"""One person and one episode of care. `facts` holds the dated fields of Case File that are known by the day.

	`code` is the case's register code and `minor_code` the person's. `plan_stage` says how far the PEI went.
	"""

	code: str
	minor_code: str
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
	register: bool = True

	@property
	def last_day(self) -> date | None:
		"""The day the case ended, None while it goes on."""
		return self.closed_on


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
	"""One month of one person; logs are (start, hours, activity, project)."""

	code: str
	user: str
	logs: tuple[tuple[datetime, Decimal, str, str], ...]


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
	assignments = tuple(_assignments(cases, dice("assignments")))
	plans = tuple(_plans(cases, today, dice("plans")))
	consents, referrals = _consents_and_referrals(cases, today, dice("referrals"))
	suppliers = tuple(_suppliers())
	invoices = tuple(_invoices(lines, suppliers, today, dice("invoices")))
	timesheets = tuple(_timesheets(today, dice("timesheets")))
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
_PROSIEGUO = (26, 28, 29)
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
		yield _unaccompanied(place, code(), today, dice, names)
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
		draft.add("age_assessment_concluded_on", ordered + timedelta(days=dice.randrange(30, 70)))
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
		code=f"DEMO-C-{number}",
		minor_code=f"DEMO-M-{number}",
		given_name=given,
		family_name=family,
		sex=sex,
		birth_date=born,
		birth_certainty=certainty,
		country=country,
		arrival_date=reported - timedelta(days=dice.randrange(0, 60)),
		fiscal_code=fiscal_code(given, family, sex, born, country.place_code) if documented else "",
		kind="Young Adult in Prosieguo" if prosieguo else "Unaccompanied Minor",
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
	if draft.add("hearing_403_held_on", heard):
		draft.add("decision_403_on", heard + timedelta(days=dice.randrange(6, 19)))


@dataclass(frozen=True)
class _Person:
	"""One person of a project's families: kind, age in years, sex, place in the list whose family they belong to."""

	kind: str
	age: int
	sex: str
	family_of: int | None = None


_CHILD, _PARENT, _ADULT = "Minor in a Family", "Parent", "Adult with International Protection"
_OTHERS: dict[str, tuple[tuple[Country, ...], tuple[_Person, ...]]] = {
	"CORE": (
		(NIGERIA, MOROCCO, PERU),
		(
			_Person(_CHILD, 11, "Female"),
			_Person(_CHILD, 14, "Female"),
			_Person(_CHILD, 8, "Male"),
			_Person(_CHILD, 15, "Female"),
			_Person(_CHILD, 6, "Male", 4),
		),
	),
	"INCONTRO": (
		(MOROCCO, ALBANIA, SENEGAL),
		(
			_Person(_PARENT, 36, "Female"),
			_Person(_CHILD, 9, "Male", 0),
			_Person(_CHILD, 13, "Female", 0),
			_Person(_PARENT, 41, "Male"),
			_Person(_CHILD, 12, "Male", 3),
			_Person(_CHILD, 5, "Female", 3),
			_Person(_PARENT, 29, "Female"),
			_Person(_CHILD, 4, "Male", 6),
			_Person(_CHILD, 7, "Female", 6),
		),
	),
	"CARE": (
		(SOMALIA, AFGHANISTAN, ERITREA, SYRIA, MALI),
		(
			_Person(_ADULT, 24, "Female"),
			_Person(_ADULT, 31, "Male"),
			_Person(_ADULT, 27, "Male"),
			_Person(_ADULT, 43, "Female"),
			_Person(_ADULT, 22, "Male"),
		),
	),
	"CHILDCARE": (
		(UKRAINE, ALBANIA, NIGERIA),
		(
			_Person(_CHILD, 10, "Female"),
			_Person(_CHILD, 7, "Male", 0),
			_Person(_CHILD, 12, "Male"),
			_Person(_CHILD, 15, "Female"),
			_Person(_CHILD, 6, "Female", 3),
			_Person(_CHILD, 9, "Male"),
		),
	),
	"ANTARES": (
		(UKRAINE, MOROCCO, BANGLADESH),
		(
			_Person(_PARENT, 38, "Female"),
			_Person(_CHILD, 8, "Female", 0),
			_Person(_CHILD, 11, "Male", 0),
			_Person(_PARENT, 34, "Male"),
			_Person(_CHILD, 6, "Male", 3),
			_Person(_PARENT, 40, "Female"),
			_Person(_CHILD, 14, "Female", 5),
		),
	),
}


def _other_cases(code, today: date, dice: Random, names: _Names) -> Iterator[DemoCase]:
	for name, (countries, people) in _OTHERS.items():
		entry = project(name)
		first, last = year_of(entry, today)
		over = entry.end < today
		made: list[DemoCase] = []
		for place, person in enumerate(people):
			kin = made[person.family_of] if person.family_of is not None else None
			country = kin.country if kin else countries[place % len(countries)]
			given, family = names.person(country, person.sex, kin.family_name if kin else "")
			if kin:
				reported = kin.reported_on
			else:
				# Over the first nine months of the project's year, so that a plan had the time to be made.
				reported = first + timedelta(days=10 + (last - first).days * 3 // 4 * place // len(people))
			# In whole months: an age must hold on the day of the report whatever the day of the demo.
			born = _add_months(reported, -person.age * 12 - 1 - dice.randrange(10))
			draft = _Draft(today)
			draft.add("interview_on", _at(reported + timedelta(days=3 + place % 9), 15))
			closed = last - timedelta(days=dice.randrange(5, 28)) if over else None
			number = code()
			case = DemoCase(
				code=f"DEMO-C-{number}",
				minor_code=f"DEMO-M-{number}",
				given_name=given,
				family_name=family,
				sex=person.sex,
				birth_date=born,
				birth_certainty="Documented",
				country=country,
				arrival_date=reported - timedelta(days=dice.randrange(200, 1500)) if person.age > 8 else None,
				fiscal_code=fiscal_code(given, family, person.sex, born, country.place_code)
				if place % 3 != 2
				else "",
				kind=person.kind,
				project=name,
				reported_on=reported,
				living="Independent" if person.kind == _ADULT else "Family",
				facility="",
				family_of=kin.code if kin else "",
				channel=("School", "Health Service", "Social Service", "Family", "Court")[place % 5],
				victim_status="No Sign"
				if person.kind == _PARENT
				else ("Victim", "Potential Victim", "No Sign")[place % 3],
				social_worker="social_worker" if place % 3 else "social_worker_2",
				facts=draft.facts,
				closed_on=closed,
				closure_reason="Path Completed" if closed else "",
			)
			made.append(case)
			yield case


def _assignments(cases: Sequence[DemoCase], dice: Random) -> Iterator[DemoAssignment]:
	for place, case in enumerate(cases):
		running = (case.closed_on or date.max) - case.reported_on
		other = "social_worker_2" if case.social_worker == "social_worker" else "social_worker"
		start = case.reported_on
		if place % 8 == 7 and running.days > 60 and place >= len(_FRESH):
			# A handover: the first social worker's assignment ends the day before the second one's begins.
			handed = min(start + timedelta(days=30 + place), case.closed_on or date.max)
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
