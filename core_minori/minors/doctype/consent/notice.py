"""What the printed notice and consent says: everything that was asked in one sitting."""

import frappe
from frappe import _
from frappe.utils import getdate

from core_minori.case_people import identity_of
from core_minori.engine.consent import MEANING, PURPOSES


def consent_notice(consent: str) -> dict:
	"""Person, controller, answers by purpose and what was withdrawn of the sitting a consent was given in.

	A sitting is the consents of one case, one day and one giver. Raises frappe.PermissionError for who may not read the
	consent, or not the identity.
	"""
	doc = frappe.get_doc("Consent", consent)
	doc.check_permission("read")
	rows = frappe.get_all(
		"Consent",
		filters={"case_file": doc.case_file, "given_on": doc.given_on, "given_by": doc.given_by},
		fields=["name", "purpose", "organisation", "outcome", "valid_until", "withdrawn_on", "withheld"],
	)
	rows.sort(key=lambda row: (PURPOSES.index(row.purpose), row.organisation or "", row.name))
	names = dict(
		frappe.get_all(
			"Network Organisation",
			filters={"name": ["in", [row.organisation for row in rows if row.organisation]]},
			fields=["name", "organisation_name"],
			as_list=True,
		)
	)
	person = identity_of(doc.case_file)
	return {
		"person": person,
		"controller": frappe.db.get_single_value("Global Defaults", "default_company"),
		"giver": doc.given_by_name or (person["guardian_name"] if doc.given_by != "Minor" else None),
		"answers": [
			{
				"purpose": _(row.purpose),
				"meaning": _(MEANING[row.purpose]),
				"organisation": names.get(row.organisation)
				or (
					_("any organisation of the network")
					if row.purpose == "Sharing with an Organisation"
					else None
				),
				"given": row.outcome == "Given",
				"valid_until": row.valid_until,
				"withdrawn_on": row.withdrawn_on and getdate(row.withdrawn_on),
			}
			for row in rows
		],
		"withheld": list(dict.fromkeys(row.withheld for row in rows if (row.withheld or "").strip())),
	}
