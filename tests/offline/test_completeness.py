"""What a file lacks, judged by the table of requirements."""

from datetime import date, datetime, timedelta

import pytest

from core_minori.engine.completeness import (
	REQUIREMENTS,
	FileAtHand,
	Purpose,
	completeness,
	fields_to_read,
	to_complete,
)

TODAY = date(2026, 11, 22)
ENTRY = TODAY - timedelta(days=100)


def missing(records, purpose=None, **file):
	judged = completeness(
		FileAtHand(**{"kind": "Unaccompanied Minor", "started_on": ENTRY, **file}), records, TODAY
	)
	return {
		item.requirement.code
		for item in judged.missing
		if purpose is None or purpose in item.requirement.purposes
	}


def whole_file():
	"""Records that show every requirement of an unaccompanied minor in a facility."""
	records = {}
	for requirement in REQUIREMENTS:
		wanted = requirement.record
		record = {name: "x" for name in wanted.fields}
		record.update({name: values[0] for name, values in wanted.where.items()})
		records.setdefault(wanted.doctype, []).append(record)
	return records


def test_an_empty_file_lacks_everything_it_is_asked_for_and_a_whole_one_nothing():
	assert completeness(FileAtHand("Unaccompanied Minor", ENTRY), {}, TODAY).percent(Purpose.SIM) == 0
	judged = completeness(FileAtHand("Unaccompanied Minor", ENTRY), whole_file(), TODAY)
	assert [item.requirement.code for item in judged.missing] == []
	assert {purpose: judged.percent(purpose) for purpose in Purpose} == dict.fromkeys(Purpose, 100)


def test_one_thing_missing_is_never_100_per_cent():
	records = whole_file()
	records["Minor"] = [{**row, "nationality": None} for row in records["Minor"]]
	judged = completeness(FileAtHand("Unaccompanied Minor", ENTRY), records, TODAY)
	assert {item.requirement.code for item in judged.missing} == {"nationality"}
	assert judged.percent(Purpose.SIM) < 100 and judged.percent(Purpose.PEI) == 100
	of_sim = judged.of(Purpose.SIM)
	assert judged.percent(Purpose.SIM) == 100 * (len(of_sim) - 1) // len(of_sim)


@pytest.mark.parametrize("kind", ["Minor in a Family", "Parent", "Adult with International Protection"])
def test_who_is_not_in_the_census_is_asked_nothing_for_it_alone(kind):
	judged = completeness(FileAtHand(kind, ENTRY), {}, TODAY)
	only_sim = {item.requirement.code for item in judged.items if item.requirement.purposes == (Purpose.SIM,)}
	assert only_sim == set()
	assert "guardian" not in {item.requirement.code for item in judged.items}


def test_a_thing_counts_from_its_day():
	assert "guardian" not in missing({}, started_on=TODAY - timedelta(days=29))
	assert "guardian" in missing({}, started_on=TODAY - timedelta(days=30))
	judged = completeness(FileAtHand("Unaccompanied Minor", TODAY), {}, TODAY)
	assert next(item.requirement.code for item in judged.coming) in ("placement", "prosecutor")
	assert judged.percent(Purpose.SIM) == 0


def test_what_is_there_before_its_day_counts():
	judged = completeness(FileAtHand("Unaccompanied Minor", TODAY), whole_file(), TODAY)
	assert judged.percent(Purpose.SIM) == 100


def test_a_guardian_who_left_is_no_guardian():
	guardian = {"guardian_kind": "Volunteer Guardian", "guardian_name": "x", "phone": "1"}
	assert "guardian" not in missing({"Guardianship": [{**guardian, "to_date": None}]})
	assert "guardian" not in missing({"Guardianship": [{**guardian, "to_date": TODAY}]})
	assert "guardian" in missing({"Guardianship": [{**guardian, "to_date": TODAY - timedelta(days=1)}]})
	assert "guardian" in missing({"Guardianship": [{**guardian, "guardian_kind": "Provisional Guardian"}]})


def test_the_last_day_of_a_placement_may_have_an_hour():
	placed = {
		"status": "Placed",
		"from_at": datetime(2026, 8, 1, 9),
		"title_of_placement": "Emergency Reception",
	}
	later = datetime.combine(TODAY, datetime.max.time())
	assert "placement" not in missing({"Placement": [{**placed, "to_at": later}]})
	assert "placement" in missing({"Placement": [{**placed, "to_at": later - timedelta(days=1)}]})


def test_a_paper_that_cannot_be_had_is_an_answer():
	for status, lacks in (("Held", False), ("Not Possible", False), ("Requested", True), ("Missing", True)):
		records = {"Personal Document": [{"document_type": "Passport", "status": status}]}
		assert ("identity-paper" in missing(records)) is lacks


def test_an_expired_permit_is_missing_again():
	permit = {"document_type": "Residence Permit", "status": "Held", "expires_on": TODAY - timedelta(days=1)}
	assert "permit" in missing({"Personal Document": [permit]})


def test_a_name_of_one_word_is_a_name():
	assert "name" not in missing({"Minor": [{"given_name": "Abdi", "family_name": None}]})


def test_the_plan_for_eighteen_is_asked_at_seventeen_and_not_of_who_has_no_birth_date():
	for born, asked in ((date(2009, 11, 22), True), (date(2009, 11, 23), False), (None, False)):
		assert ("pei-at-eighteen" in missing({}, birth_date=born)) is asked


def test_a_closed_case_is_judged_on_its_last_day():
	closed = ENTRY + timedelta(days=10)
	lacks = missing({}, closed_on=closed)
	assert "census" in lacks and "pei" not in lacks


def test_a_record_that_lacks_one_field_is_completed_and_not_made_again():
	requirement = next(one for one in REQUIREMENTS if one.code == "guardian-address")
	running = {"name": "GUA-1", "guardian_name": "x"}
	assert to_complete(requirement, {"Guardianship": [running]}, TODAY) == running
	assert (
		to_complete(requirement, {"Guardianship": [{**running, "to_date": date(2020, 1, 1)}]}, TODAY) is None
	)


def test_codes_are_one_each_and_every_field_is_read():
	codes = [requirement.code for requirement in REQUIREMENTS]
	assert len(codes) == len(set(codes))
	assert {"given_name", "sex"} <= fields_to_read()["Minor"]
	assert "to_date" in fields_to_read()["Guardianship"]
