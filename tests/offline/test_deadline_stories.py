"""Three whole stories: every deadline of each, worked out by hand on a calendar, none more and none less."""

import json
from datetime import date, datetime
from importlib import resources

import pytest

from core_minori.engine.deadlines import DeadlineRule, Happening, deadlines_for, rules_from_rows

UNACCOMPANIED, YOUNG_ADULT = "Unaccompanied Minor", "Young Adult in Prosieguo"
IN_A_FAMILY, PARENT = "Minor in a Family", "Parent"


@pytest.fixture(scope="module")
def rules() -> list[DeadlineRule]:
	file = resources.files("core_minori.setup") / "data" / "deadline_rules.json"
	return rules_from_rows(json.loads(file.read_text(encoding="utf-8")))


def on(*records: tuple) -> list[Happening]:
	"""A fact as the records say it: (moment, record)."""
	return [Happening(moment, record) for moment, record in records]


def table(facts: dict, rules: list[DeadlineRule], now: datetime, beneficiary: str) -> dict:
	"""(rule, occurrence) -> (due, state) of everything that the facts give."""
	found = deadlines_for(facts, rules, now, beneficiary=beneficiary)
	rows = {
		(one.rule.code, one.occurrence): (one.due_at.replace(tzinfo=None), one.state.value) for one in found
	}
	assert len(rows) == len(found), "one rule twice"
	return rows


# --- an unaccompanied boy of sixteen, from the landing to continued care at eighteen ----------------------------------
# He enters on Saturday 27 March 2027 at 20:00. Easter is Sunday 28 March, and that night has 23 hours.

BOY = {
	"birth_date": date(2010, 9, 15),
	"majority_reached": date(2028, 9, 15),
	"reception_entry": datetime(2027, 3, 27, 20),
	"placed": datetime(2027, 3, 27, 20),
	"placed_of_school_age": datetime(2027, 3, 27, 20),
	"first_report_sent": on((datetime(2027, 3, 28, 10), "PR-1")),
	"guardian_requested": on((date(2027, 3, 30), "GRD-1")),
	"census_recorded": date(2027, 4, 1),
	"interview_done": on((datetime(2027, 3, 30, 10), "INT-1")),
	"urgent_need_found": on((datetime(2027, 3, 30, 10), "INT-1")),
	"urgent_need_told": on((datetime(2027, 3, 30, 15), "INT-1")),
	"interview_sent_to_municipality": on((date(2027, 4, 2), "INT-1")),
	"interview_sent_to_prosecutor": on((date(2027, 4, 6), "INT-1")),
	"identification_concluded": date(2027, 4, 12),
	"age_assessment_ordered": on((datetime(2027, 4, 1, 9), "ACT-1")),
	"age_assessment_concluded": on((datetime(2027, 5, 25, 12), "ACT-2")),
	"family_search_reported": on((date(2027, 4, 3), "FS-1")),
	"permit_requested": on((date(2027, 4, 20), "DOC-1")),
	"health_card_requested": on((date(2027, 4, 15), "DOC-2")),
	"school_enrolled": on((date(2027, 5, 3), "DOC-3")),
	"guardian_appointed": on((date(2027, 5, 10), "GRD-1")),
	"first_reception_exit": on((datetime(2027, 5, 20, 11), "PLC-2")),
	"pei_drafted": on((date(2027, 5, 24), "PEI-1")),
	"pei_signed": on((date(2027, 6, 1), "PEI-1")),
	"list_to_prosecutor_sent": on((datetime(2027, 9, 20, 9), "PR-2")),
	"majority_plan_made": date(2027, 9, 10),
	"pei_reviewed": on((date(2027, 11, 25), "REV-1"), (date(2028, 6, 20), "REV-2")),
	"permit_conversion_prepared": date(2028, 3, 20),
	"continued_care_requested": date(2028, 7, 1),
	"continued_care_ordered": on((datetime(2028, 9, 5, 11), "ACT-3")),
	"continued_care_ends": on((date(2030, 9, 15), "ACT-3")),
}

