"""Reports to the authorities: their steps, their clock, and the one that binds a psychologist in person."""

import frappe
from frappe.utils import add_to_date, get_datetime, now_datetime, today

from core_minori.tests.builders import SiteTestCase, acting_as, assign, make_case, make_user

HEALTH = "Health Professional's Report"


class TestProtectionReport(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.psychologist = make_user("Psychologist")
		cls.colleague = make_user("Psychologist")

	def setUp(self):
		with acting_as(self.worker):
			self.case = make_case().name
		assign(self.case, self.psychologist, "Psychologist")

	def report(self, report_type: str = HEALTH, **values):
		return frappe.get_doc(
			{
				"doctype": "Protection Report",
				"case_file": self.case,
				"report_type": report_type,
				"noticed_at": add_to_date(now_datetime(), hours=-3),
				**values,
			}
		)

	def test_the_state_follows_from_what_is_filled(self):
		with acting_as(self.worker):
			doc = self.report("Crime Prosecutable Ex Officio", status="Answered").insert()
			self.assertEqual((doc.status, doc.noticed_by), ("Noticed", self.worker))
			doc.assessed_on = today()
			doc.save()
			self.assertEqual(doc.status, "Assessed by the Team")
			doc.transmitted_at = now_datetime()
			self.assertRaises(frappe.ValidationError, doc.save)
			doc.reload()
			doc.update(
				{
					"transmitted_at": now_datetime(),
					"protocol_number": "77/2026",
					"authority": "Prosecutor at the Ordinary Court",
				}
			)
			doc.save()
			self.assertEqual(doc.status, "Transmitted")
			doc.answered_on = today()
			doc.save()
			self.assertEqual(doc.status, "Answered")

	def test_the_clock_runs_from_the_fact_and_stops_with_the_transmission(self):
		with acting_as(self.worker):
			doc = self.report().insert()
			(term,) = doc.clock()
			self.assertEqual(term["due_at"], add_to_date(get_datetime(doc.noticed_at), hours=48))
			doc.update(
				{
					"transmitted_at": now_datetime(),
					"protocol_number": "78/2026",
					"authority": "Prosecutor at the Ordinary Court",
				}
			)
			doc.save()
			self.assertEqual([term["state"] for term in doc.clock()], ["Done"])
			placed = add_to_date(now_datetime(), days=-1, hours=-2).replace(second=0, microsecond=0)
			frappe.get_doc(
				{
					"doctype": "Court Act",
					"case_file": self.case,
					"act_type": "Art. 403 Placement",
					"authority": "Municipality",
					"acted_at": placed,
				}
			).insert()
			(term,) = self.report("Art. 403 Report", noticed_at=placed).insert().clock()
			self.assertEqual((term["due_at"], term["state"]), (add_to_date(placed, hours=24), "Overdue"))
			self.assertEqual(self.report("Other").insert().clock(), [])

	def test_a_psychologist_writes_their_own_report_and_no_other(self):
		with acting_as(self.psychologist):
			own = self.report(facts="Ha riferito quanto segue.").insert()
			own.facts = "Ha riferito, alla presenza della mediatrice."
			own.save()
			for report_type in ("Art. 403 Report", "Crime Prosecutable Ex Officio"):
				self.assertRaises(frappe.PermissionError, self.report(report_type).insert)
			own.report_type = "Abandonment"
			self.assertRaises(frappe.PermissionError, own.save)
			self.assertRaises(
				frappe.PermissionError,
				frappe.get_doc(
					{
						"doctype": "Court Act",
						"case_file": self.case,
						"act_type": "Decree",
						"authority": "Other",
						"acted_at": now_datetime(),
					}
				).insert,
			)
		with acting_as(self.worker):
			others = self.report().insert()
			self.assertTrue(frappe.has_permission("Protection Report", "write", own))
		with acting_as(self.psychologist):
			self.assertTrue(frappe.has_permission("Protection Report", "read", others))
			self.assertRaises(frappe.PermissionError, others.reload().save)

	def test_who_does_not_follow_the_case_any_more_writes_nothing(self):
		with acting_as(self.psychologist):
			own = self.report().insert()
		with acting_as(self.colleague):
			self.assertRaises(frappe.PermissionError, self.report().insert)
			self.assertFalse(frappe.has_permission("Protection Report", "read", own))
		frappe.db.set_value(
			"Care Assignment",
			{"case_file": self.case, "user": self.psychologist},
			{"from_date": "2020-01-01", "to_date": "2020-02-01"},
		)
		with acting_as(self.psychologist):
			self.assertFalse(frappe.has_permission("Protection Report", "read", own))
			self.assertRaises(frappe.PermissionError, own.save)
			self.assertRaises(frappe.PermissionError, self.report().insert)

	def test_educators_and_mediators_see_no_report(self):
		with acting_as(self.worker):
			doc = self.report("Disappearance").insert()
		for role in ("Educator", "Cultural Mediator"):
			user = make_user(role)
			assign(self.case, user, role)
			with acting_as(user):
				self.assertFalse(frappe.has_permission("Protection Report", "read", doc))
				self.assertRaises(frappe.PermissionError, self.report().insert)

	def test_the_print_says_the_facts_and_names_no_judgement(self):
		with acting_as(self.worker):
			doc = self.report(
				facts="<b>Ha riferito</b> di un furto.",
				authority="Prosecutor at the Juvenile Court",
			).insert()
			html = frappe.get_print("Protection Report", doc.name, "Report to the Prosecutor")
		person = frappe.get_doc("Minor", frappe.db.get_value("Case File", self.case, "minor"))
		for text in (person.given_name, "Procura della Repubblica presso il Tribunale per i minorenni"):
			self.assertIn(text, html)
		self.assertNotIn("<b>Ha riferito", html)
		self.assertIn("&lt;b&gt;Ha riferito", html)
		educator = make_user("Educator")
		assign(self.case, educator, "Educator")
		with acting_as(educator):
			self.assertRaises(
				frappe.PermissionError,
				frappe.get_print,
				"Protection Report",
				doc.name,
				"Report to the Prosecutor",
			)
