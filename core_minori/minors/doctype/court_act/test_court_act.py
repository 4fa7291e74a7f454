"""Acts of courts: what they change on the case, the order of art. 403, and who sees them."""

from datetime import datetime

import frappe
from frappe.utils import add_days, getdate

from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	assign,
	make_case,
	make_facility,
	make_minor,
	make_organisation,
	make_user,
)


class TestCourtAct(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.contact = make_user("Facility Contact")
		cls.house = make_facility(make_organisation(users=(cls.contact,)).name).name

	def setUp(self):
		with acting_as(self.worker):
			self.minor = make_minor(birth_date="2008-02-29")
			self.case = make_case(
				minor=self.minor.name,
				living_arrangement="Facility",
				facility=self.house,
				reported_on="2026-01-10",
				reception_entry="2026-01-10 20:00:00",
			).name

	def act(self, act_type: str, acted_at: str = "2026-02-02 09:00:00", **values):
		return frappe.get_doc(
			{
				"doctype": "Court Act",
				"case_file": self.case,
				"act_type": act_type,
				"authority": "Juvenile Court",
				"acted_at": acted_at,
				**values,
			}
		)

	def on_case(self, *fields: str):
		return frappe.db.get_value("Case File", self.case, fields if len(fields) > 1 else fields[0])

	def test_the_steps_of_403_come_in_order_and_to_the_minute(self):
		with acting_as(self.worker):
			self.assertRaises(frappe.ValidationError, self.act("Art. 403 Validation").insert)
			placed = self.act("Art. 403 Placement", "2026-02-01 23:17:42").insert()
			self.assertEqual(placed.acted_at, datetime(2026, 2, 1, 23, 17))
			self.act("Art. 403 Validation Request", "2026-02-03 10:00:00").insert()
			early = self.act("Art. 403 Validation", "2026-02-03 09:59:00")
			self.assertRaises(frappe.ValidationError, early.insert)
			self.act("Art. 403 Validation", "2026-02-05 10:00:00").insert()
			placed.reload()
			placed.acted_at = "2026-02-04 08:00:00"
			self.assertRaises(frappe.ValidationError, placed.save)
			placed.reload()
			placed.act_type = "Decree"
			self.assertRaises(frappe.ValidationError, placed.save)

	def test_the_form_offers_what_follows_until_it_is_made(self):
		with acting_as(self.worker):
			placed = self.act("Art. 403 Placement").insert()
			appointed = self.act("Guardian Appointed", "2026-02-10 00:00:00").insert()

			def offered() -> list:
				found = []
				for doc in (placed, appointed):
					doc.run_method("onload")
					found.append(doc.get_onload("next"))
				return found

			self.assertEqual(offered(), ["Protection Report", "Guardianship"])
			frappe.get_doc(
				{
					"doctype": "Guardianship",
					"case_file": self.case,
					"guardian_kind": "Volunteer Guardian",
					"guardian_name": "Persona Esempio",
					"from_date": "2026-02-10",
				}
			).insert()
			frappe.get_doc(
				{
					"doctype": "Protection Report",
					"case_file": self.case,
					"report_type": "Art. 403 Report",
					"noticed_at": placed.acted_at,
				}
			).insert()
			self.assertEqual(offered(), [None, None])

	def test_a_prosieguo_is_brought_to_the_case_and_ends_at_twenty_one(self):
		with acting_as(self.worker):
			for until in (None, "2029-03-02", "2026-02-28"):
				with self.subTest(until):
					self.assertRaises(
						frappe.ValidationError, self.act("Prosieguo Ordered", valid_until=until).insert
					)
			act = self.act("Prosieguo Ordered", valid_until="2029-03-01").insert()
			self.assertEqual(self.on_case("prosieguo_until", "state"), (getdate("2029-03-01"), "Prosieguo"))
			act.act_type = "Decree"
			act.save()
			self.assertIsNone(self.on_case("prosieguo_until"))
			self.assertNotEqual(self.on_case("state"), "Prosieguo")

	def test_the_age_that_the_court_sets_goes_to_the_person_with_its_version(self):
		with acting_as(self.worker):
			self.act("Age Assessment Concluded", "2026-03-02 10:00:00", birth_date_set="2009-05-05").insert()
			# an older act typed later changes nothing
			self.act("Age Assessment Concluded", "2026-02-20 10:00:00", birth_date_set="2007-05-05").insert()
			minor = frappe.get_doc("Minor", self.minor.name)
			self.assertEqual(
				(getdate(minor.birth_date), minor.birth_date_certainty),
				(getdate("2009-05-05"), "Set by the Court"),
			)
			future = self.act("Age Assessment Concluded", birth_date_set=add_days("2026-02-02", 1))
			self.assertRaises(frappe.ValidationError, future.insert)
		versions = frappe.get_all("Version", {"ref_doctype": "Minor", "docname": minor.name}, pluck="owner")
		self.assertEqual(versions, [self.worker])

	def test_acts_are_for_who_follows_the_court_and_for_nobody_else(self):
		with acting_as(self.worker):
			act = self.act("Art. 403 Placement", summary="Fatti riservati").insert()
			act.summary = "Altri fatti"
			act.save(ignore_version=False)
			act.add_comment("Comment", "Parola")
		roles = {
			"Psychologist": True,
			"Educator": False,
			"Cultural Mediator": False,
		}
		users = {}
		for role, reads in roles.items():
			users[make_user(role)] = reads
			assign(self.case, list(users)[-1], role)
		users[make_user("Protection Unit Manager")] = True
		users[make_user("Case Coordinator")] = True
		for user in (
			self.contact,
			make_user("Network Partner"),
			make_user("Funding Officer"),
			make_user("Data Protection Officer"),
			make_user("Social Worker"),
			make_user("System Manager"),
		):
			users[user] = False
		about = {"ref_doctype": "Court Act", "docname": act.name}
		for user, reads in users.items():
			with self.subTest(user), acting_as(user):
				self.assertIs(bool(frappe.has_permission("Court Act", "read", act)), reads)
				self.assertIs(act.name in self.listed("Court Act", {"name": act.name}), reads)
				if not reads:
					self.assertEqual(self.listed("Version", about), [])
					comments = {"reference_doctype": "Court Act", "reference_name": act.name}
					self.assertEqual(self.listed("Comment", comments), [])
				self.assertIs(
					bool(frappe.has_permission("Court Act", "write", act)),
					user.startswith("case.coordinator"),
				)
		self.assertNotIn("Fatti", act.get_title())

	def listed(self, doctype: str, filters: dict) -> list[str]:
		try:
			return frappe.get_list(doctype, filters, pluck="name")
		except frappe.PermissionError:
			return []