# On 14 September 2028 at noon, the day before he is eighteen.
BOY_AT_SEVENTEEN = {
	# 24 hours from Saturday 20:00, one of which the clocks skip: Sunday 21:00
	("first-report", "1"): (datetime(2027, 3, 28, 21), "Done"),
	# first working day: not Easter, not Easter Monday, but Tuesday 30
	("guardianship-request", "1"): (datetime(2027, 3, 30, 23, 59), "Done"),
	# Tuesday 30, Wednesday 31, Thursday 1 April
	("msna-census", "1"): (datetime(2027, 4, 1, 23, 59), "Done"),
	# 27 + 3: holidays count in calendar days
	("first-interview", "1"): (datetime(2027, 3, 30, 23, 59), "Done"),
	("urgent-need-told", "INT-1"): (datetime(2027, 3, 30, 16), "Done"),
	# five days from 30 March: 4 April, a Sunday; the prosecutor's was sent on Tuesday 6
	("social-file-municipality", "1"): (datetime(2027, 4, 4, 23, 59), "Done"),
	("social-file-prosecutor", "1"): (datetime(2027, 4, 4, 23, 59), "Done Late"),
	("family-search", "1"): (datetime(2027, 4, 4, 23, 59), "Done"),
	# ten days from 27 March: 4 to the end of March, 6 April; concluded on the 12th
	("identification", "1"): (datetime(2027, 4, 6, 23, 59), "Done Late"),
	# sixty days from 1 April: 29 to the end of April, 31 of May
	("age-assessment", "ACT-1"): (datetime(2027, 5, 31, 23, 59), "Done"),
	# ten days from 25 May: 6 to the end of May, 4 June; nobody appealed
	("age-appeal", "ACT-1"): (datetime(2027, 6, 4, 23, 59), "Term Passed"),
	# thirty days from 27 March: 4 and 26
	("permit-request", "1"): (datetime(2027, 4, 26, 23, 59), "Done"),
	("ssn-enrolment", "1"): (datetime(2027, 4, 26, 23, 59), "Done"),
	("school-enrolment", "1"): (datetime(2027, 4, 26, 23, 59), "Done Late"),
	("guardian-watch-30", "1"): (datetime(2027, 4, 26, 23, 59), "Done Late"),
	# sixty days from 27 March: 4, 30 of April, 26 of May
	("guardian-watch-60", "1"): (datetime(2027, 5, 26, 23, 59), "Done"),
	("pei-draft", "1"): (datetime(2027, 5, 26, 23, 59), "Done"),
	# forty-five days from 27 March: 4, 30, 11; he moved on 20 May
	("first-reception-stay", "1"): (datetime(2027, 5, 11, 23, 59), "Done Late"),
	# six months from the signature, then from each review
	("pei-review", "PEI-1"): (datetime(2027, 12, 1, 23, 59), "Done"),
	("pei-review", "REV-1"): (datetime(2028, 5, 25, 23, 59), "Done Late"),
	("pei-review", "REV-2"): (datetime(2028, 12, 20, 23, 59), "Open"),
	# six months from the entry, then from the list that was sent; the next one never came
	("six-monthly-list", "1"): (datetime(2027, 9, 27, 23, 59), "Done"),
	("six-monthly-list", "PR-2"): (datetime(2028, 3, 20, 23, 59), "Term Passed"),
	# seventeen; seventeen and a half; the day before eighteen
	("majority-plan", "1"): (datetime(2027, 9, 15, 23, 59), "Done"),
	("permit-conversion", "1"): (datetime(2028, 3, 15, 23, 59), "Done Late"),
	("continued-care-request", "1"): (datetime(2028, 9, 14, 23, 59), "Done"),
	# sixty days from 1 July: 30 to the end of July, 30 of August; ordered on 5 September
	("continued-care-order", "1"): (datetime(2028, 8, 30, 23, 59), "Done Late"),
	# thirty days from 5 September: 25 and 5; due soon from 25 September
	("integration-permit", "1"): (datetime(2028, 10, 5, 23, 59), "Open"),
	# sixty days from the birthday: 15 of September, 31 of October, 14 of November
	("permit-conversion-request", "1"): (datetime(2028, 11, 14, 23, 59), "Open"),
	("continued-care-end", "1"): (datetime(2030, 9, 15, 23, 59), "Waiting"),
}


