"""The plan as its people make it: filled from the case, approved, signed, renewed, compared, carried out, printed."""

import io
import json

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, add_months, get_datetime, getdate, now_datetime, today

from core_minori.api import plans
from core_minori.api.referrals import act
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	assign,
	make_case,
	make_consent,
	make_facility,
	make_minor,
	make_organisation,
	make_pei,
	make_referral,
	make_user,
	unique,
)


def record(doctype: str, case_file: str, **values):
	"""A record of the case, written by the session's user."""
	return frappe.get_doc({"doctype": doctype, "case_file": case_file, **values}).insert()


def approved(plan, manager: str):
	"""Bring a draft to approval: the session's user sends it, the manager approves."""
	apply_workflow(plan, "Send to Team")
	with acting_as(manager):
		apply_workflow(frappe.get_doc("PEI", plan.name), "Approve Plan")
	return frappe.get_doc("PEI", plan.name)


def started(plan, manager: str):
	"""Bring a draft to a running plan, signed today by the minor."""
	plan = approved(plan, manager)
	next(row for row in plan.signatures if row.signatory == "Minor").signed_on = today()
	plan.save()
	apply_workflow(plan, "Record Signatures")
	apply_workflow(frappe.get_doc("PEI", plan.name), "Start Plan")
	return frappe.get_doc("PEI", plan.name)


