"""What a case's file still lacks for the SIM, for the plan (PEI) and for the monitoring sheet of the funds.

The requirements are a table: adding one is adding a row. Which information the SIM wants is read from L. 47/2017 art. 9 and from the
Vademecum on unaccompanied minors of 2021; the record layout of the system itself is not public, so the rows are ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum

from core_minori.engine.beneficiaries import (
	CAME_ALONE,
	CHILDREN,
	UNACCOMPANIED,
	YOUNG_ADULT,
)
from core_minori.engine.deadlines import reaches_age
from core_minori.engine.legal import APPOINTED
from core_minori.engine.message import _

# The census of the Ministry is of minors without parents, and of those who stay in its care past 18.
IN_SIM = (UNACCOMPANIED, YOUNG_ADULT)

COORDINATOR = "Case Coordinator"
SOCIAL_WORKER = "Social Worker"
PSYCHOLOGIST = "Psychologist"
EDUCATOR = "Educator"
FACILITY = "Facility Contact"

Record = Mapping[str, object]


class Purpose(str, Enum):
	"""What a file is complete for."""

	SIM = "SIM"
	PEI = "PEI"
	MONITORING = "Monitoring Sheet"


_SIM = (Purpose.SIM,)
_PEI = (Purpose.PEI,)
_MONITORING = (Purpose.MONITORING,)
_SIM_PEI = (Purpose.SIM, Purpose.PEI)
_SIM_MONITORING = (Purpose.SIM, Purpose.MONITORING)


@dataclass(frozen=True)
class Evidence:
	"""Records that show a thing to be there: of `doctype`, with one of these values `where`, all `fields` filled.

	`running` names the field of a last day: the record counts until that day, or for ever without one.
	"""

	doctype: str
	fields: tuple[str, ...] = ()
	where: Mapping[str, tuple] = field(default_factory=dict)
	running: str = ""

	@property
	def names(self) -> set[str]:
		"""Every field that has to be read."""
		return {*self.fields, *self.where, *filter(None, [self.running])}

	def is_about(self, record: Record, today: date) -> bool:
		"""Whether `record` is of the kind meant and still holds, filled in or not."""
		last = _day(record.get(self.running)) if self.running else None
		return all(record.get(name) in values for name, values in self.where.items()) and not (
			last and last < today
		)

	def is_in(self, records: Iterable[Record], today: date) -> bool:
		"""Whether one of `records` shows it."""
		return any(
			self.is_about(record, today) and all(record.get(name) for name in self.fields)
			for record in records
		)


@dataclass(frozen=True)
class Requirement:
	"""One thing a file must hold.

	`purposes`: what it is asked for. `evidence`: any of these shows it; the first says which record to add or complete.
	`part`: the part of the case it belongs to, which says who may read it. `roles`: who can supply it.
	`kinds`: the beneficiaries it is asked of (none: all); `arrangements`: where they live (none: wherever).
	`after_days`: days from the entry into reception, or from the report where there is none, after which its absence
	counts; `from_age`: the age in years from which it is asked.
	`values`: what a new record of it starts with.
	"""

	code: str
	label: str
	purposes: tuple[Purpose, ...]
	evidence: tuple[Evidence, ...]
	part: str
	roles: tuple[str, ...] = (SOCIAL_WORKER,)
	kinds: tuple[str, ...] = ()
	arrangements: tuple[str, ...] = ()
	after_days: int = 0
	from_age: int = 0
	values: Mapping[str, object] = field(default_factory=dict)

	@property
	def record(self) -> Evidence:
		"""What to add or to complete."""
		return self.evidence[0]


@dataclass(frozen=True)
class FileAtHand:
	"""What decides which requirements a case has. `started_on`: entry into reception, or else the report."""

	kind: str
	started_on: date
	living_arrangement: str = ""
	birth_date: date | None = None
	closed_on: date | None = None


@dataclass(frozen=True)
class Item:
	"""One requirement of one case: whether it is met, and the day from which its absence counts."""

	requirement: Requirement
	met: bool
	due_on: date
	due: bool

	@property
	def missing(self) -> bool:
		"""Whether it should be there by now and is not."""
		return self.due and not self.met


@dataclass(frozen=True)
class Completeness:
	"""All requirements of one case."""

	items: tuple[Item, ...] = ()

	def of(self, purpose: Purpose) -> list[Item]:
		"""The items asked for this purpose."""
		return [item for item in self.items if purpose in item.requirement.purposes]

	def percent(self, purpose: Purpose) -> int | None:
		"""Whole per cent of what should be there by now; 100 is only whole, and None is asked of nothing."""
		items = [item for item in self.of(purpose) if item.due or item.met]
		return 100 * sum(item.met for item in items) // len(items) if items else None

	@property
	def missing(self) -> list[Item]:
		"""What should be there by now and is not."""
		return [item for item in self.items if item.missing]

	@property
	def coming(self) -> list[Item]:
		"""What is not there and is not asked for yet, the next first."""
		return sorted(
			(item for item in self.items if not item.met and not item.due), key=lambda item: item.due_on
		)


def completeness(file: FileAtHand, records: Mapping[str, Sequence[Record]], today: date) -> Completeness:
	"""Judge one case by the table; `records` are its records by DocType. A closed case is judged on its last day."""
	at = min(file.closed_on, today) if file.closed_on else today
	items = []
	for requirement in REQUIREMENTS:
		due_on = _asked_from(requirement, file)
		if due_on is None:
			continue
		met = any(evidence.is_in(records.get(evidence.doctype, ()), at) for evidence in requirement.evidence)
		items.append(Item(requirement, met, due_on, due_on <= at))
	return Completeness(tuple(items))


def to_complete(
	requirement: Requirement, records: Mapping[str, Sequence[Record]], today: date
) -> Record | None:
	"""The record that is there and only lacks a field; None when a new one is needed."""
	wanted = requirement.record
	return next(
		(record for record in records.get(wanted.doctype, ()) if wanted.is_about(record, today)), None
	)


def fields_to_read() -> dict[str, set[str]]:
	"""The fields of each DocType that the table looks at."""
	found: dict[str, set[str]] = {}
	for requirement in REQUIREMENTS:
		for evidence in requirement.evidence:
			found.setdefault(evidence.doctype, set()).update(evidence.names)
	return found


def _asked_from(requirement: Requirement, file: FileAtHand) -> date | None:
	if requirement.kinds and file.kind not in requirement.kinds:
		return None
	if requirement.arrangements and file.living_arrangement not in requirement.arrangements:
		return None
	day = file.started_on + timedelta(days=requirement.after_days)
	if not requirement.from_age:
		return day
	return max(day, reaches_age(file.birth_date, requirement.from_age)) if file.birth_date else None


def _day(value: object) -> date | None:
	if isinstance(value, datetime):
		return value.date()
	return value if isinstance(value, date) else None


def _minor(*names: str, **where: tuple) -> tuple[Evidence, ...]:
	return (Evidence("Minor", names, where),)


def _case(*names: str, **where: tuple) -> tuple[Evidence, ...]:
	return (Evidence("Case File", names, where),)


def _document(*types: str) -> Evidence:
	# A paper that cannot be had is an answer too: whoever looks for it need not ask again.
	return Evidence(
		"Personal Document", (), {"document_type": types, "status": ("Held", "Not Possible")}, "expires_on"
	)


def _plan(*names: str) -> tuple[Evidence, ...]:
	states = ("Drafting", "Team Review", "Approved by the Unit", "Signed", "In Progress", "Under Review")
	return (Evidence("PEI", names, {"workflow_state": states}),)


REQUIREMENTS: tuple[Requirement, ...] = (
	# --- who the person is
	Requirement("name", _("Name"), (*_SIM_PEI, Purpose.MONITORING), _minor("given_name"), "identity"),
	Requirement(
		"sex",
		_("Sex"),
		_SIM_MONITORING,
		_minor("sex", sex=("Male", "Female", "Other")),
		"identity",
	),
	Requirement("birth-date", _("Date of Birth"), _SIM_MONITORING, _minor("birth_date"), "identity"),
	Requirement(
		"birth-certainty",
		_("How certain the date of birth is"),
		_SIM,
		_minor("birth_date_certainty"),
		"identity",
		kinds=IN_SIM,
	),
	Requirement("nationality", _("Nationality"), _SIM_MONITORING, _minor("nationality"), "identity"),
	Requirement(
		"birth-place",
		_("Country or Place of Birth"),
		_SIM,
		(Evidence("Minor", ("birth_country",)), Evidence("Minor", ("birth_place",))),
		"identity",
		kinds=IN_SIM,
	),
	Requirement(
		"arrival",
		_("Arrival in Italy"),
		_SIM_MONITORING,
		_minor("arrival_date"),
		"identity",
		kinds=CAME_ALONE,
	),
	Requirement("languages", _("Languages"), _SIM_PEI, _minor("languages"), "identity", after_days=3),
	Requirement(
		"identity-paper",
		_("Identity document, or that none can be had"),
		_SIM_PEI,
		(_document("Passport", "Identity Card", "Consular Attestation", "Birth Certificate"),),
		"identity",
		after_days=30,
		values={"document_type": "Passport", "status": "Held"},
	),
	Requirement(
		"permit",
		_("Residence permit, or its request"),
		_SIM_PEI,
		(_document("Residence Permit", "Request of Residence Permit", "Asylum Request Form (C3)"),),
		"identity",
		kinds=CAME_ALONE,
		after_days=60,
		values={"document_type": "Request of Residence Permit", "status": "Held"},
	),
	Requirement(
		"fiscal-code",
		_("Fiscal Code, or that none can be had"),
		_SIM_PEI,
		(Evidence("Minor", ("fiscal_code",)), _document("Fiscal Code Card")),
		"identity",
		after_days=60,
	),
	Requirement(
		"health-card",
		_("Health card, or that none can be had"),
		_SIM_PEI,
		(_document("Health Card"),),
		"identity",
		kinds=CHILDREN,
		after_days=60,
		values={"document_type": "Health Card", "status": "Held"},
	),
	# --- how the person came to us, and where they are
	Requirement(
		"found-by", _("Who reported the person"), _SIM, _case("emersion_channel"), "social", kinds=IN_SIM
	),
	Requirement(
		"reception-entry",
		_("Entry into First Reception"),
		_SIM,
		_case("reception_entry"),
		"social",
		kinds=IN_SIM,
		arrangements=("Facility",),
	),
	Requirement(
		"placement",
		_("Where the person lives, and since when"),
		_SIM,
		(
			Evidence(
				"Placement",
				("from_at",),
				{"status": ("Placed",)},
				"to_at",
			),
		),
		"placement",
		roles=(COORDINATOR, FACILITY),
		kinds=IN_SIM,
		after_days=1,
		values={"status": "Placed"},
	),
	Requirement(
		"placement-title",
		_("Title of the placement"),
		_SIM,
		(Evidence("Placement", ("title_of_placement",), {"status": ("Placed",)}, "to_at"),),
		"placement",
		roles=(COORDINATOR, FACILITY),
		kinds=IN_SIM,
		after_days=3,
		values={"status": "Placed"},
	),
	Requirement(
		"census",
		_("Census and request of a guardian"),
		_SIM,
		_case("census_done_on"),
		"social",
		kinds=(UNACCOMPANIED,),
		after_days=5,
	),
	Requirement(
		"identification",
		_("End of the identification"),
		_SIM,
		_case("identification_concluded_on"),
		"social",
		kinds=(UNACCOMPANIED,),
		after_days=10,
	),
	Requirement(
		"interview",
		_("First interview"),
		_SIM_PEI,
		(
			Evidence("Minor Interview", ("held_at",), {"concluded": (1,)}),
			Evidence("Case File", ("interview_on",)),
		),
		"interview",
		roles=(SOCIAL_WORKER, PSYCHOLOGIST, EDUCATOR),
		kinds=(UNACCOMPANIED,),
		after_days=3,
		values={"interview_type": "First Interview"},
	),
	# --- who answers for the person
	Requirement(
		"guardian",
		_("Guardian"),
		_SIM_PEI,
		(
			Evidence(
				"Guardianship",
				("guardian_name",),
				{"guardian_kind": APPOINTED},
				"to_date",
			),
		),
		"identity",
		kinds=(UNACCOMPANIED,),
		after_days=30,
		values={"guardian_kind": "Volunteer Guardian"},
	),
	Requirement(
		"guardian-address",
		_("Telephone or e-mail of the guardian"),
		_SIM,
		(
			Evidence("Guardianship", ("phone",), running="to_date"),
			Evidence("Guardianship", ("email",), running="to_date"),
		),
		"identity",
		kinds=(UNACCOMPANIED,),
		after_days=30,
	),
	Requirement(
		"relatives",
		_("Relatives and people of reference"),
		_SIM_PEI,
		(Evidence("Support Person", ("relation",)),),
		"social",
		roles=(SOCIAL_WORKER, EDUCATOR),
		after_days=15,
	),
	Requirement(
		"family-search",
		_("Search for the family, or why there is none"),
		_SIM,
		(
			Evidence("Family Search", (), {"status": ("Reported", "In Progress", "Concluded", "Excluded")}),
			Evidence("Case File", ("family_search_reported_on",)),
		),
		"family",
		kinds=(UNACCOMPANIED,),
		after_days=8,
	),
	Requirement(
		"prosecutor",
		_("First report to the prosecutor"),
		_SIM,
		(
			Evidence(
				"Protection Report",
				("transmitted_at",),
				{"report_type": ("First Report of an Unaccompanied Minor",)},
			),
		),
		"court",
		kinds=(UNACCOMPANIED,),
		after_days=1,
		values={"report_type": "First Report of an Unaccompanied Minor"},
	),
	Requirement(
		"ratified",
		_("Reception ratified by the court"),
		_SIM,
		(Evidence("Court Act", ("acted_at",), {"act_type": ("Reception Ratified",)}),),
		"court",
		kinds=(UNACCOMPANIED,),
		after_days=60,
		values={"act_type": "Reception Ratified", "authority": "Juvenile Court"},
	),
	Requirement(
		"prosieguo",
		_("Order of prosieguo and its last day"),
		_SIM,
		(
			Evidence("Court Act", ("valid_until",), {"act_type": ("Prosieguo Ordered",)}),
			Evidence("Case File", ("prosieguo_until",)),
		),
		"court",
		kinds=(YOUNG_ADULT,),
		values={"act_type": "Prosieguo Ordered", "authority": "Juvenile Court"},
	),
	# --- the plan
	Requirement(
		"consent",
		_("Consent to be taken in charge"),
		_PEI,
		(
			Evidence(
				"Consent",
				(),
				{"purpose": ("Taking in Charge",), "outcome": ("Given",), "withdrawn_on": (None,)},
			),
		),
		"consent",
		after_days=15,
		values={"purpose": "Taking in Charge", "outcome": "Given"},
	),
	Requirement(
		"referent",
		_("Referent of the case"),
		_PEI,
		(Evidence("Care Assignment", (), {"is_referent": (1,)}, "to_date"),),
		"team",
		roles=(COORDINATOR,),
		values={"is_referent": 1},
	),
	Requirement(
		"assessment",
		_("Assessment of needs and risks"),
		_PEI,
		(Evidence("Risk Assessment", ("assessed_on",)),),
		"assessment",
		roles=(SOCIAL_WORKER, PSYCHOLOGIST, EDUCATOR),
		after_days=30,
	),
	Requirement(
		"health-summary",
		_("Summary of health"),
		_PEI,
		(Evidence("Clinical Record", (), {"record_type": ("Health Summary",)}),),
		"health summary",
		after_days=45,
		values={"record_type": "Health Summary"},
	),
	Requirement(
		"psycho-social-summary",
		_("Psycho-social summary"),
		_PEI,
		(Evidence("Clinical Record", (), {"record_type": ("Psycho-social Summary",)}),),
		"psychological summary",
		roles=(PSYCHOLOGIST,),
		after_days=45,
		values={"record_type": "Psycho-social Summary"},
	),
	Requirement("pei", _("A running PEI"), _PEI, _plan("drafted_on"), "pei", after_days=60),
	Requirement(
		"pei-anamnesis", _("PEI: origin and family"), _PEI, _plan("origin_and_family"), "pei", after_days=60
	),
	Requirement("pei-schooling", _("PEI: schooling"), _PEI, _plan("schooling"), "pei", after_days=60),
	Requirement(
		"pei-migration",
		_("PEI: reasons of the migration"),
		_PEI,
		_plan("migration_reasons"),
		"pei",
		kinds=CAME_ALONE,
		after_days=60,
	),
	Requirement(
		"pei-route",
		_("PEI: route of the migration"),
		_PEI,
		_plan("migration_route"),
		"pei",
		kinds=CAME_ALONE,
		after_days=60,
	),
	Requirement(
		"pei-vulnerability",
		_("PEI: level of vulnerability"),
		_PEI,
		_plan("vulnerability_level"),
		"pei",
		roles=(PSYCHOLOGIST,),
		after_days=60,
	),
	Requirement(
		"pei-documents",
		_("PEI: check of the documents"),
		_PEI,
		_plan("documents_checked_on"),
		"pei",
		after_days=60,
	),
	Requirement(
		"pei-path",
		_("PEI: path of regularisation"),
		_PEI,
		_plan("regularisation_path"),
		"pei",
		kinds=CAME_ALONE,
		after_days=60,
	),
	Requirement("pei-objectives", _("PEI: objectives"), _PEI, _plan("objectives"), "pei", after_days=60),
	Requirement(
		"pei-interventions", _("PEI: interventions"), _PEI, _plan("interventions"), "pei", after_days=60
	),
	Requirement(
		"pei-voice", _("PEI: what the person wishes"), _PEI, _plan("minor_wishes"), "pei", after_days=60
	),
	Requirement("pei-signed", _("PEI: signatures"), _PEI, _plan("signed_on"), "pei", after_days=75),
	Requirement(
		"pei-at-eighteen",
		_("PEI: plan for the eighteenth birthday"),
		_PEI,
		_plan("plan_at_eighteen"),
		"pei",
		kinds=CHILDREN,
		after_days=60,
		from_age=17,
	),
	# --- what funds ask for
	Requirement("project", _("Project that follows the person"), _MONITORING, _case("project"), "social"),
	Requirement("area", _("Area of Intervention"), _MONITORING, _case("intervention_area"), "social"),
	Requirement(
		"victim", _("Whether there are signs of violence"), _MONITORING, _case("victim_status"), "social"
	),
	Requirement(
		"services",
		_("At least one service received"),
		_MONITORING,
		(
			Evidence("Intervention", (), {"status": ("Done",)}),
			Evidence("Intervention Participant", (), {"attendance": ("Present",)}),
			Evidence("Referral", (), {"status": ("Accepted", "In Progress", "Done")}),
		),
		"work",
		roles=(SOCIAL_WORKER, EDUCATOR, PSYCHOLOGIST),
		after_days=30,
		values={"mode": "Individual"},
	),
)
