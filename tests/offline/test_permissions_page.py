"""docs/permissions.md says what the data say, and the data leave no DocType out."""

import json
import sys
from pathlib import Path

import pytest

from core_minori import grants

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import permissions_page

DOCTYPES = {
	doctype["name"]: doctype
	for path in (permissions_page.ROOT / "core_minori").glob("*/doctype/*/*.json")
	if (doctype := json.loads(path.read_text())).get("doctype") == "DocType"
}


def test_the_page_is_what_the_data_say():
	page = permissions_page.PAGE.read_text()
	assert permissions_page.written(page) == page, "run `make permissions`"


def test_a_page_without_the_marks_is_refused():
	with pytest.raises(ValueError, match="no place"):
		permissions_page.written("# Who may see what")


def test_every_doctype_is_part_of_a_case_or_of_one_area():
	areas = [doctype for doctypes in grants.AREAS.values() for doctype in doctypes]
	assert len(areas) == len(set(areas))
	parts = {*grants.PART_OF, *grants.PART_BY_VALUE, *grants.PART_WITHOUT_FIELD}
	assert not parts & set(areas)
	own = {name for name, doctype in DOCTYPES.items() if not doctype.get("istable")}
	assert own == parts | set(areas)


def test_every_protected_doctype_has_a_rule():
	ruled = {
		*grants.PART_OF,
		*grants.PART_BY_VALUE,
		*grants.PART_WITHOUT_FIELD,
		*grants.GOVERNED,
		"Register Import",
	}
	assert set(grants.PROTECTED) == ruled


@pytest.mark.parametrize("doctype", grants.GOVERNED)
def test_the_permissions_of_what_keeps_watch_are_those_of_the_data(doctype):
	granted = grants.GOVERNED[doctype]
	rows = [row for row in DOCTYPES[doctype]["permissions"] if not row.get("permlevel")]
	assert {row["role"] for row in rows if row.get("read")} == set(granted)
	writers = {
		role for role, by_relation in granted.items() if any("write" in r for r in by_relation.values())
	}
	assert {row["role"] for row in rows if row.get("write")} == writers
	assert not [row["role"] for row in rows if row.get("delete") or row.get("share")]


def test_nobody_who_administers_the_site_reads_a_case():
	readers = {
		(name, row["role"])
		for name in grants.PROTECTED
		for row in DOCTYPES[name]["permissions"]
		if row["role"] in (grants.ADMINISTRATION, "All", "Guest", "Desk User", "Employee")
	}
	assert readers == set()


def test_every_role_of_the_data_is_one_of_ours():
	tables = (*grants.GRANTS.values(), *grants.RECORD_GRANTS.values(), *grants.GOVERNED.values())
	assert {role for by_role in tables for role in by_role} <= set(grants.ROLES)
