"""The budget of a day adds up to the cent, by line, chapter, partner, activity and source; and it prints."""

from decimal import Decimal

import frappe
from frappe.utils import add_days, today

from core_minori.engine.money import money
from core_minori.funding.report.project_budget.project_budget import execute
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_budget_line,
	make_funded_project,
	make_organisation,
	make_user,
)


class TestProjectBudget(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer")
		partners = [make_organisation().name for __ in range(2)]
		cls.project = make_funded_project(
			partners=[{"organisation": name, "role": "Partner", "budget_share": 0} for name in partners],
			sources=[
				{"source_type": "European Union", "percent": 33.33},
				{"source_type": "National", "percent": 33.33},
				{"source_type": "Own Funds", "percent": 33.34},
			],
		)
		with acting_as(cls.officer):
			cls.staff = make_budget_line(cls.project, "A.1", quantity=3, unit_cost=33.35, activity="WP1")
			cls.other = make_budget_line(cls.project, "A.2", 0.05, partner=partners[1], activity="WP2")
			cls.travel = make_budget_line(cls.project, "B.1", 77.77, title="Viaggi <b>e</b> soggiorni")
			make_budget_line(cls.project, "L.1", cost_method="Flat Rate", partner=None)
			frappe.get_doc(
				{
					"doctype": "Budget Revision",
					"funded_project": cls.project.name,
					"effective_on": today(),
					"reason": "Meno viaggi",
					"transfers": [
						{"from_line": cls.travel.name, "to_line": cls.staff.name, "amount": 7.77},
						{"to_line": cls.other.name, "amount": 0.02},
					],
					"authorisation_reference": "Prot. 7",
					"authorised_on": today(),
					"authorisation_document": "/private/files/esempio.pdf",
				}
			).insert().submit()

	def report(self, **filters):
		columns, rows, __, chart, summary = execute({"funded_project": self.project.name, **filters})
		return columns, {row["key"]: row for row in rows}, chart, summary

	def test_lines_chapters_partners_and_activities_hold_the_same_money(self):
		with acting_as(self.officer):
			__, lines, __, __ = self.report(day=today())
			self.assertEqual(lines[self.staff.name]["initial"], 100.05)
			self.assertEqual(lines[self.staff.name]["revisions"], 7.77)
			self.assertEqual(lines[self.travel.name]["in_force"], 70)
			for group in ("Line", "Chapter", "Partner", "Activity"):
				__, rows, chart, summary = self.report(day=today(), group_by=group)
				with self.subTest(group):
					for name, whole in (("initial", "190.32"), ("in_force", "190.34")):
						total = sum(money(row[name]) for row in rows.values())
						self.assertEqual(total, Decimal(whole))
					for row in rows.values():
						by_source = sum(money(row[f"source_{place}"]) for place in (1, 2, 3))
						self.assertEqual(by_source, money(row["in_force"]))
					self.assertEqual(summary[2]["value"], 190.34)
					self.assertEqual(chart["data"]["labels"], ["A", "B", "L"])

	def test_a_day_before_the_revision_has_the_budget_of_the_agreement(self):
		with acting_as(self.officer):
			__, rows, __, __ = self.report(day=add_days(today(), -1))
		self.assertFalse(any(row["revisions"] for row in rows.values()))

	def test_who_reads_projects_reads_it_and_nobody_else(self):
		for role in ("Case Coordinator", "Protection Unit Manager"):
			with self.subTest(role), acting_as(make_user(role)):
				self.assertEqual(len(self.report(day=today())[1]), 4)
		for role in ("Purchase User", "Educator"):
			with self.subTest(role), acting_as(make_user(role)), self.assertRaises(frappe.PermissionError):
				self.report(day=today())

	def test_nonsense_is_refused(self):
		with acting_as(self.officer):
			self.assertEqual(execute({}), ([], []))
			with self.assertRaises(frappe.ValidationError):
				self.report(group_by="Colour")
			with self.assertRaises(frappe.DoesNotExistError):
				execute({"funded_project": "nobody's"})

	def test_the_paper_has_chapters_sources_and_revisions_and_no_mark_up_of_strangers(self):
		with acting_as(self.officer):
			html = frappe.get_print(
				"Funded Project", self.project.name, print_format="Project Budget", no_letterhead=1
			)
		for text in ("107,82", "190,34", "Meno viaggi", "Prot. 7", "Viaggi &lt;b&gt;e&lt;/b&gt; soggiorni"):
			self.assertIn(text, html)
		self.assertNotIn("<b>e</b>", html)
		with acting_as(make_user("Purchase User")), self.assertRaises(frappe.PermissionError):
			frappe.get_doc("Funded Project", self.project.name).budget_sheet()
