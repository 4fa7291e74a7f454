"""The pseudonymised export for evaluators: reads people and what was done with them, hands plain values to the rules, and
writes a workbook that points to nobody.

It is made for readers of no case, so it reads all cases without asking the resolver: what leaves has gone through
`engine.pseudonyms`, and an officer or the coordinator has agreed to it.
"""

import base64
import hashlib
import json
import secrets
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import mean, median

from openpyxl import Workbook
from openpyxl.worksheet.properties import PageSetupProperties
from pypika.terms import Criterion

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Date
from frappe.utils import flt, getdate
from frappe.utils.password import decrypt, encrypt, get_encryption_key

from core_minori.engine import pseudonyms
from core_minori.engine.casework import ENDED
from core_minori.engine.interventions import DONE, GROUP, PRESENT
from core_minori.engine.message import _ as marked
from core_minori.engine.pseudonyms import (
	AGE,
	ANY,
	COLUMNS,
	KIND,
	ORIGIN,
	OUTCOME,
	PROJECT,
	RECEPTION,
	REPORTED,
	SEX,
	UNKNOWN,
	Band,
	Person,
	Release,
	banded,
	known,
	release,
	rounded,
	shifted,
	token_of,
)
from core_minori.engine.sheet_writer import saved, write_table
from core_minori.engine.small_cells import LEAST

# Cases whose data may not be worked with: limited by request of the person, or by the rules of the archive.
LEFT_ALONE = ("Restricted", "Pseudonymised", "Discard Proposed", "Discard Authorised", "Discarded")
LABELS: dict[str, str] = {
	KIND: marked("Kind of Beneficiary"),
	SEX: marked("Sex"),
	AGE: marked("Age when Reported"),
	ORIGIN: marked("Origin"),
	REPORTED: marked("Reported in"),
	RECEPTION: marked("Reception"),
	OUTCOME: marked("State of the Case"),
	PROJECT: marked("Project"),
}
_MINORS = ("Unaccompanied Minor", "Minor in a Family")
_STARTED = ("Reported", "Reception", "Assessment", "PEI Drafting")
_VICTIM = marked("Victim or Potential Victim")
_YES, _NO = marked("Yes"), marked("No or Not Recorded")
_RECEIVED, _NOT_RECEIVED = marked("Received"), marked("Not Received")
KEPT, LATE, OPEN, NONE = marked("Kept"), marked("Late"), marked("Still Running"), marked("Without It")
HOURS_TO = 10
HOURS_OF_ONE_TO = 5
DAYS_TO = 5

# sheet -> row -> kind -> tokens of people
Tally = dict[str, dict[str, dict[str, set[str]]]]
Say = Callable[[str], str]


@dataclass
class Gathered:
	"""What an export is made of: people by token, the cases of each, and when they were reported."""

	people: list[Person] = field(default_factory=list)
	cases: dict[str, str] = field(default_factory=dict)
	reported: dict[str, date] = field(default_factory=dict)
	traits: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Made:
	"""An export before it is a file: who is in which group, what is counted, and what is to be remembered."""

	found: Release
	gathered: Gathered
	salt: bytes
	counts: dict[str, dict[str, dict[str, Band]]]
	hours: dict[str, int]
	told: dict[str, dict[str, Band]]

	def memory(self) -> dict:
		"""What later exports are held against: groups by fingerprint, and what the counts let one work out."""
		return {"groups": self.found.group_of, "told": self.told}


def make(period_from: date, period_to: date, project: str | None, earlier: Sequence[Mapping]) -> Made:
	"""The export of the people with a case in these days, held against the memories of earlier exports."""
	gathered = gather(period_from, period_to, project)
	salt = secrets.token_bytes(32)  # not kept: no code can be led back, by us neither
	found = release(gathered.people, [memory["groups"] for memory in earlier], salt)
	inside = set(found.codes)
	tally, hours = _tally(gathered, inside, period_from, period_to)
	counts: dict[str, dict[str, dict[str, Band]]] = {}
	told: dict[str, dict[str, Band]] = {}
	for sheet, rows in tally.items():
		for row, kinds in rows.items():
			key = f"{sheet}/{row}"
			numbers = {kind: len(people) for kind, people in kinds.items()}
			bands = banded(numbers, [memory["told"][key] for memory in earlier if key in memory["told"]])
			if bands:
				counts.setdefault(sheet, {})[row] = bands
				told[key] = known(bands, sum(numbers.values()))
	return Made(found, gathered, salt, counts, hours, told)