def test_the_boy_on_the_eve_of_eighteen(rules):
	assert table(BOY, rules, datetime(2028, 9, 14, 12), UNACCOMPANIED) == BOY_AT_SEVENTEEN


def test_the_boy_in_continued_care(rules):
	"""1 October 2028: a young adult. What is of minors alone is his no more; what he owed as a minor stays."""
	of_minors = {"ssn-enrolment", "school-enrolment", "six-monthly-list"}
	expected = {key: row for key, row in BOY_AT_SEVENTEEN.items() if key[0] not in of_minors}
	expected["integration-permit", "1"] = (datetime(2028, 10, 5, 23, 59), "Due Soon")
	expected["continued-care-21", "1"] = (datetime(2031, 9, 15, 23, 59), "Waiting")
	assert table(BOY, rules, datetime(2028, 10, 1, 9), YOUNG_ADULT) == expected


def test_the_boy_at_twenty_with_the_case_closed(rules):
	"""Closed on the day the court set: nothing is open, whatever was never done is needless."""
	facts = BOY | {
		"case_closed": date(2030, 9, 15),
		"pei_closed": date(2030, 9, 15),
		"integration_permit_requested": on((date(2028, 10, 4), "DOC-4")),
		"permit_conversion_requested": on((date(2028, 10, 4), "DOC-4")),
	}
	found = table(facts, rules, datetime(2030, 10, 1), YOUNG_ADULT)
	assert found["continued-care-end", "1"] == (datetime(2030, 9, 15, 23, 59), "Done")
	assert found["continued-care-21", "1"] == (datetime(2031, 9, 15, 23, 59), "Done")
	assert found["pei-review", "REV-2"] == (datetime(2028, 12, 20, 23, 59), "Cancelled")
	assert {state for __, state in found.values()} == {"Done", "Done Late", "Cancelled", "Term Passed"}
	assert [key[0] for key, (__, state) in found.items() if state == "Term Passed"] == ["age-appeal"]


# --- a girl placed under art. 403, hour by hour -----------------------------------------------------------------------
# She is placed on Saturday 24 October 2026 at 23:30; that night has 25 hours. Everything of that evening is in summer
# time, everything of Sunday after three in winter time.

GIRL = {
	"birth_date": date(2013, 5, 3),
	"majority_reached": date(2031, 5, 3),
	"placed": on((datetime(2026, 10, 24, 23, 30), "PLC-1")),
	"placed_of_school_age": on((datetime(2026, 10, 24, 23, 30), "PLC-1")),
	"crime_noticed_by_health_professional": on((datetime(2026, 10, 24, 18), "PR-2")),
	"danger_noticed_by_health_professional": on((datetime(2026, 10, 24, 21), "PR-4")),
	"health_report_sent": on(
		(datetime(2026, 10, 24, 23), "PR-4"),
		(datetime(2026, 10, 26, 16, 30), "PR-2"),
	),
	"crime_noticed": on((datetime(2026, 10, 24, 20), "PR-3")),
	"crime_reported": on((datetime(2026, 10, 25, 20), "PR-3")),
	"placement_403": on((datetime(2026, 10, 24, 23, 30), "ACT-1")),
	"report_403_sent": on((datetime(2026, 10, 25, 21), "PR-1")),
	"validation_403_requested": on((datetime(2026, 10, 28, 12), "ACT-2")),
	"validation_403_decided": on((datetime(2026, 10, 30, 13), "ACT-3")),
	"hearing_403_held": on((datetime(2026, 11, 12, 10), "ACT-4")),
	"decision_403": on((datetime(2026, 11, 27, 12), "ACT-5")),
	"appeal_filed": on((datetime(2026, 12, 4, 9), "ACT-6")),
	"custody_ordered": on((datetime(2026, 11, 27, 12), "ACT-7")),
	"referent_named": on((date(2026, 10, 25), "CA-1")),
	"health_card_requested": on((date(2026, 11, 10), "DOC-1")),
	"school_enrolled": on((date(2026, 11, 2), "DOC-2")),
	"pei_drafted": on((date(2026, 12, 21), "PEI-1")),
	"pei_signed": on((date(2027, 1, 7), "PEI-1")),
}

