"""Who may see what of which case, as data: part of the case x role x relation to the case -> rights.

Nothing here asks a database: `permissions` turns it into conditions and answers, docs/permissions.md is written from it
(tools/permissions_page.py), and the desk page Access Explainer says which row of it lets somebody in. What is not
granted here is refused, System Manager included.
"""

# Relations between a user and a case.
ALL = "all"  # the role answers for every case
ASSIGNED = "assigned"  # a Care Assignment in that role, running today
HOSTED = "hosted"  # the minor lives in a facility of the user's organisation
EMERGENCY = "emergency"  # an Emergency Access of the user to this case, running now
OWN = "own"  # the user made the record
# Relations to one record and not to its case.
RECEIVED = "received"  # a referral open to the user's organisation
ASKED = "asked"  # a case the user is asked to take over: the request, not yet the case
HELD = "held"  # a group, or a session of one, that the user holds

READ = "read"
WRITE = "write"

COORDINATOR = "Case Coordinator"
SOCIAL_WORKER = "Social Worker"
PSYCHOLOGIST = "Psychologist"
EDUCATOR = "Educator"
MEDIATOR = "Cultural Mediator"
UNIT_MANAGER = "Protection Unit Manager"
FACILITY_CONTACT = "Facility Contact"
PARTNER = "Network Partner"
FUNDING_OFFICER = "Funding Officer"
TRAINING_SECRETARY = "Training Secretary"
EVALUATOR = "Evaluator"
PROTECTION_OFFICER = "Data Protection Officer"
EMERGENCY_READER = "Emergency Reader"
ADMINISTRATION = "System Manager"

ROLES: tuple[str, ...] = (
	COORDINATOR,
	SOCIAL_WORKER,
	PSYCHOLOGIST,
	EDUCATOR,
	MEDIATOR,
	UNIT_MANAGER,
	FACILITY_CONTACT,
	PARTNER,
	FUNDING_OFFICER,
	TRAINING_SECRETARY,
	EVALUATOR,
	PROTECTION_OFFICER,
	EMERGENCY_READER,
)
# Who approves plans, closures and transfers.
DECIDERS = frozenset({COORDINATOR, UNIT_MANAGER})
# Who still reads a case whose data is restricted or kept for the archive; nobody changes it.
READERS_OF_LIMITED = frozenset({COORDINATOR, PROTECTION_OFFICER})

_R = frozenset({READ})
_RW = frozenset({READ, WRITE})

