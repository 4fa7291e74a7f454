"""What ties a user to a case: each relation once, as the tables that say so and when it counts.

The same words make the condition of every list (`Relation.condition`) and the explanation of it (`Relation.ties`), so
that the Access Explainer cannot say what the resolver does not do. `now()` and `today()` are the resolver's only clock.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import frappe
from frappe.utils import now_datetime, today

from core_minori.grants import ASKED, ASSIGNED, EMERGENCY, HELD, HOSTED, OPEN_TO_RECEIVER, RECEIVED


@dataclass(frozen=True)
class Tie:
	"""One record that ties a user to a case, whether it counts now or not.

	`role` is set where the record is of one role; `place` is what else it goes through (the facility, the organisation).
	"""

	relation: str
	doctype: str
	record: str
	case_file: str
	user: str
	role: str | None
	place: str | None
	since: date | datetime | None
	until: date | datetime | None
	holds: bool


@dataclass(frozen=True)
class Relation:
	"""A FROM clause, its columns, and when a row of it counts. All text is ours; values are escaped where they enter."""

	name: str
	doctype: str
	source: str
	record: str
	case: str
	user: str
	holds: Callable[[], str]
	role: str | None = None
	place: str = "null"
	since: str = "null"
	until: str = "null"

	def condition(
		self, user: str, roles: Iterable[str] = (), case: str | None = None, record: str | None = None
	) -> str:
		"""SQL true when `user`, in one of `roles`, is tied now to the case of the column `case`, or to one `record`."""
		about = f"{self.case} = {case}" if case else f"{self.record} = {record}"
		clauses = [about, f"{self.user} = {frappe.db.escape(user)}"]
		if self.role:
			clauses.append(f"{self.role} in ({quoted(roles)})")
		return f"exists (select 1 from {self.source} where {' and '.join(clauses)} and {self.holds()})"

	def ties(self, cases: Iterable[str] | None = None, users: Iterable[str] | None = None) -> list[Tie]:
		"""Every record that ties one of `users` to one of `cases`, also those that do not count now; one query."""
		clauses = [f"{self.case} is not null", f"ifnull({self.user}, '') != ''"]
		for column, wanted in ((self.case, cases), (self.user, users)):
			if wanted is not None:
				clauses.append(f"{column} in ({quoted(wanted) or 'null'})")
		columns = (self.record, self.case, self.user, self.role or "null", self.place, self.since, self.until)
		rows = frappe.db.sql(  # nosemgrep: every value in it was escaped
			f"select distinct {', '.join(columns)}, ({self.holds()}) from {self.source}"
			f" where {' and '.join(clauses)} order by {self.case}, {self.since}, {self.record}"
		)
		return [Tie(self.name, self.doctype, *row[:-1], bool(row[-1])) for row in rows]


def quoted(values: Iterable[str]) -> str:
	"""The values, escaped, for an SQL "in"."""
	return ", ".join(frappe.db.escape(value) for value in values)


# A case that is restricted (GDPR art. 18) or kept for the archive: who reads it is in grants.READERS_OF_LIMITED.
LIMITED = "(limited.restricted = 1 or ifnull(limited.retention_state, '') != '')"


def _assignment_runs() -> str:
	day = frappe.db.escape(today())
	return f"assignment.from_date <= {day} and (assignment.to_date is null or assignment.to_date >= {day})"


def _emergency_runs() -> str:
	now = frappe.db.escape(str(now_datetime()))
	return f"emergency.starts_at <= {now} and emergency.ends_at > {now} and emergency.ended_at is null"


ASSIGNMENT = Relation(
	ASSIGNED,
	"Care Assignment",
	"`tabCare Assignment` assignment",
	record="assignment.name",
	case="assignment.case_file",
	user="assignment.user",
	role="assignment.care_role",
	since="assignment.from_date",
	until="assignment.to_date",
	holds=_assignment_runs,
)
HOSTING = Relation(
	HOSTED,
	"Facility",
	"`tabCase File` hosted join `tabFacility` facility on facility.name = hosted.facility"
	" join `tabOrganisation User` contact on contact.parent = facility.organisation"
	" and contact.parenttype = 'Network Organisation'",
	record="facility.name",
	case="hosted.name",
	user="contact.user",
	place="facility.organisation",
	until="hosted.closed_on",
	holds=lambda: "(hosted.living_arrangement = 'Facility' and hosted.closed_on is null)",
)
EMERGENCY_ACCESS = Relation(
	EMERGENCY,
	"Emergency Access",
	"`tabEmergency Access` emergency",
	record="emergency.name",
	case="emergency.case_file",
	user="emergency.user",
	since="emergency.starts_at",
	until="ifnull(emergency.ended_at, emergency.ends_at)",
	holds=_emergency_runs,
)
# Relation to a case -> how the tables say it.
TO_CASE: dict[str, Relation] = {
	relation.name: relation for relation in (ASSIGNMENT, HOSTING, EMERGENCY_ACCESS)
}

# Relations to one record and not to its case.
RECEIVING = Relation(
	RECEIVED,
	"Referral",
	"`tabReferral` received join `tabOrganisation User` member on member.parent = received.to_organisation"
	" and member.parenttype = 'Network Organisation'",
	record="received.name",
	case="received.case_file",
	user="member.user",
	place="received.to_organisation",
	since="received.sent_on",
	holds=lambda: f"received.status in ({quoted(OPEN_TO_RECEIVER)})",
)
# Who is asked to take a case over reads the request, and not yet the case.
ASKING = Relation(
	ASKED,
	"Case Request",
	"`tabCase Request` asked",
	record="asked.name",
	case="asked.case_file",
	user="asked.to_user",
	since="asked.decided_on",
	holds=lambda: "asked.status in ('Approved', 'Accepted', 'Declined')",
)
# A session of a group, and the group, name several cases: they are of who holds them.
HOLDING_SESSION = Relation(
	HELD,
	"Intervention",
	"`tabIntervention` held join `tabIntervention Operator` operator on operator.parent = held.name"
	" and operator.parenttype = 'Intervention'"
	" left join `tabIntervention Participant` participant on participant.parent = held.name",
	record="held.name",
	case="participant.case_file",
	user="operator.user",
	holds=lambda: "held.mode = 'Group'",
)
HOLDING_GROUP = Relation(
	HELD,
	"Intervention Group",
	"`tabIntervention Group` held join `tabIntervention Operator` operator on operator.parent = held.name"
	" and operator.parenttype = 'Intervention Group'"
	" left join `tabIntervention Group Member` member on member.parent = held.name",
	record="held.name",
	case="member.case_file",
	user="operator.user",
	holds=lambda: "1 = 1",
)
# By DocType and relation.
TO_RECORD: dict[tuple[str, str], Relation] = {
	(relation.doctype, relation.name): relation
	for relation in (RECEIVING, ASKING, HOLDING_SESSION, HOLDING_GROUP)
}