# On 15 January 2027 at noon.
GIRL_IN_JANUARY = {
	# six hours from 21:00 in summer time: 3 to midnight, and 3 of the 25: the second two o'clock
	("health-report-danger", "PR-4"): (datetime(2026, 10, 25, 2), "Done"),
	# forty-eight hours from Saturday 18:00, one hour twice: Monday 17:00
	("health-report", "PR-2"): (datetime(2026, 10, 26, 17), "Done"),
	# twenty-four hours from Saturday 20:00: Sunday 19:00; sent at 20:00
	("crime-report", "PR-3"): (datetime(2026, 10, 25, 19), "Done Late"),
	# twenty-four hours from Saturday 23:30: Sunday 22:30
	("403-report", "ACT-1"): (datetime(2026, 10, 25, 22, 30), "Done"),
	# seventy-two hours from when it was sent, Sunday 21:00, and not from when it was due
	("403-prosecutor", "ACT-1"): (datetime(2026, 10, 28, 21), "Done"),
	# forty-eight hours from Wednesday 28 at noon; validated an hour late
	("403-validation", "ACT-1"): (datetime(2026, 10, 30, 12), "Done Late"),
	# fifteen days from 30 October: 1 and 14
	("403-hearing", "ACT-1"): (datetime(2026, 11, 14, 23, 59), "Done"),
	# fifteen days from 12 November
	("403-decision", "ACT-1"): (datetime(2026, 11, 27, 23, 59), "Done"),
	# ten days from 27 November: 3 and 7
	("403-appeal", "ACT-1"): (datetime(2026, 12, 7, 23, 59), "Done"),
	# sixty days from 4 December: 27, 31 of January, 2 of February
	("403-appeal-decision", "ACT-1"): (datetime(2027, 2, 2, 23, 59), "Waiting"),
	# fifteen days from 27 November: 3 and 12; the referent was there before
	("custody-person", "1"): (datetime(2026, 12, 12, 23, 59), "Done"),
	("custody-report", "ACT-7"): (datetime(2027, 5, 27, 23, 59), "Open"),
	("custody-end", "ACT-7"): (datetime(2028, 11, 27, 23, 59), "Waiting"),
	# thirty days from 24 October: 7 and 23
	("ssn-enrolment", "1"): (datetime(2026, 11, 23, 23, 59), "Done"),
	("school-enrolment", "1"): (datetime(2026, 11, 23, 23, 59), "Done"),
	# sixty days from 24 October: 7, 30 and 23
	("pei-draft", "1"): (datetime(2026, 12, 23, 23, 59), "Done"),
	("pei-review", "PEI-1"): (datetime(2027, 7, 7, 23, 59), "Open"),
	("six-monthly-list", "PLC-1"): (datetime(2027, 4, 24, 23, 59), "Waiting"),
}


def test_the_girl_in_january(rules):
	assert table(GIRL, rules, datetime(2027, 1, 15, 12), IN_A_FAMILY) == GIRL_IN_JANUARY


