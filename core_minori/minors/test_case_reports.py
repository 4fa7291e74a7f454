"""The reports over cases: every number is the list behind it, for who sees all of them and for who sees two of five."""

from datetime import datetime

import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, add_months, add_to_date, get_first_day, getdate, now_datetime, today

from core_minori.case_completeness import completeness_of
from core_minori.engine.completeness import REQUIREMENTS, Purpose, fields_to_read
from core_minori.permissions import PART_BY_VALUE, PART_OF
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	assign,
	make_case,
	make_consent,
	make_facility,
	make_funded_project,
	make_minor,
	make_organisation,
	make_pei,
	make_user,
)

REPORTS = (
	"File Completeness",
	"Cases to Watch",
	"Case Times",
	"Caseload",
	"Documents Expiring",
	"Six-monthly List",
	"Violence and Emersion",
	"Presence Days",
)


def report(name: str, user: str, **filters) -> dict:
	"""The report as `user` gets it at the desk, permission asked."""
	with acting_as(user):
		return run(name, filters=filters, ignore_prepared_report=True)


def rows_of(name: str, user: str, **filters) -> list[dict]:
	"""Its rows without a row of totals."""
	return [row for row in report(name, user, **filters)["result"] if isinstance(row, dict)]


def listed(user: str, doctype: str, filters) -> list[str]:
	"""Names that `user` may list."""
	with acting_as(user):
		return frappe.get_list(doctype, filters=filters, pluck="name", limit_page_length=0)


def birthday(years: int, days: int) -> str:
	"""The birth date of who turns `years` in so many days."""
	return str(add_months(add_days(today(), days), -12 * years))


def record(doctype: str, case_file: str, **values):
	"""A simple record of a case, made as Administrator."""
	return frappe.get_doc({"doctype": doctype, "case_file": case_file, **values}).insert(
		ignore_permissions=True
	)