def gather(period_from: date, period_to: date, project: str | None = None) -> Gathered:
	"""The people with a case open on a day of the period, by token; of two cases of a person the later one speaks.

	Left out are cases that may not be worked with, and people who refused, or withdrew, the use of their data for research.
	"""
	case = frappe.qb.DocType("Case File")
	condition = (case.reported_on <= period_to) & (case.closed_on.isnull() | (case.closed_on >= period_from))
	if project:
		condition &= case.project == project
	refused = _refused_research()
	secret = get_encryption_key().encode()
	gathered = Gathered()
	latest: dict[str, dict] = {}
	for row in cases_with_people(condition):
		if row.minor in refused:
			continue
		token = token_of(secret, row.minor)
		gathered.cases[row.name] = token
		latest[token] = row
	for token, row in latest.items():
		gathered.people.append(Person(token, paths_of(row)))
		gathered.reported[token] = getdate(row.reported_on)
		gathered.traits[token] = {
			name: row[name] or "" for name in ("victim_status", "emersion_channel", "intervention_area")
		}
	return gathered


def cases_with_people(condition: Criterion) -> list[dict]:
	"""Every case that fulfils a condition on Case File and may be worked with, with what is counted of its person."""
	case, minor, facility = (frappe.qb.DocType(name) for name in ("Case File", "Minor", "Facility"))
	country = frappe.qb.DocType("Country")
	return (
		frappe.qb.from_(case)
		.join(minor)
		.on(minor.name == case.minor)
		.left_join(facility)
		.on(facility.name == case.facility)
		.left_join(country)
		.on(country.name == minor.nationality)
		.select(
			case.name,
			case.minor,
			case.beneficiary_type,
			case.project,
			case.state,
			case.closure_reason,
			case.living_arrangement,
			case.reported_on,
			case.victim_status,
			case.emersion_channel,
			case.intervention_area,
			facility.reception_level,
			minor.sex,
			minor.birth_date,
			minor.nationality,
			country.code,
		)
		.where(condition)
		.where(case.restricted == 0)
		.where(case.retention_state.isnull() | case.retention_state.notin(LEFT_ALONE))
		.orderby(case.reported_on, case.name)
		.run(as_dict=True)
	)


def _refused_research() -> set[str]:
	"""People whose last word on research is no."""
	consent, case = frappe.qb.DocType("Consent"), frappe.qb.DocType("Case File")
	said = (
		frappe.qb.from_(consent)
		.join(case)
		.on(case.name == consent.case_file)
		.select(case.minor, consent.outcome, consent.withdrawn_on)
		.where(consent.purpose == "Research")
		.orderby(consent.given_on, consent.creation)
		.run()
	)
	last = {minor: outcome == "Refused" or bool(withdrawn) for minor, outcome, withdrawn in said}
	return {minor for minor, no in last.items() if no}


def paths_of(row: dict) -> dict[str, pseudonyms.Path]:
	"""The values of a person from wide to fine."""
	reported = getdate(row.reported_on)
	level = row.reception_level if row.living_arrangement == "Facility" else row.living_arrangement
	if row.state in ENDED:
		outcome = (marked("Ended"), row.closure_reason or UNKNOWN)
	else:
		outcome = (
			marked("Followed"),
			marked("Start of the Path") if row.state in _STARTED else marked("Plan Running or Later"),
		)
	return {
		KIND: (marked("Minor") if row.beneficiary_type in _MINORS else marked("Adult"), row.beneficiary_type),
		SEX: (row.sex if row.sex in ("Male", "Female") else UNKNOWN,),
		AGE: pseudonyms.age_path(getdate(row.birth_date) if row.birth_date else None, reported),
		ORIGIN: pseudonyms.origin_path(row.nationality, row.code),
		REPORTED: pseudonyms.period_path(reported),
		RECEPTION: (
			marked("In a Facility") if row.living_arrangement == "Facility" else marked("Elsewhere"),
			level or UNKNOWN,
		),
		OUTCOME: outcome,
		PROJECT: (row.project or marked("None"),),
	}


