"""The SIM sheet of cases, as the asking user may see them: nothing is read that the resolver does not give."""

from collections.abc import Mapping, Sequence

import frappe
from frappe import _
from frappe.core.doctype.access_log.access_log import make_access_log
from frappe.utils import get_datetime, getdate

from core_minori.case_completeness import completeness_of
from core_minori.case_lists import cases, grouped, minors, records
from core_minori.engine.sim import CELLS, KEPT, NOTE, SECTIONS, Sheet, as_csv, rows_of
from core_minori.permissions import readable_cases

CASE_FIELDS = (
	"minor",
	"beneficiary_type",
	"state",
	"reported_on",
	"emersion_channel",
	"reception_entry",
	"census_done_on",
	"identification_concluded_on",
	"interview_on",
	"living_arrangement",
	"facility",
	"second_reception_on",
	"missing_since",
	"prosieguo_until",
	"closed_on",
	"closure_reason",
)
PERSON = (
	"given_name",
	"family_name",
	"alias",
	"sex",
	"birth_date",
	"birth_date_certainty",
	"birth_country",
	"birth_place",
	"nationality",
	"second_nationality",
	"languages",
	"fiscal_code",
	"arrival_date",
)
# Of the record that says it: the DocType, the fields read and what is asked of it.
OTHERS: dict[str, tuple[str, ...]] = {
	"Personal Document": (
		"document_type",
		"document_number",
		"permit_type",
		"status",
		"expires_on",
		"issued_on",
	),
	"Placement": ("status", "living_arrangement", "facility", "from_at", "to_at", "title_of_placement"),
	"Guardianship": (
		"guardian_kind",
		"guardian_name",
		"from_date",
		"to_date",
		"court",
		"decree_number",
		"phone",
		"email",
	),
	"Support Person": ("relation", "person_name", "lives_in"),
	"Family Search": ("status", "reported_on", "outcome", "exclusion_reason"),
	"Court Act": ("act_type", "acted_at"),
	"Protection Report": ("report_type", "transmitted_at"),
}
IDENTITY_PAPERS = ("Passport", "Identity Card", "Consular Attestation", "Birth Certificate")
PERMITS = ("Residence Permit", "Request of Residence Permit", "Asylum Request Form (C3)")


def sheets(names: Sequence[str]) -> list[Sheet]:
	"""The sheets of these cases, as far as the asking user may read them; a fixed number of queries."""
	rows = cases({}, CASE_FIELDS, name=["in", list(names) or [""]])
	codes = [row.name for row in rows]
	people = minors(rows, PERSON)
	others = {doctype: grouped(records(doctype, codes, fields)) for doctype, fields in OTHERS.items()}
	facilities = {
		row.name: row
		for row in frappe.get_all(
			"Facility",
			filters={"name": ["in", list({row.facility for row in rows if row.facility}) or [""]]},
			fields=["name", "facility_name", "city", "reception_level", "organisation"],
		)
	}
	readers = {
		part: readable_cases(frappe.session.user, codes, part) for part in {cell.part for cell in CELLS}
	}
	found = completeness_of(codes)
	return [
		Sheet(
			row.name,
			{
				**_of_case(row, facilities.get(row.facility) or {}),
				**_of_person(people.get(row.minor) or {}),
				**_of_records({doctype: by_case.get(row.name, []) for doctype, by_case in others.items()}),
			},
			frozenset(part for part, codes in readers.items() if row.name in codes),
			frozenset(item.requirement.code for item in found[row.name].missing),
		)
		for row in rows
	]


def csv_of(names: Sequence[str]) -> bytes:
	"""The sheets as a CSV, one row a case; the download is logged.

	Raises frappe.PermissionError for who may not print cases, or asks for one they may not read.
	"""
	frappe.has_permission("Case File", "print", throw=True)
	found = sheets(names)
	if not found or len(found) < len(set(names)):
		frappe.throw(_("One of these cases is not yours to read."), frappe.PermissionError)
	make_access_log(
		doctype="Case File",
		document=found[0].code if len(found) == 1 else None,
		file_type="CSV",
		report_name="SIM Sheet",
		filters={"cases": [sheet.code for sheet in found]},
	)
	return as_csv(rows_of(found, _))


def sim_sheet(case_file: str) -> dict:
	"""The sheet of one case for its print: sections of cells with their text, and which are missing or kept from the reader.

	Raises frappe.PermissionError for a case that the reader may not read.
	"""
	found = sheets([case_file])
	if not found:
		raise frappe.PermissionError
	(sheet,) = found
	return {
		"code": sheet.code,
		"note": _(NOTE),
		"kept": _(KEPT),
		"made_on": getdate(),
		"missing": sum(sheet.is_missing(cell) for cell in CELLS),
		"sections": [
			{
				"title": _(section.title),
				"cells": [
					{
						"label": _(cell.label),
						"text": sheet.text(cell),
						"missing": sheet.is_missing(cell),
						"kept": not sheet.may_show(cell),
					}
					for cell in section.cells
				],
			}
			for section in SECTIONS
		],
	}


