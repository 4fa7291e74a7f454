"""Who refers to whom, how fast, and with what outcome: every number against the list."""

import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, add_to_date, now_datetime, today

from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_case,
	make_organisation,
	make_referral,
	make_user,
)


class TestReferralOutcomes(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.other = make_user("Social Worker")
		cls.coordinator = make_user("Case Coordinator")
		cls.school = make_organisation(organisation_type="School").name
		cls.clinic = make_organisation(organisation_type="Health Authority").name
		make_organisation(users=(cls.other,), organisation_type="Reception Community")
		# to whom, status, sent so many days ago, answered after so many, ended after, reason
		for author, to, status, sent, answered, ended, reason in (
			(cls.worker, cls.school, "Done", 40, 2, 20, None),
			(cls.worker, cls.school, "Rejected", 30, 4, None, "Nessun  posto"),
			(cls.other, cls.school, "Rejected", 20, 8, None, "nessun posto"),
			(cls.other, cls.school, "Sent", 3, None, None, None),
			(cls.other, cls.clinic, "In Progress", 10, 1, None, None),
			(cls.other, cls.clinic, "Drafted", None, None, None, None),
		):
			with acting_as(author):
				name = make_referral(make_case().name, to).name
			when = add_to_date(now_datetime(), days=-sent) if sent else None
			frappe.db.set_value(
				"Referral",
				name,
				{
					"status": status,
					"sent_on": when,
					"answered_on": answered and add_to_date(when, days=answered),
					"ended_on": ended and add_to_date(when, days=ended),
					"answer_due_on": when and add_to_date(when, days=5, as_string=True)[:10],
					"rejection_reason": reason,
				},
			)

	def report(self, user: str, **filters) -> dict:
		with acting_as(user):
			return run("Referral Outcomes", filters=filters, ignore_prepared_report=True)

	def rows(self, user: str, *organisations: str, **filters) -> dict:
		found = {}
		for organisation in organisations or (self.school,):
			for row in self.report(user, organisation=organisation, **filters)["result"]:
				found[row["key"], row["second"]] = row
		return found

	def test_by_organisation_as_the_list_has_it(self):
		(row,) = self.rows(self.coordinator).values()
		self.assertEqual(
			(row["sent"], row["waiting"], row["running"], row["done"], row["rejected"]), (4, 1, 0, 1, 2)
		)
		# answered after 2, 4 and 8 days; one of three accepted; two within the five days
		self.assertEqual(
			(row["answer_days"], row["accepted_share"], row["in_time"], row["end_days"]), (4, 33.3, 66.7, 20)
		)
		for user in (self.coordinator, self.worker):
			(row,) = self.rows(user).values()
			for field, behind in row["behind"].items():
				with acting_as(user):
					names = frappe.get_list("Referral", filters=behind["filters"], pluck="name")
				self.assertEqual(len(names), row[field])
			with acting_as(user):
				sent = frappe.get_list(
					"Referral",
					filters={"to_organisation": self.school, "status": ["!=", "Drafted"]},
					pluck="name",
				)
			self.assertEqual(set(behind_names(row, "sent")), set(sent))
		self.assertEqual(row["sent"], 2)

	def test_the_days_of_the_period_are_both_in_it(self):
		for from_days, to_days, sent in ((30, 20, 2), (29, 20, 1), (30, 21, 1), (3, 3, 1), (2, 0, 0)):
			with self.subTest(from_days=from_days, to_days=to_days):
				rows = self.rows(
					self.coordinator,
					from_date=add_days(today(), -from_days),
					to_date=add_days(today(), -to_days),
				)
				self.assertEqual(sum(row["sent"] for row in rows.values()), sent)

	def test_who_refers_to_whom_by_type(self):
		rows = self.rows(self.coordinator, self.school, self.clinic, group_by="Sender and Receiver")
		school, clinic = frappe._("School"), frappe._("Health Authority")
		team, house = frappe._("Own Team"), frappe._("Reception Community")
		self.assertEqual(
			{key: row["sent"] for key, row in rows.items()},
			{(team, school): 2, (house, school): 2, (house, clinic): 1},
		)

	def test_reasons_of_rejection_written_in_two_ways_are_one(self):
		rows = self.rows(self.coordinator, group_by="Rejection Reason")
		self.assertEqual({key: row["rejected"] for key, row in rows.items()}, {("Nessun posto", ""): 2})

	def test_it_is_not_for_who_receives(self):
		for role in ("Network Partner", "Facility Contact", "Evaluator"):
			with self.assertRaises(frappe.PermissionError):
				self.report(make_user(role))


def behind_names(row: dict, field: str) -> list[str]:
	"""Names in the list behind a number."""
	return row["behind"][field]["filters"]["name"][1]
