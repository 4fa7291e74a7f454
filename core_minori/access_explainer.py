"""Why somebody sees a case, or does not: the resolver's own data, said in words. Codes and logins only, no content.

`answers` goes through the same grants and the same relations as the conditions of `permissions`;
core_minori/tests/test_access_explainer.py compares the two over random states.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.utils import format_date, format_datetime, getdate, now_datetime

from core_minori.grants import (
	ADMINISTRATION,
	ALL,
	AREAS,
	ASKED,
	ASSIGNED,
	EMERGENCY,
	GRANTS,
	HELD,
	HOSTED,
	OWN_FIELDS,
	OWN_REPORT,
	PART_OF,
	PSYCHOLOGIST,
	READ,
	READERS_OF_LIMITED,
	RECEIVED,
	RECORD_GRANTS,
	ROLES,
	WRITE,
	doctypes_of,
)
from core_minori.permissions import case_roles, counting, readable_cases, unconfirmed_roles
from core_minori.relations import LIMITED, TO_CASE, TO_RECORD, Tie, quoted

# As many as a person can look through; the screen says when there are more.
MOST_CASES = 500


@dataclass(frozen=True)
class Way:
	"""What lets somebody in: a role, a relation and, but for who answers for every case, the record that ties them."""

	role: str
	relation: str
	rights: frozenset[str]
	tie: Tie | None = None


@dataclass
class Answer:
	"""Whether one part of one case may be read and changed, through what, and what does not count and why."""

	part: str
	ways: list[Way]
	shut: list[Way]  # what the role could have, were there a tie that holds
	limited: bool
	roles: frozenset[str]

	@property
	def read(self) -> bool:
		return self._may(READ) and not (self.limited and not READERS_OF_LIMITED & self.roles)

	@property
	def write(self) -> bool:
		return self._may(WRITE) and not self.limited

	def _may(self, right: str) -> bool:
		return any(right in way.rights for way in self.ways)


def answers(roles: Iterable[str], ties: Iterable[Tie], limited: bool) -> dict[str, Answer]:
	"""By part: what these roles and ties open of one case."""
	roles, ties = frozenset(roles), list(ties)
	found = {}
	for part, by_role in GRANTS.items():
		answer = found[part] = Answer(part, [], [], limited, roles)
		for role, by_relation in by_role.items():
			if role not in roles:
				continue
			for relation, rights in by_relation.items():
				if relation == ALL:
					answer.ways.append(Way(role, relation, rights))
					continue
				own = [tie for tie in ties if tie.relation == relation and tie.role in (None, role)]
				running = [Way(role, relation, rights, tie) for tie in own if tie.holds]
				answer.ways += running
				if not running:
					answer.shut.append(Way(role, relation, rights, own[-1] if own else None))
	return found


def explain(user: str, case_file: str) -> dict:
	"""Why `user` may or may not read and change each part of a case, today; asks no permission itself."""
	roles, remarks = _roles_and_remarks(user)
	ties = [tie for relation in TO_CASE.values() for tie in relation.ties([case_file], [user])]
	limits = _limits([case_file])
	if case_file in limits:
		remarks.append(limits[case_file])
	everything = user == "Administrator"
	parts = []
	for part, answer in answers(roles, ties, case_file in limits).items():
		parts.append(
			{
				"part": part,
				"label": part_label(part),
				"doctypes": [_(doctype) for doctype in doctypes_of(part)],
				"read": everything or answer.read,
				"write": everything or answer.write,
				"ways": [_way(way) for way in answer.ways],
				"why_not": [] if everything or answer.read else _why_not(part, answer),
				"note": _note(part, answer),
			}
		)
	return {
		"user": user,
		"case_file": case_file,
		"roles": [_(role) for role in ROLES if role in roles],
		"remarks": remarks,
		"read": any(part["read"] for part in parts),
		"parts": parts,
		"records": _single_records(user, roles, case_file, {part["part"] for part in parts if part["read"]}),
	}


def who(case_file: str) -> dict:
	"""Everybody who may read some part of the case today, through what, and who could until a tie ended."""
	by_user = _roles_of_users()
	ties: dict[str, list[Tie]] = {}
	for relation in TO_CASE.values():
		for tie in relation.ties([case_file], by_user):
			ties.setdefault(tie.user, []).append(tie)
	limits = _limits([case_file])
	readers, former = [], []
	for user, roles in by_user.items():
		found = answers(roles, ties.get(user, ()), case_file in limits)
		ways = {way: None for answer in found.values() if answer.read for way in answer.ways}
		if ways:
			readers.append(
				{
					"user": user,
					"ways": list(dict.fromkeys(_way(way) for way in ways)),
					"read": [part_label(part) for part, answer in found.items() if answer.read],
					"write": [part_label(part) for part, answer in found.items() if answer.write],
				}
			)
		former += [
			{"user": user, "way": _way(Way(tie.role or "", tie.relation, frozenset(), tie))}
			for tie in ties.get(user, ())
			if not tie.holds
		]
	records = [
		{"user": tie.user, "doctype": _(doctype), "record": tie.record, "way": _record_way(tie)}
		for (doctype, relation), tied in TO_RECORD.items()
		for tie in tied.ties([case_file], by_user)
		if tie.holds and _opens(by_user[tie.user], doctype, relation) and case_file not in limits
	]
	return {
		"case_file": case_file,
		"remarks": list(limits.values()),
		"readers": sorted(readers, key=lambda row: row["user"]),
		"former": former,
		"records": records,
	}


def seen_by(user: str) -> dict:
	"""Every case of which `user` may read some part today, their single records, and the areas that are no case."""
	roles, remarks = _roles_and_remarks(user)
	ties: dict[str, list[Tie]] = {}
	for relation in TO_CASE.values():
		for tie in relation.ties(users=[user]):
			ties.setdefault(tie.case_file, []).append(tie)
	of_all = [
		role for role in ROLES if role in roles and any(ALL in by.get(role, {}) for by in GRANTS.values())
	]
	limits = _limits(ties)
	cases = []
	for case_file, tied in sorted(ties.items()):
		found = answers(roles, tied, case_file in limits)
		ways = {way: None for answer in found.values() if answer.read for way in answer.ways if way.tie}
		if ways:
			cases.append(
				{
					"case_file": case_file,
					"ways": list(dict.fromkeys(_way(way) for way in ways)),
					"read": [part_label(part) for part, answer in found.items() if answer.read],
					"write": [part_label(part) for part, answer in found.items() if answer.write],
				}
			)
	records = [
		{"case_file": tie.case_file, "doctype": _(doctype), "record": tie.record, "way": _record_way(tie)}
		for (doctype, relation), tied in TO_RECORD.items()
		if _opens(roles, doctype, relation)
		for tie in tied.ties(users=[user])
		if tie.holds
	]
	return {
		"user": user,
		"roles": [_(role) for role in ROLES if role in roles],
		"remarks": remarks,
		"every_case": [
			{
				"role": _(role),
				"read": [
					part_label(part) for part, by in GRANTS.items() if READ in by.get(role, {}).get(ALL, ())
				],
				"write": [
					part_label(part) for part, by in GRANTS.items() if WRITE in by.get(role, {}).get(ALL, ())
				],
			}
			for role in of_all
		],
		"number_of_cases": frappe.db.count("Case File") if of_all else len(cases),
		"cases": cases[:MOST_CASES],
		"more_cases": max(0, len(cases) - MOST_CASES),
		"records": records[:MOST_CASES],
		"areas": _areas(roles),
	}


def was_tied(user: str, case_file: str) -> bool:
	"""Whether `user` is tied to the case, or ever was: nobody else is told in which state it is."""
	return any(relation.ties([case_file], [user]) for relation in TO_CASE.values())


def why_closed(user: str, case_file: str) -> str:
	"""In one sentence, why `user` may not read a case any more: for who had it open."""
	told = explain(user, case_file)
	if told["remarks"]:
		return told["remarks"][0]
	of_case = next(part for part in told["parts"] if part["part"] == PART_OF["Case File"])
	return (of_case["why_not"] or [_("Your access to it has ended.")])[0]


def part_label(part: str) -> str:
	"""The part of a case in the reader's language."""
	return {
		"identity": _("Identity"),
		"social": _("Social"),
		"interview": _("Interviews"),
		"assessment": _("Screening and Risk"),
		"work": _("Work of the Team"),
		"family": _("Search for the Family"),
		"court": _("Court"),
		"placement": _("Placements"),
		"request": _("Requests on the Case"),
		"consent": _("Consents"),
		"pei": _("Plan"),
		"voice": _("The Minor's Voice in the Plan"),
		"review": _("Reviews of the Plan"),
		"health": _("Health"),
		"psychological": _("Psychological"),
		"health summary": _("Health Summary"),
		"psychological summary": _("Psychological Summary"),
		"care": _("Care Notes"),
		"referral": _("Referrals"),
		"team": _("Team"),
	}[part]


