"""Projects and their budget lines."""

import frappe

from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	company,
	make_budget_line,
	make_funded_project,
	make_organisation,
	make_user,
)


class TestFundedProject(SiteTestCase):
	def test_a_funding_officer_makes_a_project_and_erpnexts_own_comes_with_it(self):
		officer = make_user("Funding Officer")
		partner = make_organisation().name
		with acting_as(officer):
			project = frappe.get_doc(
				{
					"doctype": "Funded Project",
					"project_code": f"PROG-{frappe.generate_hash(length=6)}",
					"title": "Progetto Esempio",
					"programme": "FAMI 2014-2020",
					"start_date": "2020-03-12",
					"end_date": "2022-06-30",
					"company": company(),
					"cup": " i61e20000000007 ",
					"cig": "Z602BCDE3E",
					"partners": [{"organisation": partner, "role": "Lead", "budget_share": 1000.01}],
					"sources": [
						{"source_type": "European Union", "percent": 50},
						{"source_type": "National", "percent": 50},
					],
				}
			).insert()
		self.assertEqual(project.cup, "I61E20000000007")
		self.assertEqual([row.amount for row in project.sources], [500.01, 500.0])
		self.assertEqual(frappe.db.get_value("Project", project.project, "company"), company())

	def test_wrong_identifiers_shares_and_dates_are_refused(self):
		for values in (
			{"cig": "0000000000"},
			{"cig": "B123456789"},
			{"end_date": "2000-01-01"},
			{"sources": [{"source_type": "National", "percent": 99}]},
		):
			with self.subTest(values), self.assertRaises(frappe.ValidationError):
				make_funded_project(**values)

	def test_a_partner_leads_once_and_stands_once(self):
		first, second = make_organisation().name, make_organisation().name
		for partners in (
			[{"organisation": first, "role": "Lead"}, {"organisation": second, "role": "Lead"}],
			[{"organisation": first, "role": "Lead"}, {"organisation": first, "role": "Partner"}],
		):
			with self.assertRaises(frappe.ValidationError):
				make_funded_project(partners=partners)

	def test_a_line_belongs_to_a_chapter_and_a_partner_of_its_project(self):
		project = make_funded_project()
		line = make_budget_line(project, "A.1", amount=1, quantity=3, unit_cost=33.335)
		self.assertEqual(line.amount, 100.01)
		self.assertEqual(line.name, f"{project.name}-A.1")
		for values in ({"code": "Z.1"}, {"code": "A.2", "partner": make_organisation().name}):
			with self.subTest(values), self.assertRaises(frappe.ValidationError):
				make_budget_line(project, **values)
		with self.assertRaises(frappe.DuplicateEntryError):
			make_budget_line(project, "A.1")

	def test_the_dimension_is_on_every_accounting_doctype_with_an_index_on_the_ledger(self):
		fields = frappe.get_all(
			"Custom Field", filters={"fieldname": "fami_budget_line"}, fields=["dt", "module"]
		)
		self.assertEqual({field.module for field in fields}, {"Funding"})
		doctypes = {field.dt for field in fields}
		for doctype in ("GL Entry", "Purchase Invoice", "Purchase Invoice Item", "Journal Entry Account"):
			self.assertIn(doctype, doctypes)
		indexed = frappe.db.sql("show index from `tabGL Entry` where Column_name = 'fami_budget_line'")
		self.assertTrue(indexed)
