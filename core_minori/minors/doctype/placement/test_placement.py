"""Where the minor lives: moves, approvals, flights, and who may say what, as the roles concerned."""

from datetime import datetime
from unittest.mock import patch

import frappe
from frappe.utils import add_days, get_datetime, getdate, now_datetime, today

from core_minori import placements
from core_minori.api.legal import came_back, decide_move, gone_missing, move, place_of, record_arrival
from core_minori.patches import places_and_acts
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	assign,
	make_case,
	make_facility,
	make_organisation,
	make_user,
)

ENTRY = "2026-03-02 18:30:00"


def at(day: int, hour: int = 10) -> datetime:
	"""A moment so many days after the entry."""
	return get_datetime(add_days("2026-03-02", day)).replace(hour=hour)


class TestPlacement(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.educator = make_user("Educator")
		cls.psychologist = make_user("Psychologist")
		cls.manager = make_user("Protection Unit Manager")
		cls.coordinator = make_user("Case Coordinator")
		cls.contact = make_user("Facility Contact")
		cls.house = make_facility(make_organisation(users=(cls.contact,)).name).name
		cls.other = make_facility().name
		cls.second = make_facility().name
		frappe.db.set_value("Facility", cls.second, "reception_level", "Second Reception")

	def setUp(self):
		with acting_as(self.worker):
			self.case = make_case(
				living_arrangement="Facility",
				facility=self.house,
				reported_on="2026-03-02",
				reception_entry=ENTRY,
			).name

	def history(self) -> list[tuple]:
		return [(stay.status, stay.starts, stay.ends) for stay in placements.stays_of(self.case)]

	def on_case(self, *fields: str):
		return frappe.db.get_value("Case File", self.case, fields or "facility")

	def sees(self, user: str, doctype: str = "Case File", name: str = "") -> bool:
		with acting_as(user):
			listed = bool(frappe.get_list(doctype, {"name": name or self.case}))
			self.assertIs(
				bool(frappe.has_permission(doctype, "read", frappe.get_doc(doctype, name or self.case))),
				listed,
			)
		return listed

	def placement(self, **values):
		return frappe.get_doc(
			{
				"doctype": "Placement",
				"case_file": self.case,
				"living_arrangement": "Facility",
				"facility": self.other,
				"from_at": at(10),
				**values,
			}
		)

	# The history

	def test_opening_a_case_makes_its_first_placement_and_the_form_saves_again(self):
		self.assertEqual(self.history(), [("Placed", get_datetime(ENTRY), None)])
		with acting_as(self.worker):
			case = make_case(living_arrangement="Facility", facility=self.house)
			case.victim_status = "No Sign"
			case.save()
			self.assertEqual(placements.stays_of(case.name)[0].starts, get_datetime(case.reported_on))

	def test_a_case_from_a_register_keeps_what_it_knows(self):
		with acting_as(self.coordinator):
			case = make_case(
				living_arrangement="Facility",
				facility=self.second,
				reported_on="2026-03-02",
				reception_entry=ENTRY,
				second_reception_on="2026-04-10",
				closed_on="2026-06-01",
				closure_reason="Came of Age",
			)
			case.reload()
		(stay,) = placements.stays_of(case.name)
		self.assertEqual(
			(stay.status, stay.starts, stay.ends, stay.end_reason),
			("Discharged", datetime(2026, 4, 10), datetime(2026, 6, 1, 23, 59), "Case Closed"),
		)
		self.assertEqual((str(case.second_reception_on), case.facility), ("2026-04-10", self.second))

	def test_a_move_ends_the_place_before_at_the_same_minute_and_writes_the_case(self):
		with acting_as(self.coordinator):
			said = move(self.case, "Facility", self.other, at(10))
		self.assertEqual(said["status"], "Placed")
		self.assertEqual(
			self.history(), [("Transferred", get_datetime(ENTRY), at(10)), ("Placed", at(10), None)]
		)
		self.assertEqual(self.on_case(), self.other)
		with acting_as(self.coordinator):
			move(self.case, "Foster Family", None, at(20))
		self.assertEqual(self.on_case("living_arrangement", "facility"), ("Foster Family", None))
		self.assertEqual([row[0] for row in self.history()], ["Transferred", "Discharged", "Placed"])

	def test_gaps_overlaps_and_the_future_are_refused(self):
		with acting_as(self.coordinator):
			move(self.case, "Facility", self.other, at(10))
			first = frappe.get_doc("Placement", {"case_file": self.case, "facility": self.house})
			for ends in (at(9), at(11)):
				first.to_at = ends
				self.assertRaises(frappe.ValidationError, first.save)
				first.reload()
			for values in (
				{"from_at": at(5), "to_at": at(7), "end_reason": "Other"},
				{"from_at": add_days(now_datetime(), 1)},
				{"from_at": at(-5), "to_at": at(-3), "end_reason": "Other"},
				{"from_at": None},
			):
				with self.subTest(values):
					self.assertRaises(frappe.ValidationError, self.placement(**values).insert)
			before = self.placement(
				from_at=at(-5), to_at=ENTRY, end_reason="Moved to Another Facility"
			).insert()
		self.assertEqual(before.status, "Transferred")
		self.assertEqual(len(self.history()), 3)

	def test_pressing_twice_moves_once(self):
		with acting_as(self.coordinator):
			move(self.case, "Facility", self.other, at(10))
			self.assertRaises(frappe.ValidationError, move, self.case, "Facility", self.other, at(10))
		self.assertEqual(len(self.history()), 2)

	def test_the_place_is_not_typed_on_the_case(self):
		with acting_as(self.worker):
			case = frappe.get_doc("Case File", self.case)
			case.facility = self.other
			self.assertRaises(frappe.ValidationError, case.save)

	def test_a_case_from_before_gets_its_first_placement_and_its_acts_once(self):
		frappe.db.delete("Placement", {"case_file": self.case})
		moments = [(self.case, at(3, 8))]
		with patch.object(
			places_and_acts,
			"_moments",
			lambda columns, column: moments if column == "art_403_placed_at" else [],
		):
			for __ in range(2):
				places_and_acts.execute()
		self.assertEqual(self.history(), [("Placed", get_datetime(ENTRY), None)])
		acts = frappe.get_all("Court Act", {"case_file": self.case}, ["act_type", "acted_at"], as_list=True)
		self.assertEqual(acts, (("Art. 403 Placement", at(3, 8)),))

	# Into the second reception

	def test_the_worker_asks_the_unit_approves_and_the_worker_records_the_arrival(self):
		with acting_as(self.worker):
			said = move(self.case, "Facility", self.second, at(30))
			self.assertEqual(said["status"], "Requested")
			self.assertRaises(frappe.ValidationError, move, self.case, "Facility", self.second, at(30))
			self.assertRaises(frappe.PermissionError, decide_move, said["placement"], True)
			self.assertRaises(frappe.ValidationError, record_arrival, said["placement"], at(40))
		self.assertEqual(self.on_case(), self.house)
		with acting_as(self.manager):
			self.assertEqual(decide_move(said["placement"], True)["status"], "Assigned")
			self.assertRaises(frappe.ValidationError, decide_move, said["placement"], True)
		with acting_as(self.worker):
			record_arrival(said["placement"], at(40))
		self.assertEqual(self.on_case("facility", "second_reception_on"), (self.second, getdate(at(40))))
		doc = frappe.get_doc("Placement", said["placement"])
		self.assertEqual((doc.approved_by, doc.owner), (self.manager, self.worker))
		with acting_as(self.worker):
			self.assertEqual(place_of(self.case)["days_in_first_reception"], 39)

	def test_nobody_approves_their_own_request_or_goes_round_it(self):
		with acting_as(self.coordinator):
			said = move(self.case, "Facility", self.second, at(30))
			self.assertEqual(said["status"], "Requested")
			self.assertRaises(frappe.ValidationError, decide_move, said["placement"], True)
			request = frappe.get_doc("Placement", said["placement"])
			for values in (
				{"status": "Placed"},
				{"status": "Assigned"},
				{"status": "Placed", "approved_by": self.manager, "approved_on": today()},
			):
				with self.subTest(values):
					request.update(values)
					self.assertRaises(frappe.ValidationError, request.save)
					request.reload()
			direct = self.placement(facility=self.second, approved_by=self.manager, approved_on=today())
			self.assertRaises(frappe.ValidationError, direct.insert)
		with acting_as(self.manager):
			self.assertRaises(frappe.ValidationError, decide_move, said["placement"], False)
			decide_move(said["placement"], False, "Posto non adatto")
		with acting_as(self.coordinator):
			self.assertRaises(frappe.ValidationError, record_arrival, said["placement"], at(30))
			self.assertEqual(move(self.case, "Facility", self.second, at(31))["status"], "Requested")

	# Missing

	def test_who_left_is_missing_until_they_are_back(self):
		with acting_as(self.worker):
			self.assertTrue(gone_missing(self.case, at(5))["may_report"])
			self.assertEqual(self.on_case("state", "missing_since"), ("Missing", getdate(at(5))))
			self.assertTrue(place_of(self.case)["missing"])
			self.assertRaises(frappe.ValidationError, gone_missing, self.case, at(6))
			came_back(self.case, at(8))
			self.assertEqual(self.on_case("missing_since", "facility"), (None, self.house))
			self.assertNotEqual(self.on_case("state"), "Missing")
			self.assertRaises(frappe.ValidationError, came_back, self.case, at(9))
		self.assertEqual([row[0] for row in self.history()], ["Absconded", "Placed"])
		with acting_as(self.educator):
			self.assertRaises(frappe.PermissionError, gone_missing, self.case, at(9))
		assign(self.case, self.educator, "Educator")
		with acting_as(self.educator):
			self.assertFalse(gone_missing(self.case, at(9))["may_report"])

	def test_a_case_written_missing_or_closed_by_hand_ends_the_placement(self):
		with acting_as(self.worker):
			case = frappe.get_doc("Case File", self.case)
			case.missing_since = "2026-03-20"
			case.save()
			case.victim_status = "No Sign"
			case.save()
		self.assertEqual(self.history()[0][0], "Absconded")

	def test_a_closed_case_has_no_running_place_and_a_reopened_one_lets_no_facility_in(self):
		case = frappe.get_doc("Case File", self.case)
		case.flags.by_request = True
		case.update({"closed_on": "2026-05-01", "closure_reason": "Path Completed"})
		case.save()
		self.assertEqual(self.history()[0][0], "Discharged")
		self.assertEqual(self.on_case(), self.house)
		self.assertFalse(self.sees(self.contact))
		case.update({"closed_on": None, "closure_reason": None})
		case.save()
		self.assertIsNone(self.on_case())
		self.assertFalse(self.sees(self.contact))
		with acting_as(self.coordinator):
			move(self.case, "Facility", self.house, at(100))
		self.assertTrue(self.sees(self.contact))

	# The neighbours

	def test_a_facility_sees_and_writes_its_own_minors_until_they_move(self):
		first = placements.stays_of(self.case)[0].key
		self.assertTrue(self.sees(self.contact))
		self.assertTrue(self.sees(self.contact, "Placement", first))
		with acting_as(self.contact):
			doc = frappe.get_doc("Placement", first)
			doc.notes = "Stanza 4"
			doc.save()
			# moving a minor elsewhere is asked for
			self.assertRaises(frappe.PermissionError, self.placement().insert)
			self.assertEqual(move(self.case, "Facility", self.other, at(10))["status"], "Requested")
			doc.reload()
			doc.facility = self.other
			self.assertRaises(frappe.PermissionError, doc.save)
		frappe.db.delete("Placement", {"case_file": self.case, "status": "Requested"})
		with acting_as(self.coordinator):
			move(self.case, "Facility", self.other, at(10))
		self.assertFalse(self.sees(self.contact))
		self.assertFalse(self.sees(self.contact, "Placement", first))
		with acting_as(self.contact):
			for attempt in (
				lambda: move(self.case, "Facility", self.house, at(11)),
				lambda: gone_missing(self.case, at(11)),
				lambda: self.placement(facility=self.house, from_at=at(11)).insert(),
				lambda: frappe.get_doc("Placement", first).update({"notes": "x"}).save(),
			):
				self.assertRaises(frappe.PermissionError, attempt)
			self.assertEqual(place_of(self.case), {})

	def test_who_has_no_part_in_the_case_asks_for_nothing(self):
		stranger = make_user("Social Worker")
		assign(self.case, self.psychologist, "Psychologist")
		for user in (stranger, self.psychologist, make_user("Network Partner"), make_user("Funding Officer")):
			with self.subTest(user), acting_as(user):
				self.assertRaises(frappe.PermissionError, move, self.case, "Facility", self.other, at(10))
				self.assertEqual(place_of(self.case), {})
				first = placements.stays_of(self.case)[0].key
				self.assertFalse(
					frappe.has_permission("Placement", "read", frappe.get_doc("Placement", first))
				)
