"""What every part of the demo data is made with: the company, the demo's logins, and the trees of the site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document

from core_minori.setup.demo_data import USERS, DemoData

LOGIN = {user.key: user.email for user in USERS}


@dataclass
class Demo:
	"""What every part needs: the company, the data, and what was made so far."""

	company: str
	data: DemoData
	created: Counter = field(default_factory=Counter)
	accounts: dict[str, str] = field(default_factory=dict)
	cost_centers: dict[str, str] = field(default_factory=dict)
	projects: dict[str, str] = field(default_factory=dict)  # code -> ERPNext Project
	cases: dict[str, str] = field(default_factory=dict)  # code -> Case File

	def insert(self, doctype: str, values: Mapping[str, object], **flags: bool) -> Document:
		"""Insert as the user of the moment and count it."""
		doc = frappe.get_doc({"doctype": doctype, **values})
		doc.flags.update(flags)
		doc.insert()
		self.created[doctype] += 1
		return doc


@contextmanager
def working_as(key: str) -> Iterator[None]:
	"""Work as the demo user of this key."""
	user = frappe.session.user
	if user != LOGIN[key]:
		frappe.set_user(LOGIN[key])
	try:
		yield
	finally:
		if user != frappe.session.user:
			frappe.set_user(user)


def leaf(doctype: str, **filters: object) -> str:
	"""Any record of a tree that is no group: trees have other names on every site."""
	name = frappe.db.get_value(doctype, {"is_group": 0, **filters}, "name", order_by="creation")
	if not name:
		frappe.throw(_("There is no {0} to use: finish the setup of ERPNext first.").format(_(doctype)))
	return name


def root(doctype: str, parent_field: str, **filters: object) -> str:
	return frappe.db.get_value(doctype, {"is_group": 1, parent_field: ["is", "not set"], **filters}, "name")


def fiscal_year(demo: Demo, year: int) -> None:
	middle = date(year, 7, 1)
	if not frappe.db.exists(
		"Fiscal Year", {"year_start_date": ["<=", middle], "year_end_date": [">=", middle], "disabled": 0}
	):
		demo.insert(
			"Fiscal Year",
			{"year": str(year), "year_start_date": date(year, 1, 1), "year_end_date": date(year, 12, 31)},
		)


def debit_or_credit(amount) -> dict[str, float]:
	side = "debit_in_account_currency" if amount > 0 else "credit_in_account_currency"
	return {side: float(abs(amount))}
