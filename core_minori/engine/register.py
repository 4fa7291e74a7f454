"""The register workbook: minors with their cases, PEI, referrals, training sessions and budget lines.

One template, five sheets, one hidden sheet with the lists of the site that made it: so whoever holds the workbook
can check it with no server, by the very rules of the import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from core_minori.engine import sheet_writer
from core_minori.engine.beneficiaries import CHILDREN, OF_AGE, YOUNG_ADULT
from core_minori.engine.budget import line_amount
from core_minori.engine.deadlines import reaches_age
from core_minori.engine.identifiers import check_fiscal_code, check_fiscal_code_matches
from core_minori.engine.message import _
from core_minori.engine.money import money
from core_minori.engine.sheets import (
	Column,
	Kind,
	Known,
	Reading,
	RowCheck,
	Sheet,
	fold,
	hidden_columns,
	holds_sheets,
	read_sheets,
)

MARK = "core_minori register 1"
YES_NO = ((1, "Sì"), (0, "No"))
PEI_OBJECTIVES = 3

MINORS = "minors"
PEI = "pei"
REFERRALS = "referrals"
SESSIONS = "sessions"
BUDGET = "budget_lines"


@dataclass(frozen=True)
class KnownProject:
	"""A funded project: code, title, first and last day, its programme's chapters as (code, title), partners."""

	code: str
	title: str = ""
	starts_on: date | None = None
	ends_on: date | None = None
	chapters: tuple[tuple[str, str], ...] = ()
	partners: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference:
	"""What the site knows and a workbook may name. `existing`: register codes already there, by sheet key."""

	projects: tuple[KnownProject, ...] = ()
	organisations: tuple[str, ...] = ()
	facilities: tuple[str, ...] = ()
	training_areas: tuple[Known, ...] = ()
	countries: tuple[Known, ...] = ()
	existing: Mapping[str, frozenset[str]] = field(default_factory=dict)

	def project(self, code: object) -> KnownProject | None:
		"""The project with this code."""
		return next((project for project in self.projects if project.code == code), None)

	def lists(self) -> dict[str, list[Known]]:
		"""The entries of each drop-down."""
		chapters = {code: title for project in self.projects for code, title in project.chapters}
		return {
			"projects": [Known(project.code) for project in self.projects],
			"organisations": [Known(name) for name in self.organisations],
			"facilities": [Known(name) for name in self.facilities],
			"training_areas": list(self.training_areas),
			"countries": list(self.countries),
			"chapters": [Known(code) for code in sorted(chapters)],
		}


def _fiscal_code(check: RowCheck) -> None:
	code = check.value("fiscal_code")
	check.finding("fiscal_code", check_fiscal_code(code, check.today))
	if check.sound("fiscal_code", "birth_date", "sex"):
		check.finding(
			"fiscal_code",
			check_fiscal_code_matches(code, check.value("birth_date"), check.value("sex"), check.today),
		)


def _age(check: RowCheck) -> None:
	"""The age at the report must be possible for the type of beneficiary."""
	born, reported, kind = (check.value(key) for key in ("birth_date", "reported_on", "beneficiary_type"))
	if not (born and reported and kind) or reported < born:
		return
	of_age = reported >= reaches_age(born, 18)
	if kind in CHILDREN and of_age:
		check.report(
			"birth_date",
			_("This person was 18 or older when the case was reported, and the row says it is a minor."),
			_("Correct the date of birth, or choose another type of beneficiary."),
		)
	elif kind in OF_AGE and not of_age:
		check.report(
			"birth_date",
			_("This person was not yet 18 when the case was reported, and the row says it is an adult."),
			_("Correct the date of birth, or choose another type of beneficiary."),
		)
	elif kind == YOUNG_ADULT and reported >= reaches_age(born, 21):
		check.report(
			"birth_date",
			_("This person was 21 or older when the case was reported: prosieguo ends at 21."),
			_("Correct the date of birth, or choose another type of beneficiary."),
		)