# part -> role -> relation -> rights
GRANTS: dict[str, dict[str, dict[str, frozenset[str]]]] = {
	# who the person is, their papers and their guardian
	"identity": {
		COORDINATOR: {ALL: _RW},
		UNIT_MANAGER: {ALL: _R},
		SOCIAL_WORKER: {ASSIGNED: _RW},
		PSYCHOLOGIST: {ASSIGNED: _R},
		EDUCATOR: {ASSIGNED: _R},
		MEDIATOR: {ASSIGNED: _R},
		FACILITY_CONTACT: {HOSTED: _R},
		EMERGENCY_READER: {EMERGENCY: _R},
	},
	"social": {
		COORDINATOR: {ALL: _RW},
		UNIT_MANAGER: {ALL: _R},
		SOCIAL_WORKER: {ASSIGNED: _RW},
		PSYCHOLOGIST: {ASSIGNED: _R},
		EDUCATOR: {ASSIGNED: _RW},
		MEDIATOR: {ASSIGNED: _R},
		FACILITY_CONTACT: {HOSTED: _R},
		EMERGENCY_READER: {EMERGENCY: _R},
	},
	# interviews: whoever may hold one writes it
	"interview": {
		COORDINATOR: {ALL: _RW},
		UNIT_MANAGER: {ALL: _R},
		SOCIAL_WORKER: {ASSIGNED: _RW},
		PSYCHOLOGIST: {ASSIGNED: _RW},
		EDUCATOR: {ASSIGNED: _RW},
		MEDIATOR: {ASSIGNED: _R},
		FACILITY_CONTACT: {HOSTED: _R},
	},
	# screening and assessment of risk
	"assessment": {
		COORDINATOR: {ALL: _RW},
		UNIT_MANAGER: {ALL: _R},
		SOCIAL_WORKER: {ASSIGNED: _RW},
		PSYCHOLOGIST: {ASSIGNED: _RW},
		EDUCATOR: {ASSIGNED: _RW},
	},
	# what the team does day by day: interventions, contacts, meetings
	"work": {
		COORDINATOR: {ALL: _RW},
		UNIT_MANAGER: {ALL: _R},
		SOCIAL_WORKER: {ASSIGNED: _RW},
		PSYCHOLOGIST: {ASSIGNED: _RW},
		EDUCATOR: {ASSIGNED: _RW},
		MEDIATOR: {ASSIGNED: _RW},
	},
	# the search for the family
	"family": {
		COORDINATOR: {ALL: _RW},
		UNIT_MANAGER: {ALL: _R},
		SOCIAL_WORKER: {ASSIGNED: _RW},
		PSYCHOLOGIST: {ASSIGNED: _R},
		EDUCATOR: {ASSIGNED: _R},
		MEDIATOR: {ASSIGNED: _R},
	},
	# courts, prosecutors, crimes (GDPR art. 10)
	"court": {
		COORDINATOR: {ALL: _RW},
		UNIT_MANAGER: {ALL: _R},
		SOCIAL_WORKER: {ASSIGNED: _RW},
		PSYCHOLOGIST: {ASSIGNED: _R},
	},
	"placement": {
		COORDINATOR: {ALL: _RW},
		UNIT_MANAGER: {ALL: _RW},
		SOCIAL_WORKER: {ASSIGNED: _R},
		EDUCATOR: {ASSIGNED: _R},
		FACILITY_CONTACT: {HOSTED: _RW},
		EMERGENCY_READER: {EMERGENCY: _R},
	},
	# closure, reopening, transfer of the case
	"request": {
		COORDINATOR: {ALL: _RW},
		UNIT_MANAGER: {ALL: _RW},
		SOCIAL_WORKER: {ASSIGNED: _RW},
		PSYCHOLOGIST: {ASSIGNED: _R},
		EDUCATOR: {ASSIGNED: _R},
	},
	"consent": {
		COORDINATOR: {ALL: _RW},
		SOCIAL_WORKER: {ASSIGNED: _RW},
		PSYCHOLOGIST: {ASSIGNED: _R},
		EDUCATOR: {ASSIGNED: _R},
	},
	"pei": {
		COORDINATOR: {ALL: _RW},
		UNIT_MANAGER: {ALL: _RW},
		SOCIAL_WORKER: {ASSIGNED: _RW},
		PSYCHOLOGIST: {ASSIGNED: _RW},
		EDUCATOR: {ASSIGNED: _RW},
		FACILITY_CONTACT: {HOSTED: _R},
	},
	# the minor's own voice in the plan, for who translates it
	"voice": {
		MEDIATOR: {ASSIGNED: _R},
	},
	# reviews of the plan: the facility takes part
	"review": {
		COORDINATOR: {ALL: _RW},
		UNIT_MANAGER: {ALL: _RW},
		SOCIAL_WORKER: {ASSIGNED: _RW},
		PSYCHOLOGIST: {ASSIGNED: _RW},
		EDUCATOR: {ASSIGNED: _RW},
		FACILITY_CONTACT: {HOSTED: _RW},
	},
	"health": {
		SOCIAL_WORKER: {ASSIGNED: _RW},
		PSYCHOLOGIST: {ASSIGNED: _R},
	},
	"psychological": {
		PSYCHOLOGIST: {ASSIGNED: _RW},
	},
	"health summary": {
		UNIT_MANAGER: {ALL: _R},
		SOCIAL_WORKER: {ASSIGNED: _RW},
		PSYCHOLOGIST: {ASSIGNED: _R},
		EMERGENCY_READER: {EMERGENCY: _R},
	},
	"psychological summary": {
		COORDINATOR: {ALL: _R},
		UNIT_MANAGER: {ALL: _R},
		SOCIAL_WORKER: {ASSIGNED: _R},
		PSYCHOLOGIST: {ASSIGNED: _RW},
	},
	# what who lives with the minor must know: medicines, allergies, what to do when
	"care": {
		SOCIAL_WORKER: {ASSIGNED: _RW},
		PSYCHOLOGIST: {ASSIGNED: _R},
		EDUCATOR: {ASSIGNED: _R},
		FACILITY_CONTACT: {HOSTED: _R},
		EMERGENCY_READER: {EMERGENCY: _R},
	},
	"referral": {
		COORDINATOR: {ALL: _RW},
		UNIT_MANAGER: {ALL: _R},
		SOCIAL_WORKER: {ASSIGNED: _RW},
		PSYCHOLOGIST: {ASSIGNED: _RW},
		EDUCATOR: {ASSIGNED: _RW},
		FACILITY_CONTACT: {HOSTED: _RW},
	},
	"team": {
		COORDINATOR: {ALL: _RW},
		UNIT_MANAGER: {ALL: _R},
		PROTECTION_OFFICER: {ALL: _R},
		SOCIAL_WORKER: {ASSIGNED: _R},
		PSYCHOLOGIST: {ASSIGNED: _R},
		EDUCATOR: {ASSIGNED: _R},
		MEDIATOR: {ASSIGNED: _R},
	},
}

