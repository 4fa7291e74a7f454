"""A tagged asset: its depreciation is the project's cost in the project's months, and goes on without it after."""

import frappe
from erpnext.assets.doctype.asset.depreciation import make_depreciation_entry
from erpnext.assets.doctype.asset_depreciation_schedule.asset_depreciation_schedule import (
	get_asset_depr_schedule_name,
)

from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	company,
	make_budget_line,
	make_funded_project,
	make_user,
	unique,
)


class TestDepreciation(SiteTestCase):
	def asset(self, line: str) -> str:
		"""A computer of 1200 euro, written off over six months from January 2025 on, that carries `line`."""

		def account(account_type: str, root: str) -> str:
			values = {"company": company(), "account_type": account_type, "is_group": 0}
			found = frappe.db.get_value("Account", {**values, "root_type": root})
			if found:
				return found
			parent = frappe.db.get_value(
				"Account",
				{"company": company(), "root_type": root, "is_group": 1, "parent_account": ["!=", ""]},
			)
			return (
				frappe.get_doc(
					{
						"doctype": "Account",
						**values,
						"account_name": unique(account_type),
						"parent_account": parent,
					}
				)
				.insert()
				.name
			)

		category = frappe.get_doc(
			{
				"doctype": "Asset Category",
				"asset_category_name": unique("Computer"),
				"accounts": [
					{
						"company_name": company(),
						"fixed_asset_account": account("Fixed Asset", "Asset"),
						"accumulated_depreciation_account": account("Accumulated Depreciation", "Asset"),
						"depreciation_expense_account": account("Depreciation", "Expense"),
					}
				],
			}
		).insert()
		item = frappe.get_doc(
			{
				"doctype": "Item",
				"item_code": unique("PC"),
				"item_group": frappe.db.get_value("Item Group", {"is_group": 0}),
				"stock_uom": frappe.db.get_value("UOM", {"enabled": 1}),
				"is_stock_item": 0,
				"is_fixed_asset": 1,
				"asset_category": category.name,
			}
		).insert()
		location = frappe.get_doc({"doctype": "Location", "location_name": unique("Sede")}).insert()
		asset = frappe.get_doc(
			{
				"doctype": "Asset",
				"company": company(),
				"item_code": item.name,
				"asset_name": "PC",
				"asset_category": category.name,
				"location": location.name,
				"is_existing_asset": 1,
				"purchase_date": "2025-01-01",
				"available_for_use_date": "2025-01-01",
				"gross_purchase_amount": 1200,
				"calculate_depreciation": 1,
				"fami_budget_line": line,
				"finance_books": [
					{
						"depreciation_method": "Straight Line",
						"total_number_of_depreciations": 6,
						"frequency_of_depreciation": 1,
						"depreciation_start_date": "2025-01-31",
					}
				],
			}
		).insert()
		asset.submit()
		return asset.name

	def test_the_projects_months_are_allocated_and_the_others_are_booked_without_a_line(self):
		project = make_funded_project(start_date="2025-02-01", end_date="2025-04-30")
		line = make_budget_line(project, "E.1", 5000).name
		asset = self.asset(line)
		# What the nightly run does for each asset, without its commit.
		schedule = make_depreciation_entry(get_asset_depr_schedule_name(asset, "Active"), "2025-06-30")
		entries = [row.journal_entry for row in schedule.depreciation_schedule]
		self.assertEqual(frappe.db.count("Journal Entry", {"name": ["in", entries], "docstatus": 1}), 6)
		drafts = frappe.get_all(
			"Cost Allocation",
			filters={"voucher_no": ["in", entries]},
			fields=["name", "voucher_no", "budget_line", "imputed_amount", "incurred_on"],
			order_by="incurred_on",
		)
		self.assertEqual(
			[(str(row.incurred_on), row.budget_line, row.imputed_amount) for row in drafts],
			[("2025-02-28", line, 200), ("2025-03-31", line, 200), ("2025-04-30", line, 200)],
		)
		with acting_as(make_user("Funding Officer", "Accounts User")):
			allocation = frappe.get_doc("Cost Allocation", drafts[0].name)
			allocation.percent = 60  # used six tenths for the project
			allocation.save()
			allocation.submit()
		self.assertEqual(allocation.imputed_amount, 120)
