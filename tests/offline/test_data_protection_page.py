"""docs/data-protection.md says what the program does."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import data_protection_page as page

from core_minori.grants import GOVERNED, GRANTS


def test_the_page_is_up_to_date():
	text = page.PAGE.read_text()
	assert page.written_anew(text) == text, "run python3 tools/data_protection_page.py"


@pytest.mark.parametrize("name", page.BLOCKS)
def test_each_table_stands_in_the_page_once(name):
	assert page.PAGE.read_text().count(f"<!-- generated: {name} -->") == 1


def test_every_part_record_and_sealed_field_is_there():
	text = page.PAGE.read_text()
	for part in GRANTS:
		assert f"| {part} |" in text
	for doctype in (*GOVERNED, *page.SEALED):
		assert f"| {doctype} |" in text
	for doctype, fields in page.SEALED.items():
		names = {field["fieldname"] for field in page.doctype(doctype)["fields"]}
		assert set(fields) <= names


def test_a_change_of_the_sources_shows():
	text = page.PAGE.read_text()
	row = next(line for line in text.splitlines() if line.startswith("| Court Act |"))
	assert page.written_anew(text.replace(row, "")) == text
