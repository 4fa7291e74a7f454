"""The plan of a minor: what it must be, what its steps ask for, what changed between two versions, what is planned."""

from copy import deepcopy
from datetime import date

import pytest

from core_minori.engine.beneficiaries import age_on
from core_minori.engine.message import RuleError, Severity
from core_minori.engine.pei import (
	ADDED,
	CHANGED,
	DROPPED,
	INTERVENTION_FIELDS,
	OBJECTIVE_FIELDS,
	SECTIONS,
	age_band,
	area_of,
	check_approval,
	check_fixed,
	check_intervention,
	check_objective,
	check_pei_step,
	check_review,
	check_signature_days,
	diff,
	late_review,
	matched_rows,
	objective_title,
	occurrences,
	proposed_objectives,
	settled,
	words,
)

TODAY = date(2026, 3, 10)
DRAFTED = date(2026, 3, 1)


def rules_of(findings):
	return {(finding.rule, finding.severity) for finding in findings}


def said(findings):
	return [finding.message.render() for finding in findings]


# --- steps --------------------------------------------------------------------------------------------------------


def test_the_plan_has_its_thirteen_sections_in_order():
	assert [section.number for section in SECTIONS] == list(range(1, 14))
	fields = [name for section in SECTIONS for name in section.fields]
	assert len(fields) == len(set(fields))


def test_a_plan_needs_an_objective_and_asks_for_the_minors_voice():
	assert check_pei_step("Drafting", 0, "", []) == []
	assert rules_of(check_pei_step("Team Review", 0, " ", [])) == {
		("pei-objectives", Severity.BLOCK),
		("pei-voice", Severity.WARN),
	}
	assert check_pei_step("Team Review", 1, "Vuole studiare", []) == []


def test_a_signed_plan_has_a_signature_and_a_missing_one_has_a_reason():
	assert rules_of(check_pei_step("Signed", 1, "x", [])) == {("pei-unsigned", Severity.BLOCK)}
	only_minor = [("Minor", TODAY, None)]
	findings = check_pei_step("Signed", 1, "x", only_minor)
	assert rules_of(findings) == {("pei-signature", Severity.WARN)}
	assert "Guardian or Parent" in findings[0].message.render()
	assert check_pei_step("Signed", 1, "x", [*only_minor, ("Guardian or Parent", None, "In viaggio")]) == []


@pytest.mark.parametrize(
	("age", "expected"),
	[
		(None, {("pei-signature", Severity.WARN)}),
		(12, {("pei-signature", Severity.WARN)}),
		(11, {("pei-signature", Severity.INFORM)}),
	],
)
def test_below_twelve_a_missing_signature_of_the_minor_is_only_told(age, expected):
	signed = [("Guardian or Parent", TODAY, None)]
	assert rules_of(check_pei_step("Signed", 1, "x", signed, age)) == expected


def test_nobody_signs_for_a_grown_up():
	assert check_pei_step("Signed", 1, "x", [("Minor", TODAY, None)], 18) == []
	assert check_pei_step("Signed", 1, "x", [("Minor", TODAY, None)], 17)


def test_no_signature_lies_ahead():
	assert check_signature_days([None, TODAY], TODAY) is None
	assert check_signature_days([date(2026, 3, 11)], TODAY).severity is Severity.BLOCK


def test_nobody_approves_their_own_plan():
	assert check_approval("a@example.test", "b@example.test") is None
	assert check_approval("a@example.test", "a@example.test").severity is Severity.BLOCK


# --- objectives and interventions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("written", "kept"),
	[
		((None, None), ("Planned", 0)),
		(("Reached", 0), ("Reached", 100)),
		(("Planned", 30), ("In Progress", 30)),
		(("In Progress", 0), ("In Progress", 0)),
		(("Partly Reached", 60), ("Partly Reached", 60)),
	],
)
def test_status_and_progress_follow_from_each_other(written, kept):
	assert settled(*written) == kept


