"""The resolver and the DocTypes agree: nothing that names a case stands outside, and no role's permission goes beyond."""

from pathlib import Path

import frappe

from core_minori import permissions
from core_minori.permissions import (
	ADMINISTRATION,
	CHILD_OF,
	COORDINATOR,
	GRANTS,
	OWN_REPORT,
	PART_BY_VALUE,
	PART_OF,
	PROTECTED,
	PSYCHOLOGIST,
	READ,
	WRITE,
)
from core_minori.tests.builders import SiteTestCase, make_user

# Files that ask Frappe for somebody's roles, which knows neither of confirmations nor that who administers has no case.
ASKS_FRAPPE: dict[str, str] = {
	"access_explainer.py": "says which roles were given and do not count",
	"api/apps.py": "shows a tile",
	"api/protection.py": "settings of the site, for who administers it",
	"governance/doctype/care_assignment/care_assignment.py": "an assignment may be prepared before its role counts",
	"overrides/accounts.py": "watches who administers the site",
	"overrides/timesheet_readers.py": "roles of ERPNext's own",
	"permissions.py": "case_roles itself",
}

# DocTypes that name a case and are not of the case side, with the reason.
OUTSIDE: dict[str, str] = {}


class TestResolver(SiteTestCase):
	def test_every_doctype_that_names_a_case_or_a_person_is_guarded(self):
		own = set(frappe.get_all("Module Def", filters={"app_name": "core_minori"}, pluck="name"))
		naming = frappe.get_all(
			"DocField",
			filters={"fieldtype": "Link", "options": ["in", ["Case File", "Minor"]], "parenttype": "DocType"},
			pluck="parent",
		)
		ours = set(
			frappe.get_all(
				"DocType", filters={"name": ["in", naming], "module": ["in", list(own)]}, pluck="name"
			)
		)
		self.assertGreater(len(ours), 20)
		self.assertEqual(ours - {*PROTECTED, *CHILD_OF, *OUTSIDE}, set())

	def test_every_table_of_a_guarded_doctype_is_guarded(self):
		tables = {
			(field.options, doctype)
			for doctype in PROTECTED
			for field in frappe.get_meta(doctype).get_table_fields()
		}
		self.assertEqual(
			tables, {(child, parent) for child, parents in CHILD_OF.items() for parent in parents}
		)

	def test_the_permissions_of_the_doctypes_are_those_of_the_matrix(self):
		for doctype in (*PART_OF, *PART_BY_VALUE):
			parts = [PART_OF[doctype]] if doctype in PART_OF else list(PART_BY_VALUE[doctype][1].values())
			granted = {
				right: {
					role
					for part in parts
					for role, by_relation in GRANTS[part].items()
					if any(right in rights for rights in by_relation.values())
				}
				for right in (READ, WRITE)
			}
			rows = [row for row in frappe.get_meta(doctype).permissions if not row.permlevel]
			with self.subTest(doctype):
				self.assertEqual({row.role for row in rows if row.read}, granted[READ])
				if doctype != "Case Deadline":  # worked out from the facts: nobody writes one
					own = {PSYCHOLOGIST} if doctype == OWN_REPORT[0] else set()
					self.assertEqual({row.role for row in rows if row.write}, granted[WRITE] | own)

	def test_no_protected_record_is_deleted(self):
		for doctype in PROTECTED:
			hooks = frappe.get_hooks("doc_events").get(doctype, {}).get("on_trash", [])
			with self.subTest(doctype):
				self.assertIn("core_minori.permissions.refuse_delete", hooks)

	def test_rights_are_asked_of_the_resolver_and_not_of_frappe(self):
		package = Path(frappe.get_app_path("core_minori"))
		asking = {
			str(path.relative_to(package))
			for path in package.rglob("*.py")
			if not path.name.startswith("test_") and "get_roles(" in path.read_text()
		}
		self.assertEqual(asking, set(ASKS_FRAPPE))

	def test_who_holds_a_role_that_waits_or_administers_holds_none(self):
		user = make_user(COORDINATOR)
		frappe.db.delete("Role Confirmation", {"user": user})
		permissions.forget()
		self.assertTrue(permissions.holds(COORDINATOR, user=user) and permissions.decides(user))
		frappe.get_doc(
			{"doctype": "Role Confirmation", "user": user, "role": COORDINATOR, "status": "Waiting"}
		).db_insert()
		permissions.forget()
		self.assertFalse(permissions.holds(COORDINATOR, user=user) or permissions.decides(user))
		self.assertFalse(permissions.decides(make_user(COORDINATOR, ADMINISTRATION)))
		self.assertTrue(permissions.holds(COORDINATOR, user="Administrator"))

	def test_nobody_deletes_shares_or_imports_a_record_of_a_case(self):
		for doctype in (*PART_OF, *PART_BY_VALUE, "Minor", "Intervention Group"):
			meta = frappe.get_meta(doctype)
			with self.subTest(doctype):
				self.assertFalse(meta.allow_import)
				self.assertEqual(
					[row.role for row in meta.permissions if row.delete or row.share or row.get("import")], []
				)