def _tally(gathered: Gathered, inside: set[str], first: date, last: date) -> tuple[Tally, dict[str, int]]:
	"""People of the export by kind, for each row of each sheet; and hours by type of service, of five people at least."""
	tally: Tally = {"services": {}, "deadlines": {}, "referrals": {}, "characteristics": {}}
	cases = {case: token for case, token in gathered.cases.items() if token in inside}
	hours = hours_by_service(cases, first, last)
	for service, of in hours.items():
		tally["services"][service] = {_RECEIVED: set(of), _NOT_RECEIVED: inside - set(of)}
	worst = worst_term(cases, first, last)
	for title, by_token in worst.items():
		row: dict[str, set[str]] = {kind: set() for kind in (KEPT, LATE, OPEN)}
		for token, kind in by_token.items():
			row[kind].add(token)
		tally["deadlines"][title] = {**row, NONE: inside - set(by_token)}
	for service, by_token in last_referral(cases, first, last).items():
		kinds: dict[str, set[str]] = {}
		for token, status in by_token.items():
			kinds.setdefault(status, set()).add(token)
		tally["referrals"][service] = {**_in_order(kinds), NONE: inside - set(by_token)}
	for label, name in (
		(marked("Victim of Violence"), "victim_status"),
		(marked("Channel of Emersion"), "emersion_channel"),
		(marked("Area of Intervention"), "intervention_area"),
	):
		kinds = {}
		for token in inside:
			value = gathered.traits[token][name]
			if name == "victim_status" and value in ("Victim", "Potential Victim"):
				value = _VICTIM
			kinds.setdefault(value or UNKNOWN, set()).add(token)
		tally["characteristics"][label] = _in_order(kinds)
	for factor, tokens in _violence(cases).items():
		tally["characteristics"][factor] = {_YES: tokens, _NO: inside - tokens}
	return tally, {
		service: rounded(sum(of.values()), HOURS_TO) for service, of in hours.items() if len(of) >= LEAST
	}


def _in_order(kinds: dict[str, set[str]]) -> dict[str, set[str]]:
	"""By name: the order in which they were met would tell of the cases."""
	return dict(sorted(kinds.items()))


def hours_by_service(cases: Mapping[str, str], first: date, last: date) -> dict[str, dict[str, float]]:
	"""Hours done in the period, by type of service and person."""
	done, there = frappe.qb.DocType("Intervention"), frappe.qb.DocType("Intervention Participant")
	period = Date(done.starts_at)[first:last]
	own = (
		frappe.qb.from_(done)
		.select(done.intervention_type, done.case_file, done.hours)
		.where((done.status == DONE) & (done.mode != GROUP) & period)
		.run()
	)
	shared = (
		frappe.qb.from_(there)
		.join(done)
		.on(done.name == there.parent)
		.select(done.intervention_type, there.case_file, there.hours, done.hours)
		.where((done.status == DONE) & (done.mode == GROUP) & period)
		.where((there.parenttype == "Intervention") & (there.attendance == PRESENT))
		.run()
	)
	found: dict[str, dict[str, float]] = {}
	for service, case, hours, *whole in (*own, *shared):
		if token := cases.get(case):
			of = found.setdefault(service, {})
			of[token] = of.get(token, 0) + (flt(hours) or flt(whole[0] if whole else 0))
	return found