@pytest.mark.parametrize(
	("status", "progress", "wrong"),
	[
		("Reached", 40, True),
		("Reached", 100, False),
		("In Progress", 100, True),
		("Not Reached", 100, True),
		("Partly Reached", 99, False),
		("In Progress", 101, True),
		("Planned", -1, True),
	],
)
def test_status_and_progress_say_the_same(status, progress, wrong):
	findings = check_objective(1, {"status": status, "progress": progress}, DRAFTED)
	assert bool(findings) is wrong
	assert all(finding.severity is Severity.BLOCK for finding in findings)


def test_an_open_objective_is_not_due_before_its_plan():
	row = {"status": "In Progress", "progress": 10, "due_on": date(2026, 2, 1)}
	assert rules_of(check_objective(1, row, DRAFTED)) == {("pei-objective-due", Severity.WARN)}
	assert rules_of(check_objective(1, row, DRAFTED, "Team Review")) == {
		("pei-objective-due", Severity.BLOCK)
	}
	assert check_objective(1, {**row, "status": "Reached", "progress": 100}, DRAFTED, "Team Review") == []
	slip = {"due_on": date(2206, 3, 1)}
	assert rules_of(check_objective(1, slip, DRAFTED)) == {("pei-date", Severity.BLOCK)}


def test_parenting_is_for_families():
	row = {"area": "Parenting"}
	assert check_objective(1, row, DRAFTED, family=True) == []
	assert rules_of(check_objective(3, row, DRAFTED, family=False)) == {("pei-parenting", Severity.BLOCK)}


def test_an_intervention_ends_after_it_starts():
	assert check_intervention(1, {"start_date": TODAY, "end_date": TODAY}, DRAFTED) == []
	assert check_intervention(1, {"start_date": TODAY}, DRAFTED) == []
	wrong = check_intervention(2, {"start_date": TODAY, "end_date": DRAFTED}, DRAFTED)
	assert said(wrong) == ["Intervention 2 ends on 01/03/2026, before it starts on 10/03/2026."]


def test_the_days_of_a_review_are_in_order_and_in_time():
	latest = date(2026, 9, 10)
	assert check_review(TODAY, date(2026, 9, 10), DRAFTED, latest, TODAY) == []
	assert rules_of(check_review(date(2026, 3, 11), None, DRAFTED, None, TODAY)) == {
		("pei-review-day", Severity.BLOCK)
	}
	assert rules_of(check_review(date(2026, 2, 1), None, DRAFTED, None, TODAY)) == {
		("pei-review-day", Severity.BLOCK)
	}
	assert rules_of(check_review(TODAY, TODAY, DRAFTED, latest, TODAY)) == {
		("pei-review-next", Severity.BLOCK)
	}
	assert rules_of(late_review(date(2026, 9, 11), latest)) == {("pei-review-late", Severity.WARN)}
	assert late_review(date(2026, 9, 11), None) == []


# --- what changed -------------------------------------------------------------------------------------------------


def objective(key, area, text, **values):
	row = dict.fromkeys(OBJECTIVE_FIELDS)
	return {**row, "item_key": key, "area": area, "objective": text, "status": "In Progress", **values}


def intervention(key, kind, **values):
	row = dict.fromkeys(INTERVENTION_FIELDS)
	return {**row, "item_key": key, "intervention_type": kind, "mode": "Individual", **values}