def _prosieguo(check: RowCheck) -> None:
	born, until = check.value("birth_date"), check.value("prosieguo_until")
	if born and until and not reaches_age(born, 18) <= until <= reaches_age(born, 21):
		check.report(
			"prosieguo_until",
			_("Prosieguo runs between the 18th and the 21st birthday, and this date is outside."),
			_("Copy the end date from the order of the court."),
		)


def _place(check: RowCheck) -> None:
	if check.sound("living_arrangement", "facility") and (
		check.value("living_arrangement") == "Facility" and not check.value("facility")
	):
		check.report(
			"facility",
			_("The minor lives in a facility, and the facility is not given."),
			_("Choose the facility, or correct the living arrangement."),
		)


def _closure(check: RowCheck) -> None:
	if not check.sound("closed_on", "closure_reason"):
		return
	if check.value("closed_on") and not check.value("closure_reason"):
		check.report(
			"closure_reason",
			_("The case is closed without a reason."),
			_("Choose the reason, or empty the closing date."),
		)
	elif check.value("closure_reason") and not check.value("closed_on"):
		check.report(
			"closed_on",
			_("There is a reason of closure without a closing date."),
			_("Write the date, or empty the reason."),
		)


def _objectives(check: RowCheck) -> None:
	for number in range(1, PEI_OBJECTIVES + 1):
		area, text = f"area_{number}", f"objective_{number}"
		if not check.sound(area, text):
			continue
		if check.value(text) and not check.value(area):
			check.report(area, _("The objective has no area."), _("Choose the area of the objective."))
		elif not check.value(text) and (check.value(area) or check.value(f"due_{number}")):
			check.report(
				text,
				_("The objective itself is missing."),
				_("Write the objective, or empty its other cells."),
			)


def _session_window(check: RowCheck) -> None:
	project, held = check.context.project(check.value("project")), check.value("held_on")
	if not project or not held or not project.starts_on or not project.ends_on:
		return
	if not project.starts_on <= held <= project.ends_on:
		check.warn(
			"held_on",
			_("The session of {day} is outside project {project}, which runs from {start} to {end}."),
			_("Correct the date, or choose another project: its cost would not be eligible."),
			day=held,
			project=project.code,
			start=project.starts_on,
			end=project.ends_on,
		)


def _not_held_yet(check: RowCheck) -> None:
	held = check.value("held_on")
	if held and held > check.today and check.value("status") in ("Held", "Certified"):
		check.report(
			"held_on",
			_("The session is said to have been held, and {day} is in the future."),
			_("Correct the date, or the status."),
			day=held,
		)


def _people_once(check: RowCheck) -> None:
	names = [fold(name) for name, __ in check.value("attendance") or ()]
	if len(set(names)) < len(names):
		check.report(
			"attendance",
			_("The same person is there twice in the list of people."),
			_("Write each person once."),
		)


def _partner(check: RowCheck) -> None:
	project, partner = check.context.project(check.value("funded_project")), check.value("partner")
	if project and partner and partner not in project.partners:
		check.report(
			"partner",
			_("{partner} is not a partner of project {project}."),
			_("Choose a partner of the project, or add it to the project first."),
			partner=partner,
			project=project.code,
		)


def _chapter(check: RowCheck) -> None:
	project, chapter = check.context.project(check.value("funded_project")), check.value("chapter")
	if not project or not chapter:
		return
	codes = [code for code, __ in project.chapters]
	if fold(chapter) not in map(fold, codes):
		check.report(
			"chapter",
			_("Chapter {chapter} is not in the programme of project {project}."),
			_("Choose one of: {chapters}."),
			chapter=chapter,
			project=project.code,
			chapters=", ".join(codes) or "-",
		)


def _amount_agrees(check: RowCheck) -> None:
	if not check.sound("quantity", "unit_cost", "amount"):
		return
	quantity, unit_cost, amount = (check.value(key) for key in ("quantity", "unit_cost", "amount"))
	if not quantity or not unit_cost:
		return
	product = line_amount(quantity, unit_cost, money(amount))
	if product != amount:
		check.report(
			"amount",
			_("The amount is EUR {amount}, but quantity times unit cost is EUR {product}."),
			_("Correct the amount, or one of the two factors."),
			amount=amount,
			product=product,
		)


