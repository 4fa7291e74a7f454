"""What an intervention may say, how its hours reach a timesheet once, and the sums over many."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from core_minori.engine.interventions import (
	Assigned,
	Member,
	Operator,
	Participant,
	Served,
	Session,
	SheetRow,
	Shift,
	check_frozen,
	check_members,
	check_session,
	check_sheet_row,
	cost_each,
	line_on,
	members_on,
	overlaps,
	plan_sheets,
	shown_people,
	tally,
)
from core_minori.engine.message import RuleError, Severity

NOW = datetime(2026, 3, 16, 12, 0)
H = Decimal


def session(**values) -> Session:
	fields = {
		"name": "IVN-1",
		"mode": "Individual",
		"status": "Done",
		"starts": datetime(2026, 3, 16, 10, 0),
		"hours": H("1.5"),
		"operators": [Operator("anna")],
		"participants": [Participant("C-1", date(2026, 1, 1))],
		**values,
	}
	return Session(**fields)


def refused(rule: str, **values) -> RuleError:
	with pytest.raises(RuleError) as found:
		check_session(session(**values), NOW)
	assert found.value.finding.rule == rule
	return found.value


def test_a_plain_done_intervention_says_nothing():
	assert check_session(session(), NOW) == []


@pytest.mark.parametrize("hours", ["0", "-1", "24.01"])
def test_hours_lie_between_zero_and_a_day(hours):
	refused("intervention-hours", hours=H(hours))


def test_a_whole_day_is_possible():
	assert check_session(session(starts=datetime(2026, 3, 14), hours=H(24)), NOW) == []


def test_ones_own_hours_are_at_most_those_that_there_are():
	refused("intervention-hours", operators=[Operator("anna", H("24.5"))])
	refused(
		"intervention-hours",
		mode="Group",
		participants=[Participant("C-1", hours=H(2))],
	)
	# an operator prepares and travels: more hours than the intervention's are theirs
	assert check_session(session(operators=[Operator("anna", H(3))]), NOW) == []


def test_what_is_to_come_is_not_done():
	refused("intervention-future", starts=datetime(2026, 3, 16, 12, 1))
	assert check_session(session(status="Planned", starts=datetime(2026, 4, 1)), NOW) == []
	assert check_session(session(starts=NOW), NOW) == []


def test_a_case_that_was_closed_takes_no_part_after_that_day():
	closed = [Participant("C-1", date(2026, 1, 1), date(2026, 3, 15))]
	error = refused("intervention-closed-case", participants=closed)
	assert "C-1" in str(error)
	refused("intervention-closed-case", participants=closed, status="Planned")
	assert check_session(session(participants=closed, starts=datetime(2026, 3, 15, 9)), NOW) == []
	for status in ("Not Held", "Cancelled"):
		assert check_session(session(participants=closed, status=status), NOW) == []


def test_who_was_absent_from_a_session_does_not_stand_in_its_way():
	closed = Participant("C-1", date(2026, 1, 1), date(2026, 3, 15), attendance="Absent")
	other = Participant("C-2", date(2026, 1, 1))
	assert check_session(session(mode="Group", participants=[closed, other]), NOW) == []


def test_before_the_report_of_the_case_it_warns():
	(finding,) = check_session(session(participants=[Participant("C-1", date(2026, 3, 17))]), NOW)
	assert finding.severity is Severity.WARN


def test_nobody_is_there_twice_and_somebody_must_be():
	refused("intervention-operator-twice", operators=[Operator("anna"), Operator("anna")])
	refused("intervention-participant-twice", mode="Group", participants=[Participant("C"), Participant("C")])
	refused("intervention-participants", mode="Group", participants=[])
	refused("intervention-case", participants=[])
	refused("intervention-operators", operators=[])
	assert check_session(session(operators=[], held_by_others=True), NOW) == []
	assert check_session(session(mode="Group", participants=[], group="GRP-1"), NOW) == []


def test_two_done_interventions_of_one_operator_at_one_time_warn():
	other = ("IVN-2", "anna", datetime(2026, 3, 16, 11, 0), H(1))
	(finding,) = overlaps(session(), [other])
	assert (finding.severity, finding.message.values["other"]) == (Severity.WARN, "IVN-2")
	for silent in (
		("IVN-2", "anna", datetime(2026, 3, 16, 11, 30), H(1)),  # begins when the first is over
		("IVN-2", "bea", datetime(2026, 3, 16, 11, 0), H(1)),
		("IVN-1", "anna", datetime(2026, 3, 16, 11, 0), H(1)),
	):
		assert overlaps(session(), [silent]) == []
	assert overlaps(session(status="Planned"), [other]) == []
	# one's own hours say how long one is there
	longer = session(operators=[Operator("anna", H(2))])
	assert overlaps(longer, [("IVN-2", "anna", datetime(2026, 3, 16, 11, 30), H(1))])


def test_members_belong_to_a_group_from_when_to_when():
	members = [
		Member("C-1"),
		Member("C-2", date(2026, 3, 10)),
		Member("C-3", None, date(2026, 3, 9)),
		Member("C-2", date(2026, 1, 1), date(2026, 1, 31)),
	]
	check_members(members)
	assert members_on(members, date(2026, 3, 9)) == ["C-1", "C-3"]
	assert members_on(members, date(2026, 3, 10)) == ["C-1", "C-2"]
	for wrong, rule in (
		([Member("C", date(2026, 3, 2), date(2026, 3, 1))], "group-days"),
		([Member("C", date(2026, 3, 2)), Member("C", None, date(2026, 3, 2))], "group-member-twice"),
	):
		with pytest.raises(RuleError) as found:
			check_members(wrong)
		assert found.value.finding.rule == rule


# --- hours to timesheets ------------------------------------------------------------------------------------------


def shift(name: str, hour: int, hours: str = "1", **values) -> Shift:
	return Shift(name, datetime(2026, 3, 16, hour), H(hours), **values)


def row(name: str, hour: int, hours: str = "1", submitted: bool = False, **values) -> SheetRow:
	fields = {"intervention": name, **values}
	return SheetRow(f"row-{name or hour}", "TS-1", submitted, datetime(2026, 3, 16, hour), H(hours), **fields)


def test_hours_that_are_there_stay_and_others_come_once():
	plan = plan_sheets([shift("A", 9), shift("B", 11)], [row("A", 9)])
	assert [each.intervention for each in plan.add] == ["B"]
	assert (plan.change, plan.remove, plan.left_out) == ([], [], [])


def test_a_correction_and_a_withdrawal_reach_the_draft():
	plan = plan_sheets([shift("A", 9, "2")], [row("A", 9), row("B", 11)])
	assert [(old.name, new.hours) for old, new in plan.change] == [("row-A", H(2))]
	assert [each.name for each in plan.remove] == ["row-B"]


def test_a_submitted_sheet_is_never_touched():
	present = [row("A", 9, submitted=True), row("B", 11, submitted=True)]
	plan = plan_sheets([shift("A", 9, "2")], present)
	assert (plan.add, plan.change, plan.remove, plan.left_out) == ([], [], [], [])


def test_only_one_intervention_leaves_the_rows_of_the_others():
	plan = plan_sheets([shift("A", 10)], [row("A", 9), row("B", 11)], only="A")
	assert ([new.starts.hour for __, new in plan.change], plan.remove) == ([10], [])
	plan = plan_sheets([], [row("A", 9), row("B", 11)], only="A")
	assert [each.name for each in plan.remove] == ["row-A"]
	# and it may not be moved onto one of them
	plan = plan_sheets([shift("A", 11)], [row("A", 9), row("B", 11)], only="A")
	assert (plan.change, [each.intervention for each, __ in plan.left_out]) == ([], ["A"])


@pytest.mark.parametrize("present", [[row("", 9, "3")], [row("X", 9, "3", submitted=True)]])
def test_hours_at_the_time_of_others_stay_out_and_are_told(present):
	plan = plan_sheets([shift("A", 10), shift("B", 12)], present)
	assert [each.intervention for each in plan.add] == ["B"]
	((out, finding),) = plan.left_out
	assert (out.intervention, finding.severity) == ("A", Severity.BLOCK)


def test_of_two_interventions_at_one_time_the_second_stays_out():
	plan = plan_sheets([shift("B", 10), shift("A", 9, "2")], [])
	assert [each.intervention for each in plan.add] == ["A"]
	assert [each.intervention for each, __ in plan.left_out] == ["B"]


def test_the_line_that_the_officer_gave_stays_where_the_intervention_says_none():
	assert plan_sheets([shift("A", 9)], [row("A", 9, line="P-A.1")]).change == []
	assert plan_sheets([shift("A", 9, line="P-A.2")], [row("A", 9, line="P-A.1")]).change
	assert plan_sheets([shift("A", 9, project="P-2")], [row("A", 9, project="P-1")]).change


def test_hours_of_a_submitted_sheet_are_frozen():
	submitted = [("EMP", "TS-1", row("A", 9, submitted=True, project="P"))]
	check_frozen("A", submitted, {"EMP": shift("A", 9, project="P")})
	for now in (
		{},
		{"EMP": shift("A", 10, project="P")},
		{"EMP": shift("A", 9, "2", project="P")},
		{"EMP": shift("A", 9, project="Q")},
	):
		with pytest.raises(RuleError) as found:
			check_frozen("A", submitted, now)
		assert "TS-1" in str(found.value)


def test_a_row_of_an_intervention_is_typed_once():
	check_sheet_row(1, row("A", 9), shift("A", 9))
	for typed, said in (
		(row("A", 9, "2"), shift("A", 9)),
		(row("A", 8), shift("A", 9)),
		(row("A", 9, project="Q"), shift("A", 9, project="P")),
		(row("A", 9), None),
	):
		with pytest.raises(RuleError):
			check_sheet_row(1, typed, said)


def test_the_line_is_the_one_of_the_assignment_of_that_day_and_project():
	assigned = [
		Assigned("P", "P-A.1", date(2026, 1, 1), date(2026, 1, 31)),
		Assigned("P", "P-A.2", date(2026, 2, 1), date(2026, 12, 31)),
	]
	assert line_on(assigned, "P", date(2026, 1, 31)) == "P-A.1"
	assert line_on(assigned, "P", date(2026, 2, 1)) == "P-A.2"
	assert line_on(assigned, "P", date(2027, 1, 1)) == ""
	assert line_on(assigned, "Q", date(2026, 2, 1)) == ""


# --- sums ---------------------------------------------------------------------------------------------------------

SERVED = [
	Served("1", "Individual", "Legal", "P", datetime(2026, 3, 1, 9), H(1), {"anna": H(1)}, {"C-1": H(1)}),
	Served(
		"2",
		"Group",
		"School",
		"P",
		datetime(2026, 4, 1, 9),
		H(2),
		{"anna": H(2), "bea": H(3)},
		{"C-1": H(2), "C-2": H("0.5")},
	),
]


def test_people_count_once_and_hours_for_each_of_them():
	found = tally(SERVED, "Project")["P"]
	assert (found.interventions, found.individual, found.group) == (2, 1, 1)
	assert (found.hours, found.operator_hours, found.person_hours) == (H(3), H(6), H("3.5"))
	assert found.people == {"C-1", "C-2"}


def test_sums_by_month_and_type_add_up_to_the_whole():
	for by, keys in (("Month", ["2026-03", "2026-04"]), ("Type", ["Legal", "School"])):
		found = tally(SERVED, by)
		assert list(found) == keys
		assert sum(each.hours for each in found.values()) == H(3)


def test_an_operators_row_has_their_own_hours_and_an_areas_its_own_people():
	found = tally(SERVED, "Operator")
	assert {key: each.operator_hours for key, each in found.items()} == {"anna": H(3), "bea": H(3)}
	areas = {"C-1": "North", "C-2": "South"}
	found = tally(SERVED, "Area", areas.get)
	assert {key: (each.interventions, each.person_hours) for key, each in found.items()} == {
		"North": (2, H(3)),
		"South": (1, H("0.5")),
	}


def test_an_intervention_without_anybody_is_counted_all_the_same():
	nobody = replace(SERVED[0], operators={}, people={})
	for by in ("Operator", "Area"):
		assert tally([nobody], by)[""].interventions == 1


def test_a_few_people_are_not_counted_outside():
	assert [shown_people(number) for number in (0, 1, 4, 5, 12)] == ["0", "<5", "<5", "5", "12"]


def test_cost_for_each_is_none_where_there_are_none():
	assert cost_each(H("100"), H(3)) == H("33.33")
	assert cost_each(H("100"), 0) is None
