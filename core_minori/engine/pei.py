"""The individual plan (PEI): its thirteen sections, what each step asks for, and what changed between two versions."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher

from dateutil.relativedelta import relativedelta
from holidays import country_holidays
from rapidfuzz import fuzz

from core_minori.engine.casework import PLAN_ENDED, PLAN_RUNNING
from core_minori.engine.message import Finding, Message, Severity, Term, _, refuse

Row = Mapping[str, object]


@dataclass(frozen=True)
class Section:
	"""One of the thirteen sections; `fields` are those of the plan itself, tables stand apart.

	`needed`: a plan without it is not finished, so its paper says so; an empty one of the others has nothing to say.
	"""

	number: int
	title: str
	fields: tuple[str, ...] = ()
	needed: bool = False


OBJECTIVES, INTERVENTIONS, VOICE, REVIEWS, SIGNATURES = 8, 9, 10, 11, 12

SECTIONS: tuple[Section, ...] = (
	Section(
		1,
		_("Header"),
		("facility", "project", "framework_project", "referent_worker", "educator", "guardian"),
		needed=True,
	),
	Section(
		2,
		_("Social Anamnesis"),
		(
			"origin_and_family",
			"schooling",
			"work_experience",
			"language_level",
			"kept_contacts",
			"habits_and_practices",
		),
		needed=True,
	),
	Section(
		3,
		_("Migration Experience"),
		(
			"migration_reasons",
			"migration_route",
			"migration_debts",
			"migration_violence",
			"migration_expectations",
			"relatives_in_europe",
		),
	),
	Section(4, _("Health"), ("health_needs", "health_screening_on")),
	Section(
		5, _("Psycho-social Situation"), ("psychosocial_needs", "protective_factors", "vulnerability_level")
	),
	Section(6, _("Documents"), ("documents_status", "documents_checked_on"), needed=True),
	Section(
		7,
		_("Socio-legal Path"),
		("permit_type", "asylum_requested", "dublin_procedure", "regularisation_path"),
		needed=True,
	),
	Section(OBJECTIVES, _("Objectives"), needed=True),
	Section(INTERVENTIONS, _("Interventions"), needed=True),
	Section(
		VOICE,
		_("The Minor's Own Voice"),
		("minor_wishes", "minor_agrees", "voice_language", "voice_mediator_present"),
		needed=True,
	),
	Section(REVIEWS, _("Reviews")),
	Section(SIGNATURES, _("Signatures"), needed=True),
	Section(13, _("Next Steps"), ("plan_at_eighteen", "exit_plan")),
)

OBJECTIVE_FIELDS: tuple[str, ...] = (
	"area",
	"objective",
	"need",
	"expected_result",
	"baseline",
	"indicator",
	"target",
	"due_on",
	"responsible",
	"status",
	"progress",
)
INTERVENTION_FIELDS: tuple[str, ...] = (
	"intervention_type",
	"mode",
	"organisation",
	"referral",
	"frequency",
	"start_date",
	"end_date",
	"planned_hours",
	"outcome",
)

DRAFT_STATES: tuple[str, ...] = ("Drafting", "Team Review")
APPROVED = "Approved by the Unit"
# What was approved is carried out as it stands: here only how it goes is written down.
MOVES_AFTER_APPROVAL: frozenset[tuple[int, str]] = frozenset(
	{
		(OBJECTIVES, "status"),
		(OBJECTIVES, "progress"),
		(INTERVENTIONS, "referral"),
		(INTERVENTIONS, "organisation"),
		(INTERVENTIONS, "outcome"),
		(VOICE, "minor_agrees"),
	}
)

YEARS_AHEAD = 5  # a plan looks one or two years ahead: a date beyond this is a slip of the keyboard
AGE_OF_SIGNING = 12  # from here on the minor is heard in any case (L. 184/1983, L. 47/2017)
MOST_OCCURRENCES = 60

# Countries where a relative may open a family reunification under the Dublin rules, as the site names them.
DUBLIN_COUNTRIES: frozenset[str] = frozenset(
	"Austria|Belgium|Bulgaria|Croatia|Cyprus|Czech Republic|Denmark|Estonia|Finland|France|Germany|Greece|Hungary|"
	"Iceland|Ireland|Latvia|Liechtenstein|Lithuania|Luxembourg|Malta|Netherlands|Norway|Poland|Portugal|Romania|"
	"Slovakia|Slovenia|Spain|Sweden|Switzerland".split("|")
)


# --- what a plan must be -----------------------------------------------------------------------------------------


def check_pei_step(
	state: str,
	objectives: int,
	minor_wishes: str | None,
	signatures: Iterable[tuple[str, date | None, str | None]],
	age: int | None = None,
) -> list[Finding]:
	"""What a PEI still lacks to be in `state`; `signatures` gives (who, signed on, reason of a missing one).

	A plan without objectives goes nowhere, and a signed plan has a signature. A signature that is missing without a
	reason warns: signing is not binding, being heard is. `age` in years, where it is known: below twelve the minor
	takes part by discernment, from eighteen on nobody signs for them.
	"""
	if state in ("Drafting", "Superseded", "Concluded"):
		return []
	findings = []
	if not objectives:
		findings.append(
			Finding(
				"pei-objectives",
				Severity.BLOCK,
				Message(_("The PEI has no objective yet.")),
				Message(_("Add at least one row under Objectives.")),
			)
		)
	if not (minor_wishes or "").strip():
		findings.append(
			Finding(
				"pei-voice",
				Severity.WARN,
				Message(_("The minor's own voice is empty.")),
				Message(_("Write the wishes and the opinion of the minor, or why they could not be heard.")),
				"L. 47/2017",
			)
		)
	if state not in ("Signed", *PLAN_RUNNING):
		return findings
	signed: set[str] = set()
	excused: set[str] = set()
	for who, day, reason in signatures:
		if day:
			signed.add(who)
		elif (reason or "").strip():
			excused.add(who)
	if not signed:
		findings.append(
			Finding(
				"pei-unsigned",
				Severity.BLOCK,
				Message(_("Nobody signed the PEI yet.")),
				Message(_("Add the signatures with their dates under Signatures.")),
			)
		)
	for who in ("Minor", "Guardian or Parent"):
		if not signed or who in signed | excused or (who != "Minor" and age is not None and age >= 18):
			continue
		young = who == "Minor" and age is not None and age < AGE_OF_SIGNING
		findings.append(
			Finding(
				"pei-signature",
				Severity.INFORM if young else Severity.WARN,
				Message(_("A signature is missing: {who}."), {"who": Term(who)}),
				Message(_("Under twelve the minor takes part according to their discernment."))
				if young
				else Message(_("Add it, or add the row with the reason why it is missing.")),
			)
		)
	return findings


def check_signature_days(days: Iterable[date | None], today: date) -> Finding | None:
	"""A signature is dated on the day it was given, so none lies ahead."""
	ahead = [day for day in days if day and day > today]
	if not ahead:
		return None
	return Finding(
		"pei-signature-day",
		Severity.BLOCK,
		Message(_("A signature is dated {day}, which is in the future."), {"day": ahead[0]}),
		Message(_("Write the day on which it was signed.")),
	)


def settled(status: str | None, progress: float | None) -> tuple[str, float]:
	"""Status and progress of an objective, one following from the other where only one of them was written."""
	status, progress = status or "Planned", float(progress or 0)
	if status == "Reached" and not progress:
		progress = 100.0
	if status == "Planned" and 0 < progress < 100:
		status = "In Progress"
	return status, progress


def check_objective(
	place: int, row: Row, drafted_on: date, state: str = "Drafting", family: bool = True
) -> list[Finding]:
	"""What is wrong with one objective; `place` counts from one, `family` says whether the case is of a family."""
	status, progress = settled(row.get("status"), row.get("progress"))
	findings = [_progress_finding(place, status, progress)]
	due = row.get("due_on")
	is_open = status in ("Planned", "In Progress")
	if due and is_open and due < drafted_on:
		findings.append(
			Finding(
				"pei-objective-due",
				# A copied plan still holds the old days: there is time to move them until it goes to the team.
				Severity.WARN if state == "Drafting" else Severity.BLOCK,
				Message(
					_("Objective {row} was due on {due}, before the plan was drafted on {drafted}."),
					{"row": place, "due": due, "drafted": drafted_on},
				),
				Message(_("Give it a new date, or say how it ended.")),
			)
		)
	findings.append(_too_far(place, due, drafted_on, _("Objective {row}: {day} is too far ahead.")))
	if row.get("area") == "Parenting" and not family:
		findings.append(
			Finding(
				"pei-parenting",
				Severity.BLOCK,
				Message(_("Objective {row}: the area Parenting is for families."), {"row": place}),
				Message(_("Choose another area, or correct the kind of beneficiary of the case.")),
			)
		)
	return [finding for finding in findings if finding]


def check_intervention(place: int, row: Row, drafted_on: date) -> list[Finding]:
	"""What is wrong with one intervention; `place` counts from one."""
	start, end = row.get("start_date"), row.get("end_date")
	findings = [
		_too_far(place, day, drafted_on, _("Intervention {row}: {day} is too far ahead."))
		for day in (start, end)
	]
	if start and end and end < start:
		findings.append(
			Finding(
				"pei-intervention-days",
				Severity.BLOCK,
				Message(
					_("Intervention {row} ends on {end}, before it starts on {start}."),
					{"row": place, "start": start, "end": end},
				),
				Message(_("Correct one of the two dates.")),
			)
		)
	return [finding for finding in findings if finding]


def check_review(
	reviewed_on: date, next_on: date | None, plan_drafted_on: date, latest_next: date | None, today: date
) -> list[Finding]:
	"""The days of a review: it was held after the plan was drafted, and the next comes after it and in time.

	`latest_next` is the last day the rule on reviews gives, where there is one.
	"""
	findings = []
	if reviewed_on > today:
		findings.append(
			Finding(
				"pei-review-day",
				Severity.BLOCK,
				Message(
					_("{day} is in the future: only a review that was held is recorded."),
					{"day": reviewed_on},
				),
				Message(_("Correct the date.")),
			)
		)
	if reviewed_on < plan_drafted_on:
		findings.append(
			Finding(
				"pei-review-day",
				Severity.BLOCK,
				Message(
					_("The review of {day} comes before the plan, which was drafted on {drafted}."),
					{"day": reviewed_on, "drafted": plan_drafted_on},
				),
				Message(_("Correct the date, or choose the version that was reviewed.")),
			)
		)
	if next_on and next_on <= reviewed_on:
		findings.append(
			Finding(
				"pei-review-next",
				Severity.BLOCK,
				Message(
					_("The next review, {next}, must come after this one, {day}."),
					{"next": next_on, "day": reviewed_on},
				),
				Message(_("Correct one of the two dates.")),
			)
		)
	return findings + late_review(next_on, latest_next)


def late_review(due_on: date | None, latest: date | None) -> list[Finding]:
	"""A warning where the review is planned later than the rule allows."""
	if not due_on or not latest or due_on <= latest:
		return []
	return [
		Finding(
			"pei-review-late",
			Severity.WARN,
			Message(
				_("The next review is planned for {day}; by rule it is due by {latest}."),
				{"day": due_on, "latest": latest},
			),
		)
	]


def check_approval(author: str, approver: str) -> Finding | None:
	"""Nobody approves the plan they wrote, whatever roles they hold."""
	if author != approver:
		return None
	return Finding(
		"pei-own-approval",
		Severity.BLOCK,
		Message(_("You wrote this plan: somebody else approves it.")),
		Message(_("Ask the coordinator or the manager of the unit.")),
	)


def check_fixed(before: Row, after: Row, state: str) -> Finding | None:
	"""From the approval on the content stands, and after the end all of it: who wants it otherwise writes a new version.

	`before` and `after` are the stored and the new plan, `state` the stored one's.
	"""
	if state in DRAFT_STATES:
		return None
	moves = () if state in PLAN_ENDED else MOVES_AFTER_APPROVAL
	changed = [
		change
		for change in diff(before, after)
		if change.kind != CHANGED or (change.section.number, change.field) not in moves
	]
	if not changed:
		return None
	return Finding(
		"pei-approved",
		Severity.BLOCK,
		Message(
			_("The plan was approved as it stands: section {number}, {section}, cannot change any more."),
			{"number": changed[0].section.number, "section": Term(changed[0].section.title)},
		),
		Message(_("Make a new version, or send the plan back before it is signed.")),
	)


def _progress_finding(place: int, status: str, progress: float) -> Finding | None:
	text = None
	if not 0 <= progress <= 100:
		text = _("Objective {row}: progress goes from 0 to 100, not {progress}.")
	elif status == "Reached" and progress != 100:
		text = _("Objective {row} is reached, but its progress is {progress}%.")
	elif status != "Reached" and progress == 100:
		text = _("Objective {row} has come to 100%, but is not said to be reached.")
	if not text:
		return None
	return Finding(
		"pei-progress",
		Severity.BLOCK,
		Message(text, {"row": place, "progress": f"{progress:g}"}),
		Message(_("Bring status and progress in line.")),
	)


def _too_far(place: int, day: date | None, drafted_on: date, text: str) -> Finding | None:
	if not day or day <= drafted_on + relativedelta(years=YEARS_AHEAD):
		return None
	return Finding(
		"pei-date", Severity.BLOCK, Message(text, {"row": place, "day": day}), Message(_("Correct the date."))
	)


# --- what changed between two versions ----------------------------------------------------------------------------

CHANGED, ADDED, DROPPED = "changed", "added", "dropped"
ALIKE = 70  # of 100: texts more alike than this, of one area, are one objective written anew


@dataclass(frozen=True)
class Change:
	"""One change that a person would name.

	`kind` is changed, added or dropped. `row` is the row of a table it is about, as it is called now; `field` the field
	that changed, None for a row that came or went, which is then whole in `after` or `before`.
	"""

	section: Section
	kind: str
	row: str
	field: str | None
	before: object
	after: object


def diff(before: Row, after: Row) -> list[Change]:
	"""What changed from one version of a plan to another, in the order of the sections.

	The plans map field names to values, with the lists "objectives" and "interventions". Rows are told by their
	`item_key`, and without one by what they say: another order is no change, nor are blanks and line ends. Dates,
	numbers and signatures of the versions themselves are left out.
	"""
	changes: list[Change] = []
	for section in SECTIONS:
		for name in section.fields:
			changes += _field_change(section, "", name, before, after)
		if section.number == OBJECTIVES:
			changes += _row_changes(section, before, after, "objectives", OBJECTIVE_FIELDS, objective_title)
		if section.number == INTERVENTIONS:
			changes += _row_changes(
				section, before, after, "interventions", INTERVENTION_FIELDS, intervention_title
			)
	return changes


def objective_title(row: Row) -> str:
	"""What an objective is called in a list."""
	return plain(row.get("objective"))


def intervention_title(row: Row) -> str:
	"""What an intervention is called in a list; a term of the field, to be translated."""
	return plain(row.get("intervention_type"))


def words(before: object, after: object) -> list[tuple[str, str]]:
	"""Two texts as one run of pieces: ("same" | "gone" | "new", text), so that the words that changed can be marked."""
	old, new = plain(before).split(), plain(after).split()
	pieces: list[tuple[str, str]] = []
	for step, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, False).get_opcodes():
		if step == "equal":
			pieces.append(("same", " ".join(old[old_from:old_to])))
			continue
		if old_to > old_from:
			pieces.append(("gone", " ".join(old[old_from:old_to])))
		if new_to > new_from:
			pieces.append(("new", " ".join(new[new_from:new_to])))
	return pieces


def plain(value: object) -> str:
	"""A value as compared: nothing, zero and "no" are one; blanks and line ends count as one blank."""
	if not value:
		return ""
	if isinstance(value, datetime):
		return value.isoformat(" ", "minutes")
	if isinstance(value, date):
		return value.isoformat()
	if isinstance(value, bool | int | float):
		return f"{float(value):g}"
	return " ".join(str(value).split())


def matched_rows(before: Sequence[Row], after: Sequence[Row], says: Callable[[Row], str]) -> dict[int, int]:
	"""Place of each row of `after` that was there before -> its place in `before`.

	First by key, then by the same words, then by the most alike words of the same area or kind.
	"""
	found: dict[int, int] = {}

	def pair(alike: Callable[[Row, Row], bool]) -> None:
		for new, row in enumerate(after):
			if new in found:
				continue
			taken = set(found.values())
			for old, old_row in enumerate(before):
				if old not in taken and alike(old_row, row):
					found[new] = old
					break

	pair(lambda old, new: bool(old.get("item_key")) and old.get("item_key") == new.get("item_key"))
	pair(lambda old, new: _kind(old) == _kind(new) and says(old).casefold() == says(new).casefold())
	scores = sorted(
		(
			(-_likeness(says(old_row), says(new_row)), new, old)
			for new, new_row in enumerate(after)
			for old, old_row in enumerate(before)
			if _kind(old_row) == _kind(new_row)
		)
	)
	for score, new, old in scores:
		if -score >= ALIKE and new not in found and old not in found.values():
			found[new] = old
	return found


def _row_changes(
	section: Section,
	before: Row,
	after: Row,
	table: str,
	fields: Sequence[str],
	title: Callable[[Row], str],
) -> Iterator[Change]:
	old_rows, new_rows = list(before.get(table) or ()), list(after.get(table) or ())
	pairs = matched_rows(old_rows, new_rows, title)
	for place, row in enumerate(new_rows):
		if place not in pairs:
			yield Change(section, ADDED, title(row), None, None, row)
			continue
		for name in fields:
			yield from _field_change(section, title(row), name, old_rows[pairs[place]], row)
	for place, row in enumerate(old_rows):
		if place not in pairs.values():
			yield Change(section, DROPPED, title(row), None, row, None)


def _field_change(section: Section, row: str, name: str, before: Row, after: Row) -> list[Change]:
	old, new = before.get(name), after.get(name)
	if plain(old) == plain(new):
		return []
	return [Change(section, CHANGED, row, name, old, new)]


def _kind(row: Row) -> str:
	return str(row.get("area") or row.get("organisation") or "")


def _likeness(one: str, other: str) -> float:
	return fuzz.token_sort_ratio(one.casefold(), other.casefold())


# --- from what is known to a first draft --------------------------------------------------------------------------

_AREA_WORDS: tuple[tuple[str, str], ...] = (
	("Parenting", r"parent(ing|al)|genitorial"),
	("Psychological", r"psych|psic|emoti|emoz|trauma|mental|self.?harm|autoles|behaviou?r|comportament"),
	("Health", r"health|salute|sanitar|medic|addict|dipenden|substance|sostanz|nutri"),
	("School and Language", r"school|scuol|scolast|educat|istruz|language|lingu|learning|apprendiment"),
	("Training and Work", r"work|lavor|training|formazion|job|employ|econom|income|reddit|money"),
	("Legal", r"legal|giurid|document|permit|permess|court|tribunal|status|crime|reat"),
	("Housing and Autonomy", r"hous|abitat|alloggi|autonom|home|casa|living|daily|quotidian"),
	("Leisure and Sport", r"leisure|sport|tempo libero|play|gioco"),
	("Citizenship", r"citizen|cittadinan|civic|communit|comunit|territor"),
	("Relations and Family", r"relat|relaz|famil|network|rete|social|peer|pari|attach|legam|safety|sicurezz"),
)


def area_of(dimension: str) -> str:
	"""The area of a plan that a dimension of the assessment belongs to, from its name; empty where it does not say."""
	name = dimension.casefold()
	return next((area for area, pattern in _AREA_WORDS if re.search(rf"\b(?:{pattern})", name)), "")


def proposed_objectives(
	scores: Iterable[tuple[str, int, str | None]], known: Container[str] = ()
) -> list[dict]:
	"""A row of the plan for each dimension that worries: (name, score of 1 to 5, note); the worst first.

	What to reach is the team's to say, and the minor's: it stays empty. `known` are the areas that have a row already.
	"""
	worrying = [
		(name, score, note) for name, score, note in scores if score >= 4 and area_of(name) not in known
	]
	return [
		{"area": area_of(name), "need": f"{name}: {note.strip()}" if (note or "").strip() else name}
		for name, _score, note in sorted(worrying, key=lambda entry: -entry[1])
	]


def age_band(age: int | None) -> str:
	"""The band of ages a referral speaks of, in place of a date of birth."""
	if age is None:
		return ""
	for last, band in ((5, "0-5"), (10, "6-10"), (13, "11-13"), (15, "14-15"), (17, "16-17")):
		if age <= last:
			return band
	return "18 and over"


SERVICE_OF: dict[str, str] = {
	"Civic Orientation": "Social Care",
	"Individual Education": "Social Care",
	"Group Education": "Social Care",
	"Psychological Support": "Psychological Support",
	"Parenting Support": "Parenting Support",
	"Language Course": "Language Course",
	"Vocational Training": "Vocational Training",
	"Legal Support": "Legal Support",
	"Health Care": "Health Care",
	"Cultural Mediation": "Cultural Mediation",
}
"""What a referral asks for, by the kind of intervention; other kinds ask for "Other"."""


def occurrences(
	first: date, last: date, weekdays: Container[int], every: int = 1, skip_holidays: bool = True
) -> list[date]:
	"""The days from `first` to `last`, both included, on these weekdays (Monday is 0), in every `every`-th week.

	National holidays are left out unless asked for. Raises RuleError when there is none, or more than sixty.
	"""
	if last < first:
		raise refuse(
			"pei-occurrences",
			_("The last day, {last}, comes before the first, {first}."),
			_("Correct one of the two dates."),
			first=first,
			last=last,
		)
	if last > first + timedelta(days=800):  # more than sixty, or a slip: not worth counting
		raise _too_many()
	off = country_holidays("IT", years=range(first.year, last.year + 1)) if skip_holidays else ()
	monday = first - timedelta(days=first.weekday())
	days = [
		day
		for day in (first + timedelta(days=step) for step in range((last - first).days + 1))
		if day.weekday() in weekdays and ((day - monday).days // 7) % every == 0 and day not in off
	]
	if not days:
		raise refuse(
			"pei-occurrences",
			_("No such day between {first} and {last}."),
			_("Choose other weekdays or other dates."),
			first=first,
			last=last,
		)
	if len(days) > MOST_OCCURRENCES:
		raise _too_many()
	return days


def _too_many() -> Exception:
	return refuse(
		"pei-occurrences",
		_("These are more than {most} at once."),
		_("Choose a nearer last day and plan the rest later."),
		most=MOST_OCCURRENCES,
	)