def _line_codes(checks: Mapping[str, list[RowCheck]]) -> None:
	"""A project has each line code once: it becomes part of the line's name."""
	first: dict[tuple[object, str], RowCheck] = {}
	for check in checks[BUDGET]:
		project, code = check.value("funded_project"), check.value("line_code")
		if not project or not code or not check.sound("register_code"):
			continue
		earlier = first.setdefault((project, fold(code)), check)
		if earlier is not check:
			check.report(
				"line_code",
				_("Line {code} of project {project} is there twice: in {first} and in {second}."),
				_("Give one of the two lines another code, or delete one of them."),
				code=code,
				project=project,
				first=earlier.cell("line_code"),
				second=check.cell("line_code"),
			)


def _choices(text: str) -> tuple[tuple[object, str], ...]:
	"""Read `stored = label` pairs, one a line."""
	pairs = (line.split("=") for line in text.strip().splitlines())
	return tuple((stored.strip(), label.strip()) for stored, label in pairs)


_SEX = _choices("""
	Male = Maschio
	Female = Femmina
	Other = Altro
	Unknown = Non noto
""")
_CERTAINTY = _choices("""
	Documented = Documentata
	Declared = Dichiarata
	Estimated = Stimata
	Set by the Court = Stabilita dal Tribunale
""")
_BENEFICIARY = _choices("""
	Unaccompanied Minor = Minore straniero non accompagnato
	Minor in a Family = Minore in famiglia
	Parent = Genitore
	Adult with International Protection = Adulto con protezione internazionale
	Young Adult in Prosieguo = Neomaggiorenne in prosieguo
""")
_LIVING = _choices("""
	Facility = Struttura
	Family = Famiglia
	Foster Family = Famiglia affidataria
	Independent = Autonomo
""")
_VICTIM = _choices("""
	No Sign = Nessun segnale
	Potential Victim = Potenziale vittima
	Victim = Vittima
""")
_CHANNEL = _choices("""
	Reception Facility = Struttura di accoglienza
	School = Scuola
	Health Service = Servizio sanitario
	Social Service = Servizio sociale
	Police = Forze dell'ordine
	Court = Tribunale
	Family = Famiglia
	Self = Spontaneo
	Other = Altro
""")
_CLOSURE = _choices("""
	Path Completed = Percorso concluso
	Came of Age = Maggiore età
	Family Reunification = Ricongiungimento familiare
	Transferred = Trasferimento
	Voluntary Departure = Allontanamento volontario
	Other = Altro
""")
_VULNERABILITY = _choices("""
	Low = Basso
	Medium = Medio
	High = Alto
	Very High = Molto alto
""")
_PERMIT = _choices("""
	None = Nessuno
	Minor Age = Minore età
	Family Reasons = Motivi familiari
	Asylum Request = Richiesta asilo
	Refugee Status = Status di rifugiato
	Subsidiary Protection = Protezione sussidiaria
	Special Protection = Protezione speciale
	Integration = Integrazione
	Conversion Requested = Conversione richiesta
""")
_AGREES = _choices("""
	Yes = Sì
	In Part = In parte
	No = No
""")
_AREA = _choices("""
	Health = Salute
	Psychological = Psicologica
	School and Language = Scuola e lingua
	Training and Work = Formazione e lavoro
	Legal = Legale
	Housing and Autonomy = Abitare e autonomia
	Relations and Family = Relazioni e famiglia
	Citizenship = Cittadinanza
	Leisure and Sport = Tempo libero e sport
	Parenting = Genitorialità
""")
_SERVICE = _choices("""
	Social Care = Assistenza sociale
	Psychological Support = Supporto psicologico
	Health Care = Cure sanitarie
	Legal Support = Supporto legale
	Language Course = Corso di lingua
	School = Scuola
	Vocational Training = Formazione professionale
	Work = Lavoro
	Reception = Accoglienza
	Cultural Mediation = Mediazione culturale
	Anti-violence = Antiviolenza
	Parenting Support = Sostegno alla genitorialità
	Other = Altro
""")
_URGENCY = _choices("""
	Normal = Normale
	Urgent = Urgente
	Immediate = Immediata
""")
_AGE_BAND = _choices("""
	0-5 = 0-5 anni
	6-10 = 6-10 anni
	11-13 = 11-13 anni
	14-15 = 14-15 anni
	16-17 = 16-17 anni
	18 and over = 18 anni e oltre
""")
_LEGAL_BASIS = _choices("""
	Consent = Consenso
	Legal Duty = Obbligo di legge
""")
_SESSION_STATUS = _choices("""
	Planned = Programmato
	Confirmed = Confermato
	Held = Svolto
	Certified = Attestato
	Cancelled = Annullato
""")
_APPROACH = _choices("""
	Legal = Giuridico
	Intersectoral = Intersettoriale
	Intercultural = Interculturale
	Psycho-ethno-anthropological = Psico-etno-antropologico
	Methodological = Metodologico
""")
_PROFESSION = _choices("""
	Social Worker = Assistente sociale
	Psychologist = Psicologo
	Educator = Educatore
	Cultural Mediator = Mediatore culturale
	Health Worker = Operatore sanitario
	Teacher = Insegnante
	Reception Worker = Operatore dell'accoglienza
	Lawyer = Avvocato
	Administrative = Amministrativo
	Other = Altro
""")
_COST_METHOD = _choices("""
	Real Cost = Costo reale
	Unit Cost = Costo unitario
	Lump Sum = Somma forfettaria
	Flat Rate = Tasso forfettario
""")
_UNIT = _choices("""
	Hour = Ora
	Day = Giorno
	Month = Mese
	Item = Pezzo
	Person = Persona
	Trip = Viaggio
""")