@pytest.mark.parametrize(
	("now", "running"),
	[
		# each step shows the clock that runs then, and no step is there before its own beginning
		(datetime(2026, 10, 25, 1), {"403-report": (datetime(2026, 10, 25, 22, 30), "Open")}),
		(datetime(2026, 10, 25, 4, 30), {"403-report": (datetime(2026, 10, 25, 22, 30), "Due Soon")}),
		(datetime(2026, 10, 25, 21, 30), {"403-prosecutor": (datetime(2026, 10, 28, 21), "Waiting")}),
		(datetime(2026, 10, 28, 12, 30), {"403-validation": (datetime(2026, 10, 30, 12), "Waiting")}),
		(datetime(2026, 10, 30, 12, 30), {"403-validation": (datetime(2026, 10, 30, 12), "Term Passed")}),
		(datetime(2026, 10, 30, 13, 30), {"403-hearing": (datetime(2026, 11, 14, 23, 59), "Waiting")}),
		(datetime(2026, 11, 13), {"403-decision": (datetime(2026, 11, 27, 23, 59), "Waiting")}),
		(datetime(2026, 11, 28), {"403-appeal": (datetime(2026, 12, 7, 23, 59), "Waiting")}),
	],
)
def test_the_girl_s_clock_step_by_step(rules, now, running):
	known = {
		fact: [one for one in times if one.at <= now]
		for fact, times in GIRL.items()
		if isinstance(times, list) and all(isinstance(one.at, datetime) for one in times)
	}
	found = table(known, rules, now, IN_A_FAMILY)
	clock = {
		code: row for (code, __), row in found.items() if code.startswith("403-") and "Done" not in row[1]
	}
	assert clock == running


# --- a mother and two children in a family centre ---------------------------------------------------------------------
# They come on Thursday 25 March 2027 at 16:00; Easter and the night of 23 hours are on Sunday 28.

CAME = on((datetime(2027, 3, 25, 16), "PLC-1"))
IN_NOVEMBER = datetime(2027, 11, 15, 12)

MOTHER = {
	"birth_date": date(1990, 6, 1),
	"majority_reached": date(2008, 6, 1),
	"placed": CAME,
	"placed_of_school_age": CAME,
	"crime_noticed": on((datetime(2027, 3, 27, 15), "PR-1")),
	"crime_reported": on((datetime(2027, 3, 28, 15, 30), "PR-1")),
	"pei_drafted": on((date(2027, 5, 20), "PEI-1")),
	"pei_signed": on((date(2027, 6, 3), "PEI-1")),
}
MOTHER_IN_NOVEMBER = {
	# twenty-four hours from Saturday 15:00, one of which is skipped: Sunday 16:00
	("crime-report", "PR-1"): (datetime(2027, 3, 28, 16), "Done"),
	# sixty days from 25 March: 6, 30, 24
	("pei-draft", "1"): (datetime(2027, 5, 24, 23, 59), "Done"),
	# six months from 3 June; due soon from 3 November
	("pei-review", "PEI-1"): (datetime(2027, 12, 3, 23, 59), "Due Soon"),
}

DAUGHTER = {
	"birth_date": date(2011, 2, 10),
	"majority_reached": date(2029, 2, 10),
	"placed": CAME,
	"placed_of_school_age": CAME,
	"health_card_requested": on((date(2027, 4, 12), "DOC-1")),
	"school_enrolled": on((date(2027, 4, 26), "DOC-2")),
	"pei_drafted": on((date(2027, 5, 20), "PEI-1")),
	"pei_signed": on((date(2027, 6, 3), "PEI-1")),
	"pei_reviewed": on((date(2027, 11, 10), "REV-1")),
	# She leaves in the night of 25 hours, and the police know within the evening.
	"disappearance_noticed": on((datetime(2027, 10, 30, 22), "PR-2")),
	"disappearance_reported": on((datetime(2027, 10, 30, 23, 45), "PR-2")),
	"missing": date(2027, 10, 30),
}
DAUGHTER_IN_NOVEMBER = {
	# thirty days from 25 March: 6 and 24; enrolled in school on the 26th
	("ssn-enrolment", "1"): (datetime(2027, 4, 24, 23, 59), "Done"),
	("school-enrolment", "1"): (datetime(2027, 4, 24, 23, 59), "Done Late"),
	("pei-draft", "1"): (datetime(2027, 5, 24, 23, 59), "Done"),
	("pei-review", "PEI-1"): (datetime(2027, 12, 3, 23, 59), "Done"),
	("pei-review", "REV-1"): (datetime(2028, 5, 10, 23, 59), "Open"),
	# six months from 25 March; the facility never sent it
	("six-monthly-list", "PLC-1"): (datetime(2027, 9, 25, 23, 59), "Term Passed"),
	# six hours from 22:00 in summer time: 2 to midnight, 4 more, one hour twice: three o'clock in winter time
	("disappearance-report", "PR-2"): (datetime(2027, 10, 31, 3), "Done"),
	("disappearance-told", "1"): (datetime(2027, 10, 30, 23, 59), "Done"),
}

