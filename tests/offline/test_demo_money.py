"""The invented project of the demo: six partners, three sources, sixty lines, and figures that stay within them."""

import json
from collections import Counter
from dataclasses import astuple
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from stdnum.it import iva

from core_minori.engine import partner_workbook
from core_minori.engine.identifiers import check_cup
from core_minori.engine.money import ZERO, money, percent_of
from core_minori.setup import demo_data, demo_money_data, demo_papers
from core_minori.setup.demo_money_data import MoneyData, account_of, build

DATA = Path(demo_data.__file__).parent / "data"
DAYS = [date(2026, 11, 22), date(2028, 2, 29), demo_data.EARLIEST_DAY, date(2031, 1, 1)]


@pytest.fixture(params=DAYS, ids=str)
def data(request: pytest.FixtureRequest) -> MoneyData:
	return build(request.param)


def booked(data: MoneyData, tagged: bool) -> dict[str, Decimal]:
	"""Euro by the line a row belongs on, of the rows that carry it or of those that do not."""
	found: dict[str, Decimal] = {}
	for voucher in (*data.invoices, *data.entries):
		for row in voucher.rows:
			if bool(row.line) is tagged:
				found[row.truth] = found.get(row.truth, ZERO) + row.amount
	return found


def test_the_same_day_and_seed_give_the_same_data_and_another_seed_does_not():
	first = build(DAYS[0])
	demo_money_data._build.cache_clear()
	assert astuple(build(DAYS[0])) == astuple(first)
	assert astuple(build(DAYS[0], seed=7)) != astuple(first)
	with pytest.raises(ValueError, match="2024-09-01"):
		build(demo_data.EARLIEST_DAY - timedelta(days=1))


def test_codes_do_not_depend_on_the_day_and_are_unique():
	now, later = build(date(2026, 3, 10)), build(date(2026, 5, 24))
	for part in ("invoices", "entries", "sheets", "declared", "procurements"):
		codes = [row.code for row in getattr(now, part)]
		assert codes == [row.code for row in getattr(later, part)]
		keys = [(getattr(row, "partner", ""), row.code) for row in getattr(now, part)]
		assert len(keys) == len(set(keys))
	assert now.lines == later.lines


def test_six_partners_three_sources_sixty_lines_and_thirty_six_months(data: MoneyData):
	project = data.project
	assert len(project.partners) == 6
	assert [partner.role for partner in project.partners].count("Lead") == 1
	assert len(project.sources) == 3
	assert sum(percent for __, percent in project.sources) == 100
	assert len(data.lines) == len({line.name for line in data.lines}) == 60
	months = (project.end.year - project.start.year) * 12 + project.end.month - project.start.month + 1
	assert (months, project.start.day, (project.end + timedelta(days=1)).day) == (36, 1, 1)
	assert data.today <= project.end or project.end == date(2029, 12, 31)  # the last day of the programme
	assert check_cup(project.cup) is None


def test_nothing_of_it_is_real():
	seeds = {entry.name for entry in demo_data.ORGANISATIONS}
	assert not seeds & {entry.name for entry in demo_money_data.ORGANISATIONS}
	assert demo_money_data.CODE not in {entry.code for entry in demo_data.PROJECTS}
	assert all(entry.invented for entry in demo_money_data.ORGANISATIONS)
	assert demo_money_data.INVENTED_CUP.startswith("Z99Z99")


def test_the_budget_is_the_sum_of_its_lines_and_each_flat_rate_is_of_its_partner(data: MoneyData):
	total = sum((line.amount for line in data.lines), ZERO)
	assert sum(demo_money_data.partner_shares(data.lines).values()) == total
	programmes = {
		row["programme_name"]: row for row in json.loads((DATA / "funding_programmes.json").read_text())
	}
	chapters = {row["chapter_code"] for row in programmes[data.project.programme]["chapters"]}
	assert {line.chapter for line in data.lines} == chapters
	flat = [line for line in data.lines if line.cost_method == "Flat Rate"]
	assert len(flat) == 6
	for line in flat:
		direct = sum(
			other.amount
			for other in data.lines
			if other.partner == line.partner and other.cost_method != "Flat Rate"
		)
		assert line.amount == percent_of(direct, demo_money_data.INDIRECT_PERCENT)


def test_costs_stay_within_their_lines_with_room_for_what_nobody_tagged(data: MoneyData):
	tagged, untagged = booked(data, True), booked(data, False)
	for cost in data.declared:
		tagged[cost.line] = tagged.get(cost.line, ZERO) + cost.amount
	moved = dict.fromkeys((line.name for line in data.lines), ZERO)
	for source, target, euro in data.transfers:
		moved[source] -= euro
		moved[target] += euro
	assert sum(moved.values()) == 0
	for line in data.lines:
		spent = tagged.get(line.name, ZERO) + untagged.get(line.name, ZERO)
		assert spent < min(line.amount, line.amount + moved[line.name]), line.name
		if line.cost_method != "Flat Rate" and line.line_code not in ("A.1", "A.2", "A.3"):
			assert tagged[line.name] > 0, line.name  # hours stand in timesheets


def test_five_hundred_untagged_rows_each_know_their_line(data: MoneyData):
	assert len(data.truth) == demo_money_data.UNTAGGED_ROWS == 500
	lines = {line.name: line for line in data.lines}
	assert all(lines[line].partner == demo_money_data.LEAD for line in data.truth.values())
	for voucher in (*data.invoices, *data.entries):
		accounts = [account_of(row.item) for row in voucher.rows if not row.line]
		assert len(accounts) == len(set(accounts)), voucher.code  # rows of one account would be one cost
		assert not accounts or len(accounts) == len(voucher.rows)
		assert all(account in demo_data.ACCOUNTS for account in accounts)
		assert not (voucher.claim and accounts)