class TestCaseReports(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.other = make_user("Social Worker")
		cls.coordinator = make_user("Case Coordinator")
		cls.manager = make_user("Protection Unit Manager")
		cls.educator = make_user("Educator")
		cls.contact = make_user("Facility Contact")
		cls.evaluator = make_user("Evaluator")
		cls.project = make_funded_project().name
		cls.house = make_facility(make_organisation(users=(cls.contact,)).name).name
		cls.elsewhere = make_facility().name
		cls.cases = []
		for author, facility, days in (
			(cls.worker, cls.house, 100),
			(cls.worker, cls.elsewhere, 20),
			(cls.other, cls.house, 50),
			(cls.other, cls.elsewhere, 10),
			(cls.other, cls.house, 70),
		):
			with acting_as(author):
				minor = make_minor(birth_date=birthday(18, 500), nationality="Egypt")
				cls.cases.append(
					make_case(
						minor.name,
						project=cls.project,
						living_arrangement="Facility",
						facility=facility,
						reported_on=add_days(today(), -days),
						reception_entry=add_to_date(
							datetime.combine(getdate(), datetime.min.time()), days=-days, hours=9
						),
						victim_status="Victim" if days > 60 else "No Sign",
						emersion_channel="Police",
						intervention_area="Reception",
					).name
				)
		assign(cls.cases[0], cls.educator, "Educator", -5)
		cls.own = cls.cases[:2]

	def setUp(self):
		frappe.db.savepoint("case_reports")

	def tearDown(self):
		frappe.db.rollback(save_point="case_reports")

	def of(self, name: str, user: str, **filters) -> list[dict]:
		return rows_of(name, user, project=self.project, **filters)

	# --- what may be asked of every report

	def test_a_worker_is_shown_their_two_cases_and_the_coordinator_all_five(self):
		for user, cases in (
			(self.worker, self.own),
			(self.coordinator, self.cases),
			(self.manager, self.cases),
		):
			with self.subTest(user):
				self.assertEqual({row["case_file"] for row in self.of("File Completeness", user)}, set(cases))
				self.assertLessEqual(
					{row["case_file"] for row in self.of("Cases to Watch", user)}, set(cases)
				)
				rows = self.of("Case Times", user)
				assigned = next(
					row for row in rows if row["measure"] == frappe._("Report to first assignment")
				)
				self.assertEqual(assigned["done"], len(cases))
				self.assertEqual(
					sorted(listed(user, "Case File", assigned["behind"]["done"]["filters"])), sorted(cases)
				)

	def test_who_works_in_two_projects_sees_both(self):
		with acting_as(self.worker):
			second = make_case(project=make_funded_project().name, reported_on=add_days(today(), -3)).name
		shown = {row["case_file"] for row in rows_of("File Completeness", self.worker)}
		self.assertEqual(shown, {*self.own, second})

	def test_every_number_opens_its_list(self):
		"""Whatever number has a list behind it, its reader lists exactly as many records there."""
		for name, user, filters in (
			("File Completeness", self.worker, {"group_by": "Facility"}),
			("File Completeness", self.coordinator, {"group_by": "Worker"}),
			("Case Times", self.worker, {"group_by": "Facility"}),
			("Case Times", self.coordinator, {"group_by": "Month"}),
			("Caseload", self.coordinator, {}),
			("Violence and Emersion", self.worker, {}),
			("Violence and Emersion", self.coordinator, {}),
			("Presence Days", self.manager, {}),
		):
			with self.subTest(f"{name} {user}"):
				rows = self.of(name, user, **filters)
				self.assertTrue(rows)
				for row in rows:
					for field, behind in row.get("behind", {}).items():
						self.assertEqual(row[field], len(listed(user, behind["doctype"], behind["filters"])))

	def test_the_number_of_queries_does_not_grow_with_the_cases(self):
		def queries(name: str) -> int:
			asked = []
			sql = frappe.db.sql
			frappe.db.sql = lambda *args, **options: asked.append(1) or sql(*args, **options)
			try:
				user = self.evaluator if name == "nobody" else self.coordinator
				report("Violence and Emersion" if name == "nobody" else name, user, project=self.project)
			finally:
				frappe.db.sql = sql
			return len(asked)

		def one_more() -> None:
			with acting_as(self.other):
				case = make_case(
					make_minor(birth_date=birthday(18, 30)).name,
					project=self.project,
					living_arrangement="Facility",
					facility=self.house,
				).name
			make_pei(case)
			record("Support Person", case, relation="Mother", person_name="Prova", contact_rule="Free")
			record("Personal Document", case, document_type="Passport", status="Held", expires_on=today())

		names = [*REPORTS, "Referral Outcomes", "nobody"]
		one_more()
		for name in names:
			queries(name)  # what is kept in the cache is there now
		before = {name: queries(name) for name in names}
		for _number in range(4):
			one_more()
		self.assertEqual({name: queries(name) for name in names}, before)

	# --- completeness

	def test_requirements_name_fields_and_values_that_are_there_and_the_part_they_are_of(self):
		for doctype, names in fields_to_read().items():
			meta = frappe.get_meta(doctype)
			for name in names:
				self.assertTrue(meta.has_field(name), f"{doctype}.{name}")
		for requirement in REQUIREMENTS:
			for evidence in requirement.evidence:
				meta = frappe.get_meta(evidence.doctype)
				for name, values in evidence.where.items():
					field = meta.get_field(name)
					if field.fieldtype == "Select":
						self.assertLessEqual(set(values), set(field.options.split("\n")), requirement.code)
			doctype = requirement.record.doctype
			if doctype in PART_BY_VALUE:
				field, parts = PART_BY_VALUE[doctype]
				part = parts[requirement.record.where[field][0]]
			else:
				part = {"Minor": "identity"}.get(doctype) or PART_OF[doctype]
			self.assertEqual(requirement.part, part, requirement.code)

	def test_what_is_added_is_missing_no_more(self):
		case = self.cases[0]
		before = {item.requirement.code for item in completeness_of([case])[case].missing}
		self.assertLessEqual({"guardian", "identity-paper", "relatives", "pei-objectives", "consent"}, before)
		record(
			"Guardianship",
			case,
			guardian_kind="Volunteer Guardian",
			guardian_name="Prova",
			from_date=add_days(today(), -3),
			phone="+39 06 123456",
		)
		record("Personal Document", case, document_type="Passport", status="Held")
		record("Support Person", case, relation="Mother", person_name="Prova", contact_rule="Free")
		with acting_as(self.worker):
			make_pei(case)
			make_consent(case, purpose="Taking in Charge")
		after = {item.requirement.code for item in completeness_of([case])[case].missing}
		self.assertLessEqual(
			{
				"guardian",
				"guardian-address",
				"identity-paper",
				"relatives",
				"pei",
				"pei-objectives",
				"pei-voice",
				"consent",
			},
			before - after,
		)
		self.assertFalse(after - before)

	def test_the_report_says_what_the_form_says(self):
		rows = {row["case_file"]: row for row in self.of("File Completeness", self.coordinator)}
		for case, file in completeness_of(self.cases).items():
			self.assertEqual(rows[case]["missing"], len(file.missing))
			self.assertEqual(rows[case]["sim"], file.percent(Purpose.SIM))
			with acting_as(self.coordinator):
				panel = frappe.call("core_minori.api.sim.completeness", case_file=case)
			self.assertEqual(len(panel["missing"]) + panel["kept"], rows[case]["missing"])

	def test_what_the_reader_may_not_read_counts_and_is_not_named(self):
		case = self.cases[0]
		with acting_as(self.educator):
			panel = frappe.call("core_minori.api.sim.completeness", case_file=case)
		with acting_as(self.worker):
			whole = frappe.call("core_minori.api.sim.completeness", case_file=case)
		self.assertEqual(panel["percent"], whole["percent"])
		self.assertEqual(len(panel["missing"]) + panel["kept"], len(whole["missing"]) + whole["kept"])
		self.assertGreater(panel["kept"], whole["kept"])
		doctypes = {item["doctype"] for item in panel["missing"] + panel["coming"] if "doctype" in item}
		self.assertFalse(doctypes & {"Court Act", "Protection Report", "Clinical Record"})
		(row,) = self.of("File Completeness", self.educator)
		self.assertNotIn(frappe._("First report to the prosecutor"), row["what"])
		self.assertEqual(row["missing"], len(whole["missing"]) + whole["kept"])

	def test_the_button_opens_the_right_record(self):
		case = self.cases[1]
		with acting_as(self.worker):
			items = frappe.call("core_minori.api.sim.completeness", case_file=case)["missing"]
		by_doctype = {(item["doctype"], item["field"]): item for item in items}
		person = by_doctype["Minor", "arrival_date"]
		self.assertEqual(person["name"], frappe.db.get_value("Case File", case, "minor"))
		relative = by_doctype["Support Person", "relation"]
		self.assertEqual(
			(relative["name"], relative["values"], relative["may"]), (None, {"case_file": case}, True)
		)
		for item in items:
			if item["may"] and not item["name"]:
				self.assertEqual(item["values"]["case_file"], case)

	def test_nobody_asks_about_a_stranger_s_file(self):
		for user in (self.worker, self.evaluator, make_user("System Manager")):
			with acting_as(user), self.assertRaises(frappe.PermissionError):
				frappe.call("core_minori.api.sim.completeness", case_file=self.cases[3])

	# --- cases to watch

	def watched(self, user: str, watch: str, **filters) -> set[str]:
		return {row["case_file"] for row in self.of("Cases to Watch", user, watch=watch, **filters)}

	def test_each_watch_is_the_list_worked_out_apart(self):
		first, second, third, fourth, fifth = self.cases
		record(
			"Guardianship",
			first,
			guardian_kind="Volunteer Guardian",
			guardian_name="Prova",
			from_date=add_days(today(), -3),
		)
		record(
			"Guardianship",
			third,
			guardian_kind="Volunteer Guardian",
			guardian_name="Prova",
			from_date=add_days(today(), -30),
			to_date=add_days(today(), -1),
			end_reason="Renounced",
		)
		minor = frappe.db.get_value("Case File", fifth, "minor")
		frappe.db.set_value("Minor", minor, "birth_date", birthday(18, 40))
		record(
			"Personal Document",
			second,
			document_type="Passport",
			status="Held",
			expires_on=add_days(today(), -1),
		)
		record(
			"Personal Document",
			fourth,
			document_type="Health Card",
			status="Held",
			expires_on=add_days(today(), 60),
		)
		record(
			"Contact Log",
			first,
			contact_at=add_to_date(now_datetime(), days=-2),
			contact_type="Phone Call",
			contact_with="Minor",
			reached=1,
			summary="Prova",
		)
		frappe.db.set_value("Care Assignment", {"case_file": fourth, "user": self.other}, "is_referent", 0)
		expected = {
			"Without Guardian": {second, third, fourth, fifth},
			"Turns 18 within 3 Months": {fifth},
			"Turns 18 within 12 Months": {fifth},
			"PEI Missing": {first, fifth},  # 100 and 70 days after the entry; the term is 60
			"Document Expired": {second},
			"Document Expiring": {fourth},
			"First Reception Too Long": {first, third, fifth},  # 45 days
			"No Contact": {third, fifth},  # 50 and 70 days; the first was called
			"No Referent": {fourth},
			"Nobody Assigned": set(),
		}
		for watch, cases in expected.items():
			with self.subTest(watch):
				self.assertEqual(self.watched(self.coordinator, watch), cases)
				self.assertEqual(self.watched(self.worker, watch), cases & set(self.own))
		cards = {
			card["label"]: card["value"]
			for card in report("Cases to Watch", self.coordinator, project=self.project)["report_summary"]
		}
		for watch, cases in expected.items():
			self.assertEqual(cards.get(frappe._(watch), 0), len(cases), watch)

	def test_nobody_assigned_is_for_who_reads_every_case(self):
		frappe.db.set_value("Care Assignment", {"case_file": self.cases[4]}, "to_date", add_days(today(), -1))
		self.assertEqual(self.watched(self.coordinator, "Nobody Assigned"), {self.cases[4]})

	# --- times, caseload

	def test_times_are_the_days_between_the_facts(self):
		for case, entry, hours in ((self.cases[0], 100, 48), (self.cases[2], 50, 96)):
			record(
				"Minor Interview",
				case,
				interview_type="First Interview",
				held_at=add_to_date(
					datetime.combine(getdate(), datetime.min.time()), days=-entry, hours=9 + hours
				),
				concluded=1,
				language="Arabo",
				absence_reason="Prova",
				attendees=[{"role": "Social Worker", "user": self.worker}],
			)
		row = next(
			row
			for row in self.of("Case Times", self.coordinator)
			if row["measure"] == frappe._("Entry to first interview")
		)
		self.assertEqual((row["done"], row["median"], row["longest"]), (2, 3, 4))
		# one in time, one late, three that are late without it
		self.assertEqual((row["within"], row["decided"], row["waiting"]), (20.0, 5, 3))
		own = next(
			row
			for row in self.of("Case Times", self.worker)
			if row["measure"] == frappe._("Entry to first interview")
		)
		self.assertEqual((own["done"], own["median"], own["within"]), (1, 2, 50.0))

	def test_times_by_the_day_of_the_report(self):
		rows = self.of(
			"Case Times", self.coordinator, from_date=add_days(today(), -60), to_date=add_days(today(), -15)
		)
		assigned = next(row for row in rows if row["measure"] == frappe._("Report to first assignment"))
		behind = listed(
			self.coordinator,
			"Case File",
			{
				"project": self.project,
				"reported_on": ["between", [add_days(today(), -60), add_days(today(), -15)]],
			},
		)
		self.assertEqual((assigned["done"], set(behind)), (2, {self.cases[1], self.cases[2]}))

	def test_caseload_counts_open_new_and_closed(self):
		frappe.db.set_value("Case File", self.cases[4], {"closed_on": today(), "state": "Closed"})
		rows = {
			(row["worker"], row["role"]): row
			for row in self.of("Caseload", self.coordinator, worker=self.other)
		}
		(row,) = rows.values()
		self.assertEqual((row["cases"], row["referent"], row["new"], row["closed"]), (2, 2, 3, 1))
		self.assertEqual(
			set(listed(self.coordinator, "Case File", row["behind"]["cases"]["filters"])),
			{self.cases[2], self.cases[3]},
		)
		before = add_days(today(), -2)
		(row,) = self.of(
			"Caseload",
			self.coordinator,
			worker=self.educator,
			from_date=add_days(today(), -9),
			to_date=before,
		)
		self.assertEqual((row["cases"], row["new"], row["closed"]), (1, 1, 0))

	def test_the_caseload_is_for_who_answers_for_every_case(self):
		for user in (self.worker, self.contact, self.evaluator):
			with self.assertRaises(frappe.PermissionError):
				report("Caseload", user)

	# --- documents

	def test_documents_as_the_reader_may_list_them(self):
		for case, days in zip(self.cases, (-1, 0, 30, 90, 10), strict=True):
			record(
				"Personal Document",
				case,
				document_type="Residence Permit",
				status="Held",
				permit_type="Minor Age",
				expires_on=add_days(today(), days),
			)
		record(
			"Personal Document",
			self.cases[0],
			document_type="Passport",
			status="Requested",
			requested_on=today(),
		)
		for user, count, wanted in ((self.coordinator, 4, 1), (self.worker, 2, 1), (self.educator, 1, 1)):
			with self.subTest(user):
				rows = self.of("Documents Expiring", user, days=60)
				behind = listed(
					user,
					"Personal Document",
					{
						"case_file": ["in", self.cases],
						"status": "Held",
						"expires_on": ["<=", add_days(today(), 60)],
					},
				)
				self.assertEqual((len(rows), {row["document"] for row in rows}), (count, set(behind)))
				self.assertEqual(len(self.of("Documents Expiring", user, show="Wanted")), wanted)
		rows = self.of("Documents Expiring", self.coordinator, days=60)
		self.assertEqual([row["state"] for row in rows], ["Expired", "Expiring", "Expiring", "Expiring"])
		with self.assertRaises(frappe.PermissionError):
			report("Documents Expiring", self.contact)

	# --- facilities

	def test_the_six_monthly_list_of_a_house(self):
		hosted = {self.cases[0], self.cases[2], self.cases[4]}
		for user in (self.coordinator, self.manager):
			rows = self.of("Six-monthly List", user, on=today(), facility=self.house)
			self.assertEqual({row["case_file"] for row in rows}, hosted)
		rows = rows_of("Six-monthly List", self.contact, on=today())
		self.assertEqual({row["case_file"] for row in rows}, hosted)
		self.assertEqual({row["facility"] for row in rows}, {self.house})
		self.assertEqual(
			{row["case_file"] for row in rows},
			set(
				listed(self.contact, "Placement", {"status": "Placed"})
				and listed(self.contact, "Case File", {})
			),
		)
		with self.assertRaises(frappe.PermissionError):
			report("Six-monthly List", self.worker)

	def test_who_was_hosted_on_the_day(self):
		on = add_days(today(), -60)
		rows = self.of("Six-monthly List", self.coordinator, on=on, facility=self.house)
		self.assertEqual({row["case_file"] for row in rows}, {self.cases[0], self.cases[4]})
		minor = frappe.db.get_value("Case File", self.cases[0], "minor")
		frappe.db.set_value("Minor", minor, "birth_date", birthday(18, 0))
		rows = self.of("Six-monthly List", self.coordinator, on=today(), facility=self.house)
		self.assertNotIn(self.cases[0], {row["case_file"] for row in rows})

	def test_the_list_says_who_the_parents_are_and_the_condition_only_to_its_reader(self):
		case = self.cases[0]
		record(
			"Support Person",
			case,
			relation="Mother",
			person_name="Prova Madre",
			lives_in="Egypt",
			contact_rule="Free",
		)
		record(
			"Support Person",
			case,
			relation="Uncle or Aunt",
			person_name="Prova Zio",
			contact_rule="Supervised",
		)
		with acting_as(self.worker):
			for kind, content in (
				("Care Note", "Nota per la casa"),
				("Health Summary", "Sintesi"),
				("Health", "Referto"),
			):
				frappe.get_doc(
					{
						"doctype": "Clinical Record",
						"case_file": case,
						"record_type": kind,
						"recorded_on": today(),
						"content": content,
					}
				).insert()
		shown = {}
		for user in (self.contact, self.manager, self.coordinator):
			(row,) = (
				row
				for row in rows_of("Six-monthly List", user, on=today(), facility=self.house)
				if row["case_file"] == case
			)
			self.assertIn("Prova Madre (", row["parents"])
			self.assertIn("Prova Zio", row["relations"])
			shown[user] = row["condition"] or ""
		self.assertIn("Nota per la casa", shown[self.contact])
		self.assertIn("Sintesi", shown[self.manager])
		self.assertFalse("Sintesi" in shown[self.contact] or "Nota" in shown[self.coordinator])
		self.assertNotIn("Referto", "".join(shown.values()))

	def test_days_of_presence_are_counted_by_hand(self):
		first = get_first_day(add_months(today(), -1))
		last = add_days(get_first_day(today()), -1)
		rows = self.of("Presence Days", self.coordinator, from_date=first, to_date=last)
		expected = {}
		for case, facility, days in zip(
			self.cases,
			(self.house, self.elsewhere, self.house, self.elsewhere, self.house),
			(100, 20, 50, 10, 70),
			strict=True,
		):
			came = getdate(add_days(today(), -days))
			lived = (getdate(last) - max(getdate(first), came)).days + 1
			if lived > 0:
				expected.setdefault(facility, []).append((case, lived))
		self.assertEqual(
			{row["facility"]: (row["days"], row["cases"]) for row in rows if row["facility"]},
			{facility: (sum(days for __, days in own), len(own)) for facility, own in expected.items()},
		)

	# --- violence

	def test_violence_by_what_the_reader_may_list(self):
		for user in (self.coordinator, self.worker):
			rows = {(row["dimension"], row["value"]): row for row in self.of("Violence and Emersion", user)}
			behind = listed(user, "Case File", {"project": self.project, "victim_status": "Victim"})
			self.assertEqual(rows[frappe._("Victim of Violence"), frappe._("Victim")]["cases"], len(behind))
		rows = self.of("Violence and Emersion", self.coordinator, to_date=add_days(today(), -60))
		self.assertEqual(
			sum(row["cases"] for row in rows if row["dimension"] == frappe._("Victim of Violence")), 2
		)

	def test_who_reads_no_case_gets_no_small_cell_and_no_list(self):
		last = getdate().year - 1
		for name in self.cases[:-1]:
			frappe.db.set_value("Case File", name, "reported_on", f"{last}-10-05")
		found = report("Violence and Emersion", self.evaluator, project=self.project, facility=self.house)
		rows = [row for row in found["result"] if isinstance(row, dict)]
		year = {"reported_on": ["between", [f"{last}-01-01", f"{last}-12-31"]]}
		self.assertTrue(rows)
		for row in rows:
			self.assertNotIn("behind", row)
			if row["dimension"] == frappe._("Channel of Emersion") and row["cases"].isdigit():
				self.assertGreaterEqual(int(row["cases"]), 5)
				value = next(
					v for v in ("Police", "") if row["value"] in (frappe._(v), frappe._("Not Recorded"))
				)
				self.assertEqual(
					int(row["cases"]),
					frappe.db.count("Case File", {**year, "emersion_channel": value or ["is", "not set"]}),
				)
		victims = [row for row in rows if row["dimension"] == frappe._("Victim of Violence")]
		self.assertTrue(any(not row["cases"].isdigit() for row in victims))
		self.assertEqual(found.get("report_summary"), None)
		of_kind = [row["value"] for row in rows if row["dimension"] == frappe._("Channel of Emersion")]
		self.assertLessEqual({frappe._("Police")}, set(of_kind))
		# neither what is no year nor the one that still grows: what is new in it could be told from yesterday's counts
		for wrong in (0, 99999, "x", last + 1):
			again = report("Violence and Emersion", self.evaluator, year=wrong)
			self.assertEqual((again["message"], again["result"]), (found["message"], found["result"]))
		with self.assertRaises(frappe.PermissionError):
			report("File Completeness", self.evaluator)
