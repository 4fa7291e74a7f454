import frappe
from frappe.utils import add_to_date, now_datetime

from core_minori.api import emergency
from core_minori.permissions import may_open, may_read_case
from core_minori.tests.builders import SiteTestCase, acting_as, make_case, make_user

SAID = {"reason": "Missing Minor", "details": "La comunità chiama alle due di notte"}


class TestEmergencyAccess(SiteTestCase):
	def setUp(self) -> None:
		self.worker, self.night = make_user("Social Worker"), make_user("Emergency Reader")
		self.officer, self.coordinator = make_user("Data Protection Officer"), make_user("Case Coordinator")
		with acting_as(self.worker):
			self.case = make_case()

	def open(self, **values) -> dict:
		with acting_as(self.night):
			return emergency.open_case(self.case.name, **{**SAID, **values})

	def access(self) -> "frappe.model.document.Document":
		return frappe.get_last_doc("Emergency Access", {"case_file": self.case.name})

	def test_it_opens_what_is_needed_and_no_more(self) -> None:
		self.assertFalse(may_read_case(self.night, self.case.name))
		self.open()
		for part in ("identity", "social", "placement", "care", "health summary"):
			self.assertTrue(may_read_case(self.night, self.case.name, part), part)
		for part in ("court", "psychological", "health", "pei", "interview", "consent", "referral", "work"):
			self.assertFalse(may_read_case(self.night, self.case.name, part), part)
		self.assertFalse(may_open("Case File", self.case.name, "write", self.night))
		with acting_as(self.worker):
			other = make_case()
		self.assertFalse(may_read_case(self.night, other.name))

	def test_it_ends_by_itself(self) -> None:
		self.open(hours=2)
		access = self.access()
		self.assertEqual(access.ends_at, add_to_date(access.starts_at, hours=2))
		self.assertTrue(may_read_case(self.night, self.case.name))
		frappe.db.set_value("Emergency Access", access.name, "ends_at", now_datetime())
		self.assertFalse(may_read_case(self.night, self.case.name))

	def test_officers_and_coordinators_are_told_by_code(self) -> None:
		self.open()
		told = frappe.get_all(
			"Notification Log",
			filters={"document_name": self.access().name},
			fields=["for_user", "subject"],
		)
		self.assertLessEqual({self.officer, self.coordinator}, {row.for_user for row in told})
		for row in told:
			self.assertIn(self.case.name, row.subject)
			self.assertNotIn(frappe.db.get_value("Minor", self.case.minor, "given_name"), row.subject)

	def test_who_and_when_are_the_servers(self) -> None:
		with acting_as(self.night):
			access = frappe.get_doc(
				{
					"doctype": "Emergency Access",
					"case_file": self.case.name,
					"hours": 1,
					"user": self.worker,
					"starts_at": "2020-01-01 00:00:00",
					"ends_at": "2099-01-01 00:00:00",
					"review": "Justified",
					**SAID,
				}
			).insert()
		self.assertEqual((access.user, access.review), (self.night, None))
		self.assertLess(access.ends_at, add_to_date(now_datetime(), hours=2))

	def test_a_wrong_code_is_told_and_opens_nothing(self) -> None:
		with acting_as(self.night):
			self.assertEqual(
				emergency.open_case("CASE-1900-00001", **SAID), {"case_file": None, "until": None}
			)
		self.assertTrue(
			frappe.db.exists("Notification Log", {"for_user": self.officer, "document_name": self.night})
		)

	def test_without_the_role_nobody_learns_a_code(self) -> None:
		stranger = make_user("Social Worker")
		for code in (self.case.name, "CASE-1900-00001"):
			with acting_as(stranger), self.assertRaises(frappe.PermissionError):
				emergency.open_case(code, **SAID)
			with acting_as(stranger), self.assertRaises(frappe.PermissionError):
				frappe.get_doc(
					{"doctype": "Emergency Access", "case_file": code, "hours": 1, **SAID}
				).insert()

	def test_a_role_that_waits_opens_nothing(self) -> None:
		boss = make_user("System Manager")
		with acting_as(boss):
			user = frappe.get_doc("User", make_user("Projects User"))
			user.add_roles("Emergency Reader")
		with acting_as(user.name), self.assertRaises(frappe.PermissionError):
			emergency.open_case(self.case.name, **SAID)

	def test_the_officer_reviews_and_nobody_else(self) -> None:
		self.open()
		access = self.access()
		with acting_as(self.coordinator), self.assertRaises(frappe.PermissionError):
			access.review = "Justified"
			access.save()
		access.reload()
		with acting_as(self.officer):
			access.update({"review": "Justified", "hours": 20})
			access.save()
		self.assertEqual((access.reviewed_by, access.hours), (self.officer, 4))

	def test_it_is_ended_by_the_reader(self) -> None:
		self.open()
		access = self.access()
		with acting_as(self.worker), self.assertRaises(frappe.PermissionError):
			emergency.end(access.name)
		with acting_as(self.night):
			emergency.end(access.name)
		self.assertFalse(may_read_case(self.night, self.case.name))