VERSION_2 = {
	**{name: None for section in SECTIONS for name in section.fields},
	"facility": "Casa Arcobaleno",
	"guardian": "Maria Verdi (Volunteer Guardian)",
	"schooling": "Sei anni di scuola nel paese di origine.\nInterrotta per lavorare.",
	"kept_contacts": "Madre: ogni settimana",
	"permit_type": "Minor Age",
	"asylum_requested": 0,
	"minor_wishes": "Vuole lavorare come cuoco e restare vicino agli amici del calcio, per ora.",
	"voice_mediator_present": 1,
	"objectives": [
		objective("o1", "School and Language", "Raggiungere il livello A2", target="A2", progress=40),
		objective("o2", "Training and Work", "Tirocinio in cucina", due_on=date(2026, 9, 30)),
		objective("o3", "Health", "Completare le vaccinazioni", progress=80),
		objective("o4", "Legal", "Ottenere il passaporto", status="Planned"),
	],
	"interventions": [
		intervention("i1", "Language Course", frequency="3 volte a settimana", planned_hours=120),
		intervention("i2", "Psychological Support", organisation="Consultorio", frequency="Ogni settimana"),
		intervention("i3", "Legal Support", organisation="Sportello"),
	],
}


def version_3():
	"""Version 2 with ten changes, its rows in another order and its texts with other blanks."""
	plan = deepcopy(VERSION_2)
	plan["schooling"] = "  Sei anni di scuola nel paese di origine.  Interrotta per lavorare. "
	plan["asylum_requested"] = None
	plan["permit_type"] = "Conversion Requested"
	plan["minor_wishes"] = "Vuole lavorare come pizzaiolo e restare vicino agli amici del calcio, per ora."
	first, second, third, _dropped = plan["objectives"]
	first.update(target="B1", due_on=date(2026, 12, 31))
	third.update(status="Reached", progress=100.0)
	second["objective"] = "Tirocinio  in cucina\n"
	new = objective("o5", "Leisure and Sport", "Iscriversi alla squadra di calcio", status="Planned")
	plan["objectives"] = [third, new, second, first]
	_course, support, legal = plan["interventions"]
	support["frequency"] = "Ogni due settimane"
	plan["interventions"] = [legal, support]
	return plan


PLANTED = {
	(7, CHANGED, "", "permit_type"),
	(8, CHANGED, "Raggiungere il livello A2", "target"),
	(8, CHANGED, "Raggiungere il livello A2", "due_on"),
	(8, CHANGED, "Completare le vaccinazioni", "status"),
	(8, CHANGED, "Completare le vaccinazioni", "progress"),
	(8, ADDED, "Iscriversi alla squadra di calcio", None),
	(8, DROPPED, "Ottenere il passaporto", None),
	(9, CHANGED, "Psychological Support", "frequency"),
	(9, DROPPED, "Language Course", None),
	(10, CHANGED, "", "minor_wishes"),
}


def named(changes):
	return [(change.section.number, change.kind, change.row, change.field) for change in changes]


def test_version_three_against_version_two_shows_the_changes_a_person_would_name():
	changes = diff(VERSION_2, version_3())
	assert sorted(named(changes), key=str) == sorted(PLANTED, key=str)
	numbers = [change.section.number for change in changes]
	assert numbers == sorted(numbers)
	status = next(change for change in changes if change.field == "status")
	assert (status.before, status.after) == ("In Progress", "Reached")


def without_keys(plan):
	plan = deepcopy(plan)
	for row in (*plan["objectives"], *plan["interventions"]):
		row.pop("item_key")
	return plan


def test_rows_without_a_key_are_told_by_what_they_say():
	assert set(named(diff(without_keys(VERSION_2), without_keys(version_3())))) == PLANTED


def test_an_order_alone_is_no_change():
	plan = deepcopy(VERSION_2)
	plan["objectives"].reverse()
	plan["interventions"].reverse()
	assert diff(VERSION_2, plan) == []
	assert diff(without_keys(VERSION_2), without_keys(plan)) == []


def test_an_objective_written_anew_is_the_same_objective():
	before = [objective(None, "Legal", "Ottenere il passaporto"), objective(None, "Legal", "Residenza")]
	after = [
		objective(None, "Legal", "Ottenere subito il passaporto"),
		objective(None, "Health", "Residenza"),
	]
	assert matched_rows(before, after, objective_title) == {0: 0}