# The DocTypes that belong to a case through their field `case_file`, and the part each of them is.
# Case File is its own case; Minor, Clinical Record and Referral have a rule of their own below.
PART_OF: dict[str, str] = {
	"Care Assignment": "team",
	"Case File": "social",
	"Case Meeting": "work",
	"Case Request": "request",
	"Consent": "consent",
	"Contact Log": "work",
	"Court Act": "court",
	"Family Search": "family",
	"Guardianship": "identity",
	"Intervention": "work",
	"Minor Interview": "interview",
	"PEI": "pei",
	"PEI Review": "review",
	"Personal Document": "identity",
	"Placement": "placement",
	"Protection Report": "court",
	"Risk Assessment": "assessment",
	"Screening": "assessment",
	"Support Person": "social",
}

# DocTypes whose records are of different parts: the field that says which, and the part of each of its values.
PART_BY_VALUE: dict[str, tuple[str, dict[str, str]]] = {
	"Case Deadline": ("part", {"social": "social", "court": "court", "health": "health"}),
	"Clinical Record": (
		"record_type",
		{
			"Health": "health",
			"Psycho-social": "psychological",
			"Health Summary": "health summary",
			"Psycho-social Summary": "psychological summary",
			"Care Note": "care",
		},
	),
}

# Protected DocTypes that name their case in another way, or several, and the part they are all the same.
PART_WITHOUT_FIELD: dict[str, str] = {
	"Intervention Group": "work",
	"Minor": "identity",
	"Referral": "referral",
}

# Records of several cases, which belong to who holds them: a group and its sessions.
GROUP_DOCTYPES: tuple[str, ...] = ("Intervention", "Intervention Group")

# DocType -> role -> relation to one record -> rights: what opens a record and not its case.
RECORD_GRANTS: dict[str, dict[str, dict[str, frozenset[str]]]] = {
	"Case Request": {role: {ASKED: _R} for role in GRANTS["request"]},
	**{
		doctype: {role: {HELD: _RW} for role, relations in GRANTS["work"].items() if ASSIGNED in relations}
		for doctype in GROUP_DOCTYPES
	},
	"Referral": {PARTNER: {RECEIVED: _R}},
}

# DocType -> role -> the fields that role may change when none of its other roles may write the whole record.
# Sections 4 and 5 of the plan are the psychologist's; the rest belongs to those who draw it up.
OWN_FIELDS: dict[str, dict[str, frozenset[str]]] = {
	"PEI": {
		PSYCHOLOGIST: frozenset(
			{
				"health_needs",
				"health_screening_on",
				"psychosocial_needs",
				"protective_factors",
				"vulnerability_level",
			}
		)
	}
}

# Art. 334 c.p.p. binds the health professional in person: their own report is theirs to write, by whoever else acts of
# the court are kept. It goes as far as the psychologist's part of the case.
OWN_REPORT = ("Protection Report", "report_type", "Health Professional's Report")

# Child tables can be listed on their own over REST: each row is as visible as its parent, of any of these DocTypes.
CHILD_OF: dict[str, tuple[str, ...]] = {
	"Case Deadline Change": ("Case Deadline",),
	"Case Deadline Reminder": ("Case Deadline",),
	"Case State Change": ("Case File",),
	"Family Search Action": ("Family Search",),
	"Intervention Group Member": ("Intervention Group",),
	"Intervention Operator": ("Intervention", "Intervention Group"),
	"Intervention Participant": ("Intervention",),
	"Interview Attendee": ("Minor Interview",),
	"Meeting Decision": ("Case Meeting",),
	"Meeting Participant": ("Case Meeting", "PEI Review"),
	"Minor Name Key": ("Minor",),
	"PEI Intervention": ("PEI",),
	"PEI Objective": ("PEI",),
	"PEI Review Objective": ("PEI Review",),
	"PEI Signature": ("PEI",),
	"Referral Event": ("Referral",),
	"Register Import Problem": ("Register Import",),
	"Risk Assessment Factor": ("Risk Assessment",),
	"Risk Assessment Score": ("Risk Assessment",),
	"Screening Answer": ("Screening",),
	"Sought Person": ("Family Search",),
}