def _own_code(example: str) -> Column:
	return Column(
		"register_code",
		"Codice",
		Kind.CODE,
		required=True,
		example=example,
		note="Codice di questa riga, diverso da tutti gli altri della scheda. Non deve contenere nomi.",
	)


def _minor_code() -> Column:
	return Column(
		"minor",
		"Codice minore",
		Kind.REFERENCE,
		required=True,
		source=MINORS,
		example="M-0001",
		note="Il codice della scheda Minori, oppure di un minore già presente sul sito.",
	)


def _case(
	key: str, header: str, kind: Kind, required: bool = False, note: str = "", **more: object
) -> Column:
	return Column(key, header, kind, required=required, note=note, target="Case File", **more)


def _objective_columns(number: int) -> tuple[Column, ...]:
	return (
		Column(
			f"area_{number}",
			f"Obiettivo {number}: area",
			Kind.CHOICE,
			choices=_AREA,
			example="Scuola e lingua",
		),
		Column(
			f"objective_{number}",
			f"Obiettivo {number}",
			Kind.LONG_TEXT,
			width=36,
			example="Raggiungere il livello A2 di italiano",
		),
		Column(f"due_{number}", f"Obiettivo {number}: entro il", Kind.DATE, example="30/06/2026"),
	)


SHEETS: tuple[Sheet, ...] = (
	Sheet(
		MINORS,
		"Minori",
		"Minor",
		(
			_own_code("M-0001"),
			Column("given_name", "Nome", Kind.TEXT, required=True, personal=True, example="Amadou"),
			Column("family_name", "Cognome", Kind.TEXT, personal=True, example="Diallo"),
			Column(
				"alias",
				"Altri nomi",
				Kind.TEXT,
				personal=True,
				note="Altri nomi o grafie che si trovano sui documenti.",
			),
			Column("sex", "Sesso", Kind.CHOICE, required=True, choices=_SEX, example="Maschio"),
			Column(
				"birth_date",
				"Data di nascita",
				Kind.DATE,
				past=True,
				personal=True,
				earliest=date(1920, 1, 1),
				example="14/03/2009",
				note="Lasciare vuota se non è nota.",
			),
			Column("birth_date_certainty", "Certezza della data di nascita", Kind.CHOICE, choices=_CERTAINTY),
			Column("nationality", "Cittadinanza", Kind.LISTED, source="countries", example="Guinea"),
			Column("birth_country", "Paese di nascita", Kind.LISTED, source="countries"),
			Column("birth_place", "Luogo di nascita", Kind.TEXT, personal=True),
			Column(
				"languages",
				"Lingue",
				Kind.TEXT,
				example="pular, francese",
				note="La lingua madre per prima.",
			),
			Column("arrival_date", "Arrivo in Italia", Kind.DATE, past=True, example="02/05/2025"),
			Column(
				"fiscal_code",
				"Codice fiscale",
				Kind.TEXT,
				personal=True,
				note="16 caratteri, o 11 cifre se provvisorio. Vuoto se non è ancora stato rilasciato.",
			),
			Column("phone", "Telefono", Kind.TEXT, personal=True),
			_case(
				"beneficiary_type",
				"Tipo di destinatario",
				Kind.CHOICE,
				True,
				choices=_BENEFICIARY,
				example="Minore straniero non accompagnato",
			),
			_case("project", "Progetto", Kind.LISTED, source="projects"),
			_case(
				"living_arrangement", "Collocazione", Kind.CHOICE, True, choices=_LIVING, example="Struttura"
			),
			_case(
				"facility",
				"Struttura",
				Kind.LISTED,
				source="facilities",
				note="Obbligatoria se la collocazione è Struttura.",
				width=28,
			),
			_case("reported_on", "Segnalato il", Kind.DATE, True, past=True, example="03/05/2025"),
			_case(
				"reception_entry",
				"Ingresso in prima accoglienza",
				Kind.MOMENT,
				note="Giorno e ora: da qui partono i termini di legge.",
				past=True,
				example="03/05/2025 18:30",
			),
			Column(
				"art_403_placed_at",
				"Collocamento ex art. 403 c.c.",
				Kind.MOMENT,
				note="Giorno e ora.",
				past=True,
				target="Court Act",
			),
			_case("census_done_on", "Censimento SIM e richiesta tutore", Kind.DATE, past=True),
			_case("interview_on", "Primo colloquio", Kind.MOMENT, past=True),
			Column(
				"age_assessment_ordered_on",
				"Accertamento dell'età disposto il",
				Kind.DATE,
				past=True,
				target="Court Act",
			),
			_case("guardian_appointed_on", "Tutore nominato il", Kind.DATE, past=True),
			_case("second_reception_on", "Ingresso in seconda accoglienza", Kind.DATE, past=True),
			_case("victim_status", "Vittima di violenza", Kind.CHOICE, choices=_VICTIM),
			_case("emersion_channel", "Canale di emersione", Kind.CHOICE, choices=_CHANNEL),
			_case(
				"prosieguo_until",
				"Prosieguo fino al",
				Kind.DATE,
				note="Data fissata dal Tribunale per i minorenni, al più il 21° compleanno.",
			),
			_case("missing_since", "Irreperibile dal", Kind.DATE, past=True),
			_case("closed_on", "Chiuso il", Kind.DATE, past=True),
			_case("closure_reason", "Motivo della chiusura", Kind.CHOICE, choices=_CLOSURE),
		),
		order=(
			("birth_date", "arrival_date"),
			("birth_date", "reported_on"),
			("arrival_date", "reception_entry"),
			("reception_entry", "census_done_on"),
			("reception_entry", "interview_on"),
			("reception_entry", "second_reception_on"),
			("reported_on", "closed_on"),
			("reception_entry", "missing_since"),
			("reception_entry", "closed_on"),
		),
		rules=(_fiscal_code, _age, _prosieguo, _place, _closure),
	),
	Sheet(
		PEI,
		"PEI",
		"PEI",
		(
			_own_code("PEI-0001"),
			_minor_code(),
			Column("drafted_on", "Redatto il", Kind.DATE, required=True, past=True, example="20/05/2025"),
			Column("review_due_on", "Prossima verifica", Kind.DATE, example="20/11/2025"),
			Column(
				"framework_project",
				"Progetto quadro",
				Kind.TEXT,
				note="Riferimento del progetto quadro del servizio sociale, se c'è.",
			),
			Column("origin_and_family", "Origine e famiglia", Kind.LONG_TEXT, personal=True, width=36),
			Column("schooling", "Scolarità", Kind.LONG_TEXT, personal=True, width=28),
			Column("work_experience", "Esperienze di lavoro", Kind.LONG_TEXT, personal=True, width=28),
			Column("language_level", "Lingue e livello", Kind.LONG_TEXT, width=28),
			Column("migration_expectations", "Aspettative", Kind.LONG_TEXT, personal=True, width=28),
			Column(
				"psychosocial_needs",
				"Bisogni di cui tenere conto",
				Kind.LONG_TEXT,
				personal=True,
				width=28,
				note="Solo ciò che l'équipe deve sapere: diagnosi e relazioni non vanno in questo file.",
			),
			Column("vulnerability_level", "Livello di vulnerabilità", Kind.CHOICE, choices=_VULNERABILITY),
			Column("permit_type", "Permesso di soggiorno", Kind.CHOICE, choices=_PERMIT),
			Column("asylum_requested", "Asilo richiesto", Kind.CHOICE, choices=YES_NO),
			Column("regularisation_path", "Percorso di regolarizzazione", Kind.LONG_TEXT, width=28),
			*(column for number in range(1, PEI_OBJECTIVES + 1) for column in _objective_columns(number)),
			Column("minor_wishes", "Desideri e opinione del minore", Kind.LONG_TEXT, personal=True, width=36),
			Column("minor_agrees", "Il minore è d'accordo", Kind.CHOICE, choices=_AGREES),
			Column("voice_language", "Lingua usata", Kind.TEXT),
			Column("voice_mediator_present", "Mediatore presente", Kind.CHOICE, choices=YES_NO),
		),
		order=(
			("drafted_on", "review_due_on"),
			*((("drafted_on", f"due_{number}")) for number in range(1, PEI_OBJECTIVES + 1)),
		),
		rules=(_objectives,),
	),
	Sheet(
		REFERRALS,
		"Invii",
		"Referral",
		(
			_own_code("INV-0001"),
			_minor_code(),
			Column(
				"to_organisation",
				"Ente destinatario",
				Kind.LISTED,
				required=True,
				source="organisations",
				width=32,
			),
			Column(
				"service_requested",
				"Servizio richiesto",
				Kind.CHOICE,
				required=True,
				choices=_SERVICE,
				example="Corso di lingua",
			),
			Column("urgency", "Urgenza", Kind.CHOICE, choices=_URGENCY, example="Normale"),
			Column(
				"age_band",
				"Fascia di età",
				Kind.CHOICE,
				required=True,
				choices=_AGE_BAND,
				example="16-17 anni",
			),
			Column("language_needed", "Lingua", Kind.TEXT, example="francese"),
			Column(
				"shared_information",
				"Informazioni condivise",
				Kind.LONG_TEXT,
				required=True,
				personal=True,
				width=40,
				example="Cerca un corso A1 al mattino.",
				note="Le legge l'ente destinatario: niente nomi.",
			),
			Column(
				"legal_basis",
				"Base giuridica",
				Kind.CHOICE,
				required=True,
				choices=_LEGAL_BASIS,
				example="Consenso",
			),
			Column("answer_due_on", "Risposta entro il", Kind.DATE),
		),
	),
	Sheet(
		SESSIONS,
		"Formazione",
		"Training Session",
		(
			_own_code("FORM-0001"),
			Column(
				"title",
				"Titolo",
				Kind.TEXT,
				required=True,
				width=36,
				example="Novità sul permesso di soggiorno",
			),
			Column("training_area", "Area", Kind.LISTED, required=True, source="training_areas", width=36),
			Column("project", "Progetto", Kind.LISTED, source="projects"),
			Column("held_on", "Data", Kind.DATE, required=True, example="12/02/2026"),
			Column("start_time", "Ora di inizio", Kind.TIME, example="09:30"),
			Column(
				"hours",
				"Ore",
				Kind.NUMBER,
				required=True,
				most=Decimal(24),
				above_zero=True,
				example="4",
				note="Durata di questa giornata, al più 24.",
			),
			Column("status", "Stato", Kind.CHOICE, required=True, choices=_SESSION_STATUS, example="Svolto"),
			Column("place", "Luogo", Kind.TEXT),
			Column("trainer", "Docente", Kind.TEXT),
			Column("approach", "Approccio", Kind.CHOICE, choices=_APPROACH),
			Column(
				"attendance",
				"Presenti",
				Kind.PEOPLE,
				choices=_PROFESSION,
				width=48,
				example="Anna Verdi (Psicologo); Luca Bianchi (Educatore)",
				note="Nome (Professione), con un punto e virgola tra una persona e l'altra.",
			),
			Column("notes", "Note", Kind.LONG_TEXT, width=36),
		),
		rules=(_session_window, _not_held_yet, _people_once),
	),
	Sheet(
		BUDGET,
		"Voci di budget",
		"FAMI Budget Line",
		(
			_own_code("VOCE-0001"),
			Column("funded_project", "Progetto", Kind.LISTED, required=True, source="projects"),
			Column("line_code", "Codice voce", Kind.CODE, required=True, example="A.1"),
			Column("title", "Descrizione", Kind.TEXT, required=True, width=40, example="Assistente sociale"),
			Column(
				"chapter",
				"Capitolo",
				Kind.LISTED,
				required=True,
				source="chapters",
				example="A",
				note="Codice di un capitolo del programma di questo progetto.",
			),
			Column("partner", "Partner", Kind.LISTED, source="organisations", width=28),
			Column("activity", "Attività", Kind.TEXT),
			Column(
				"cost_method",
				"Metodo di costo",
				Kind.CHOICE,
				required=True,
				choices=_COST_METHOD,
				example="Costo reale",
			),
			Column("unit", "Unità", Kind.CHOICE, choices=_UNIT, example="Ora"),
			Column("quantity", "Quantità", Kind.NUMBER, example="120", most=Decimal("99999999")),
			Column("unit_cost", "Costo unitario", Kind.AMOUNT, example="21,50"),
			Column(
				"amount",
				"Importo",
				Kind.AMOUNT,
				required=True,
				example="2.580,00",
				note="In euro. Se quantità e costo unitario ci sono, è il loro prodotto.",
			),
		),
		rules=(_chapter, _partner, _amount_agrees),
		table_rules=(_line_codes,),
	),
)

