"""Builders of synthetic records for tests: a whole thing in one call, with only what the test names spelled out."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, today

try:
	from frappe.tests import IntegrationTestCase as SiteTestCase
except ImportError:  # Frappe 15
	from frappe.tests.utils import FrappeTestCase as SiteTestCase  # noqa: F401

_number = count(1)
PASSWORD = "Prova-minori-2026"


def unique(prefix: str) -> str:
	"""A text that no other call of this run returned."""
	return f"{prefix} {next(_number)}-{frappe.generate_hash(length=5)}"


@contextmanager
def acting_as(user: str) -> Iterator[None]:
	"""Run the block as `user`, as a request of theirs would."""
	before = frappe.session.user
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.set_user(before)


def make_user(*roles: str) -> str:
	"""A new desk user with these roles; returns the address, which is the user's name."""
	address = f"{roles[0].lower().replace(' ', '.')}.{frappe.generate_hash(length=8)}@example.test"
	user = frappe.get_doc(
		{
			"doctype": "User",
			"email": address,
			"first_name": roles[0],
			"send_welcome_email": 0,
			"enabled": 1,
			"language": "it",
			"roles": [{"role": role} for role in roles],
		}
	)
	user.flags.no_welcome_mail = True
	with acting_as("Administrator"):  # whose roles count at once: others' wait for a confirmation
		user.insert(ignore_permissions=True)
	return user.name


def make_organisation(users: tuple[str, ...] = (), **values) -> Document:
	"""A Network Organisation with a running data protection agreement, and these operators."""
	return frappe.get_doc(
		{
			"doctype": "Network Organisation",
			"organisation_name": unique("Cooperativa Esempio"),
			"organisation_type": "Social Cooperative",
			"agreement_signed_on": add_days(today(), -30),
			"users": [{"user": user} for user in users],
			**values,
		}
	).insert(ignore_permissions=True)


def make_facility(organisation: str | None = None) -> Document:
	"""A first reception facility, run by `organisation` or by a new one."""
	return frappe.get_doc(
		{
			"doctype": "Facility",
			"facility_name": unique("Casa Esempio"),
			"organisation": organisation or make_organisation().name,
			"reception_level": "First Reception",
			"places": 12,
		}
	).insert(ignore_permissions=True)


def make_minor(**values) -> Document:
	"""A synthetic person; the name is a word that no other record holds, so that a leak of it can be searched for."""
	return frappe.get_doc(
		{
			"doctype": "Minor",
			"given_name": f"Zq{frappe.generate_hash(length=8)}",
			"family_name": f"Xw{frappe.generate_hash(length=8)}",
			"sex": "Male",
			**values,
		}
	).insert()


def make_case(minor: str | None = None, **values) -> Document:
	"""A case, opened by the session's user, of a new person unless one is given."""
	return frappe.get_doc(
		{
			"doctype": "Case File",
			"minor": minor or make_minor().name,
			"beneficiary_type": "Unaccompanied Minor",
			"living_arrangement": "Independent",
			"reported_on": add_days(today(), -20),
			**values,
		}
	).insert()


def assign(
	case_file: str, user: str, care_role: str, from_days: int = 0, to_days: int | None = None
) -> Document:
	"""A Care Assignment that starts and ends so many days from today."""
	return frappe.get_doc(
		{
			"doctype": "Care Assignment",
			"case_file": case_file,
			"user": user,
			"care_role": care_role,
			"from_date": add_days(today(), from_days),
			"to_date": None if to_days is None else add_days(today(), to_days),
		}
	).insert(ignore_permissions=True)


def make_pei(case_file: str, **values) -> Document:
	"""A PEI in drafting, with one objective and the minor's voice."""
	return frappe.get_doc(
		{
			"doctype": "PEI",
			"case_file": case_file,
			"drafted_on": today(),
			"minor_wishes": "Vuole imparare un mestiere.",
			"objectives": [{"area": "School and Language", "objective": "Licenza media"}],
			**values,
		}
	).insert()