# What keeps watch over the cases, or acts on them by law: DocType -> role -> relation to the record -> rights.
GOVERNED: dict[str, dict[str, dict[str, frozenset[str]]]] = {
	"Case Access Log": {PROTECTION_OFFICER: {ALL: _R}},
	"Data Breach": {PROTECTION_OFFICER: {ALL: _RW}, COORDINATOR: {ALL: _R}},
	"Data Request": {PROTECTION_OFFICER: {ALL: _RW}, COORDINATOR: {ALL: _RW}},
	"Emergency Access": {
		PROTECTION_OFFICER: {ALL: _RW},
		COORDINATOR: {ALL: _R},
		EMERGENCY_READER: {OWN: _R},
	},
	"Pseudonymised Export": {
		PROTECTION_OFFICER: {ALL: _R},
		COORDINATOR: {ALL: _R},
		EVALUATOR: {OWN: _RW},
	},
	"Retention Action": {PROTECTION_OFFICER: {ALL: _RW}, COORDINATOR: {ALL: _RW}},
	"Role Confirmation": {PROTECTION_OFFICER: {ALL: _RW}, COORDINATOR: {ALL: _RW}},
}
# Those that the user of an OWN relation may make, though not change afterwards.
MADE_BY_ONESELF: tuple[str, ...] = ("Emergency Access",)

PROTECTED: tuple[str, ...] = (
	"Minor",
	*PART_OF,
	*PART_BY_VALUE,
	*GOVERNED,
	"Intervention Group",
	"Referral",
	"Register Import",
)

# Frappe's own records about other records, and the fields that name the record they are about. They hold old values,
# names of files, comments and mails, and Frappe shows them by the DocType they are about, not by the record.
TRACES: dict[str, tuple[str, str]] = {
	"Access Log": ("export_from", "reference_document"),
	"Activity Log": ("reference_doctype", "reference_name"),
	"Comment": ("reference_doctype", "reference_name"),
	"Communication": ("reference_doctype", "reference_name"),
	"Deleted Document": ("deleted_doctype", "deleted_name"),
	"Discussion Topic": ("reference_doctype", "reference_docname"),
	"Document Follow": ("ref_doctype", "ref_docname"),
	"Document Share Key": ("reference_doctype", "reference_docname"),
	"Email Queue": ("reference_doctype", "reference_name"),
	"Energy Point Log": ("reference_doctype", "reference_name"),
	"Error Log": ("reference_doctype", "reference_name"),
	"File": ("attached_to_doctype", "attached_to_name"),
	"Notification Log": ("document_type", "document_name"),
	"Tag Link": ("document_type", "document_name"),
	"ToDo": ("reference_type", "reference_name"),
	"Version": ("ref_doctype", "docname"),
	"View Log": ("reference_doctype", "reference_name"),
	"Workflow Action": ("reference_doctype", "reference_name"),
}

# A trace of a trace, for example the old text of a to-do: these have comments and versions of their own.
WRITTEN_TRACES: tuple[str, ...] = ("Comment", "Communication", "File", "ToDo")

# While a referral is in one of these states its receiver may read it; before and after, not.
OPEN_TO_RECEIVER: tuple[str, ...] = ("Sent", "Accepted", "In Progress")

# What is no part of a case: area -> DocTypes. Who reads and changes them is in the DocTypes' own permissions.
AREAS: dict[str, tuple[str, ...]] = {
	"places": ("Facility", "Network Organisation"),
	"protocols": ("Agreement",),
	"training": ("Training Area", "Training Session"),
	"money": (
		"Funded Project",
		"FAMI Budget Line",
		"Budget Revision",
		"Staff Cost Rate",
		"Staff Assignment",
		"Cost Allocation",
		"Declared Cost",
		"Partner Submission",
		"Procurement Record",
		"Reimbursement Claim",
	),
	"research": ("Pseudonymised Export",),
	"watch": (
		"Case Access Log",
		"Emergency Access",
		"Role Confirmation",
		"Data Breach",
		"Data Request",
		"Retention Action",
		"Register Import",
	),
	"rules": (
		"Assessment Dimension",
		"Core Minori Settings",
		"Deadline Rule",
		"Funding Programme",
		"Retention Rule",
		"Screening Indicator",
	),
}


def doctypes_of(part: str) -> list[str]:
	"""The DocTypes whose records, or some of them, are of this part of a case."""
	found = {doctype for doctype, of in {**PART_OF, **PART_WITHOUT_FIELD}.items() if of == part}
	found |= {doctype for doctype, (_field, parts) in PART_BY_VALUE.items() if part in parts.values()}
	return sorted(found | ({"PEI"} if part == "voice" else set()))