class PlanTestCase(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.flags.mute_messages = True
		cls.addClassCleanup(frappe.flags.update, mute_messages=False)
		cls.worker = make_user("Social Worker")
		cls.educator = make_user("Educator")
		cls.psychologist = make_user("Psychologist")
		cls.mediator = make_user("Cultural Mediator")
		cls.manager = make_user("Protection Unit Manager")
		cls.coordinator = make_user("Case Coordinator")
		cls.stranger = make_user("Social Worker")
		cls.house_contact = make_user("Facility Contact")
		cls.partner = make_user("Network Partner")
		cls.house = make_facility(make_organisation(users=(cls.house_contact,)).name)
		cls.clinic = make_organisation(users=(cls.partner,))

	def new_case(self, **values):
		"""A case of the worker, lived in the house, followed by educator, psychologist and mediator."""
		minor = {key: values.pop(key) for key in ("birth_date", "languages", "arrival_date") if key in values}
		with acting_as(self.worker):
			case = make_case(
				make_minor(**{"birth_date": add_days(today(), -16 * 365), **minor}).name,
				living_arrangement="Facility",
				facility=self.house.name,
				**values,
			)
		for user, role in (
			(self.educator, "Educator"),
			(self.psychologist, "Psychologist"),
			(self.mediator, "Cultural Mediator"),
		):
			assign(case.name, user, role, from_days=-10)
		return case

	def running_plan(self, case=None, **values):
		case = case or self.new_case()
		with acting_as(self.worker):
			return started(make_pei(case.name, **values), self.manager)


class TestPrefill(PlanTestCase):
	def known_case(self):
		case = self.new_case(languages="Mandinka, Inglese", arrival_date=add_days(today(), -60))
		with acting_as(self.worker):
			record(
				"Support Person",
				case.name,
				relation="Mother",
				person_name="Fatou Prova",
				lives_in="Gambia",
				contact_rule="Free",
			)
			record(
				"Support Person",
				case.name,
				relation="Uncle or Aunt",
				person_name="Zio Prova",
				lives_in="Germany",
				contact_rule="Supervised",
			)
			record(
				"Guardianship",
				case.name,
				guardian_kind="Provisional Guardian",
				guardian_name="Direttrice Prova",
				from_date=add_days(today(), -15),
			)
			record(
				"Guardianship",
				case.name,
				guardian_kind="Volunteer Guardian",
				guardian_name="Tutrice Prova",
				from_date=add_days(today(), -5),
			)
			record(
				"Personal Document",
				case.name,
				document_type="Passport",
				status="Held",
				expires_on=add_days(today(), 400),
			)
			record(
				"Personal Document",
				case.name,
				document_type="Request of Residence Permit",
				status="Requested",
				requested_on=add_days(today(), -3),
				permit_type="Minor Age",
			)
			record(
				"Court Act",
				case.name,
				act_type="Guardian Appointed",
				authority="Juvenile Court",
				acted_at=add_days(now_datetime(), -5),
			)
			record(
				"Clinical Record",
				case.name,
				record_type="Health Summary",
				recorded_on=today(),
				content="Asma: serve lo spray.",
			)
		# The report of the interview is another slice's business: only its texts are read here.
		interview = frappe.get_doc(
			{
				"doctype": "Minor Interview",
				"case_file": case.name,
				"interview_type": "First Interview",
				"held_at": add_days(now_datetime(), -10),
				"language": "Mandinka",
				"mediator_present": 1,
				"guardian_present": 1,
				"personal_history": "Partito a 14 anni, attraverso la Libia.",
				"family_ties": "Molto legato alla madre.",
				"minor_opinion": "Vuole studiare e lavorare.",
			}
		)
		interview.flags.ignore_validate = True
		interview.insert(ignore_permissions=True)
		return case

	def test_a_plan_is_filled_with_what_the_case_knows_and_stays_editable(self):
		case = self.known_case()
		with acting_as(self.worker):
			known = plans.prefill(case.name)
			self.assertEqual(known["facility"], self.house.name)
			self.assertEqual(known["referent_worker"], frappe.db.get_value("User", self.worker, "full_name"))
			self.assertEqual(known["educator"], frappe.db.get_value("User", self.educator, "full_name"))
			self.assertIn("Tutrice Prova", known["guardian"])
			self.assertIn("Fatou Prova", known["origin_and_family"])
			self.assertIn("Molto legato alla madre", known["origin_and_family"])
			self.assertIn("Zio Prova", known["relatives_in_europe"])
			self.assertNotIn("Fatou Prova", known["relatives_in_europe"])
			self.assertEqual(len(known["kept_contacts"].splitlines()), 2)
			self.assertEqual(known["language_level"], "Mandinka, Inglese")
			self.assertIn("attraverso la Libia", known["migration_route"])
			self.assertEqual(known["minor_wishes"], "Vuole studiare e lavorare.")
			self.assertEqual((known["voice_language"], known["voice_mediator_present"]), ("Mandinka", 1))
			self.assertEqual(known["permit_type"], "Minor Age")
			self.assertEqual(len(known["documents_status"].splitlines()), 2)
			self.assertEqual(known["health_needs"], "Asma: serve lo spray.")
			self.assertEqual(len(known["regularisation_path"].splitlines()), 3)
			self.assertTrue(known["plan_at_eighteen"])

			plan = make_pei(case.name, schooling="Scritto a mano", minor_wishes="Detto oggi")
			self.assertEqual((plan.schooling, plan.minor_wishes), ("Scritto a mano", "Detto oggi"))
			self.assertEqual(plan.permit_type, "Minor Age")
			self.assertEqual(plan.guardian, known["guardian"])
			# Clinical words are copied only under the eyes of the author, in the form.
			self.assertFalse(plan.health_needs)
			plan.guardian = "Altra persona"
			plan.save()
			self.assertEqual(frappe.db.get_value("PEI", plan.name, "guardian"), "Altra persona")

	def test_what_was_emptied_in_the_form_stays_empty(self):
		case = self.known_case()
		with acting_as(self.worker):
			plan = make_pei(case.name, prefilled=1)
			self.assertFalse(plan.guardian or plan.documents_status)

	def test_the_educator_is_given_what_they_may_read_and_no_more(self):
		case = self.known_case()
		with acting_as(self.educator):
			known = plans.prefill(case.name)
			self.assertIn("Tutrice Prova", known["guardian"])
			self.assertNotIn("health_needs", known)
			# No act of the court: two guardianships, no third line.
			self.assertEqual(len(known["regularisation_path"].splitlines()), 2)
		for user in (self.stranger, self.mediator, self.house_contact, self.partner):
			with acting_as(user), self.assertRaises(frappe.PermissionError):
				plans.prefill(case.name)

	def test_worrying_dimensions_propose_objectives(self):
		case = self.new_case()
		dimensions = {}
		for title in (unique("Salute fisica"), unique("Scuola"), unique("Lavoro")):
			dimensions[title] = (
				frappe.get_doc({"doctype": "Assessment Dimension", "dimension": title})
				.insert(ignore_permissions=True)
				.name
			)
		scores = [
			{"dimension": name, "dimension_title": title, "score": score}
			for (title, name), score in zip(dimensions.items(), ("4", "5", "2"), strict=True)
		]
		assessment = frappe.get_doc(
			{
				"doctype": "Risk Assessment",
				"case_file": case.name,
				"assessed_on": today(),
				"scores": scores,
				"factors": [{"kind": "Protective", "factor": "Supportive Adult", "note": "L'allenatore"}],
			}
		)
		assessment.flags.ignore_validate = True
		assessment.insert(ignore_permissions=True)
		with acting_as(self.worker):
			self.assertNotIn("objectives", plans.prefill(case.name))
		frappe.db.set_value("Risk Assessment", assessment.name, {"status": "Approved", "level": "High"})
		with acting_as(self.worker):
			known = plans.prefill(case.name)
		self.assertEqual([row["area"] for row in known["objectives"]], ["School and Language", "Health"])
		self.assertEqual(known["vulnerability_level"], "High")
		self.assertIn("L'allenatore", known["protective_factors"])


class TestPath(PlanTestCase):
	def test_the_author_approves_no_plan_of_their_own_by_button_or_by_saving(self):
		both = make_user("Social Worker", "Case Coordinator", "Protection Unit Manager")
		with acting_as(both):
			plan = make_pei(make_case().name)
			apply_workflow(plan, "Send to Team")
			with self.assertRaises(frappe.ValidationError):
				apply_workflow(frappe.get_doc("PEI", plan.name), "Approve Plan")
			plan = frappe.get_doc("PEI", plan.name)
			plan.workflow_state = "Approved by the Unit"
			self.assertRaises(frappe.ValidationError, plan.save)
			self.assertRaises(
				frappe.ValidationError, make_pei, make_case().name, workflow_state="Approved by the Unit"
			)
		self.assertEqual(frappe.db.get_value("PEI", plan.name, "workflow_state"), "Team Review")
		with acting_as(self.coordinator):
			apply_workflow(frappe.get_doc("PEI", plan.name), "Approve Plan")
		self.assertEqual(frappe.db.get_value("PEI", plan.name, "workflow_state"), "Approved by the Unit")

	def test_worker_and_psychologist_do_not_approve(self):
		case = self.new_case()
		with acting_as(self.educator):
			plan = make_pei(case.name)
			apply_workflow(plan, "Send to Team")
		for user in (self.worker, self.psychologist):
			with acting_as(user), self.assertRaises(frappe.ValidationError):
				apply_workflow(frappe.get_doc("PEI", plan.name), "Approve Plan")

	def test_an_approved_plan_asks_the_people_concerned_to_sign(self):
		case = self.new_case()
		with acting_as(self.worker):
			plan = approved(make_pei(case.name, guardian="Tutrice Prova"), self.manager)
		self.assertEqual(
			[row.signatory for row in plan.signatures],
			[
				"Minor",
				"Guardian or Parent",
				"Social Worker",
				"Educator",
				"Psychologist",
				"Facility",
				"Protection Unit",
			],
		)
		self.assertEqual(plan.signatures[1].signer, "Tutrice Prova")
		self.assertFalse(plan.signatures[0].signer)  # the minor's name stays in the person's record

	def test_a_missing_signature_warns_and_does_not_stop(self):
		case = self.new_case()
		with acting_as(self.worker):
			plan = approved(make_pei(case.name), self.manager)
			plan.append("signatures", {"signatory": "Minor", "signed_on": today(), "mode": "Handwritten"})
			plan.save()
			# The row that only asked for the signature is gone.
			self.assertEqual(len([row for row in plan.signatures if row.signatory == "Minor"]), 1)
			frappe.flags.mute_messages = False
			frappe.clear_messages()
			apply_workflow(frappe.get_doc("PEI", plan.name), "Record Signatures")
			told = json.dumps(frappe.get_message_log())
			frappe.flags.mute_messages = True
			self.assertIn("signature is missing", told)
			plan = frappe.get_doc("PEI", plan.name)
			self.assertEqual(plan.workflow_state, "Signed")
			plan.signatures[0].signed_on = add_days(today(), 1)
			self.assertRaises(frappe.ValidationError, plan.save)

	def test_an_approved_plan_stands_and_can_go_back_before_it_is_signed(self):
		case = self.new_case()
		with acting_as(self.worker):
			plan = approved(make_pei(case.name), self.manager)
			plan.schooling = "Altro"
			self.assertRaises(frappe.ValidationError, plan.save)
			plan = frappe.get_doc("PEI", plan.name)
			plan.append("objectives", {"area": "Health", "objective": "Nuovo"})
			self.assertRaises(frappe.ValidationError, plan.save)
			plan = frappe.get_doc("PEI", plan.name)
			plan.objectives[0].progress = 30
			plan.save()
			self.assertEqual(plan.objectives[0].status, "In Progress")
			apply_workflow(plan, "Send Back")
			plan = frappe.get_doc("PEI", plan.name)
			plan.schooling = "Altro"
			plan.save()

	def test_the_review_falls_due_by_the_rule_in_force(self):
		rule = frappe.db.get_value("Deadline Rule", {"rule_code": "pei-review", "disabled": 0})
		self.assertEqual(getdate(self.running_plan().review_due_on), getdate(add_months(today(), 6)))
		frappe.db.set_value("Deadline Rule", rule, "amount", 3)
		frappe.clear_cache()
		self.assertEqual(getdate(self.running_plan().review_due_on), getdate(add_months(today(), 3)))

	def test_rows_that_cannot_be_are_refused(self):
		case = self.new_case()
		with acting_as(self.worker):
			for rows in (
				{"objectives": [{"area": "Parenting", "objective": "x"}]},
				{"objectives": [{"area": "Health", "objective": "x", "due_on": "2206-01-01"}]},
				{"objectives": [{"area": "Health", "objective": "x", "status": "Reached", "progress": 40}]},
				{
					"interventions": [
						{
							"intervention_type": "Language Course",
							"start_date": today(),
							"end_date": add_days(today(), -1),
						}
					]
				},
			):
				self.assertRaises(frappe.ValidationError, make_pei, case.name, **rows)
			family = make_case(beneficiary_type="Parent", living_arrangement="Family")
			self.assertTrue(make_pei(family.name, objectives=[{"area": "Parenting", "objective": "x"}]).name)

	def test_a_case_has_one_draft_at_a_time(self):
		case = self.new_case()
		with acting_as(self.worker):
			make_pei(case.name)
			self.assertRaises(frappe.ValidationError, make_pei, case.name)


class TestVersions(PlanTestCase):
	def test_a_new_version_copies_and_bumps_and_the_changes_are_the_ones_made(self):
		first = self.running_plan(
			schooling="Sei anni di scuola",
			guardian="Scritto a mano",
			objectives=[
				{"area": "Health", "objective": "Vaccinazioni"},
				{"area": "Legal", "objective": "Passaporto"},
				{"area": "School and Language", "objective": "Licenza media", "target": "A2"},
			],
			interventions=[{"intervention_type": "Language Course", "planned_hours": 40}],
		)
		with acting_as(self.worker):
			name = plans.new_version(first.name)
			self.assertEqual(plans.new_version(first.name), name)  # pressed twice
			second = frappe.get_doc("PEI", name)
			self.assertEqual(
				(second.version, second.previous_version, second.workflow_state), (2, first.name, "Drafting")
			)
			self.assertEqual((second.schooling, second.guardian), ("Sei anni di scuola", "Scritto a mano"))
			self.assertFalse(second.signatures or second.signed_on or second.review_due_on)
			self.assertEqual(
				[row.item_key for row in second.objectives], [row.item_key for row in first.objectives]
			)
			self.assertEqual(plans.compare(name)["changes"], [])
			keep = {row.objective: row for row in second.objectives}
			keep["Licenza media"].target = "B1"
			second.set("objectives", [keep["Licenza media"], keep["Vaccinazioni"]])
			second.append("objectives", {"area": "Training and Work", "objective": "Tirocinio"})
			second.schooling = "  Sei anni  di scuola\n"
			second.minor_wishes = "Vuole imparare un mestiere e vivere con gli amici."
			second.save()
			found = plans.compare(name)
		self.assertEqual((found["before"]["version"], found["after"]["version"]), (1, 2))
		self.assertEqual(
			[(row["number"], row["kind"], row["row"], row.get("after")) for row in found["changes"]],
			[
				(8, "changed", "Licenza media", "B1"),
				(8, "added", "Tirocinio", None),
				(8, "dropped", "Passaporto", None),
				(10, "changed", "", "Vuole imparare un mestiere e vivere con gli amici."),
			],
		)
		for user in (self.mediator, self.partner, self.stranger):
			with acting_as(user):
				self.assertRaises(frappe.PermissionError, plans.compare, name)
				self.assertRaises(frappe.PermissionError, plans.new_version, first.name)
		with acting_as(self.psychologist):
			self.assertRaises(frappe.PermissionError, plans.new_version, first.name)

	def test_version_three_supersedes_two_and_a_row_copied_inside_a_plan_is_another(self):
		first = self.running_plan()
		with acting_as(self.worker):
			second = started(frappe.get_doc("PEI", plans.new_version(first.name)), self.manager)
			self.assertRaises(frappe.ValidationError, plans.new_version, first.name)
			third = frappe.get_doc("PEI", plans.new_version(second.name))
			third.append("objectives", {**third.objectives[0].as_dict(), "name": None})
			third.save()
			self.assertEqual(len({row.item_key for row in third.objectives}), 2)
		self.assertEqual(frappe.db.get_value("PEI", first.name, "workflow_state"), "Superseded")
		self.assertEqual(third.version, 3)

	def test_plans_of_two_cases_are_not_compared(self):
		mine, other = self.running_plan(), self.running_plan()
		with acting_as(self.worker):
			self.assertRaises(frappe.PermissionError, plans.compare, mine.name, other.name)


class TestCarryingOut(PlanTestCase):
	def plan_with(self, **row):
		return self.running_plan(interventions=[{"intervention_type": "Psychological Support", **row}])

	def test_planned_days_become_interventions_once(self):
		plan = self.plan_with(start_date=today())
		row = plan.interventions[0]
		monday = add_days(today(), 7 - getdate().weekday())
		asked = {
			"pei": plan.name,
			"item_key": row.item_key,
			"first": getdate(monday),
			"last": getdate(add_days(monday, 20)),
			"weekdays": "0,2",
			"starts_at": "15:30",
			"hours": 1.5,
			"skip_holidays": False,
		}
		with acting_as(self.educator):
			self.assertEqual(plans.plan_interventions(**asked), {"made": 6, "there": 0})
			self.assertEqual(plans.plan_interventions(**asked), {"made": 0, "there": 6})
			longer = {**asked, "last": getdate(add_days(monday, 21))}
			self.assertEqual(plans.plan_interventions(**longer), {"made": 1, "there": 6})
			made = frappe.get_list(
				"Intervention",
				filters={"pei_row": row.item_key},
				fields=["starts_at", "hours", "status", "pei", "case_file", "intervention_type"],
				order_by="starts_at",
			)
			self.assertEqual(made[0].starts_at, get_datetime(f"{monday} 15:30:00"))
			self.assertEqual(
				{(one.hours, one.status, one.pei, one.case_file, one.intervention_type) for one in made},
				{(1.5, "Planned", plan.name, plan.case_file, "Psychological Support")},
			)
			self.assertEqual(plans.carried_out(plan.name)[0]["planned"], 7)
			self.assertRaises(
				frappe.ValidationError,
				plans.plan_interventions,
				**{**asked, "last": getdate(add_days(monday, 400))},
			)
			self.assertRaises(frappe.ValidationError, plans.plan_interventions, **{**asked, "item_key": "no"})
		for user in (self.stranger, self.house_contact, self.manager):
			with acting_as(user), self.assertRaises(frappe.PermissionError):
				plans.plan_interventions(**asked)
		with acting_as(self.house_contact):
			self.assertEqual(plans.carried_out(plan.name), [])

	def test_a_row_becomes_a_referral_that_says_the_service_and_not_why(self):
		plan = self.plan_with(frequency="ogni settimana", start_date=today())
		row = plan.interventions[0]
		with acting_as(self.worker):
			consent = make_consent(plan.case_file)
			self.assertRaises(frappe.ValidationError, plans.draft_referral, plan.name, row.item_key)
			name = plans.draft_referral(plan.name, row.item_key, self.clinic.name)
			self.assertEqual(plans.draft_referral(plan.name, row.item_key), name)
			referral = frappe.get_doc("Referral", name)
			self.assertEqual(
				(referral.status, referral.to_organisation, referral.service_requested, referral.age_band),
				("Drafted", self.clinic.name, "Psychological Support", "14-15"),
			)
			self.assertEqual(referral.consent, consent.name)
			self.assertIn("ogni settimana", referral.shared_information)
			row = frappe.get_doc("PEI", plan.name).interventions[0]
			self.assertEqual((row.referral, row.organisation), (name, self.clinic.name))
		with acting_as(self.psychologist):
			self.assertEqual(plans.draft_referral(plan.name, row.item_key), name)
		with acting_as(self.stranger):
			self.assertRaises(frappe.PermissionError, plans.draft_referral, plan.name, row.item_key)

	def test_a_partner_sees_the_rows_of_its_open_referral_and_no_other(self):
		case = self.new_case()
		with acting_as(self.worker):
			make_consent(case.name)
			mine = make_referral(case.name, self.clinic.name)
			other = make_referral(case.name, make_organisation().name)
		self.running_plan(
			case,
			interventions=[
				{
					"intervention_type": "Psychological Support",
					"referral": mine.name,
					"frequency": "il lunedì",
				},
				{"intervention_type": "Legal Support", "referral": other.name},
				{"intervention_type": "Language Course"},
			],
		)
		with acting_as(self.partner):
			self.assertRaises(frappe.PermissionError, plans.referral_rows, mine.name)  # still a draft
		with acting_as(self.worker):
			act(mine.name, "Send")
			self.assertEqual(len(plans.referral_rows(mine.name)), 1)
		with acting_as(self.partner):
			rows = plans.referral_rows(mine.name)
			self.assertEqual(
				[(row.intervention_type, row.frequency) for row in rows],
				[("Psychological Support", "il lunedì")],
			)
			self.assertNotIn("name", rows[0])
			self.assertRaises(frappe.PermissionError, plans.referral_rows, other.name)
		with acting_as(self.worker):
			act(mine.name, "Revoke", reason="x")
		with acting_as(self.partner):
			self.assertRaises(frappe.PermissionError, plans.referral_rows, mine.name)


class TestVoice(PlanTestCase):
	def test_the_mediator_of_the_case_sees_the_voice_and_nothing_else(self):
		case = self.new_case()
		with acting_as(self.worker):
			plan = make_pei(case.name, minor_wishes="Vuole giocare a calcio", schooling="Segreto")
		with acting_as(self.mediator):
			said = plans.voice(case.name)
			self.assertEqual(said["minor_wishes"], "Vuole giocare a calcio")
			self.assertNotIn("Segreto", str(said))
			self.assertRaises(frappe.PermissionError, plans.overview, case.name)
			self.assertRaises(frappe.PermissionError, frappe.get_doc("PEI", plan.name).check_permission)
		for user in (self.stranger, self.partner, make_user("Cultural Mediator")):
			with acting_as(user), self.assertRaises(frappe.PermissionError):
				plans.voice(case.name)

	def test_the_case_shows_its_plan_at_a_glance(self):
		plan = self.running_plan()
		with acting_as(self.house_contact):
			found = plans.overview(plan.case_file)
			self.assertEqual((found["version"], found["objectives"][0]["objective"]), (1, "Licenza media"))


class TestPapers(PlanTestCase):
	def paper(self, plan, print_format: str) -> str:
		return frappe.get_print("PEI", plan.name, print_format=print_format)

	def test_the_print_has_thirteen_sections_none_of_them_empty(self):
		case = self.new_case()
		with acting_as(self.worker):
			plan = make_pei(case.name, minor_wishes="", objectives=[])
			empty = self.paper(plan, "PEI")
		full = self.running_plan(
			interventions=[{"intervention_type": "Language Course", "planned_hours": 40}], exit_plan="x < y"
		)
		with acting_as(self.worker):
			html = self.paper(full, "PEI")
		from bs4 import BeautifulSoup

		for text in (empty, html):
			page = BeautifulSoup(text, "html.parser")
			sections = page.select(".pei-section")
			self.assertEqual([one["data-section"] for one in sections], [str(n) for n in range(1, 14)])
			for section in sections:
				heading = section.find("h2").get_text(strip=True)
				self.assertGreater(len(section.get_text(strip=True)), len(heading), heading)
			self.assertFalse([one for one in page.select("h1, h2, h3, th") if not one.get_text(strip=True)])
		self.assertIn("x &lt; y", html)
		self.assertIn(full.case_file, html)
		self.assertIn("topage", html)

	def test_the_page_for_the_minor_is_one_page_however_many_the_objectives(self):
		from pypdf import PdfReader

		from core_minori.funding.dossier import printed

		case = self.new_case()
		long = "Frequentare ogni giorno la scuola, studiare con l'educatrice e superare l'esame " * 2
		with acting_as(self.worker):
			plan = make_pei(
				case.name,
				minor_wishes="Vuole imparare un mestiere e vivere vicino agli amici. " * 20,
				guardian="Nome molto lungo di una tutrice volontaria (Volunteer Guardian)",
			)
			for count in (3, 5, 7, 10, 12):
				plan.set(
					"objectives",
					[
						{
							"area": "Health",
							"objective": f"{number}. {long}",
							"due_on": add_days(today(), 90),
							"responsible": "Network Organisation",
						}
						for number in range(count)
					],
				)
				plan.save()
				html = self.paper(plan, "PEI for the Minor")
				self.assertEqual(html.count('class="pei-goal"'), min(count, 10))
				paper = printed("PEI", plan.name, "PEI for the Minor")
				self.assertEqual(len(PdfReader(io.BytesIO(paper)).pages), 1, count)

	def test_who_may_not_read_the_plan_prints_none(self):
		plan = self.running_plan()
		for user in (self.mediator, self.partner, self.stranger):
			with acting_as(user), self.assertRaises(frappe.PermissionError):
				self.paper(plan, "PEI")
