"""Every word that a protected record can hold is classified: what nobody classified would stay after a pseudonymisation."""

import frappe

from core_minori.permissions import CHILD_OF, PROTECTED
from core_minori.personal_fields import (
	CATEGORIES,
	EXACT_MOMENTS,
	FIELDS,
	LEFT_ALONE,
	case_doctypes,
	shared_tables,
	text_fields,
)
from core_minori.tests.builders import SiteTestCase


class TestPersonalFields(SiteTestCase):
	def test_every_text_field_of_a_protected_doctype_is_classified(self):
		for doctype in (*PROTECTED, *CHILD_OF):
			if doctype in LEFT_ALONE:
				continue
			with self.subTest(doctype):
				self.assertEqual(
					{field.fieldname for field in text_fields(doctype)} ^ set(FIELDS.get(doctype, {})), set()
				)

	def test_the_table_names_nothing_that_is_not_there(self):
		self.assertEqual(set(FIELDS) - {*PROTECTED, *CHILD_OF}, set())
		self.assertEqual(set(LEFT_ALONE) - {*PROTECTED, *CHILD_OF}, set())
		self.assertEqual(
			{category for row in FIELDS.values() for category in row.values()} - set(CATEGORIES), set()
		)
		for doctype, fields in EXACT_MOMENTS.items():
			with self.subTest(doctype):
				kinds = {frappe.get_meta(doctype).get_field(name).fieldtype for name in fields}
				self.assertLessEqual(kinds, {"Date", "Datetime"})

	def test_a_text_field_that_a_site_adds_is_known_as_not_classified(self):
		field = frappe.get_doc(
			{
				"doctype": "Custom Field",
				"dt": "Contact Log",
				"fieldname": "other_note",
				"fieldtype": "Small Text",
				"label": "Other Note",
			}
		)
		meta = frappe.get_meta("Contact Log")
		meta.fields.append(field)
		try:
			self.assertIn("other_note", {found.fieldname for found in text_fields("Contact Log")})
			self.assertNotIn("other_note", FIELDS["Contact Log"])
		finally:
			meta.fields.remove(field)

	def test_every_protected_record_of_a_case_is_reached(self):
		direct = {"Minor", "Case File", *case_doctypes()}
		shared = {parent for parent, _field, _child in shared_tables()}
		self.assertEqual(set(PROTECTED) - direct - shared - set(LEFT_ALONE), set())