def _roles_and_remarks(user: str) -> tuple[set[str], list[str]]:
	if user == "Administrator":
		return set(), [
			_("Administrator passes every check: this login is for installing and repairing only.")
		]
	roles = case_roles(user)
	remarks = []
	if not frappe.db.get_value("User", user, "enabled"):
		remarks.append(_("{0} is disabled and cannot log in.").format(user))
	given = set(frappe.get_roles(user))
	if ADMINISTRATION in given and (given - roles) & set(ROLES):
		remarks.append(
			_("{0} administers the site: no role counts towards a case but the emergency reader's.").format(
				user
			)
		)
	for row in unconfirmed_roles([user]):
		if row.role in given:
			remarks.append(
				_("The role {0} was refused.").format(_(row.role))
				if row.status == "Refused"
				else _("The role {0} waits for a confirmation.").format(_(row.role))
			)
	if not roles & {role for by_role in GRANTS.values() for role in by_role} and not remarks:
		remarks.append(_("{0} has no role that reads a part of a case.").format(user))
	return roles, remarks


def _roles_of_users() -> dict[str, set[str]]:
	"""The counting roles of every enabled user who has one of ours; two queries."""
	has_role, user = frappe.qb.DocType("Has Role"), frappe.qb.DocType("User")
	rows = (
		frappe.qb.from_(has_role)
		.join(user)
		.on(user.name == has_role.parent)
		.select(user.name, has_role.role)
		.where(
			(has_role.parenttype == "User")
			& (user.enabled == 1)
			& (user.name != "Administrator")
			& has_role.role.isin([*ROLES, ADMINISTRATION])
		)
		.run()
	)
	given: dict[str, set[str]] = {}
	for name, role in rows:
		given.setdefault(name, set()).add(role)
	waiting: dict[str, set[str]] = {}
	for row in unconfirmed_roles():
		waiting.setdefault(row.user, set()).add(row.role)
	return {name: counting(roles, waiting.get(name, set())) for name, roles in given.items()}