def test_words_that_changed_are_marked_in_a_long_text():
	pieces = words(VERSION_2["minor_wishes"], version_3()["minor_wishes"])
	assert [piece for piece in pieces if piece[0] != "same"] == [("gone", "cuoco"), ("new", "pizzaiolo")]


def test_after_the_approval_only_how_it_goes_is_written_down():
	moved = deepcopy(VERSION_2)
	moved["objectives"][0].update(status="Partly Reached", progress=60)
	moved["interventions"][1].update(referral="REF-2026-00001", outcome="Avviato")
	moved["minor_agrees"] = "Yes"
	assert check_fixed(VERSION_2, moved, "In Progress") is None
	assert check_fixed(VERSION_2, moved, "Superseded").severity is Severity.BLOCK
	assert check_fixed(VERSION_2, VERSION_2, "Superseded") is None
	for changed in (
		{**VERSION_2, "schooling": "Altro"},
		{**VERSION_2, "objectives": VERSION_2["objectives"][:3]},
		version_3(),
	):
		assert check_fixed(VERSION_2, changed, "Approved by the Unit").severity is Severity.BLOCK
		assert check_fixed(VERSION_2, changed, "Team Review") is None


# --- first draft --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("dimension", "area"),
	[
		("Salute fisica", "Health"),
		("Benessere psicologico", "Psychological"),
		("School and learning", "School and Language"),
		("Legal status and documents", "Legal"),
		("Relazioni familiari", "Relations and Family"),
		("Xyz", ""),
	],
)
def test_a_dimension_belongs_to_an_area(dimension, area):
	assert area_of(dimension) == area


def test_worrying_dimensions_propose_an_objective_the_worst_first():
	scores = [("Salute fisica", 4, "asma"), ("Scuola", 5, None), ("Lavoro", 3, ""), ("Documenti", 5, "")]
	assert proposed_objectives(scores, known={"Legal"}) == [
		{"area": "School and Language", "need": "Scuola"},
		{"area": "Health", "need": "Salute fisica: asma"},
	]


def test_ages_are_told_in_bands():
	assert age_on(date(2010, 3, 11), TODAY) == 15
	assert age_on(date(2010, 3, 10), TODAY) == 16
	assert age_on(None, TODAY) is None
	bands = [age_band(age) for age in (None, 0, 5, 6, 13, 14, 17, 18)]
	assert bands == ["", "0-5", "0-5", "6-10", "11-13", "14-15", "16-17", "18 and over"]


# --- planned days -------------------------------------------------------------------------------------------------


def test_planned_days_skip_holidays_and_keep_the_rhythm():
	mondays = occurrences(date(2026, 3, 30), date(2026, 4, 27), {0})
	# 6 April 2026 is Easter Monday.
	assert mondays == [date(2026, 3, 30), date(2026, 4, 13), date(2026, 4, 20), date(2026, 4, 27)]
	assert len(occurrences(date(2026, 3, 30), date(2026, 4, 27), {0}, skip_holidays=False)) == 5
	assert occurrences(date(2026, 3, 4), date(2026, 4, 2), {2}, every=2) == [
		date(2026, 3, 4),
		date(2026, 3, 18),
		date(2026, 4, 1),
	]


@pytest.mark.parametrize(
	("first", "last", "weekdays"),
	[
		(date(2026, 3, 10), date(2026, 3, 9), {0}),
		(date(2026, 3, 10), date(2026, 3, 11), {0}),
		(date(2026, 3, 10), date(2026, 3, 20), set()),
		(date(2026, 1, 1), date(2026, 4, 30), {0, 1, 2, 3, 4}),
		(date(2026, 1, 1), date(2126, 1, 1), {0}),
	],
)
def test_planned_days_are_between_one_and_sixty(first, last, weekdays):
	with pytest.raises(RuleError):
		occurrences(first, last, weekdays)
