"""A programme is data: whoever runs the funds writes one in the desk, and what cannot be read is refused."""

import json

import frappe

from core_minori.engine.programme import rule_on
from core_minori.funding.ledger import programme_rules
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_budget_line,
	make_funded_project,
	make_user,
	unique,
)


class TestFundingProgramme(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer")

	def programme(self, rules=(), chapters=()):
		return frappe.get_doc(
			{
				"doctype": "Funding Programme",
				"programme_name": unique("Programma"),
				"chapters": [{"chapter_code": "A", "title": "Personale", "is_direct": 1}, *chapters],
				"rules": [{"severity": "Warn", **rule} for rule in rules],
			}
		)

	def test_an_officer_and_an_administrator_add_a_programme_and_a_rule(self):
		for role in ("Funding Officer", "System Manager"):
			with self.subTest(role), acting_as(make_user(role)):
				programme = self.programme(
					chapters=[
						{
							"chapter_code": "Z",
							"title": "Indiretti",
							"is_flat_rate": 1,
							"flat_rate_percent": 15,
							"flat_rate_base": "A",
						}
					]
				).insert()
				programme.append(
					"rules",
					{
						"check_code": "cash-cap",
						"value": "1.000,00",
						"unit": "EUR",
						"severity": "Block",
						"source": "Avviso",
						"valid_from": "2026-01-01",
					},
				)
				programme.save()
				self.assertEqual(programme.rules[0].value, "1000.00")
				rule = rule_on(
					programme_rules(programme.name), "cash-cap", frappe.utils.getdate("2026-06-01")
				)
				self.assertEqual((rule.value, rule.source), (1000, "Avviso"))
		with acting_as(self.officer):
			project = make_funded_project(programme=programme.name)
			make_budget_line(project, "A.1", 100)
			self.assertEqual(make_budget_line(project, "Z.1", cost_method="Flat Rate").amount, 15)

	def test_rules_that_cannot_be_read_are_refused(self):
		cap = {"check_code": "cash-cap", "value": "5000", "unit": "EUR"}
		for rules in (
			[{**cap, "value": "5.000"}],
			[{**cap, "value": "tanto"}],
			[{**cap, "unit": ""}],
			[{**cap, "unit": "%", "value": "50"}],
			[{"check_code": "programme-window", "value": "31/02/2026", "unit": "Date"}],
			[{**cap, "valid_from": "2026-02-01", "valid_to": "2026-01-01"}],
			[cap, cap],
			[{**cap, "valid_to": "2026-01-01"}, {**cap, "valid_from": "2026-01-01"}],
			[{"check_code": "chapter-transfer", "value": "10", "unit": "%", "base": "qualcosa"}],
			[{"check_code": "no-such-check"}],
		):
			with self.subTest(rules), acting_as(self.officer), self.assertRaises(frappe.ValidationError):
				self.programme(rules).insert()
		with acting_as(self.officer):
			self.programme([{**cap, "valid_to": "2025-12-31"}, {**cap, "valid_from": "2026-01-01"}]).insert()

	def test_chapters_that_rest_on_each_other_or_on_nothing_are_refused(self):
		def rate(code: str, base: str) -> dict:
			return {"chapter_code": code, "title": code, "is_flat_rate": 1, "flat_rate_base": base}

		for chapters in (
			[rate("L", "A, Q")],
			[rate("L", "L")],
			[rate("L", "M"), rate("M", "L")],
			[rate("A", "A")],
		):
			with self.subTest(chapters), acting_as(self.officer), self.assertRaises(frappe.ValidationError):
				self.programme(chapters=chapters).insert()

	def test_a_chapter_with_lines_stays(self):
		programme = self.programme(chapters=[{"chapter_code": "B", "title": "Viaggi"}]).insert()
		make_budget_line(make_funded_project(programme=programme.name), "B.1", 1)
		programme.set("chapters", programme.chapters[:1])
		with self.assertRaises(frappe.ValidationError):
			programme.save()

	def test_the_programmes_of_the_app_are_there_with_their_rules(self):
		with open(frappe.get_app_path("core_minori", "setup", "data", "funding_programmes.json")) as file:
			rows = {row["programme_name"]: row for row in json.load(file)}
		self.assertIn("SAI", rows)
		for name, row in rows.items():
			programme = frappe.get_doc("Funding Programme", name)
			self.assertEqual(len(programme.chapters), len(row["chapters"]))
			self.assertEqual(len(programme.rules), len(row["rules"]))
			programme.save()  # its own rows pass
		stamp = rule_on(programme_rules("FAMI 2021-2027"), "stamp-text", frappe.utils.getdate())
		self.assertIn("{cup}", stamp.text)

	def test_readers_do_not_write(self):
		for role in ("Case Coordinator", "Purchase User"):
			with self.subTest(role), acting_as(make_user(role)), self.assertRaises(frappe.PermissionError):
				self.programme().insert()