def worst_term(cases: Mapping[str, str], first: date, last: date) -> dict[str, dict[str, str]]:
	"""By name of the term and person: late if one of theirs due in the period was late, else kept, else still running."""
	term = frappe.qb.DocType("Case Deadline")
	rows = (
		frappe.qb.from_(term)
		.select(term.title, term.case_file, term.state)
		.where((term.kind == "Owed") & (term.part == "social") & (term.state != "Cancelled"))
		.where(Date(term.due_at)[first:last])
		.run()
	)
	order = {kind: place for place, kind in enumerate((OPEN, KEPT, LATE))}
	found: dict[str, dict[str, str]] = {}
	for title, case, state in rows:
		if token := cases.get(case):
			kind = {"Done": KEPT, "Done Late": LATE, "Overdue": LATE}.get(state, OPEN)
			of = found.setdefault(title, {})
			of[token] = max(of.get(token, kind), kind, key=order.__getitem__)
	return found


def last_referral(cases: Mapping[str, str], first: date, last: date) -> dict[str, dict[str, str]]:
	"""By service asked for and person: where the last referral sent in the period stands."""
	referral = frappe.qb.DocType("Referral")
	rows = (
		frappe.qb.from_(referral)
		.select(referral.service_requested, referral.case_file, referral.status)
		.where(Date(referral.sent_on)[first:last])
		.orderby(referral.sent_on)
		.run()
	)
	found: dict[str, dict[str, str]] = {}
	for service, case, status in rows:
		if token := cases.get(case):
			found.setdefault(service, {})[token] = status
	return found


def _violence(cases: Mapping[str, str]) -> dict[str, set[str]]:
	"""People by kind of violence that an assessment notes."""
	from core_minori.minors.report.violence_and_emersion.violence_and_emersion import VIOLENCE

	factor, assessment = frappe.qb.DocType("Risk Assessment Factor"), frappe.qb.DocType("Risk Assessment")
	rows = (
		frappe.qb.from_(factor)
		.join(assessment)
		.on(assessment.name == factor.parent)
		.select(factor.factor, assessment.case_file)
		.where((factor.parenttype == "Risk Assessment") & (factor.kind == "Risk"))
		.where(factor.factor.isin(VIOLENCE))
		.run()
	)
	found: dict[str, set[str]] = {kind: set() for kind in VIOLENCE}
	for kind, case in rows:
		if token := cases.get(case):
			found[kind].add(token)
	return found


# --- what is remembered ------------------------------------------------------------------------------------------------


def sealed(memory: Mapping) -> str:
	"""The memory of an export as text that only this site can read."""
	return encrypt(base64.b85encode(zlib.compress(json.dumps(memory).encode())).decode())


def unsealed(text: str) -> dict:
	"""The memory again. Raises frappe.ValidationError when the key of the site is not the one it was sealed with."""
	memory = json.loads(zlib.decompress(base64.b85decode(decrypt(text))))
	memory["told"] = {
		row: {kind: (low, high) for kind, (low, high) in kinds.items()}
		for row, kinds in memory["told"].items()
	}
	return memory


def memories() -> list[dict]:
	"""What every export that was handed out left behind, whoever asked for it: readers can put two together."""
	export = frappe.qb.DocType("Pseudonymised Export")
	rows = (
		frappe.qb.from_(export)
		.select(export.memory)
		.where((export.status == "Made") & export.memory.isnotnull())
		.orderby(export.made_on, export.name)
		.run()
	)
	return [unsealed(text) for (text,) in rows]


# --- the workbook ------------------------------------------------------------------------------------------------------


