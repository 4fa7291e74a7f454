"""The explanation and the resolver say the same, for every role and part, over states of the tables made by chance."""

from datetime import timedelta
from random import Random

import frappe
from frappe.utils import add_to_date, getdate, now_datetime

from core_minori import permissions
from core_minori.access_explainer import explain, seen_by, who, why_closed
from core_minori.grants import (
	ADMINISTRATION,
	ALL,
	EMERGENCY_READER,
	GRANTS,
	PART_BY_VALUE,
	PART_OF,
	PART_WITHOUT_FIELD,
	PARTNER,
	ROLES,
)
from core_minori.permissions import may_read_case, may_write_case
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	assign,
	make_case,
	make_facility,
	make_minor,
	make_organisation,
	make_user,
	unique,
)

STATES = 40
CARE_ROLES = ("Social Worker", "Psychologist", "Educator", "Cultural Mediator")


def put(doctype: str, **values) -> str:
	"""A bare row: what the tables hold is the state, however it came there."""
	doc = frappe.get_doc({"doctype": doctype, "name": unique(doctype), **values})
	doc.flags.name_set = True
	doc.db_insert()
	for row in doc.get_all_children():
		row.parent = doc.name
		row.name = frappe.generate_hash(length=10)
		row.db_insert()
	return doc.name


