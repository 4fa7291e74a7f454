"""The demo data: the same for the same day, whole, of nobody real, and true to the five seed texts."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import astuple
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from stdnum.it import codicefiscale, iva

from core_minori.engine import costs, register
from core_minori.engine.casework import CaseFacts, check_case_dates
from core_minori.engine.identifiers import birth_date_of, check_cig, check_cup
from core_minori.engine.money import money, percent_of
from core_minori.engine.pei import check_intervention, check_objective, check_pei_step, check_signature_days
from core_minori.engine.referral import STEPS, ConsentFacts, check_gate, next_state
from core_minori.engine.training import session_totals
from core_minori.setup import demo_data, demo_workbooks
from core_minori.setup.demo_data import PROJECTS, DemoData, build, project

DATA = Path(demo_data.__file__).parent / "data"
# While all projects but the oldest run; when only one does; a leap day; the first day; long after the last project.
DAYS = [date(2025, 6, 3), date(2026, 11, 22), date(2028, 2, 29), demo_data.EARLIEST_DAY, date(2031, 1, 1)]


@pytest.fixture(params=DAYS, ids=str)
def data(request: pytest.FixtureRequest) -> DemoData:
	return build(request.param)


def test_the_same_day_and_seed_give_the_same_data_and_another_seed_does_not():
	day = date(2026, 3, 10)
	first = build(day)
	demo_data._build.cache_clear()
	again = build(day)
	assert again is not first
	assert astuple(again) == astuple(first)
	assert astuple(build(day, seed=7)) != astuple(first)


def test_codes_of_what_is_loaded_do_not_depend_on_the_day():
	now, later = build(date(2026, 3, 10)), build(date(2026, 3, 24))
	for part in ("cases", "referrals", "sessions", "invoices", "entries", "timesheets"):
		assert [row.code for row in getattr(now, part)] == [row.code for row in getattr(later, part)]
	assert now.lines == later.lines


def test_a_day_too_early_is_refused():
	with pytest.raises(ValueError, match="2024-09-01"):
		build(demo_data.EARLIEST_DAY - timedelta(days=1))


def test_there_is_a_year_of_everything(data: DemoData):
	assert len(data.cases) == 62
	assert 55 <= len(data.plans) <= 75
	assert len(data.referrals) == 80
	assert len(data.sessions) == 24
	assert len(data.invoices) == 100
	assert len(data.entries) == 20
	assert len(data.timesheets) == 40
	done = [row for row in data.interventions if row.status == "Done"]
	assert len(done) > 300 and sum(bool(row.group) for row in done) > 20
	assert {entry.code: 44 for entry in PROJECTS}.keys() == Counter(
		line.project for line in data.lines
	).keys()
	assert all(44 <= count <= 45 for count in Counter(line.project for line in data.lines).values())
	assert {referral.status for referral in data.referrals} == {
		"Drafted",
		"Sent",
		"Accepted",
		"In Progress",
		"Rejected",
		"Done",
		"Revoked",
	}
	assert {"Drafting", "In Progress", "Under Review", "Superseded", "Concluded"} <= {
		plan.state for plan in data.plans
	}
	assert {session.area for session in data.sessions} == {1, 2, 3, 4}
	assert sum(len(invoice.rows) == 2 for invoice in data.invoices) >= 10
	assert sum(not row.line for invoice in data.invoices for row in invoice.rows) >= 8


def test_every_kind_of_beneficiary_is_there(data: DemoData):
	kinds = Counter(case.kind for case in data.cases)
	assert kinds == {
		"Unaccompanied Minor": 29,
		"Young Adult in Prosieguo": 1,
		"Minor in a Family": 21,
		"Parent": 6,
		"Adult with International Protection": 5,
	}
	by_code = {case.code: case for case in data.cases}
	for case in data.cases:
		if case.family_of:
			assert by_code[case.family_of].family_name == case.family_name
			assert by_code[case.family_of].project == case.project


def test_codes_are_unique(data: DemoData):
	for part in (
		"cases",
		"consents",
		"records",
		"plans",
		"referrals",
		"sessions",
		"invoices",
		"entries",
		"timesheets",
		"interventions",
	):
		codes = [row.code for row in getattr(data, part)]
		assert len(codes) == len(set(codes)), part
	names = [line.name for line in data.lines]
	assert len(names) == len(set(names))
	assert len({organisation.name for organisation in demo_data.ORGANISATIONS}) == len(
		demo_data.ORGANISATIONS
	)


def test_nobody_is_there_twice(data: DemoData):
	people = [(case.given_name, case.family_name) for case in data.cases]
	assert len(people) == len(set(people))
	codes = [case.fiscal_code for case in data.cases if case.fiscal_code]
	assert len(codes) == len(set(codes)) >= 25


def test_every_fiscal_code_is_that_of_its_person(data: DemoData):
	coded = [case for case in data.cases if case.fiscal_code]
	for case in coded:
		assert codicefiscale.is_valid(case.fiscal_code), case.code
		assert birth_date_of(case.fiscal_code, data.today) == case.birth_date
		assert case.fiscal_code[11:15] == case.country.place_code
	assert any(not case.fiscal_code for case in data.cases), "some people have none yet"


@pytest.mark.parametrize(
	("given", "family", "sex", "born", "place", "code"),
	[
		# Worked by hand from the rules: short names are filled with vowels and X, four consonants skip the second.
		("Anna", "Re", "Female", date(2010, 1, 5), "H501", "REXNNA10A45H501"),
		("Gianfranco", "Bo", "Male", date(1999, 12, 31), "Z336", "BOXGFR99T31Z336"),
		("Zoë", "D'Àlì", "Female", date(2004, 8, 15), "Z100", "DLAZOE04M55Z100"),
	],
)
def test_a_fiscal_code_follows_the_rules(given, family, sex, born, place, code):
	made = demo_data.fiscal_code(given, family, sex, born, place)
	assert made[:15] == code
	assert codicefiscale.is_valid(made)


def test_a_fiscal_code_is_left_out_where_it_is_not_defined():
	assert demo_data.fiscal_code("Mari", "", "Male", date(2010, 1, 1), "Z336") == ""
	assert demo_data.fiscal_code("Mari", "Tolu", "Unknown", date(2010, 1, 1), "Z336") == ""


def test_suppliers_have_valid_vat_numbers(data: DemoData):
	numbers = [supplier.tax_id for supplier in data.suppliers]
	assert len(numbers) == len(set(numbers)) == 18
	assert all(iva.is_valid(number) for number in numbers)


def test_projects_are_those_of_the_seeds():
	care = project("CARE")
	assert (care.start, care.end) == (date(2020, 3, 12), date(2022, 6, 30))
	assert (care.progressive_number, care.cup, care.cig) == ("2961", "I61E20000000007", "Z602BCDE3E")
	assert check_cup(care.cup) is None
	assert check_cig(care.cig) is None
	assert {
		"Comune di Mantova": "Lead",
		"Istituto Psicoanalitico per le Ricerche Sociali": "Implementing Body",
	}.items() <= {partner.organisation: partner.role for partner in care.partners}.items()
	assert len(care.partners) == 13

	roma = project("ROMA-MSNA")
	assert (roma.start, roma.end) == (date(2023, 9, 1), date(2026, 8, 31))
	assert [(partner.organisation, partner.role) for partner in roma.partners] == [
		("Programma integra", "Lead"),
		("Spes contra Spem", "Partner"),
	]

	core = project("CORE")
	assert [(partner.organisation, partner.role) for partner in core.partners] == [
		("Opera Don Calabria", "Lead"),
		("Istituto Psicoanalitico per le Ricerche Sociali", "Partner"),
		("CNCA - Coordinamento Nazionale Comunità di Accoglienza", "Partner"),
		("Fondazione IRCCS Ca' Grande Ospedale Maggiore Policlinico", "Partner"),
		("Parsec Cooperativa Sociale", "Implementing Body"),
		("Cooperativa Il Cammino", "Implementing Body"),
	]
	assert [partner.notes for partner in core.partners[-2:]] == ["Rete FamiCore Roma2"] * 2

	incontro = {partner.organisation for partner in project("INCONTRO").partners}
	assert incontro == {
		"Oxfam Italia Intercultura",
		"Cooperativa Alice",
		"Progetto 5 Cooperativa Sociale",
		"Società della Salute Area Pratese",
		"Azienda USL Toscana Nord Ovest",
		"Società della Salute Valli Etrusche",
		"Azienda USL Toscana Sud Est",
		"Comune di Cecina",
		"Comune di Bibbiena",
	}
	assert "gennaio 2021" in project("INCONTRO").description

	child_care = project("CHILDCARE")
	assert "Ricucire i Sogni" in child_care.legal_act
	assert child_care.partners[0] == demo_data.DemoPartner("Sirio Società Cooperativa Sociale", "Lead")
	assert [
		partner.organisation.removeprefix("Ambito Territoriale Sociale di ")
		for partner in child_care.partners[1:]
	] == [
		"Campobasso",
		"Isernia",
		"Venafro",
	]

	antares = project("ANTARES")
	assert antares.start == date(2022, 2, 15)
	assert "Decreto 19 luglio 2022" in antares.legal_act
	assert "GU n. 215 del 14-9-2022" in antares.legal_act
	assert [
		partner.organisation.removeprefix("Ambito Territoriale Sociale di ") for partner in antares.partners
	] == [
		"Campobasso",
		"Riccia-Bojano",
	]


def test_fami_projects_name_objective_and_letter_and_only_care_has_codes():
	for code in ("CARE", "INCONTRO", "CORE"):
		entry = project(code)
		assert entry.programme == "FAMI 2014-2020"
		assert entry.specific_objective.startswith("OS 2")
		assert entry.national_objective.startswith("ON 3")
		assert entry.letter.startswith("j) Governance dei servizi")
	assert [entry.code for entry in PROJECTS if entry.cup or entry.cig] == ["CARE"]


def test_what_the_seeds_do_not_tell_is_marked_as_made_up():
	assert {entry.code: set(entry.made_up) for entry in PROJECTS} == {
		"ROMA-MSNA": {"programme", "sources", "budget"},
		"CARE": {"sources", "budget"},
		"INCONTRO": {"start", "end", "sources", "budget"},
		"CORE": {"start", "end", "sources", "budget"},
		"CHILDCARE": {"start", "end", "sources", "budget"},
		"ANTARES": {"end", "budget"},
	}


def test_no_address_or_phone_number_of_anybody_real(data: DemoData):
	text = Path(demo_data.__file__).read_text() + repr(data)
	for real in ("famicore.it", "3895238872", "programmaintegra.it", "reteroma2"):
		assert real not in text.casefold().replace(" ", "")
	assert all(user.email.endswith("@example.test") for user in demo_data.USERS)
	assert text.count("@") == text.count("@example.test") + text.count("@dataclass") + text.count(
		"@lru_cache"
	) + text.count("@property")


def test_one_login_for_each_role_and_two_where_the_work_is_shared():
	roles = Counter(user.roles[0] for user in demo_data.USERS)
	assert {role for role, count in roles.items() if count == 2} == {"Social Worker", "Network Partner"}
	assert len(roles) == 13
	operators = {key: entry.name for entry in demo_data.ORGANISATIONS for key in entry.users}
	assert operators["partner_health"] != operators["partner_school"]
	assert {employee.user for employee in demo_data.EMPLOYEES} <= {user.key for user in demo_data.USERS}


def test_only_invented_organisations_receive_referrals_run_facilities_or_let_users_in(data: DemoData):
	invented = {entry.name for entry in demo_data.ORGANISATIONS if entry.invented}
	assert {referral.organisation for referral in data.referrals} <= invented
	assert {facility.organisation for facility in demo_data.FACILITIES} <= invented
	assert {entry.name for entry in demo_data.ORGANISATIONS if entry.users} <= invented


def test_every_partner_is_an_organisation_and_sources_are_whole():
	known = {entry.name for entry in demo_data.ORGANISATIONS}
	for entry in PROJECTS:
		assert {partner.organisation for partner in entry.partners} <= known
		assert sum(percent for __, percent in entry.sources) == 100
		assert sum(partner.role == "Lead" for partner in entry.partners) <= 1


def test_budgets_add_up():
	programmes = {
		row["programme_name"]: row for row in json.loads((DATA / "funding_programmes.json").read_text())
	}
	for entry in PROJECTS:
		lines = [line for line in demo_data.budget_lines() if line.project == entry.code]
		total = sum(line.amount for line in lines)
		assert total == demo_data.budget_of(entry.code) == sum(demo_data.partner_shares(entry.code).values())
		assert total > 100_000
		chapters = {row["chapter_code"] for row in programmes[entry.programme]["chapters"]}
		assert {line.chapter for line in lines} == chapters
		for line in lines:
			if line.cost_method == "Real Cost":
				assert line.amount == money(line.quantity * line.unit_cost) > 0
		flat = [line for line in lines if line.cost_method == "Flat Rate"]
		direct = sum(line.amount for line in lines if line not in flat)
		assert [line.amount for line in flat] == (
			[percent_of(direct, 7)] if "FAMI" in entry.programme else []
		)


def test_dates_lie_inside_the_projects_except_the_planted_ones(data: DemoData):
	planted = {mistake.code for mistake in data.mistakes if mistake.kind == "outside-window"}
	assert len(planted) == 2
	for case in data.cases:
		if case.project:
			assert project(case.project).start <= case.reported_on <= project(case.project).end, case.code
	for session in data.sessions:
		assert project(session.project).start <= session.held_on <= project(session.project).end, session.code
	for invoice in data.invoices:
		entry = project(invoice.project)
		inside = entry.start <= invoice.document_date <= entry.end
		assert inside != (invoice.code in planted), invoice.code
		assert invoice.document_date <= invoice.registered_on <= data.today
		assert not invoice.paid_on or invoice.registered_on <= invoice.paid_on <= data.today
	for posted in data.entries:
		entry = project(posted.project)
		assert entry.start <= posted.posted_on <= min(entry.end, data.today), posted.code
	for sheet in data.timesheets:
		for start, __, __, code in sheet.logs:
			assert project(code).start <= start.date() <= min(project(code).end, data.today), sheet.code


def test_planted_mistakes_are_really_there(data: DemoData):
	invoices = {invoice.code: invoice for invoice in data.invoices}
	titles = {line.name: line.title for line in data.lines}
	right = {item.code: item.line_title for item in demo_data.ITEMS}
	kinds = Counter(mistake.kind for mistake in data.mistakes)
	assert kinds == {
		"untagged": 12,
		"missing-cup": 4,
		"wrong-line": 3,
		"late-paper": 4,
		"duplicate-number": 2,
		"near-window": 2,
		"outside-window": 2,
		"over-budget": 2,
		"holiday-hours": 1,
	}
	for mistake in data.mistakes:
		invoice = invoices.get(mistake.code)
		if mistake.kind == "wrong-line":
			assert all(titles[row.line] != right[row.item] for row in invoice.rows)
		elif mistake.kind == "late-paper":
			assert (invoice.registered_on - invoice.document_date).days >= 100
		elif mistake.kind == "missing-cup":
			assert project(invoice.project).cup and not invoice.cup
		elif mistake.kind == "near-window":
			assert invoice.document_date == project(invoice.project).end
		elif mistake.kind == "untagged":
			assert not any(row.line for row in invoice.rows)
		elif mistake.kind == "duplicate-number":
			paper = (invoice.supplier, invoice.number, invoice.document_date, invoice.total)
			assert [
				(other.supplier, other.number, other.document_date, other.total) for other in data.invoices
			].count(paper) == 2
		elif mistake.kind == "over-budget":
			booked = sum(
				row.amount for paper in data.invoices for row in paper.rows if row.line == mistake.code
			)
			assert booked > next(line.amount for line in data.lines if line.name == mistake.code)
		elif mistake.kind == "holiday-hours":
			sheet = next(sheet for sheet in data.timesheets if sheet.code == mistake.code)
			assert [start for start, *__ in sheet.logs if start.weekday() == 6]
	right_ones = [invoice for invoice in data.invoices if not invoice.mistake]
	assert all(titles[row.line] == right[row.item] for invoice in right_ones for row in invoice.rows)
	assert all(invoice.cup == project(invoice.project).cup for invoice in right_ones)


def test_invoice_rows_stay_on_their_project_and_items_are_known(data: DemoData):
	lines = {line.name: line for line in data.lines}
	suppliers = {supplier.name for supplier in data.suppliers}
	items = {item.code for item in demo_data.ITEMS}
	for invoice in data.invoices:
		assert invoice.supplier in suppliers
		assert invoice.total > 0
		for row in invoice.rows:
			assert row.item in items
			assert row.amount == money(row.amount)
			assert not row.line or lines[row.line].project == invoice.project
	for entry in data.entries:
		assert all(row.item in demo_data.ACCOUNTS for row in entry.rows)
		assert all(not row.line or lines[row.line].project == entry.project for row in entry.rows)
		assert (sum(row.amount for row in entry.rows) == 0) == (entry.against == "")


def test_facts_of_cases_come_in_an_order_that_can_be(data: DemoData):
	for case in data.cases:
		facts = CaseFacts(
			reception_entry=case.facts.get("reception_entry"),
			interview_on=case.facts.get("interview_on"),
			missing_since=case.facts.get("missing_since"),
			closed_on=case.closed_on,
		)
		check_case_dates(facts, case.reported_on, data.today)
		for name, moment in case.facts.items():
			day = moment.date() if isinstance(moment, datetime) else moment
			if name == "prosieguo_until":
				assert 18 <= demo_data.age_on(case.birth_date, day) <= 21
			elif name not in ("majority_plan_made_on", "permit_conversion_prepared_on"):
				assert case.reported_on <= day <= data.today, (case.code, name)
	assert sum("art_403_placed_at" in case.facts for case in data.cases) == 5
	for case in data.cases:
		acts = [case.facts[name] for name in demo_data.ACTS if name in case.facts and "403" in name]
		assert acts == sorted(acts) and all(isinstance(moment, datetime) for moment in acts), case.code
	assert sum("missing_since" in case.facts for case in data.cases) == 2


def test_fact_names_are_those_of_the_deadline_rules(data: DemoData):
	rules = json.loads((DATA / "deadline_rules.json").read_text())
	known = {
		name for rule in rules for name in (rule["trigger"], rule["done_fact"], rule["cancel_fact"]) if name
	}
	found = demo_data.deadline_facts(data.today)
	assert [code for code, __ in found] == [case.code for case in data.cases]
	used = {name for __, facts in found for name in facts}
	assert used <= known
	assert {"reception_entry", "interview_done", "pei_signed", "birth_date", "placement_403"} <= used


def test_care_assignments_belong_to_roles_and_let_the_authors_in(data: DemoData):
	roles = {user.key: user.roles for user in demo_data.USERS}
	running: set[tuple[str, str]] = set()
	days: dict[tuple[str, str, str], list] = {}
	cases = {case.code: case for case in data.cases}
	for assignment in data.assignments:
		case = cases[assignment.case]
		assert assignment.care_role in roles[assignment.user]
		assert case.reported_on <= assignment.from_date
		assert not assignment.to_date or assignment.from_date <= assignment.to_date
		days.setdefault((assignment.case, assignment.user, assignment.care_role), []).append(assignment)
		running.add((assignment.case, assignment.user))
	assert all(len(rows) == 1 for rows in days.values())
	for case in data.cases:
		referents = [row for row in data.assignments if row.case == case.code and row.is_referent]
		assert [row.user for row in referents] == [case.social_worker]
	assert all((plan.case, plan.author) in running for plan in data.plans)
	for record in data.records:
		author = cases[record.case].social_worker if record.record_type == "Health" else "psychologist"
		assert (record.case, author) in running
	handed_over = [row for row in data.assignments if row.reason]
	assert len(handed_over) >= 3
	workers = Counter(case.social_worker for case in data.cases)
	assert min(workers["social_worker"], workers["social_worker_2"]) >= 20


def test_plans_have_what_their_state_asks_for(data: DemoData):
	cases = {case.code: case for case in data.cases}
	versions: dict[str, list[int]] = {}
	blocked = warned = 0
	for plan in data.plans:
		versions.setdefault(plan.case, []).append(plan.version)
		state = "In Progress" if plan.state in ("Superseded", "Concluded") else plan.state
		findings = check_pei_step(
			state,
			len(plan.objectives),
			str(plan.texts["minor_wishes"]),
			[
				(str(row["signatory"]), row.get("signed_on"), str(row.get("refusal_reason") or ""))
				for row in plan.signatures
			],
		)
		blocked += any(finding.severity.value == "Block" for finding in findings)
		warned += bool(findings)
		family = cases[plan.case].kind in ("Minor in a Family", "Parent")
		for place, row in enumerate(plan.objectives, 1):
			assert check_objective(place, row, plan.drafted_on, state, family) == []
		for place, row in enumerate(plan.interventions, 1):
			assert check_intervention(place, row, plan.drafted_on) == []
		assert check_signature_days((row.get("signed_on") for row in plan.signatures), data.today) is None
		assert plan.drafted_on <= data.today
		assert bool(plan.signed_on) == bool(plan.signatures)
	assert blocked == 0
	assert warned >= 3, "some plans lack a signature or the minor's own voice"
	assert all(found == list(range(1, len(found) + 1)) for found in versions.values())
	assert any(len(found) > 1 for found in versions.values())


def test_referrals_take_only_steps_that_can_be_taken(data: DemoData):
	consents = {consent.code: consent for consent in data.consents}
	kinds = {entry.name: entry for entry in demo_data.ORGANISATIONS}
	for referral in data.referrals:
		state, last = "Drafted", None
		for action, moment, side, note in referral.steps:
			assert side == STEPS[action].by
			state = next_state(state, action, side, note)
			assert last is None or last < moment
			assert moment.date() <= data.today
			last = moment
		assert state == referral.status
		if referral.consent:
			assert consents[referral.consent].case == referral.case
			assert consents[referral.consent].organisation == referral.organisation
		if not referral.steps:
			continue
		organisation = kinds[referral.organisation]
		findings = check_gate(
			referral.legal_basis,
			referral.organisation,
			[
				ConsentFacts(
					consent.purpose,
					consent.outcome,
					consent.given_on,
					consent.organisation or None,
					consent.valid_until,
					consent.withdrawn_on,
				)
				for consent in data.consents
				if consent.case == referral.case
			],
			None if organisation.agreement == "missing" else date(2020, 1, 1),
			None,
			data.today,
		)
		assert bool(findings) == bool(referral.override_reason), referral.code


def test_consents_are_one_for_each_purpose_and_organisation_of_a_case(data: DemoData):
	keys = [(consent.case, consent.purpose, consent.organisation) for consent in data.consents]
	assert len(keys) == len(set(keys))
	assert {consent.outcome for consent in data.consents} == {"Given", "Refused"}
	assert any(consent.withdrawn_on for consent in data.consents)
	for consent in data.consents:
		assert consent.given_on <= data.today
		assert not consent.withdrawn_on or consent.given_on <= consent.withdrawn_on <= data.today


def test_sessions_have_people_and_no_one_twice(data: DemoData):
	assert {"Held", "Certified", "Cancelled"} <= {session.status for session in data.sessions}
	for session in data.sessions:
		names = [row[0] for row in session.attendance]
		assert len(names) == len(set(names))
		people, hours = session_totals(session.hours, [(row[4], row[5]) for row in session.attendance])
		if session.status in ("Held", "Certified"):
			assert session.held_on <= data.today
			assert people >= 3
			assert hours <= people * session.hours
		else:
			assert people == 0


def test_timesheets_are_one_a_month_for_each_of_the_staff(data: DemoData):
	months = Counter((sheet.user, sheet.logs[0][0].strftime("%Y-%m")) for sheet in data.timesheets)
	assert set(months.values()) == {1}
	assert Counter(sheet.user for sheet in data.timesheets) == {
		employee.user: 5 for employee in demo_data.EMPLOYEES
	}
	off = {
		day for year in (-1, 0) for day, __ in demo_data.holidays_of(data.today.year + year, data.today.year)
	}
	planted = data.timesheets[demo_data.HOLIDAY_SHEET - 1]
	for sheet in data.timesheets:
		days = [start.date() for start, *__ in sheet.logs]
		assert len(days) == len(set(days))
		assert all(Decimal(3) <= hours <= Decimal(8) for __, hours, *__ in sheet.logs)
		if sheet is not planted:
			assert not [day for day in days if day.weekday() > 4 or day in off]


def test_hours_with_cases_are_interventions_of_who_follows_them_and_fill_the_days_of_the_sheets(
	data: DemoData,
):
	cases = {case.code: case for case in data.cases}
	follows = {(row.user, row.case): row for row in data.assignments}
	worked: dict[str, list[tuple]] = {}
	for row in data.interventions:
		assert row.hours > 0 and (row.status == "Done") == (row.starts.date() <= data.today)
		for code in [row.case] if row.case else [case for case, __ in row.attendance]:
			assert follows[row.user, code].from_date <= row.starts.date(), row.code
			assert not cases[code].closed_on or row.starts.date() <= cases[code].closed_on
		for user, hours in ((row.user, row.hours), *([row.second] if row.second else [])):
			worked.setdefault(user, []).append((row.starts, row.starts + timedelta(hours=float(hours))))
	# who has an office has no cases, and whose work is with cases types no hours with them
	assert set(worked) == set(demo_data.STAFF_LINES) - {"coordinator"}
	for sheet in data.timesheets:
		for start, hours, activity, __ in sheet.logs:
			assert activity != demo_data.ACTIVITIES[0] or start.weekday() == 6
			worked.setdefault(sheet.user, []).append((start, start + timedelta(hours=float(hours))))
	for user, spans in worked.items():
		spans.sort()
		assert all(one[1] <= next_[0] for one, next_ in pairwise(spans)), user
	months = {start.strftime("%Y-%m") for sheet in data.timesheets for start, *__ in sheet.logs}
	done = [row for row in data.interventions if row.status == "Done"]
	assert {row.starts.strftime("%Y-%m") for row in done} == months


def test_the_register_workbook_reads_back_without_a_problem(data: DemoData):
	rows = demo_data.register_rows(data.today)
	assert {key: len(found) for key, found in rows.items()} == {
		"minors": len(data.cases),
		"pei": len(data.plans),
		"referrals": 80,
		"sessions": 24,
		"budget_lines": len(data.lines),
	}
	reference = demo_workbooks.reference()
	reading = register.read(register.workbook(reference, rows), reference, data.today)
	assert [str(problem) for problem in (*reading.problems, *reading.warnings)] == []
	assert {key: len(found) for key, found in reading.rows.items()} == {
		key: len(found) for key, found in rows.items()
	}


def test_the_offline_check_finds_the_planted_mistakes_and_nothing_else(data: DemoData):
	reading = costs.read(demo_workbooks.costs_workbook(data.today), data.today)
	planted = Counter(mistake.kind for mistake in data.mistakes)
	assert len(reading.problems) == planted["duplicate-number"] + planted["outside-window"] == 4
	assert len(reading.warnings) == planted["missing-cup"] + planted["over-budget"] == 6
