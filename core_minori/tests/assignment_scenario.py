"""Forty cases and two users whose assignments a test replaces as it likes: what tests/site/test_two_views.py asks about.

`make` and `put` run on the site through `bench execute`.
"""

import json
from datetime import timedelta

import frappe
from frappe.utils import getdate
from frappe.utils.password import update_password

from core_minori import permissions
from core_minori.permissions import EDUCATOR, SOCIAL_WORKER, may_read_case
from core_minori.tests.builders import PASSWORD, make_case, make_user

CASES = 40
# The second role of the first user reads as much by an assignment of its own.
ROLES: dict[str, tuple[str, ...]] = {"first": (SOCIAL_WORKER, EDUCATOR), "second": (SOCIAL_WORKER,)}


def make() -> dict:
	"""Open the cases and make the users; prints and returns logins, roles, codes and the day of the site."""
	users = {key: make_user(*roles) for key, roles in ROLES.items()}
	for user in users.values():
		update_password(user, PASSWORD)
		# A role counts from its confirmation: that is asked elsewhere.
		frappe.db.set_value("Role Confirmation", {"user": user}, "status", "Confirmed")
	made = {
		"users": users,
		"roles": ROLES,
		"password": PASSWORD,
		"cases": [make_case().name for _case in range(CASES)],
	}
	frappe.db.commit()
	print(json.dumps(made))
	return made


def put(users: dict, cases: list, rows: list) -> dict:
	"""Replace every assignment of these users by `rows`: case and user by place and key, role, first and last day from
	today (None: no end). Returns and prints the resolver's own answer, user -> codes.

	Straight into the table: what is read is what is there, whatever a form would have refused.
	"""
	frappe.db.delete("Care Assignment", {"user": ["in", list(users.values())]})
	today = getdate()
	fields = [
		"name",
		"owner",
		"creation",
		"modified",
		"case_file",
		"user",
		"care_role",
		"from_date",
		"to_date",
	]
	prefix = frappe.generate_hash(length=8)
	stamp = frappe.utils.now()
	frappe.db.bulk_insert(
		"Care Assignment",
		fields,
		[
			(
				f"{prefix}-{number}",
				"Administrator",
				stamp,
				stamp,
				cases[case],
				users[user],
				role,
				today + timedelta(days=first),
				None if last is None else today + timedelta(days=last),
			)
			for number, (case, user, role, first, last) in enumerate(rows)
		],
	)
	permissions.forget()
	answer = {key: [case for case in cases if may_read_case(user, case)] for key, user in users.items()}
	frappe.db.commit()
	print(json.dumps(answer))
	return answer