def _limits(cases: Iterable[str]) -> dict[str, str]:
	"""Those of `cases` that are restricted or kept for the archive, each with the sentence that says so."""
	rows = frappe.db.sql(  # nosemgrep: every value in it was escaped
		f"select name, restricted from `tabCase File` limited"
		f" where name in ({quoted(cases) or 'null'}) and {LIMITED}"
	)
	return {
		name: _("{0} is restricted: only a coordinator reads it, and nobody changes it.").format(name)
		if restricted
		else _("{0} is kept for the archive: only a coordinator reads it, and nobody changes it.").format(
			name
		)
		for name, restricted in rows
	}


def _way(way: Way) -> str:
	role = _(way.role)
	if way.relation == ALL:
		return _("{0}: answers for every case").format(role)
	tie = way.tie
	if way.relation == HOSTED:
		if not tie.holds:
			return _("The minor does not live in {0} of {1} any more").format(tie.record, tie.place)
		return _("{0}: the minor lives in {1}, of {2}").format(role, tie.record, tie.place)
	if way.relation == EMERGENCY:
		return _("Emergency access {0} of {1}, until {2}").format(
			tie.record, format_datetime(tie.since), format_datetime(tie.until)
		)
	if tie.until:
		return _("{0}: assignment {1}, from {2} until {3}").format(
			role, tie.record, format_date(tie.since), format_date(tie.until)
		)
	return _("{0}: assignment {1}, since {2}").format(role, tie.record, format_date(tie.since))


def _record_way(tie: Tie) -> str:
	return {
		RECEIVED: _("The referral is open to the organisation {0}").format(tie.place),
		ASKED: _("Is asked to take the case over"),
		HELD: _("Holds the group or its session"),
	}[tie.relation]