SON = {
	"birth_date": date(2022, 8, 2),
	"majority_reached": date(2040, 8, 2),
	"placed": CAME,
	# He is four: school waits for his sixth birthday.
	"placed_of_school_age": date(2028, 8, 2),
	"health_card_requested": on((date(2027, 4, 12), "DOC-3")),
	"pei_drafted": on((date(2027, 6, 2), "PEI-2")),
	"pei_signed": on((date(2027, 6, 10), "PEI-2")),
	"list_to_prosecutor_sent": on((datetime(2027, 9, 20, 9), "PR-3")),
}
SON_IN_NOVEMBER = {
	("ssn-enrolment", "1"): (datetime(2027, 4, 24, 23, 59), "Done"),
	# thirty days from 2 August 2028: 29 and 1
	("school-enrolment", "1"): (datetime(2028, 9, 1, 23, 59), "Open"),
	("pei-draft", "1"): (datetime(2027, 5, 24, 23, 59), "Done Late"),
	# six months from 10 June; due soon from 10 November
	("pei-review", "PEI-2"): (datetime(2027, 12, 10, 23, 59), "Due Soon"),
	("six-monthly-list", "PLC-1"): (datetime(2027, 9, 25, 23, 59), "Done"),
	("six-monthly-list", "PR-3"): (datetime(2028, 3, 20, 23, 59), "Waiting"),
}


@pytest.mark.parametrize(
	("facts", "beneficiary", "expected"),
	[
		(MOTHER, PARENT, MOTHER_IN_NOVEMBER),
		(DAUGHTER, IN_A_FAMILY, DAUGHTER_IN_NOVEMBER),
		(SON, IN_A_FAMILY, SON_IN_NOVEMBER),
	],
	ids=["mother", "daughter", "son"],
)
def test_the_family_in_november(rules, facts, beneficiary, expected):
	assert table(facts, rules, IN_NOVEMBER, beneficiary) == expected


# --- rules of another day ---------------------------------------------------------------------------------------------


def test_a_case_of_2022_has_the_rules_of_2022(rules):
	found = table(
		{"reception_entry": datetime(2022, 5, 10, 9), "placed": datetime(2022, 5, 10, 9)},
		rules,
		datetime(2022, 5, 20),
		UNACCOMPANIED,
	)
	# 30 days, and no interview within three: that came in 2024
	assert found["first-reception-stay", "1"] == (datetime(2022, 6, 9, 23, 59), "Open")
	assert not [key for key in found if key[0] == "first-interview"]


def test_a_rule_that_ended_yesterday_starts_no_more():
	row = {
		"code": "sample",
		"title": "Sample step",
		"trigger": "begun",
		"amount": 3,
		"unit": "Calendar Days",
		"kind": "Owed",
		"done_fact": "ended",
		"source": "Sample law",
		"valid_to": "2026-07-14",
	}
	ended = rules_from_rows([row])
	now = datetime(2026, 7, 15, 12)
	assert deadlines_for({"begun": datetime(2026, 7, 15, 8)}, ended, now) == []
	# What it started while it held goes on.
	(deadline,) = deadlines_for({"begun": datetime(2026, 7, 14, 23, 30)}, ended, now)
	assert deadline.due_at.replace(tzinfo=None) == datetime(2026, 7, 17, 23, 59)
