"""Who reads and writes each type of clinical record: the table of the reference, both ways."""

import frappe
from frappe.utils import add_days, today

from core_minori.api.assessments import clinical_types
from core_minori.permissions import EMERGENCY_READER, ROLES
from core_minori.tests.builders import SiteTestCase, acting_as, assign, make_case, make_facility, make_user

TYPES = ("Health", "Psycho-social", "Health Summary", "Psycho-social Summary", "Care Note")
# Reference, section D: R reads, W writes. One letter or two a type, in the order above; roles not named have nothing.
MATRIX = {
	"Social Worker": ("RW", "", "RW", "R", "RW"),
	"Psychologist": ("R", "RW", "R", "RW", "R"),
	"Educator": ("", "", "", "", "R"),
	"Case Coordinator": ("", "", "", "R", ""),
	"Protection Unit Manager": ("", "", "R", "R", ""),
	"Facility Contact": ("", "", "", "", "R"),
}
ASSIGNED = ("Social Worker", "Psychologist", "Educator", "Cultural Mediator")


class TestClinicalRecord(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.users = {role: make_user(role) for role in (*ROLES, "System Manager")}
		facility = make_facility()
		frappe.get_doc("Network Organisation", facility.organisation).append(
			"users", {"user": cls.users["Facility Contact"]}
		).save(ignore_permissions=True)
		with acting_as(cls.users["Social Worker"]):
			cls.case = make_case(living_arrangement="Facility", facility=facility.name)
		for role in ASSIGNED[1:]:
			assign(cls.case.name, cls.users[role], role)
		other_worker = make_user("Social Worker")
		with acting_as(other_worker):
			cls.other = make_case()
		cls.records = {kind: cls.record(kind, cls.case.name) for kind in TYPES}
		cls.others = {kind: cls.record(kind, cls.other.name) for kind in TYPES}

	@staticmethod
	def record(kind: str, case: str) -> str:
		doc = frappe.get_doc(
			{"doctype": "Clinical Record", "case_file": case, "record_type": kind, "content": "Scritto."}
		)
		return doc.insert(ignore_permissions=True).name

	def rights(self, role: str, kind: str, names: dict) -> str:
		"""What `role` may do with the record of this type, by the record, the list and a real change."""
		with acting_as(self.users[role]):
			doc = frappe.get_doc("Clinical Record", names[kind])
			reads = bool(doc.has_permission("read"))
			try:
				listed = frappe.get_list("Clinical Record", filters={"name": doc.name}, pluck="name")
			except frappe.PermissionError:
				listed = []
			self.assertEqual(reads, listed == [doc.name], f"{role}, {kind}: record and list disagree")
			doc.content = frappe.generate_hash()
			try:
				doc.save()
				writes = True
			except frappe.PermissionError:
				writes = False
		return f"{'R' if reads else ''}{'W' if writes else ''}"

	def test_each_role_and_type_both_ways(self):
		for role in self.users:
			for kind, expected in zip(TYPES, MATRIX.get(role, ("",) * 5), strict=True):
				with self.subTest(role=role, kind=kind):
					self.assertEqual(self.rights(role, kind, self.records), expected)

	def test_of_a_stranger_only_who_answers_for_every_case_reads(self):
		for role in self.users:
			every = role in ("Case Coordinator", "Protection Unit Manager")
			for kind, expected in zip(TYPES, MATRIX.get(role, ("",) * 5), strict=True):
				with self.subTest(role=role, kind=kind):
					self.assertEqual(self.rights(role, kind, self.others), expected if every else "")

	def test_each_role_makes_what_it_writes_and_nothing_else(self):
		for role in self.users:
			for kind, expected in zip(TYPES, MATRIX.get(role, ("",) * 5), strict=True):
				with self.subTest(role=role, kind=kind), acting_as(self.users[role]):
					doc = frappe.get_doc(
						{
							"doctype": "Clinical Record",
							"case_file": self.case.name,
							"record_type": kind,
							"content": "Scritto.",
						}
					)
					if "W" in expected:
						self.assertTrue(doc.insert().name)
					else:
						with self.assertRaises(frappe.PermissionError):
							doc.insert()

	def test_the_form_says_who_reads_as_the_table_does(self):
		said = clinical_types()
		for place, kind in enumerate(TYPES):
			for right, letter in (("read", "R"), ("write", "W")):
				expected = {role for role, cells in MATRIX.items() if letter in cells[place]}
				# who reads in an emergency reads nothing without one: tests of Emergency Access
				self.assertEqual(set(said[kind][right]) - {EMERGENCY_READER}, expected, f"{kind}, {right}")

	def test_the_type_stays_and_the_days_are_in_order(self):
		worker = self.users["Social Worker"]
		with acting_as(worker):
			doc = frappe.get_doc("Clinical Record", self.records["Health"])
			doc.record_type = "Care Note"
			with self.assertRaises(frappe.ValidationError):
				doc.save()
			for values in (
				{"recorded_on": add_days(today(), 1)},
				{"follow_up_on": add_days(today(), -1)},
			):
				with self.subTest(values), self.assertRaises(frappe.ValidationError):
					frappe.get_doc("Clinical Record", self.records["Health"]).update(values).save()

	def test_medicines_stand_in_a_care_note_only(self):
		with acting_as(self.users["Social Worker"]):
			for kind, kept in (("Care Note", "Ibuprofene"), ("Health Summary", None)):
				doc = frappe.get_doc("Clinical Record", self.records[kind])
				doc.update({"medicines": "Ibuprofene", "allergies": "Arachidi"})
				self.assertEqual(doc.save().medicines, kept)
