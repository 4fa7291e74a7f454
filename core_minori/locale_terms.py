"""Terms that people read and Frappe's own generator of `locale/main.pot` does not find.

Two kinds: texts in our data files, read by the extractors below (`babel_extractors.csv` names them), and words that
reach `_()` only as a value, or that Frappe shows on our pages without an Italian word of its own: those are listed here.
`make translations` and `tests/offline/test_translations.py` use it; of all this a site only reads `READ_FIELDS`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

# What babel expects of an extractor: line (none for JSON), function, text, comments for the translator.
Found = tuple[None, str, str, list[str]]

# Fields of the records in setup/data whose text a person reads: they are stored in the language of the site.
READ_FIELDS = ("title", "description", "source", "article", "base", "note")


def _(text: str, context: str | None = None) -> str:
	"""Mark a text for the catalogue."""
	return text


def records(fileobj: BinaryIO, *_arguments: object, **_options: object) -> Iterator[Found]:
	"""Titles, descriptions and sources of the records an installation starts with."""
	for record in json.load(fileobj):
		rows = [row for value in record.values() if isinstance(value, list) for row in value]
		for row in (record, *rows):
			for field in READ_FIELDS:
				if row.get(field):
					yield None, "_", row[field], [f"Value of {field} in setup/data"]


def workflow(fileobj: BinaryIO, *_arguments: object, **_options: object) -> Iterator[Found]:
	"""Names of workflows, of their states and of their actions, in fixtures."""
	for record in json.load(fileobj):
		yield None, "_", record["name"], [f"Name of a {record['doctype']}"]


def modules(fileobj: BinaryIO, *_arguments: object, **_options: object) -> Iterator[Found]:
	"""Names of the modules."""
	for line in fileobj.read().decode().split("\n"):
		if line.strip():
			yield None, "_", line.strip(), ["Name of a module"]


def number_card(fileobj: BinaryIO, *_arguments: object, **_options: object) -> Iterator[Found]:
	"""Labels of number cards."""
	yield None, "_", json.load(fileobj)["label"], ["Label of a number card"]


# Words of the engine that reach `_()` as a value: steps and states of a referral, states of a deadline, severities.
ENGINE_TERMS = (
	_("Send"),
	_("Accept"),
	_("Reject"),
	_("Start"),
	_("Complete"),
	_("Revoke"),
	_("Open"),
	_("Due Soon"),
	_("Overdue"),
	_("Waiting"),
	_("Term Passed"),
	_("Done"),
	_("Done Late"),
	_("Cancelled"),
	_("Inform"),
	_("Warn"),
	_("Block"),
)

# Whose rule a finding quotes.
SOURCES = (
	_("No double funding: funding reference, rule 8"),
	_("Agenzia delle Entrate, codice fiscale (arithmetic: python-stdnum)"),
	_("Agenzia delle Entrate, partita IVA (arithmetic: python-stdnum)"),
	_("ISO 13616 (arithmetic: python-stdnum)"),
	_("opencup.gov.it: 15 characters; shape observed on real codes, no public check character"),
	_("ANAC; shapes: dirittoprocessualetelematico.it 08/2024; arithmetic confirmed on real codes"),
	_("L. 47/2017"),
	_("GDPR art. 6-9"),
	_("GDPR art. 28"),
)

# What reports are grouped by, and the names of their filters in the workbook.
REPORT_TERMS = (
	_("Chapter"),
	_("Partner"),
	_("Project"),
	_("Voucher"),
	_("Area"),
	_("Profession"),
	_("Organisation"),
	_("From Date"),
	_("To Date"),
)

# One English word, another Italian one in this place: the context is the DocType (or report) that shows it.
IN_CONTEXT = (
	_("Start", context="Training Session"),
	_("Start", context="Referral"),
	_("Complete", context="Referral"),
	_("Done", context="Referral"),
	_("To", context="Referral"),
	_("From", context="Care Assignment"),
	_("To", context="Care Assignment"),
	_("Item", context="FAMI Budget Line"),
	_("Legal", context="Training Session"),
	_("Lead", context="Funded Project Partner"),
	_("Target", context="PEI Objective"),
	_("Progress", context="PEI Objective"),
	_("Group", context="PEI Intervention"),
	_("Created", context="Register Import"),
	_("Contact", context="Minor"),
	_("Reception", context="Case File"),
	_("Line", context="Funding Reconciliation"),
)
