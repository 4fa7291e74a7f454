import frappe

from core_minori.api.confirmations import decide
from core_minori.permissions import case_roles
from core_minori.tests.builders import SiteTestCase, acting_as, make_user


class TestRoleConfirmation(SiteTestCase):
	def setUp(self) -> None:
		self.boss, self.officer = make_user("System Manager"), make_user("Data Protection Officer")
		self.user = make_user("Projects User")

	def give(self, role: str = "Social Worker") -> str:
		with acting_as(self.boss):
			frappe.get_doc("User", self.user).add_roles(role)
		return frappe.db.get_value("Role Confirmation", {"user": self.user, "role": role})

	def test_it_counts_when_confirmed(self) -> None:
		name = self.give()
		self.assertNotIn("Social Worker", case_roles(self.user))
		with acting_as(self.officer):
			self.assertEqual(decide(name, confirm=True), "Confirmed")
		self.assertIn("Social Worker", case_roles(self.user))

	def test_refused_it_is_taken_away_and_given_again_it_waits(self) -> None:
		name = self.give()
		with acting_as(self.officer), self.assertRaises(frappe.ValidationError):
			decide(name, confirm=False)
		with acting_as(self.officer):
			decide(name, confirm=False, reason="Non lavora qui")
		self.assertNotIn("Social Worker", frappe.get_roles(self.user))
		self.assertEqual(self.give(), name)
		self.assertEqual(frappe.db.get_value("Role Confirmation", name, "status"), "Waiting")
		with acting_as(self.officer):
			decide(name, confirm=True)
		self.assertIn("Social Worker", case_roles(self.user))

	def test_nobody_confirms_themselves(self) -> None:
		self.user = self.officer
		name = self.give("Case Coordinator")
		with acting_as(self.officer), self.assertRaises(frappe.ValidationError):
			decide(name, confirm=True)
		other = make_user("Case Coordinator")
		with acting_as(other):
			decide(name, confirm=True)
		self.assertIn("Case Coordinator", case_roles(self.officer))

	def test_what_was_asked_does_not_change(self) -> None:
		doc = frappe.get_doc("Role Confirmation", self.give())
		with acting_as(self.officer):
			doc.update({"role": "Case Coordinator", "given_by": self.officer})
			doc.save()
		doc.reload()
		self.assertEqual((doc.role, doc.given_by, doc.status), ("Social Worker", self.boss, "Waiting"))

	def test_administrators_count_at_once(self) -> None:
		frappe.get_doc("User", self.user).add_roles("Educator")
		self.assertIn("Educator", case_roles(self.user))
		self.assertFalse(frappe.db.exists("Role Confirmation", {"user": self.user}))

	def test_a_type_of_user_gives_none(self) -> None:
		with acting_as(self.boss), self.assertRaises(frappe.PermissionError):
			role = frappe.get_doc("Role", "Social Worker")
			role.is_custom = 1
			role.save()

	def test_a_row_that_nobody_was_asked_about_waits_from_the_next_login(self) -> None:
		from core_minori.overrides.accounts import on_session_creation

		row = frappe.get_doc(
			{
				"doctype": "Has Role",
				"parenttype": "User",
				"parentfield": "roles",
				"parent": self.user,
				"role": "Psychologist",
				"owner": self.boss,
			}
		)
		row.set_new_name()
		row.db_insert()
		frappe.db.set_value("Has Role", row.name, "owner", self.boss)
		frappe.clear_cache(user=self.user)
		with acting_as(self.user):
			on_session_creation()
		self.assertNotIn("Psychologist", case_roles(self.user))