SHEET: dict[str, Sheet] = {sheet.key: sheet for sheet in SHEETS}

INSTRUCTIONS = (
	"Registro: minori, PEI, invii, formazione, voci di budget",
	"Compilare una riga per ogni scheda; le schede che non servono restano vuote, ma non vanno tolte.",
	"Ogni riga ha un codice proprio. Rimandare il file già importato non crea doppioni: conta il codice.",
	"Le colonne marroni con l'asterisco sono obbligatorie. Le note sulle intestazioni dicono che cosa scrivere.",
	"Solo valori: niente formule, niente celle unite. Le date sono date (giorno/mese/anno), non testo.",
	"Non cambiare i nomi delle schede e delle colonne.",
	"Questo file contiene dati personali di minori: va tenuto e spedito solo per vie protette.",
	"Per controllarlo senza il sito: core-minori check FILE",
)


def template(reference: Reference) -> bytes:
	"""Return the empty template, with the lists of `reference` in its drop-downs."""
	return workbook(reference, {})


def workbook(reference: Reference, rows: Mapping[str, Iterable[Mapping[str, object]]]) -> bytes:
	"""Return the template filled with `rows`: by sheet key, stored values by column key."""
	return sheet_writer.template(SHEETS, reference.lists(), _tables(reference), INSTRUCTIONS, rows)


