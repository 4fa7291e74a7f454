"""People: found in any script, never told to who may not read them, and written down with their cases in one go."""

import frappe
from frappe.utils import add_days, getdate, now_datetime, today

from core_minori import people
from core_minori.api import intake
from core_minori.api.people import find, names_of
from core_minori.tests.builders import SiteTestCase, acting_as, make_case, make_minor, make_user

LETTERS = "bcdfgklmnprstvz"


def invented() -> str:
	"""A name of eight letters that sounds like nobody else's of this run."""
	dice = frappe.generate_hash(length=8)
	return "".join(LETTERS[int(sign, 36) % len(LETTERS)] + "a" for sign in dice).capitalize()


def token() -> str:
	return frappe.generate_hash(length=20)


class TestMinor(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.neighbour = make_user("Social Worker")
		cls.coordinator = make_user("Case Coordinator")
		cls.educator = make_user("Educator")

	def known(self, **values):
		"""A person with a case, followed by the worker."""
		with acting_as(self.worker):
			return make_case(make_minor(**values).name)

	def test_the_keys_follow_the_names_and_cannot_be_typed(self):
		with acting_as(self.worker):
			minor = make_minor(given_name="  Mohammed  ", family_name="El Sayed", original_name="محمد السيد")
			keys = {row.name_key for row in minor.name_keys}
			self.assertEqual(minor.given_name, "Mohammed")
			minor.name_keys[0].name_key = "zzz"
			minor.save()
			self.assertEqual({row.name_key for row in minor.reload().name_keys}, keys)
			minor.given_name = "Ibrahim"
			minor.save()
			self.assertNotEqual({row.name_key for row in minor.name_keys}, keys)

	def test_people_from_before_get_their_keys(self):
		with acting_as(self.worker):
			minor = make_minor()
		frappe.db.delete("Minor Name Key", {"parent": minor.name})
		people.fill_keys()
		keys = {row.name_key for row in minor.name_keys}
		self.assertEqual(
			set(frappe.get_all("Minor Name Key", {"parent": minor.name}, pluck="name_key")), keys
		)

	def test_names_of_every_kind_are_taken_and_found(self):
		one, other = invented(), invented()
		long = " ".join(invented() for _place in range(8))[:140].strip()
		people_here = {
			"one word": ({"given_name": one, "family_name": None, "birth_date": None}, one[:7]),
			"long": ({"given_name": long, "family_name": long}, long.split()[3]),
			"arabic": ({"given_name": "عبد الرحمن", "family_name": other}, f"Abdurrahman {other}"),
			"ge'ez": ({"given_name": "ገብረመስቀል", "family_name": other}, f"Ghebremeskel {other}"),
			"original": ({"original_name": f"ዮሃንስ {invented()}", "nationality": "Eritrea"}, None),
			"two nationalities": (
				{"given_name": invented(), "nationality": "Eritrea", "second_nationality": "Ethiopia"},
				None,
			),
			"set by the court": (
				{
					"given_name": invented(),
					"birth_date": "2009-01-01",
					"birth_date_certainty": "Set by the Court",
				},
				None,
			),
		}
		for kind, (values, sought) in people_here.items():
			with self.subTest(kind):
				case = self.known(**values)
				minor = frappe.get_doc("Minor", case.minor)
				with acting_as(self.worker):
					found = find(sought or minor.original_name or minor.given_name)
					self.assertIn(minor.name, [row["minor"] for row in found])
					row = next(row for row in found if row["minor"] == minor.name)
					self.assertEqual(row["cases"][0]["name"], case.name)
					printed = frappe.get_print("Minor", minor.name, no_letterhead=1)
					self.assertIn(minor.given_name.split()[0], printed)
					if minor.original_name:
						self.assertIn(minor.original_name, printed)
				with acting_as(self.neighbour):
					self.assertEqual(find(sought or minor.given_name), [])

	def test_a_fiscal_code_and_an_alias_find(self):
		alias = invented()
		case = self.known(alias=f"Leo, {alias}", fiscal_code="12345678901")
		with acting_as(self.worker):
			for sought in (alias.lower(), alias[:6], "12345678901"):
				self.assertIn(case.minor, [row["minor"] for row in find(sought)])
			self.assertEqual(find(""), [])
			self.assertEqual(find("?"), [])

	def test_an_age_set_by_the_court_is_shown_and_the_person_is_known_by_the_declared_one(self):
		values = {"given_name": invented(), "family_name": invented(), "nationality": "Gambia"}
		case = self.known(**values, birth_date="2010-05-05")
		with acting_as(self.worker):
			frappe.get_doc(
				{
					"doctype": "Court Act",
					"case_file": case.name,
					"act_type": "Age Assessment Concluded",
					"acted_at": add_days(now_datetime(), -1),
					"birth_date_set": "2008-01-01",
				}
			).insert()
			row = find(values["given_name"])[0]
			self.assertEqual(
				(
					row["minor"],
					row["birth_date"],
					frappe.db.get_value("Minor", case.minor, "birth_date_certainty"),
				),
				(case.minor, getdate("2008-01-01"), "Set by the Court"),
			)
			again = intake.duplicates({**values, "birth_date": "2010-05-05"})
			self.assertEqual([found["minor"] for found in again], [case.minor])

	def test_names_are_told_of_the_people_one_may_read(self):
		case = self.known()
		minor = frappe.get_doc("Minor", case.minor)
		name = f"{minor.given_name} {minor.family_name}"
		with acting_as(self.worker):
			self.assertEqual(names_of([case.name, "CASE-0000-00000"]), {case.name: name})
		with acting_as(self.coordinator):
			self.assertEqual(names_of([case.name]), {case.name: name})
		for user in (self.neighbour, self.educator, make_user("Network Partner")):
			with acting_as(user):
				self.assertEqual(names_of([case.name]), {})

	def test_a_duplicate_is_told_in_full_to_its_reader_and_by_code_to_others(self):
		given, family = invented(), invented()
		values = {"given_name": given, "family_name": family, "sex": "Male", "nationality": "Eritrea"}
		case = self.known(**values, birth_date="2010-03-04", phone="3331234567")
		asked = {**values, "given_name": family.upper(), "family_name": given, "birth_date": "2010-03-04"}
		with acting_as(self.worker):
			found = intake.duplicates(asked)
			self.assertEqual([row["minor"] for row in found], [case.minor])
			self.assertEqual((found[0]["case"], found[0]["likely"]), (case.name, True))
			self.assertTrue(found[0]["followed_by"])
			self.assertTrue(found[0]["reasons"])
		with acting_as(self.neighbour):
			self.assertEqual(
				intake.duplicates(asked), [{"readable": False, "likely": True, "case": case.name}]
			)

	def test_nothing_about_a_stranger_can_be_tried_out(self):
		given, family = invented(), invented()
		values = {"given_name": given, "family_name": family, "sex": "Male", "nationality": "Eritrea"}
		self.known(**values, alias=invented(), birth_date="2010-03-04", phone="3331234567")
		with acting_as(self.neighbour):
			answers = [
				intake.duplicates({**values, "birth_date": day, "phone": phone})
				for day in ("2010-03-04", "2010-11-30")
				for phone in ("3331234567", "3330000000")
			]
			self.assertEqual([len(answer) for answer in answers], [1, 1, 1, 1])
			# a name alone, or too short a one, tells nothing
			self.assertEqual(intake.duplicates({"given_name": given}), [])
			self.assertEqual(intake.duplicates({"given_name": given[:2]}), [])
			self.assertEqual(intake.duplicates({"given_name": "%", "family_name": "_"}), [])
		with acting_as(self.educator), self.assertRaises(frappe.PermissionError):
			intake.duplicates(values)

	def test_who_asks_too_often_is_stopped(self):
		asker = make_user("Social Worker")
		key = frappe.cache.make_key(f"core_minori_duplicate_checks::{asker}")
		frappe.cache.set(key, intake.MOST_CHECKS_AN_HOUR)
		with acting_as(asker), self.assertRaises(frappe.RateLimitExceededError):
			intake.duplicates({"given_name": invented()})
		frappe.cache.delete(key)

	def test_saving_a_person_alike_warns_and_stops_nobody(self):
		values = {"given_name": invented(), "family_name": invented(), "birth_date": "2010-03-04"}
		case = self.known(**values)
		for user, told in ((self.worker, case.minor), (self.neighbour, "ask the coordinator")):
			with acting_as(user):
				frappe.clear_messages()
				frappe.local.lang = "en"
				again = make_minor(**values)
				self.assertTrue(again.name)
				said = " ".join(str(message) for message in frappe.get_message_log())
				self.assertIn(told, said)
				if user == self.neighbour:
					self.assertNotIn(case.minor, said)
				frappe.clear_messages()
				again.languages = "tigrino"
				again.save()
				self.assertEqual(frappe.get_message_log(), [])

	# --- the intake of one or several people

	def shared(self, **values) -> dict:
		return {
			"reported_on": today(),
			"living_arrangement": "Independent",
			"emersion_channel": "Police",
			"reception_entry": str(add_days(now_datetime(), -1)),
			**values,
		}

	def test_one_form_writes_a_person_and_a_case_and_a_second_press_nothing(self):
		number = token()
		given = invented()
		with acting_as(self.worker):
			persons = [{"given_name": given, "sex": "Male", "age": 16, "nationality": "Egypt"}]
			first = intake.open_cases(self.shared(), persons, number)
			second = intake.open_cases(self.shared(), persons, number)
			self.assertEqual((first["cases"], first["again"]), (second["cases"], False))
			self.assertTrue(second["again"])
			self.assertEqual(len(frappe.get_list("Minor", {"given_name": given})), 1)
			case = frappe.get_doc("Case File", first["cases"][0])
			minor = frappe.get_doc("Minor", case.minor)
		self.assertEqual((case.emersion_channel, case.state), ("Police", "Reception"))
		self.assertEqual(
			(minor.birth_date, minor.birth_date_certainty),
			(getdate(f"{getdate().year - 16}-01-01"), "Estimated"),
		)

	def test_a_mother_and_two_children_are_one_family(self):
		family = invented()
		persons = [
			{
				"given_name": invented(),
				"family_name": family,
				"sex": "Female",
				"beneficiary_type": "Parent",
				"age": 30,
			},
			{
				"given_name": invented(),
				"family_name": family,
				"sex": "Male",
				"beneficiary_type": "Minor in a Family",
				"birth_date": "2018-02-03",
			},
			{
				"given_name": invented(),
				"family_name": family,
				"sex": "Female",
				"beneficiary_type": "Minor in a Family",
			},
		]
		with acting_as(self.worker):
			mother, son, daughter = intake.open_cases(
				self.shared(living_arrangement="Family"), persons, token()
			)["cases"]
			for case in (son, daughter):
				self.assertEqual(frappe.db.get_value("Case File", case, "family_case"), mother)
			shown = intake.family(daughter)
			self.assertEqual({row["case"] for row in shown["members"]}, {mother, son})
			self.assertTrue(all(row["name"] for row in shown["members"]))
		with acting_as(self.neighbour), self.assertRaises(frappe.PermissionError):
			intake.family(daughter)

	def test_what_is_missing_is_said_of_whom_and_nothing_is_left_behind(self):
		given = invented()
		with acting_as(self.worker):
			frappe.db.savepoint("nobody_yet")
			with self.assertRaises(frappe.ValidationError) as refused:
				intake.open_cases(
					self.shared(), [{"given_name": given, "sex": "Male"}, {"sex": "Male"}], token()
				)
			frappe.db.rollback(save_point="nobody_yet")
			self.assertIn("2", str(refused.exception))
			self.assertEqual(frappe.get_list("Minor", {"given_name": given}), [])
			for persons in ([], [{"given_name": given, "sex": "Male"}] * 13):
				self.assertRaises(frappe.ValidationError, intake.open_cases, self.shared(), persons, token())
			self.assertRaises(frappe.ValidationError, intake.open_cases, self.shared(), [{}], "short")
		with acting_as(self.educator), self.assertRaises(frappe.PermissionError):
			intake.open_cases(self.shared(), [{"given_name": given, "sex": "Male"}], token())

	def test_an_age_that_does_not_go_with_the_kind_is_asked_about(self):
		with acting_as(self.worker):
			for kind, born, asked in (
				("Unaccompanied Minor", "1990-05-05", True),
				("Unaccompanied Minor", None, False),
				("Adult with International Protection", "1990-05-05", False),
				("Minor in a Family", "2020-05-05", False),
			):
				with self.subTest(kind, born=born):
					self.assertIs(bool(intake.check(kind, born)), asked)

	# --- family and network

	def test_one_mother_is_typed_once(self):
		with acting_as(self.worker):
			first = make_case(beneficiary_type="Minor in a Family", living_arrangement="Family")
			second = make_case(
				beneficiary_type="Minor in a Family", living_arrangement="Family", family_case=first.name
			)
			mother = frappe.get_doc(
				{
					"doctype": "Support Person",
					"case_file": first.name,
					"relation": "Mother",
					"person_name": invented(),
					"contact_rule": "Forbidden",
					"parental_responsibility": 1,
				}
			).insert()
			shown = intake.family(second.name)
			self.assertEqual([row["name"] for row in shown["elsewhere"]], [mother.name])
			taken = frappe.get_doc("Support Person", intake.take_from_family(second.name, mother.name))
			self.assertEqual(
				(taken.case_file, taken.person_name, taken.contact_rule),
				(second.name, mother.person_name, "Forbidden"),
			)
			shown = intake.family(second.name)
			self.assertEqual(shown["elsewhere"], [])
			self.assertEqual([row["name"] for row in shown["persons"]], [taken.name])
			stranger = make_case()
			with self.assertRaises(frappe.ValidationError):
				intake.take_from_family(stranger.name, mother.name)
