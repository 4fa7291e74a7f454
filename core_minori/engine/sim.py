"""The SIM sheet: what is known of an unaccompanied minor, in the order a municipality's office types it in.

The record layout of the Ministry's system is not public: columns and order are ours, put together from what L. 47/2017 art. 9, D.P.C.M.
98/2024 and the Vademecum of 2021 name. Whoever has the system before them moves what they need.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from core_minori.engine.inert import inert
from core_minori.engine.message import _, shown

NOTE = _(
	"The layout of this sheet is ours: the record layout of the SIM is not public. It follows what L. 47/2017 and the "
	"Vademecum on unaccompanied minors ask for."
)
# What stands in the place of what the reader may not read.
KEPT = _("kept by who may read it")


@dataclass(frozen=True)
class Cell:
	"""One item of the sheet: its key among the values, its label, the part of the case that lets one read it.

	`requirement`: the row of the completeness table that says whether it is missing.
	"""

	key: str
	label: str
	part: str
	requirement: str = ""


@dataclass(frozen=True)
class Section:
	"""Items that stand together under a heading."""

	title: str
	cells: tuple[Cell, ...]


SECTIONS: tuple[Section, ...] = (
	Section(
		_("Identity"),
		(
			Cell("given_name", _("Given Name"), "identity", "name"),
			Cell("family_name", _("Family Name"), "identity"),
			Cell("alias", _("Also Known As"), "identity"),
			Cell("sex", _("Sex"), "identity", "sex"),
			Cell("birth_date", _("Date of Birth"), "identity", "birth-date"),
			Cell(
				"birth_date_certainty",
				_("How certain the date of birth is"),
				"identity",
				"birth-certainty",
			),
			Cell("birth_country", _("Country of Birth"), "identity", "birth-place"),
			Cell("birth_place", _("Place of Birth"), "identity"),
			Cell("nationality", _("Nationality"), "identity", "nationality"),
			Cell("second_nationality", _("Second Nationality"), "identity"),
			Cell("languages", _("Languages"), "identity", "languages"),
			Cell("fiscal_code", _("Fiscal Code"), "identity", "fiscal-code"),
		),
	),
	Section(
		_("Documents"),
		(
			Cell("identity_paper", _("Identity document"), "identity", "identity-paper"),
			Cell("permit", _("Residence permit, or its request"), "identity", "permit"),
			Cell("permit_expires", _("Permit expires on"), "identity"),
			Cell("health_card", _("Health card"), "identity", "health-card"),
		),
	),
	Section(
		_("Arrival and Report"),
		(
			Cell("beneficiary_type", _("Beneficiary Type"), "social"),
			Cell("arrival_date", _("Arrival in Italy"), "identity", "arrival"),
			Cell("reported_on", _("Reported On"), "social"),
			Cell("reported_by", _("Who reported the person"), "social", "found-by"),
			Cell("prosecutor_on", _("First report to the prosecutor"), "court", "prosecutor"),
			Cell("ratified_on", _("Reception ratified by the court"), "court", "ratified"),
			Cell("census_on", _("Census and request of a guardian"), "social", "census"),
			Cell("identified_on", _("End of the identification"), "social", "identification"),
			Cell("interview_on", _("First interview"), "social", "interview"),
		),
	),
	Section(
		_("Reception"),
		(
			Cell("reception_entry", _("Entry into First Reception"), "social", "reception-entry"),
			Cell("living_arrangement", _("Living Arrangement"), "social"),
			Cell("facility", _("Facility"), "social"),
			Cell("facility_city", _("City"), "social"),
			Cell("facility_level", _("Reception Level"), "social"),
			Cell("facility_organisation", _("Run By"), "social"),
			Cell("placed_from", _("In this place since"), "placement", "placement"),
			Cell("placement_title", _("Title of the placement"), "placement", "placement-title"),
			Cell("earlier_places", _("Earlier places"), "placement"),
			Cell("second_reception_on", _("Moved to Second Reception On"), "social"),
		),
	),
	Section(
		_("Guardian"),
		(
			Cell("guardian_kind", _("Kind"), "identity"),
			Cell("guardian_name", _("Guardian"), "identity", "guardian"),
			Cell("guardian_from", _("Appointed on"), "identity"),
			Cell("guardian_court", _("Court and decree"), "identity"),
			Cell(
				"guardian_address", _("Telephone or e-mail of the guardian"), "identity", "guardian-address"
			),
		),
	),
	Section(
		_("Family"),
		(
			Cell("relatives", _("Relatives and people of reference"), "social", "relatives"),
			Cell("family_search", _("Search for the family"), "family", "family-search"),
			Cell("family_search_on", _("Search reported on"), "family"),
			Cell("family_search_outcome", _("Outcome of the search"), "family"),
		),
	),
	Section(
		_("Path"),
		(
			Cell("state", _("State of the Case"), "social"),
			Cell("missing_since", _("Missing Since"), "social"),
			Cell("disappearance_on", _("Disappearance reported on"), "court"),
			Cell("prosieguo_until", _("Prosieguo Until"), "social", "prosieguo"),
			Cell("closed_on", _("Closed On"), "social"),
			Cell("closure_reason", _("Closure Reason"), "social"),
		),
	),
)
CELLS: tuple[Cell, ...] = tuple(cell for section in SECTIONS for cell in section.cells)


@dataclass(frozen=True)
class Sheet:
	"""One case: its code, its values by key, the parts its reader may read, and the requirements it lacks."""

	code: str
	values: Mapping[str, object]
	parts: frozenset[str]
	lacks: frozenset[str] = frozenset()

	def may_show(self, cell: Cell) -> bool:
		"""Whether the reader may read this item."""
		return cell.part in self.parts

	def text(self, cell: Cell) -> str:
		"""The value as an Italian paper shows it; nothing of what the reader may not read."""
		value = self.values.get(cell.key) if self.may_show(cell) else None
		return "" if value is None else str(shown(value))

	def is_missing(self, cell: Cell) -> bool:
		"""Whether the sheet marks this item as missing, for a reader of it."""
		return self.may_show(cell) and not self.text(cell) and cell.requirement in self.lacks


def rows_of(sheets: Sequence[Sheet], translate: Callable[[str], str] = str) -> list[list[str]]:
	"""Headings and one row a case. A column that no reader of these cases may read is left out."""
	cells = [cell for cell in CELLS if any(sheet.may_show(cell) for sheet in sheets)]
	heading = [
		translate(_("Case File")),
		*(translate(cell.label) for cell in cells),
		translate(_("What Is Missing")),
	]
	return [heading] + [
		[
			sheet.code,
			*(sheet.text(cell) for cell in cells),
			", ".join(translate(cell.label) for cell in cells if sheet.is_missing(cell)),
		]
		for sheet in sheets
	]


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
	"""The rows as Italian Excel opens them with a double click: semicolons, UTF-8 with its mark, no cell that runs."""
	stream = StringIO()
	writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
	writer.writerows([inert(" ".join(cell.splitlines())) for cell in row] for row in rows)
	return stream.getvalue().encode("utf-8-sig")