def workbook(made: Made, record: Document, language: str) -> bytes:
	"""The workbook of an export in a language: people, groups, counts, and what was done to them."""

	def say(text: str) -> str:
		return _(text, lang=language)

	book = Workbook()
	headings = [say(LABELS[column]) for column in COLUMNS]
	place = {key: number for number, group in enumerate(made.found.groups, 1) for key in group.members}
	values = [
		[_value(group.values[column], column, say) for column in COLUMNS] for group in made.found.groups
	]
	sheet = book.active
	sheet.title = say(marked("People"))
	write_table(
		sheet,
		[say(marked("Code")), say(marked("Group")), *headings],
		([code, place[key], *values[place[key] - 1]] for key, code in made.found.codes.items()),
	)
	write_table(
		book.create_sheet(say(marked("Groups of People"))),
		[
			say(marked("Group")),
			say(marked("People")),
			*headings,
			say(marked("Reported Around")),
			say(marked("Hours of a Person, Mean")),
			say(marked("Days to the Signed PEI, Median")),
		],
		(
			[number, len(group.members), *values[number - 1], *figures]
			for number, (group, figures) in enumerate(
				zip(made.found.groups, _figures(made, record), strict=True), 1
			)
		),
	)
	for key, title, first in (
		("services", marked("Services"), marked("Service")),
		("deadlines", marked("Deadlines"), marked("Deadline")),
		("referrals", marked("Referrals"), marked("Service Requested")),
		("characteristics", marked("Characteristics"), marked("Characteristic")),
	):
		_write_counts(book.create_sheet(say(title)), made, key, say(first), say)
	sheet = book.create_sheet(say(marked("Glossary")))
	write_table(
		sheet, [say(marked("What")), say(marked("How it Was Made Safe"))], _glossary(made, record, say)
	)
	sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 120
	book.worksheets[0].column_dimensions["B"].width = book.worksheets[1].column_dimensions["A"].width = 10
	for sheet in book:
		sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
		sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
	return saved(book)


def _figures(made: Made, record: Document) -> list[list[object]]:
	"""For each group: the mean day of the reports, moved at random; hours and days of its people, of five at least."""
	cases = {case: token for case, token in made.gathered.cases.items() if token in made.found.codes}
	hours: dict[str, float] = {}
	for of in hours_by_service(cases, getdate(record.period_from), getdate(record.period_to)).values():
		for token, value in of.items():
			hours[token] = hours.get(token, 0) + value
	signed = _days_to_plan(cases, made.gathered.reported)
	found = []
	for number, group in enumerate(made.found.groups):
		days = [made.gathered.reported[key].toordinal() for key in group.members]
		with_hours = [hours[key] for key in group.members if key in hours]
		waited = [signed[key] for key in group.members if key in signed]
		found.append(
			[
				shifted(made.salt, f"group {number}", date.fromordinal(round(mean(days)))),
				rounded(mean(with_hours), HOURS_OF_ONE_TO) if len(with_hours) >= LEAST else None,
				rounded(median(waited), DAYS_TO) if len(waited) >= LEAST else None,
			]
		)
	return found


def _days_to_plan(cases: Mapping[str, str], reported: Mapping[str, date]) -> dict[str, int]:
	plan = frappe.qb.DocType("PEI")
	rows = (
		frappe.qb.from_(plan)
		.select(plan.case_file, plan.signed_on)
		.where(plan.signed_on.isnotnull())
		.orderby(plan.signed_on)
		.run()
	)
	found: dict[str, int] = {}
	for case, day in rows:
		token = cases.get(case)
		if token and getdate(day) >= reported[token]:
			found.setdefault(token, (getdate(day) - reported[token]).days)
	return found


def _write_counts(sheet: object, made: Made, key: str, first: str, say: Say) -> None:
	rows = made.counts.get(key, {})
	hours = key == "services"
	table = [
		[
			say(row),
			say(kind),
			_band(bands[kind]),
			*([made.hours.get(row) if kind == _RECEIVED and bands[kind][0] >= LEAST else None] * hours),
		]
		for row, bands in sorted(rows.items())
		for kind in bands
	]
	headings = [first, say(marked("Kind")), say(marked("People"))]
	write_table(sheet, [*headings, say(marked("Hours"))] if hours else headings, table)
	sheet.column_dimensions["A"].width = 60