def read(
	data: bytes,
	reference: Reference,
	today: date,
	progress: Callable[[int, int], None] | None = None,
) -> Reading:
	"""Read a filled-in register. Whatever the bytes are, the answer is a `Reading` and nothing is raised.

	`today` bounds the dates of what has happened. `progress` is called with (rows done, rows in all).
	"""
	return read_sheets(data, SHEETS, reference.lists(), reference.existing, today, reference, progress)


def reference_in(data: bytes) -> Reference | None:
	"""Return the lists that a template of this app carries; None when these bytes are no such workbook."""
	columns = hidden_columns(data, sheet_writer.LISTS_TITLE)
	if columns.get("mark") != [MARK]:
		return None

	def column(heading: str) -> list[str]:
		return [_unquoted(value) for value in columns.get(heading, [])]

	def pairs(list_name: str) -> tuple[Known, ...]:
		codes, labels = column(f"{list_name}.code"), column(f"{list_name}.label")
		return tuple(Known(code, label) for code, label in zip(codes, labels, strict=False))

	chapters: dict[str, list[tuple[str, str]]] = {}
	for project, code, title in zip(
		column("chapter.project"), column("chapter.code"), column("chapter.title"), strict=False
	):
		chapters.setdefault(project, []).append((code, title.strip("-")))
	partners: dict[str, list[str]] = {}
	for project, partner in zip(column("partner.project"), column("partner.name"), strict=False):
		partners.setdefault(project, []).append(partner)
	dates = (columns.get("project.start", []), columns.get("project.end", []))
	return Reference(
		projects=tuple(
			KnownProject(
				code,
				title.strip("-"),
				_day(start),
				_day(end),
				tuple(chapters.get(code, ())),
				tuple(partners.get(code, ())),
			)
			for code, title, start, end in zip(
				column("project.code"), column("project.title"), *dates, strict=False
			)
		),
		organisations=tuple(column("organisations")),
		facilities=tuple(column("facilities")),
		training_areas=pairs("training_area"),
		countries=pairs("country"),
		existing={MINORS: frozenset(column("existing.minors"))},
	)