class TestAccessExplainer(SiteTestCase):
	def test_it_agrees_with_the_resolver_in_every_state(self):
		chance = Random(20260101)
		# Few, for Frappe makes no more than sixty users a minute.
		self.users = [make_user(ROLES[0]) for __ in range(8)]
		seen = {True: 0, False: 0}
		for number in range(STATES):
			user, case = self.state(chance)
			told = explain(user, case)
			expected = {
				part: (may_read_case(user, case, part), may_write_case(user, case, part)) for part in GRANTS
			}
			with self.subTest(state=number, user=user):
				self.assertEqual(
					{part["part"]: (part["read"], part["write"]) for part in told["parts"]}, expected
				)
				self.assert_reasons(told)
				self.assert_records(user, case, told)
				self.assert_other_views(user, case, told)
			for read, __ in expected.values():
				seen[read] += 1
		self.assertGreater(min(seen.values()), 50)  # both answers were met

	def give(self, user: str, roles: list[str]) -> None:
		"""These roles and no other, nor a confirmation from the state before."""
		frappe.db.delete("Has Role", {"parent": user})
		frappe.db.delete("Role Confirmation", {"user": user})
		for role in roles:
			put("Has Role", parent=user, parenttype="User", parentfield="roles", role=role)
		frappe.clear_cache(user=user)

	def state(self, chance: Random) -> tuple[str, str]:
		"""A user and a case, tied or not in ways that hold or held."""
		roles = chance.sample(ROLES, chance.choice((1, 1, 2, 3)))
		if chance.random() < 0.1:
			roles.append(ADMINISTRATION)
		user = chance.choice(self.users)
		self.give(user, roles)
		member = chance.random() < 0.6
		organisation = make_organisation(users=(user,) if member else ())
		facility = make_facility(organisation.name)
		minor = make_minor().name
		case = put(
			"Case File",
			minor=minor,
			living_arrangement=chance.choice(("Facility", "Facility", "Independent")),
			facility=facility.name if chance.random() < 0.8 else None,
			closed_on=getdate() if chance.random() < 0.15 else None,
			restricted=int(chance.random() < 0.1),
			retention_state="Archived" if chance.random() < 0.05 else "",
		)
		for __ in range(chance.choice((0, 1, 1, 2, 3))):
			begins = getdate() + timedelta(days=chance.randint(-5, 2))
			ends = chance.choice((None, begins + timedelta(days=chance.randint(0, 6))))
			put(
				"Care Assignment",
				case_file=case,
				user=user if chance.random() < 0.9 else "Guest",
				care_role=chance.choice([role for role in roles if role in CARE_ROLES] or CARE_ROLES),
				from_date=begins,
				to_date=ends,
			)
		if EMERGENCY_READER in roles and chance.random() < 0.8:
			starts = add_to_date(now_datetime(), hours=chance.randint(-30, 1))
			put(
				"Emergency Access",
				case_file=case,
				user=user,
				starts_at=starts,
				ends_at=add_to_date(starts, hours=24),
				ended_at=now_datetime() if chance.random() < 0.2 else None,
			)
		for role in roles:
			if chance.random() < 0.15:
				put(
					"Role Confirmation",
					user=user,
					role=role,
					status=chance.choice(("Waiting", "Confirmed", "Refused")),
				)
		self.records(chance, user, case, organisation.name)
		permissions.forget()
		return user, case

	def records(self, chance: Random, user: str, case: str, organisation: str) -> None:
		"""One bare record of every kind; the single ones open to the user, or not."""
		for doctype in PART_OF:
			if doctype not in ("Care Assignment", "Case File", "Case Request", "Intervention"):
				put(doctype, case_file=case)
		for doctype, (field, parts) in PART_BY_VALUE.items():
			for value in parts:
				put(doctype, case_file=case, **{field: value})
		put(
			"Referral",
			case_file=case,
			to_organisation=organisation,
			status=chance.choice(("Draft", "Sent", "Accepted", "In Progress", "Done", "Revoked")),
		)
		put(
			"Case Request",
			case_file=case,
			to_user=user if chance.random() < 0.5 else "Guest",
			status=chance.choice(("Requested", "Approved", "Accepted", "Declined", "Rejected")),
		)
		holder = user if chance.random() < 0.5 else "Guest"
		put("Intervention", case_file=case, mode="Individual", operators=[{"user": holder}])
		put(
			"Intervention",
			mode="Group",
			operators=[{"user": holder}],
			participants=[{"case_file": case}],
		)
		put("Intervention Group", operators=[{"user": holder}], members=[{"case_file": case}])

	def assert_reasons(self, told: dict) -> None:
		"""Whoever reads is told through what, whoever does not is told why."""
		for part in told["parts"]:
			if part["read"]:
				self.assertTrue(part["ways"], part)
				self.assertFalse(part["why_not"], part)
			else:
				self.assertTrue(part["why_not"] or told["remarks"], part)

	def assert_records(self, user: str, case: str, told: dict) -> None:
		"""No record of the case is readable by a path that the explanation does not know."""
		read = {part["part"]: part["read"] for part in told["parts"]}
		single: dict[str, set[str]] = {}
		for row in told["records"]:
			single.setdefault(row["doctype"], set()).add(row["record"])
		minor = frappe.db.get_value("Case File", case, "minor")
		of_all = any(ALL in GRANTS["work"].get(role, {}) for role in permissions.case_roles(user))
		with acting_as(user):
			for doctype in (*PART_OF, *PART_BY_VALUE, *PART_WITHOUT_FIELD):
				mine = _records_of(doctype, case, minor)
				condition = permissions.query_condition(user, doctype)
				readable = {
					name
					for (name,) in frappe.db.sql(f"select name from `tab{doctype}` where {condition}")
					if name in mine
				}
				# A group has no part of a case: it is of who answers for the work of all, and of who holds it.
				by_part = {name for name, part in mine.items() if (read[part] if part else of_all)}
				if doctype == "Minor":
					continue  # asked below: through any case of the person
				self.assertEqual(readable, by_part | single.get(doctype, set()), doctype)
			self.assertEqual(
				bool(
					frappe.db.sql(
						f"select 1 from `tabMinor` where name = %s and {permissions.query_condition(user, 'Minor')}",
						minor,
					)
				),
				read["identity"] or bool(single.get("Minor")),
			)

	def assert_other_views(self, user: str, case: str, told: dict) -> None:
		"""The other two questions have the same answer in them."""
		labels = [part["label"] for part in told["parts"] if part["read"]]
		readers = {row["user"]: row for row in who(case)["readers"]}
		self.assertEqual(readers.get(user, {}).get("read", []), labels)
		view = seen_by(user)
		own = next((row["read"] for row in view["cases"] if row["case_file"] == case), None)
		if own is not None:
			self.assertEqual(own, labels)
		elif labels:
			self.assertTrue(view["every_case"])

	def test_it_says_when_the_assignment_ended(self):
		worker = make_user("Social Worker")
		case = make_case().name
		assign(case, worker, "Social Worker", -9, -1)
		told = explain(worker, case)
		self.assertFalse(told["read"])
		self.assertIn("ended on", why_closed(worker, case))
		self.assertEqual([row["user"] for row in who(case)["former"]], [worker])

	def test_it_says_why_an_administrator_reads_nothing(self):
		administrator = make_user("Social Worker", ADMINISTRATION)
		case = make_case().name
		assign(case, administrator, "Social Worker")
		told = explain(administrator, case)
		self.assertFalse(told["read"])
		self.assertIn("administers the site", told["remarks"][0])

	def test_a_restricted_case_closes_its_referral_too(self):
		partner = make_user(PARTNER)
		organisation = make_organisation(users=(partner,))
		case = make_case()
		referral = put("Referral", case_file=case.name, to_organisation=organisation.name, status="Sent")
		self.assertTrue(permissions.may_open("Referral", referral, user=partner))
		case.db_set("restricted", 1)
		permissions.forget()
		self.assertFalse(permissions.may_open("Referral", referral, user=partner))


def _records_of(doctype: str, case: str, minor: str) -> dict[str, str | None]:
	"""Name -> part of every record of this DocType that names the case."""
	if doctype == "Case File":
		return {case: "social"}
	if doctype == "Minor":
		return {minor: "identity"}
	if doctype in PART_BY_VALUE:
		field, parts = PART_BY_VALUE[doctype]
		rows = frappe.get_all(doctype, filters={"case_file": case}, fields=["name", field])
		return {row.name: parts[row[field]] for row in rows}
	part = PART_OF.get(doctype, PART_WITHOUT_FIELD.get(doctype))
	if doctype != "Intervention Group":
		found = {name: part for name in frappe.get_all(doctype, filters={"case_file": case}, pluck="name")}
	else:
		found = {}
	if doctype in ("Intervention", "Intervention Group"):
		rows, field = (
			("Intervention Participant", "participants")
			if doctype == "Intervention"
			else ("Intervention Group Member", "members")
		)
		# Of whoever answers for the work of every case, and of who holds it.
		for parent in frappe.get_all(rows, filters={"case_file": case, "parentfield": field}, pluck="parent"):
			found.setdefault(parent, None)
	return found
