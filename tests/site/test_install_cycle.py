"""Install, uninstall, install: nothing left behind between, and ERPNext works as before."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bench import APP, Bench

SITE = "core-minori-cycle.localhost"
PROBE = Path(__file__).with_name("probe.py").read_text()

# Frappe's own schema sync adds these indexes when anything adds a field to the table, or at the next migrate; the
# history of installed apps is Frappe's record of the cycle itself.
FRAPPES_OWN = ("tabGL Entry.creation", "tabPOS Profile.creation", "Installed Applications")


@pytest.fixture(scope="module")
def cycle_site(bench: Bench) -> Iterator[str]:
	"""A site of its own with ERPNext and without the app; removed at the end."""
	with bench.lock(SITE):
		bench.site_with_erpnext(SITE)
		yield SITE
		bench.drop_site(SITE)


def probe(bench: Bench, command: str, *arguments: str) -> Any:
	"""What probe.py finds on the site."""
	code, out = bench.run([str(bench.python), "-c", PROBE, SITE, command, *arguments])
	assert code == 0, out
	return json.loads(out.splitlines()[-1])


def install(bench: Bench) -> None:
	"""Install the app."""
	bench.frappe("install-app", APP, site=SITE)


def uninstall(bench: Bench) -> None:
	"""Uninstall the app, as an administrator without a terminal to answer at would."""
	bench.frappe("uninstall-app", APP, "--yes", "--no-backup", site=SITE)


def left(before: dict, after: dict, part: str) -> dict[str, list[str]]:
	"""What is new, gone or different in one part of the snapshot."""
	old, new = before[part], after[part]
	found = {
		"left behind": sorted(key for key in new.keys() - old.keys() if not key.endswith(FRAPPES_OWN)),
		"gone": sorted(old.keys() - new.keys()),
		"changed": sorted(key for key in old.keys() & new.keys() if old[key] != new[key]),
	}
	return {what: rows[:60] for what, rows in found.items() if rows}


def test_a_cycle_leaves_nothing_and_erpnext_works(bench: Bench, cycle_site: str) -> None:
	"""An app that was installed and never used: the database is as before, row by row."""
	before = probe(bench, "snapshot")
	install(bench)
	assert left(before, probe(bench, "snapshot"), "rows"), "the snapshot does not see an installed app"
	uninstall(bench)
	after = probe(bench, "snapshot")
	for part in ("columns", "indexes", "rows"):
		assert not (rest := left(before, after, part)), f"{part}: {json.dumps(rest, indent=1)}"


def test_a_used_app_leaves_no_personal_data(bench: Bench, cycle_site: str) -> None:
	"""Cases, files, comments, mails and logs go with the app; users, suppliers and invoices are ERPNext's and stay."""
	before = probe(bench, "snapshot")
	install(bench)
	out = bench.frappe("execute", "core_minori.tests.scenario.make", site=SITE)
	made = json.loads(next(line for line in reversed(out.splitlines()) if line.startswith("{")))
	words = [*made["words"].values(), made["minor"], made["case"], *made["records"].values()]
	assert probe(bench, "find", *words), "the search does not see the words while they are there"
	uninstall(bench)
	assert not (rest := probe(bench, "find", *words)), json.dumps(rest, indent=1)
	after = probe(bench, "snapshot")
	for part in ("columns", "indexes"):
		assert not (rest := left(before, after, part)), f"{part}: {json.dumps(rest, indent=1)}"
	users = tuple(made["users"].values())
	strange = [
		row
		for row in left(before, after, "rows").get("left behind", [])
		if not any(user in row for user in users) and not row.startswith("tabContact")
	]
	assert not strange, json.dumps(strange, indent=1)


def test_erpnext_books_an_invoice_without_the_app_and_with_it_again(bench: Bench, cycle_site: str) -> None:
	"""ERPNext's own form saves and submits after the app is gone, and after it is back."""
	assert probe(bench, "invoice") == {"docstatus": 1, "debit": 100.0}
	install(bench)
	assert probe(bench, "invoice") == {"docstatus": 1, "debit": 100.0}
	uninstall(bench)
	assert probe(bench, "invoice") == {"docstatus": 1, "debit": 100.0}