def is_register(data: bytes) -> bool:
	"""Whether these bytes are a workbook with at least two of the register's sheets."""
	return holds_sheets(data, SHEETS)


def _tables(reference: Reference) -> dict[str, list[object]]:
	"""The columns of the hidden sheet that `reference_in` reads back, besides the drop-downs."""
	chapters = [
		(project.code, code, title) for project in reference.projects for code, title in project.chapters
	]
	return {
		"project.code": [project.code for project in reference.projects],
		"project.title": [project.title or "-" for project in reference.projects],
		"project.start": [project.starts_on or "-" for project in reference.projects],
		"project.end": [project.ends_on or "-" for project in reference.projects],
		"chapter.project": [project for project, __, __ in chapters],
		"chapter.code": [code for __, code, __ in chapters],
		"chapter.title": [title or "-" for __, __, title in chapters],
		"partner.project": [project.code for project in reference.projects for __ in project.partners],
		"partner.name": [partner for project in reference.projects for partner in project.partners],
		"training_area.code": [area.code for area in reference.training_areas],
		"training_area.label": [area.shown for area in reference.training_areas],
		"country.code": [country.code for country in reference.countries],
		"country.label": [country.shown for country in reference.countries],
		"existing.minors": sorted(reference.existing.get(MINORS, ())),
		"mark": [MARK],
	}


def _unquoted(value: object) -> str:
	text = str(value)
	return text[1:] if text[:1] == "'" else text


def _day(value: object) -> date | None:
	return value.date() if isinstance(value, datetime) else None