def _why_not(part: str, answer: Answer) -> list[str]:
	if answer.ways:  # granted, and shut again by the limit of the case: a remark says so
		return []
	if not answer.shut:
		return [_("No role of this user reads this part.")]
	return list(dict.fromkeys(_shut(way) for way in answer.shut))


def _shut(way: Way) -> str:
	tie, role = way.tie, _(way.role)
	if way.relation == ASSIGNED:
		if not tie:
			return _("{0}: has no assignment in this role").format(role)
		if tie.until and tie.until < getdate():
			return _("{0}: the assignment {1} ended on {2}").format(role, tie.record, format_date(tie.until))
		return _("{0}: the assignment {1} begins on {2}").format(role, tie.record, format_date(tie.since))
	if way.relation == HOSTED:
		if not tie:
			return _("{0}: the minor does not live in a facility of the user's organisation").format(role)
		if tie.until:
			return _("{0}: the case was closed on {1}").format(role, format_date(tie.until))
		return _("{0}: the minor does not live in {1} any more").format(role, tie.record)
	if not tie:
		return _("{0}: has no emergency access to this case").format(role)
	if tie.since > now_datetime():
		return _("{0}: the emergency access {1} begins at {2}").format(
			role, tie.record, format_datetime(tie.since)
		)
	return _("{0}: the emergency access {1} ended at {2}").format(
		role, tie.record, format_datetime(tie.until)
	)


def _note(part: str, answer: Answer) -> str | None:
	"""Where a right on a part is on some of its fields or records only."""
	roles = {way.role for way in answer.ways if WRITE in way.rights}
	kept = OWN_FIELDS["PEI"].keys()
	if part == PART_OF["PEI"] and answer.write and roles <= kept:
		return _("Changes the sections on health and psycho-social needs only.")
	if part == PART_OF[OWN_REPORT[0]] and not answer.write and PSYCHOLOGIST in answer.roles and answer.read:
		return _("Changes their own report as health professional only.")
	return None


def _opens(roles: set[str], doctype: str, relation: str) -> bool:
	return any(relation in by and role in roles for role, by in RECORD_GRANTS[doctype].items())


def _single_records(user: str, roles: set[str], case_file: str, read: set[str]) -> list[dict]:
	"""Records about the case that `user` reads without the part of the case they belong to."""
	found = []
	limited = _limits([case_file]) and not READERS_OF_LIMITED & roles
	for (doctype, relation), tied in TO_RECORD.items():
		if not _opens(roles, doctype, relation):
			continue
		# The restriction of one case does not take a whole group from who holds it.
		if limited and relation != HELD:
			continue
		found += [
			{"doctype": doctype, "label": _(doctype), "record": tie.record, "way": _record_way(tie)}
			for tie in tied.ties([case_file], [user])
			if tie.holds
		]
	if "identity" not in read:
		minor = frappe.db.get_value("Case File", case_file, "minor")
		others = frappe.get_all(
			"Case File", filters={"minor": minor, "name": ["!=", case_file]}, pluck="name", order_by="name"
		)
		found += [
			{
				"doctype": "Minor",
				"label": _("Minor"),
				"record": minor,
				"way": _("Reads another case of the same person: {0}").format(other),
			}
			for other in sorted(readable_cases(user, others, "identity"))[:1]
		]
	return found


def _areas(roles: set[str]) -> list[dict]:
	"""What is no part of a case, as the DocTypes' own permissions have it for these roles."""
	rows = []
	for area, doctypes in AREAS.items():
		for doctype in doctypes:
			permissions = [
				row for row in frappe.get_meta(doctype).permissions if row.role in roles and not row.permlevel
			]
			if any(row.read for row in permissions):
				rows.append(
					{
						"area": area_label(area),
						"doctype": _(doctype),
						"write": any(row.write for row in permissions),
					}
				)
	return rows


def area_label(area: str) -> str:
	"""An area that is no part of a case, in the reader's language."""
	return {
		"places": _("Places and Organisations"),
		"protocols": _("Protocols and Agreements"),
		"training": _("Training"),
		"money": _("Budget, Claims and Hours"),
		"research": _("Research"),
		"rules": _("Rules and Lists"),
		"watch": _("Logs, Requests and Settings"),
	}[area]