def _glossary(made: Made, record: Document, say: Say) -> list[list[str]]:
	found = made.found
	rows = [
		[say(marked("Pseudonymised Export")), record.name],
		[
			say(marked("Period")),
			f"{getdate(record.period_from):%d/%m/%Y} – {getdate(record.period_to):%d/%m/%Y}",
		],
		[say(marked("Project")), record.project or say(marked("All Projects"))],
		[
			say(marked("People")),
			say(marked("{0} people in {1} groups; each row reads the same as at least {2} others.")).format(
				found.people, len(found.groups), LEAST - 1
			),
		],
		[
			say(marked("People Left Out")),
			say(marked("{0}: too few were like them, or came and went since an earlier export.")).format(
				few(len(found.left_out))
			),
		],
		[
			say(marked("Values Made Wider")),
			"; ".join(
				f"{say(LABELS[column])}: {few(found.wider_by_column.get(column, 0))}" for column in COLUMNS
			),
		],
		[
			say(marked("Code")),
			say(
				marked(
					"Made for this export with a secret that was not kept: it is in no other export, and leads back to nobody."
				)
			),
		],
		[
			say(marked("Group")),
			say(
				marked(
					"All people of a group have the same values. A wide value stands for all who are in no finer group."
				)
			),
		],
	]
	notes = {
		KIND: marked("Minor or adult, then the kind."),
		SEX: marked("As recorded."),
		AGE: marked("On the day of the report: under 18 or over, then bands of age."),
		ORIGIN: marked("Continent, then region, then country (regions of the United Nations, M49)."),
		REPORTED: marked("Year, then half-year (S), then quarter (T)."),
		RECEPTION: marked("In a facility or elsewhere, then the level. Never which facility."),
		OUTCOME: marked("Followed or ended, then how."),
		PROJECT: marked("The funded project of the case."),
	}
	rows += [[say(LABELS[column]), say(notes[column])] for column in COLUMNS]
	rows += [
		[
			say(marked("Reported Around")),
			say(marked("The mean day of the group, moved by up to three weeks at random for this export.")),
		],
		[
			say(marked("Hours and Days")),
			say(marked("Rounded, and given only where at least five people have them.")),
		],
		[
			say(marked("Counts")),
			say(
				marked(
					"Bands of people. A band is wider where a narrower one would tell of one to four people, or of a difference of one to four from an earlier export."
				)
			),
		],
		[
			say(marked("Violence")),
			say(marked("Only counted over all people of the export, never next to another value of theirs.")),
		],
		[
			say(marked("Not Here")),
			say(
				marked(
					"Names, dates of birth, codes of cases, facilities, operators, texts, clinical and court records."
				)
			),
		],
		[
			say(marked("Not Protected")),
			say(
				marked(
					"What is true of a whole group is known of each of its people. Keep the workbook where only the study reads it, and try to recognise nobody."
				)
			),
		],
	]
	return rows


def few(count: int) -> str:
	"""A number of people, or that it is small."""
	return f"<{LEAST}" if 0 < count < LEAST else str(count)


def _value(value: str, column: str, say: Say) -> str:
	# a project has a code, which is no word
	return value if column == PROJECT and value not in (ANY, "None") else say(value)


def _band(band: Band) -> str:
	return f"{band[0]}–{band[1]}"


# --- the record --------------------------------------------------------------------------------------------------------


def fill(record: Document) -> None:
	"""Make the export of a record, its file and its memory. The caller holds the lock, and may write the record."""
	made = make(getdate(record.period_from), getdate(record.period_to), record.project or None, memories())
	record.smallest_group = LEAST
	if not made.found.people:
		record.status = "Refused"
		record.refusal_reason = _(
			"Fewer than {0} people could be in it: choose a longer period, or all projects."
		).format(LEAST)
		return
	language = frappe.db.get_value("User", record.owner, "language") or frappe.local.lang
	content = workbook(made, record, language)
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": "export.xlsx",
			"attached_to_doctype": record.doctype,
			"attached_to_name": record.name,
			"attached_to_field": "file",
			"is_private": 1,
			"content": content,
		}
	).insert()
	record.update(
		{
			"status": "Made",
			"people": made.found.people,
			"suppressed": few(len(made.found.left_out)),
			"generalised": made.found.widened,
			"file": file.file_url,
			"digest": hashlib.sha256(content).hexdigest(),
		}
	)
	# not with the other fields: every change of those is kept a second time, with the history of the record
	record.db_set("memory", sealed(made.memory()), update_modified=False)