def test_what_is_untagged_has_a_past_and_is_not_trivial(data: MoneyData):
	past = Counter(row.line for invoice in data.invoices for row in invoice.rows if row.line)
	past.update(row.line for entry in data.entries for row in entry.rows if row.line)
	assert set(data.truth.values()) <= set(past)
	by_account: dict[str, set[str]] = {}
	for (__, account), line in data.truth.items():
		by_account.setdefault(account, set()).add(line)
	assert sum(len(lines) > 1 for lines in by_account.values()) >= 4
	by_supplier: dict[str, set[str]] = {}
	for invoice in data.invoices:
		by_supplier.setdefault(invoice.supplier, set()).update(row.truth for row in invoice.rows)
	assert sum(len(lines) > 1 for lines in by_supplier.values()) >= 8


def test_days_lie_in_the_months_of_their_claim(data: MoneyData):
	assert len(data.periods) == 3
	for (__, before), (after, __) in zip(data.periods, data.periods[1:], strict=False):
		assert after == before + timedelta(days=1)
	assert data.periods[-1][1] < data.today
	for row in (*data.invoices, *data.declared):
		if row.claim:
			first, last = data.periods[row.claim - 1]
			assert first <= row.document_date <= last, row.code
	for entry in data.entries:
		assert data.project.start <= entry.posted_on <= data.today
	for sheet in data.sheets:
		first, last = data.periods[sheet.claim - 1]
		days = [start.date() for start, __, __ in sheet.logs]
		assert first <= min(days) and max(days) <= last
		assert len({(day.year, day.month) for day in days}) == 1
		assert all(day.weekday() < 5 for day in days)
	for row in data.instalments:
		assert all(day <= data.today for day, __ in row.receipts)


def test_instalments_and_credit_note_and_revision_are_there(data: MoneyData):
	assert sum(row.percent for row in data.instalments) == 100
	assert [row.kind for row in data.instalments] == ["Advance", "Interim", "Interim", "Balance"]
	assert any(len(row.receipts) > 1 for row in data.instalments)
	credit = [invoice for invoice in data.invoices if invoice.credits]
	assert len(credit) == 1
	assert credit[0].total < 0
	credited = next(invoice for invoice in data.invoices if invoice.code == credit[0].credits)
	assert (credited.supplier, credited.claim) == (credit[0].supplier, 3)
	assert credited.total + credit[0].total > 0
	assert data.revised_on < data.periods[2][0]
	assert any(cost.code == data.overridden and cost.paid_on for cost in data.declared)


def test_partners_declare_staff_documents_units_and_lump_sums_that_add_up(data: MoneyData):
	kinds = Counter(cost.cost_type for cost in data.declared)
	assert set(kinds) == {"Staff", "Document", "Units Delivered", "Lump Sum"}
	assert {cost.partner for cost in data.declared} == {
		partner.organisation for partner in data.project.partners[1:]
	}
	for cost in data.declared:
		assert cost.amount > 0
		if cost.cost_type in ("Staff", "Units Delivered"):
			assert cost.amount == cost.units * cost.unit_cost
		if cost.tax_id:
			assert iva.is_valid(cost.tax_id)


def test_the_three_claims_without_a_server_are_the_planned_costs_and_their_sources_sum_exactly(
	data: MoneyData,
):
	claims = demo_papers._claims(data.today)
	assert [claim.status for claim in claims] == ["Settled", "Settled", "Audited"]
	direct = sum(
		(row.amount for voucher in (*data.invoices, *data.entries) for row in voucher.rows if voucher.claim),
		ZERO,
	)
	direct += sum((cost.amount for cost in data.declared), ZERO)
	rates = {employee.full_name: demo_papers._hourly(employee) for employee in data.employees}
	direct += sum(
		(money(hours * rates[sheet.employee]) for sheet in data.sheets for __, hours, __ in sheet.logs), ZERO
	)
	assert sum((row.claimed for claim in claims for row in claim.expenses), ZERO) == direct
	for claim in claims:
		assert claim.claimed > claim.auditor > ZERO
		assert sum((part for row in claim.rows for part in row.sources), ZERO) == claim.claimed
		assert sum((position.claimed for position in claim.positions), ZERO) == claim.claimed
		for flat in claim.flat_rates:
			assert flat.claimed == percent_of(flat.base, demo_money_data.INDIRECT_PERCENT)
	content, count = demo_papers.claim_papers(data.today)
	assert count == len(claims[-1].expenses)
	shown = {
		cell.value
		for row in load_workbook(BytesIO(content), read_only=True)["Riepilogo"].iter_rows()
		for cell in row
	}
	assert float(claims[-1].claimed) in shown
	assert float(claims[-1].auditor) in shown


def test_the_partners_workbook_has_no_problem(data: MoneyData):
	content, count = demo_papers.partner_papers(data.today)
	reading = partner_workbook.read(content, data.today)
	assert (reading.row_count, reading.problems) == (count, [])
	# Furniture bought at once is spoken of, as it would be to the partner.
	assert all("of equipment at once" in warning.message.text for warning in reading.warnings)


def test_cuts_are_told_with_a_reason_and_leave_what_is_small_alone():
	assert demo_money_data.cut_of("auditor", 1, Decimal("10.00")) == (Decimal("10.00"), "")
	assert demo_money_data.cut_of("auditor", 9, Decimal("10.00"))[0] == ZERO
	assert demo_money_data.cut_of("auditor", 13, Decimal("10.00")) == (
		Decimal("6.00"),
		"Quota non riferita al progetto.",
	)
	assert demo_money_data.cut_of("auditor", 9, ZERO) == (ZERO, "")