def make_consent(case_file: str, **values) -> Document:
	"""A consent to share with every organisation of the network."""
	return frappe.get_doc(
		{
			"doctype": "Consent",
			"case_file": case_file,
			"purpose": "Sharing with an Organisation",
			"outcome": "Given",
			"given_by": "Guardian",
			"given_on": add_days(today(), -2),
			"language": "Italiano",
			**values,
		}
	).insert()


def make_referral(case_file: str, organisation: str, **values) -> Document:
	"""A drafted referral to `organisation`."""
	return frappe.get_doc(
		{
			"doctype": "Referral",
			"case_file": case_file,
			"to_organisation": organisation,
			"service_requested": "Psychological Support",
			"age_band": "16-17",
			"shared_information": "Chiede un primo colloquio.",
			**values,
		}
	).insert()


def company() -> str:
	"""The company of the site."""
	return frappe.db.get_value("Company", {}, "name", order_by="creation")


def expense_account() -> str:
	"""An expense account that items can be booked on."""
	return frappe.db.get_value(
		"Account",
		{"company": company(), "root_type": "Expense", "is_group": 0, "account_type": ["in", ["", None]]},
		order_by="name",
	)


def cash_account() -> str:
	"""A cash or bank account."""
	return frappe.db.get_value(
		"Account", {"company": company(), "account_type": ["in", ["Cash", "Bank"]], "is_group": 0}
	)


def make_funded_project(**values) -> Document:
	"""A project of FAMI 2021-2027 around today, with one partner that has the whole budget."""
	return frappe.get_doc(
		{
			"doctype": "Funded Project",
			"project_code": f"PROG-{frappe.generate_hash(length=8)}",
			"title": unique("Progetto Esempio"),
			"programme": "FAMI 2021-2027",
			"start_date": add_days(today(), -60),
			"end_date": add_days(today(), 60),
			"company": company(),
			"partners": [{"organisation": make_organisation().name, "role": "Lead", "budget_share": 10000}],
			**values,
		}
	).insert(ignore_permissions=True)


def make_budget_line(project: Document, code: str = "A.1", amount: float = 1000, **values) -> Document:
	"""A line of `project`, in the chapter its code starts with."""
	return frappe.get_doc(
		{
			"doctype": "FAMI Budget Line",
			"funded_project": project.name,
			"line_code": code,
			"title": f"Voce {code}",
			"chapter": code.split(".")[0],
			"partner": project.partners[0].organisation,
			"amount": amount,
			**values,
		}
	).insert(ignore_permissions=True)


def make_supplier() -> str:
	"""A supplier with no identifiers."""
	return (
		frappe.get_doc(
			{
				"doctype": "Supplier",
				"supplier_name": unique("Fornitore Esempio"),
				"supplier_group": _any("Supplier Group"),
			}
		)
		.insert(ignore_permissions=True)
		.name
	)


def make_invoice(*rows: tuple[str | None, float], day: str | None = None, submit: bool = True) -> Document:
	"""A Purchase Invoice with one item for each (budget line, euro), dated `day` or today."""
	day = day or today()
	invoice = frappe.get_doc(
		{
			"doctype": "Purchase Invoice",
			"company": company(),
			"supplier": make_supplier(),
			"set_posting_time": 1,
			"posting_date": day,
			"due_date": day,
			"bill_no": frappe.generate_hash(length=6),
			"bill_date": day,
			"currency": "EUR",
			"items": [
				{
					"item_name": "Servizio",
					"description": "Servizio",
					"qty": 1,
					"rate": amount,
					"uom": frappe.db.get_value("UOM", {"enabled": 1}),
					"conversion_factor": 1,
					"expense_account": expense_account(),
					"fami_budget_line": line,
				}
				for line, amount in rows
			],
		}
	)
	invoice.insert(ignore_permissions=True)
	if submit:
		invoice.flags.ignore_permissions = True
		invoice.submit()
	return invoice


def _any(doctype: str) -> str:
	return frappe.db.get_value(doctype, {"is_group": 0})
