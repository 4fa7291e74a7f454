"""The state of a case follows what was done anywhere, and the history says what moved it."""

import frappe
from frappe.utils import add_days, add_to_date, getdate, now_datetime, today

from core_minori.minors.doctype.case_file.case_file import refresh_states
from core_minori.tests.builders import SiteTestCase, acting_as, make_case, make_minor, make_pei, make_user


class TestCaseState(SiteTestCase):
	def setUp(self):
		self.worker = make_user("Social Worker")
		with acting_as(self.worker):
			self.minor = make_minor(birth_date=add_to_date(getdate(), years=-17))
			self.case = make_case(minor=self.minor.name)

	def moves(self) -> list[tuple]:
		case = frappe.get_doc("Case File", self.case.name)
		self.assertEqual(case.state, case.state_history[-1].to_state)
		return [(row.to_state, row.fact, row.changed_by) for row in case.state_history]

	def test_a_saved_case_and_a_record_elsewhere_both_leave_their_fact(self):
		with acting_as(self.worker):
			case = frappe.get_doc("Case File", self.case.name)
			case.reception_entry = add_days(now_datetime(), -10)
			case.save()
			case.save()  # nothing moved, nothing to note
			make_pei(case.name)
		self.assertEqual(
			self.moves(),
			[
				("Reported", "Case Reported", self.worker),
				("Reception", "Entry into First Reception", self.worker),
				("PEI Drafting", "PEI Drafted", self.worker),
			],
		)

	def test_a_prosieguo_ordered_before_the_birthday_begins_on_it(self):
		self.case.reload()
		self.case.db_set("prosieguo_until", add_days(today(), 700))
		refresh_states()
		self.assertEqual(len(self.moves()), 1)
		frappe.db.set_value("Minor", self.minor.name, "birth_date", add_to_date(getdate(), years=-18))
		refresh_states()
		refresh_states()
		self.assertEqual([move[:2] for move in self.moves()][1:], [("Prosieguo", "Prosieguo Ordered")])

	def test_closing_is_proposed_and_nothing_closes_by_itself(self):
		def hints() -> list[str]:
			case = frappe.get_doc("Case File", self.case.name)
			case.onload()
			return [hint["severity"] for hint in case.get_onload("hints")]

		self.assertEqual(hints(), [])
		frappe.db.set_value("Minor", self.minor.name, "birth_date", add_to_date(getdate(), years=-18))
		self.assertEqual(hints(), ["Warn"])
		refresh_states()
		self.assertEqual(self.moves()[-1][0], "Reported")
		# no birthday ends the case of a parent
		frappe.db.set_value("Case File", self.case.name, "beneficiary_type", "Parent")
		self.assertEqual(hints(), [])

	def test_brothers_who_live_in_a_facility_stay_one_family(self):
		with acting_as(self.worker):
			brother = make_case(family_case=self.case.name)
		self.assertEqual(brother.reload().family_case, self.case.name)
