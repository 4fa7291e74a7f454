"""Untagged costs of the demo's project: the officer reads why, accepts two with one line changed, and takes them back."""

import re

from desk import PATIENCE, Desk
from playwright.sync_api import expect

from core_minori.setup.demo_money_data import CODE

ROWS = "frappe.query_report && !frappe.query_report.loading && frappe.query_report.data && frappe.query_report.data.length"
DRAFTS = "frappe.db.count('Cost Allocation', {filters: {origin: 'Suggestion', docstatus: 0}})"


def rows(desk: Desk, report: str) -> list[dict]:
	"""Rows of a report on the demo's project, as the open browser shows them."""
	desk.open(f"/app/query-report/{report.replace(' ', '%20')}?funded_project={CODE}")
	desk.page.wait_for_function(ROWS)
	desk.page.wait_for_selector(".dt-row-0")
	desk.settle()
	return desk.page.evaluate("frappe.query_report.data")


def press(desk: Desk, italian: str, english: str) -> None:
	desk.page.get_by_role("button", name=re.compile(f"^({italian}|{english})$")).first.click()
	desk.page.wait_for_selector(".modal.show .btn-primary:visible")
	desk.page.wait_for_timeout(800)


def confirm(desk: Desk) -> None:
	desk.page.locator(".modal.show .btn-primary:visible").last.click()
	desk.page.wait_for_selector(".modal.show", state="hidden")
	desk.settle()


def test_two_suggestions_are_accepted_and_taken_back(desk_of):
	with desk_of("funding_officer") as desk:
		before = rows(desk, "Cost Suggestions")
		assert all(row["budget_line"].startswith(f"{CODE}-") and row["reason"] for row in before[:20])
		drafts = desk.page.evaluate(DRAFTS)
		for place in range(2):
			desk.page.locator(f".dt-scrollable .dt-row-{place} input[type=checkbox]").first.check(force=True)
		press(desk, "Accetta i selezionati", "Accept Checked")
		lines = desk.page.locator('.modal.show .grid-body .grid-row [data-fieldname="budget_line"]')
		other = next(row["budget_line"] for row in before if row["budget_line"] != before[1]["budget_line"])
		lines.nth(1).click()
		box = desk.page.locator('.modal.show .grid-body [data-fieldname="budget_line"] input:visible').first
		box.click()
		box.fill("")
		box.press_sequentially(other, delay=15)
		offers = box.locator("xpath=..").locator("ul[role=listbox] > *")
		expect(offers.first).to_contain_text(other, timeout=PATIENCE)
		box.press("Tab")
		desk.settle()
		confirm(desk)
		desk.page.wait_for_function(f"frappe.query_report.data.length === {len(before) - 2}")
		# The checks were on places where other costs stand now.
		assert desk.page.evaluate("frappe.query_report.datatable.rowmanager.getCheckedRows().length") == 0
		assert desk.page.evaluate(DRAFTS) == drafts + 2
		made = desk.page.evaluate(
			"vouchers => frappe.db.get_list('Cost Allocation', {filters: {origin: 'Suggestion',"
			" voucher_no: ['in', vouchers]}, fields: ['voucher_no', 'budget_line', 'docstatus']})",
			[row["voucher_no"] for row in before[:2]],
		)
		assert {row["docstatus"] for row in made} == {0}
		assert sorted(row["budget_line"] for row in made) == sorted([before[0]["budget_line"], other])

		press(desk, "Annulla l'ultimo gruppo", "Undo Last Batch")
		confirm(desk)
		desk.page.wait_for_function(f"frappe.query_report.data.length === {len(before)}")
		assert desk.page.evaluate(DRAFTS) == drafts
		assert desk.errors == []


def test_untagged_costs_are_among_the_differences_and_lead_to_the_suggestions(desk_of):
	with desk_of("funding_officer") as desk:
		suggested = {row["voucher_no"] for row in rows(desk, "Cost Suggestions")}
		differing = rows(desk, "Reconciliation Differences")
		assert suggested <= {row["voucher_no"] for row in differing}
		assert all(row["reason"] and row["remedy"] for row in differing)
		desk.page.get_by_role(
			"button", name=re.compile("^(Suggerimenti di imputazione|Cost Suggestions)$")
		).first.click()
		desk.page.wait_for_url("**/Cost%20Suggestions**")
		assert desk.errors == []
