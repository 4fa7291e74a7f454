"""What a stranger may not learn from an answer that refuses: found by reading every web method (tests/offline/asking.py)."""

import json

import frappe

from core_minori import permissions
from core_minori.api import access
from core_minori.tests.builders import SiteTestCase, acting_as, assign, make_case, make_user


class TestStrangersAsk(SiteTestCase):
	def test_a_stranger_does_not_learn_that_a_case_is_restricted(self):
		case = make_case()
		stranger, former = make_user("Social Worker"), make_user("Social Worker")
		assign(case.name, former, "Social Worker", -9, -1)
		frappe.db.set_value("Case File", case.name, "restricted", 1)
		permissions.forget()
		answers = {}
		for user in (stranger, former):
			for name in (case.name, "CASE-1999-00001"):
				with acting_as(user):
					told = access.closed_among(json.dumps({"Case File": [name]}))
				answers[user, name] = json.dumps(told).replace(name, "?")
		self.assertEqual(answers[stranger, case.name], answers[stranger, "CASE-1999-00001"])
		# who followed it once is told why their tab was closed
		self.assertNotEqual(answers[former, case.name], answers[former, "CASE-1999-00001"])