def _of_case(row: Mapping, facility: Mapping) -> dict[str, object]:
	return {
		"beneficiary_type": _(row.beneficiary_type),
		"state": _(row.state or "", context="Case File"),
		"reported_on": _date(row["reported_on"]),
		"reported_by": _(row.emersion_channel or "") or None,
		"reception_entry": _moment(row["reception_entry"]),
		"census_on": _date(row["census_done_on"]),
		"identified_on": _date(row["identification_concluded_on"]),
		"interview_on": _moment(row["interview_on"]),
		"living_arrangement": _(row.living_arrangement or ""),
		"facility": facility.get("facility_name"),
		"facility_city": facility.get("city"),
		"facility_level": _(facility.get("reception_level") or "") or None,
		"facility_organisation": facility.get("organisation"),
		"second_reception_on": _date(row["second_reception_on"]),
		"missing_since": _date(row["missing_since"]),
		"prosieguo_until": _date(row["prosieguo_until"]),
		"closed_on": _date(row["closed_on"]),
		"closure_reason": _(row.closure_reason or "") or None,
	}


def _of_person(person: Mapping) -> dict[str, object]:
	translated = ("sex", "birth_date_certainty", "birth_country", "nationality", "second_nationality")
	values = {name: person.get(name) for name in PERSON}
	for name in translated:
		values[name] = _(values[name]) if values[name] else None
	for name in ("birth_date", "arrival_date"):
		values[name] = _date(values[name])
	return values


def _of_records(own: Mapping[str, list[Mapping]]) -> dict[str, object]:
	today = getdate()
	papers = own["Personal Document"]
	permit = _paper(papers, PERMITS)
	placements = sorted(
		(row for row in own["Placement"] if row["from_at"]), key=lambda row: row["from_at"], reverse=True
	)
	running = next((row for row in placements if row["status"] == "Placed" and not row["to_at"]), None)
	guardian = next(
		(
			row
			for row in sorted(own["Guardianship"], key=lambda row: row["from_date"], reverse=True)
			if row["guardian_kind"] != "Special Curator"
			and (not row["to_date"] or getdate(row["to_date"]) >= today)
		),
		None,
	)
	search = max(own["Family Search"], key=lambda row: str(row["reported_on"] or ""), default=None)
	return {
		"identity_paper": _shown_paper(_paper(papers, IDENTITY_PAPERS)),
		"permit": _shown_paper(permit),
		"permit_expires": _date(permit["expires_on"]) if permit else None,
		"health_card": _shown_paper(_paper(papers, ("Health Card",))),
		"placed_from": _moment(running["from_at"]) if running else None,
		"placement_title": _(running.title_of_placement or "") or None if running else None,
		"earlier_places": _earlier(row for row in placements if row is not running and row["to_at"]),
		"guardian_kind": _(guardian.guardian_kind) if guardian else None,
		"guardian_name": guardian["guardian_name"] if guardian else None,
		"guardian_from": _date(guardian["from_date"]) if guardian else None,
		"guardian_court": _joined(guardian["court"], guardian["decree_number"]) if guardian else None,
		"guardian_address": _joined(guardian["phone"], guardian["email"]) if guardian else None,
		"relatives": "; ".join(
			_joined(_(row.relation), row["person_name"], row["lives_in"] and _(row.lives_in))
			for row in own["Support Person"]
		)
		or None,
		"family_search": _joined(_(search.status), _(search.exclusion_reason or "")) if search else None,
		"family_search_on": _date(search["reported_on"]) if search else None,
		"family_search_outcome": _(search.outcome or "") or None if search else None,
		"prosecutor_on": _latest(
			own["Protection Report"],
			"First Report of an Unaccompanied Minor",
			"report_type",
			"transmitted_at",
		),
		"disappearance_on": _latest(
			own["Protection Report"], "Disappearance", "report_type", "transmitted_at"
		),
		"ratified_on": _latest(own["Court Act"], "Reception Ratified", "act_type", "acted_at"),
	}


def _paper(papers: Sequence[Mapping], types: Sequence[str]) -> Mapping | None:
	"""The document to show of these types: held before impossible to have, in the order of the types."""
	known = [
		row for row in papers if row["document_type"] in types and row["status"] in ("Held", "Not Possible")
	]
	known.sort(key=lambda row: (row["status"] != "Held", types.index(row["document_type"])))
	return known[0] if known else None


def _shown_paper(paper: Mapping | None) -> str | None:
	if not paper:
		return None
	if paper["status"] != "Held":
		return _joined(_(paper.document_type), _(paper.status))
	return _joined(
		_(paper.document_type),
		_(paper.permit_type or ""),
		_("No. {0}").format(paper["document_number"]) if paper["document_number"] else "",
	)


def _earlier(placements) -> str | None:
	return (
		"; ".join(
			_joined(
				row["facility"] or _(row.living_arrangement),
				f"{_day(row['from_at'])} - {_day(row['to_at'])}",
			)
			for row in placements
		)
		or None
	)


def _latest(rows: Sequence[Mapping], kind: str, field: str, moment: str) -> object:
	return max((_moment(row[moment]) for row in rows if row[field] == kind and row[moment]), default=None)


def _joined(*parts: str | None) -> str:
	return ", ".join(str(part) for part in parts if part)


def _day(value: object) -> str:
	return getdate(value).strftime("%d/%m/%Y")


def _date(value: object) -> object:
	return getdate(value) if value else None


def _moment(value: object) -> object:
	return get_datetime(value) if value else None
