"""The pseudonymised export of the demo: whoever knows everything about everybody finds nobody, with one export or with several."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from unittest import SkipTest

from openpyxl import load_workbook

import frappe
from frappe.utils import add_days, getdate, today

from core_minori import research_export
from core_minori.api import research
from core_minori.engine.pseudonyms import ANY, COLUMNS
from core_minori.engine.small_cells import LEAST
from core_minori.files import content_of
from core_minori.permissions import COORDINATOR, EVALUATOR, PROTECTION_OFFICER
from core_minori.research_export import Made
from core_minori.setup import demo_money_data
from core_minori.tests.builders import SiteTestCase, acting_as, make_case, make_minor, make_user

# The whole of the demo, and the year before today that its cases tell.
WHOLE, YEAR = "2015-01-01", 365


class TestDemoExport(SiteTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		if not frappe.db.exists("Funded Project", demo_money_data.CODE):
			raise SkipTest("these tests look at the demo, which is not on this site")
		# exports that somebody made here while trying the demo are no part of what is measured
		frappe.db.set_value("Pseudonymised Export", {"status": "Made"}, "memory", None)
		cls.year = getdate(add_days(today(), -YEAR))

	def setUp(self) -> None:
		super().setUp()
		frappe.db.savepoint("before_export")
		self.addCleanup(frappe.db.rollback, save_point="before_export")

	def make(self, first: date | str, *earlier: Made, last: date | str | None = None) -> Made:
		return research_export.make(
			getdate(first), getdate(last or today()), None, [made.memory() for made in earlier]
		)

	def assert_nobody_stands_out(self, releases: Sequence[Made]) -> int:
		"""No group under five, neither in one export nor laid over each other; returns the smallest."""
		groups = [made.found.group_of for made in releases]
		shared = Counter(tuple(of.get(key) for of in groups) for key in {key for of in groups for key in of})
		self.assertGreaterEqual(min(shared.values()), LEAST)
		for one in releases:
			for other in releases:
				for group in one.found.groups:
					members = set(group.members)
					for rest in (members - set(other.found.codes), members & set(other.found.codes)):
						self.assertFalse(0 < len(rest) < LEAST)
					for against in other.found.groups:
						self.assertFalse(0 < len(members & set(against.members)) < LEAST)
		return min(shared.values())

	def chances(self, made: Made) -> dict[str, float]:
		"""For each person in the export, how likely a guess is right that knows every true value of everybody.

		The register of the attacker holds the values of all columns as fine as they are here, which is more than age, sex,
		country, month of arrival and facility. A row is a candidate when none of its values says otherwise.
		"""
		found = {}
		for person in made.gathered.people:
			fitting = [
				group
				for group in made.found.groups
				if all(
					group.values[column] == ANY
					or person.paths[column][group.depths[column] - 1] == group.values[column]
					for column in COLUMNS
				)
			]
			mine = [group for group in fitting if person.key in group.members]
			if mine:
				# who knows how the export is made even knows which of the fitting groups is the right one
				found[person.key] = 1 / len(mine[0].members)
				self.assertTrue(mine[0] in fitting)
		return found

	def test_a_register_of_everybody_finds_nobody(self) -> None:
		for first in (WHOLE, self.year):
			made = self.make(first)
			chances = self.chances(made)
			self.assertEqual(len(chances), made.found.people)
			self.assertLessEqual(max(chances.values()), 1 / LEAST)
			print(
				f"\nexport from {first}: {made.found.people} people in {len(made.found.groups)} groups, "
				f"{len(made.found.left_out)} left out, {made.found.widened} values made wider; "
				f"chance of a right guess at most {max(chances.values()):.0%}, "
				f"in the mean {sum(chances.values()) / len(chances):.1%}"
			)

	def test_two_exports_of_periods_that_overlap_isolate_nobody(self) -> None:
		periods = ((WHOLE, today()), (self.year, today()), (self.year, add_days(today(), -30)))
		releases: list[Made] = []
		for first, last in periods:
			releases.append(self.make(first, *releases, last=last))
		smallest = self.assert_nobody_stands_out(releases)
		print(
			f"\nthree exports that overlap: {[made.found.people for made in releases]} people, "
			f"{[len(made.found.left_out) for made in releases]} left out, smallest group laid over each other {smallest}"
		)
		blind = [self.make(first, last=last) for first, last in periods]
		groups = [made.found.group_of for made in blind]
		shared = Counter(tuple(of.get(key) for of in groups) for key in {key for of in groups for key in of})
		# planted: exports that know nothing of each other would give people away
		self.assertLess(min(shared.values()), LEAST)

	def test_rows_of_two_exports_cannot_be_joined_to_one_person(self) -> None:
		"""Whoever guesses which two rows are the same person is right once in five times at most."""
		first = self.make(WHOLE)
		second = self.make(self.year, first)
		self.assertFalse(set(first.found.codes.values()) & set(second.found.codes.values()))
		one, two = first.found.group_of, second.found.group_of
		sizes = [[len(group.members) for group in made.found.groups] for made in (first, second)]
		both = Counter((one[key], two[key]) for key in set(one) & set(two))
		best = 0.0
		for (here, there), shared in both.items():
			# the best the attacker can do for one of these people: any row of their group there
			best = max(best, 1 / shared, 1 / sizes[0][here], 1 / sizes[1][there])
		self.assertLessEqual(best, 1 / LEAST)
		print(f"\ntwo exports: a guess that joins two rows is right at most {best:.0%} of the time")

	def test_one_case_closed_added_or_taken_away_in_between_shows_nothing(self) -> None:
		coordinator = make_user(COORDINATOR)
		releases = [self.make(WHOLE), self.make(self.year)]
		releases = [releases[0], self.make(self.year, releases[0])]
		inside = set(releases[0].found.codes)
		case = next(
			name
			for name, token in sorted(releases[0].gathered.cases.items())
			if token in inside and frappe.db.get_value("Case File", name, "state") == "In Progress"
		)
		frappe.db.set_value(
			"Case File", case, {"state": "Closed", "closed_on": today(), "closure_reason": "Came of Age"}
		)
		releases.append(self.make(WHOLE, *releases))
		with acting_as(coordinator):
			make_case(make_minor(sex="Female", nationality="Peru").name)
		releases.append(self.make(WHOLE, *releases))
		self.assertEqual(len(releases[-1].gathered.people), len(releases[-2].gathered.people) + 1)
		frappe.db.set_value("Case File", case, "restricted", 1)
		releases.append(self.make(WHOLE, *releases))
		smallest = self.assert_nobody_stands_out(releases)
		print(
			f"\nclosed, added, restricted: {[made.found.people for made in releases]} people, "
			f"smallest group laid over each other {smallest}"
		)
		self.assert_counts_tell_of_no_small_change(releases)

	def assert_counts_tell_of_no_small_change(self, releases: Sequence[Made]) -> None:
		told: dict[str, list] = defaultdict(list)
		for made in releases:
			for row, kinds in made.told.items():
				told[row].append(kinds)
		for row, answers in told.items():
			for kinds in answers:
				for low, high in kinds.values():
					self.assertFalse(low >= 1 and high < LEAST, row)
			for place, before in enumerate(answers):
				for after in answers[place + 1 :]:
					for kind in {*before, *after}:
						least = after.get(kind, (0, 0))[0] - before.get(kind, (0, 0))[1]
						most = after.get(kind, (0, 0))[1] - before.get(kind, (0, 0))[0]
						self.assertFalse(least >= 1 and most < LEAST, (row, kind))
						self.assertFalse(most <= -1 and least > -LEAST, (row, kind))

	def test_the_day_of_a_plan_leads_nowhere(self) -> None:
		"""No date of a person is in the workbook but the days of the groups, and these are moved."""
		book = self.book()
		dates = [
			cell.value
			for sheet in book
			for row in sheet.iter_rows()
			for cell in row
			if hasattr(cell.value, "year")
		]
		self.assertEqual(len(dates), book.worksheets[1].max_row - 1)
		text = "\n".join(
			str(cell.value)
			for sheet in book
			for row in sheet.iter_rows()
			for cell in row
			if cell.value is not None
		)
		for doctype, field in (("PEI", "signed_on"), ("Minor", "birth_date"), ("Minor", "arrival_date")):
			for day in frappe.get_all(doctype, {field: ["is", "set"]}, pluck=field):
				self.assertNotIn(f"{day:%d/%m/%Y}", text)

	def test_the_workbook_says_what_the_export_is_and_names_nobody(self) -> None:
		book = self.book()
		people, groups = book.worksheets[:2]
		rows = list(people.iter_rows(min_row=2, values_only=True))
		sizes = {row[0]: row[1] for row in groups.iter_rows(min_row=2, values_only=True)}
		self.assertEqual(Counter(row[1] for row in rows), sizes)
		self.assertGreaterEqual(min(sizes.values()), LEAST)
		self.assertEqual(len({row[0] for row in rows}), len(rows))
		# the same over the values themselves, and over each choice of columns
		for column in range(2, len(rows[0])):
			self.assertGreaterEqual(min(Counter(row[2 : column + 1] for row in rows).values()), LEAST)
		text = "\n".join(
			str(cell.value)
			for sheet in book
			for row in sheet.iter_rows()
			for cell in row
			if cell.value is not None
		)
		self.assertIsNone(re.search(r"\b[A-Z]{2,5}-\d{4}-\d{3,}", text.replace(self.record.name, "")))
		for doctype, field in (
			("Minor", "given_name"),
			("Minor", "family_name"),
			("Minor", "fiscal_code"),
			("Facility", "facility_name"),
			("Network Organisation", "organisation_name"),
			("User", "full_name"),
		):
			for value in set(frappe.get_all(doctype, {field: ["is", "set"]}, pluck=field)):
				if doctype == "Minor" and len(value) < 4:
					continue  # a name such as "Mia" is in many words
				self.assertNotRegex(text, rf"\b{re.escape(value)}\b")

	def book(self):
		"""The workbook of the whole demo, asked for, agreed to and made by those whose work it is."""
		evaluator, officer = make_user(EVALUATOR), make_user(PROTECTION_OFFICER)
		with acting_as(evaluator):
			record = frappe.get_doc(
				{
					"doctype": research.DOCTYPE,
					"title": "Valutazione finale",
					"period_from": WHOLE,
					"period_to": today(),
				}
			).insert()
			research.send(record.name)
		with acting_as(officer):
			research.decide(record.name, True)
		with acting_as(evaluator):
			research.make(record.name)
			self.record = record.reload()
			return load_workbook(BytesIO(content_of(record, "file")))
