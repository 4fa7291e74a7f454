"""`make translations`: `main.pot` and the translations in core_minori/locale brought up to date with the sources.

Frappe's own generator reads the sources, in the bench; `babel_extractors.csv` and `core_minori/locale_terms.py` tell
it what it would miss. What is translated stays, what the sources no longer hold goes, and what still needs words is
listed: the exit code is 1 until nothing does. The same sources always give the same files.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import datetime, timezone
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from bench import APP, Bench, find_bench
from checkout import ROOT, Stop, run, say, venv_python

if TYPE_CHECKING:
	from babel.messages import Catalog

LOCALE = ROOT / APP / "locale"
# A date that changed with each run would make every run a change.
FIRST_DAY = datetime(2026, 11, 22, tzinfo=timezone.utc)

# Runs in the bench's Python: Frappe's generator, with its result written where we say. The bench holds a copy of the
# app without a repository, so that what git ignores cannot be asked for there; nothing ignored is copied.
GENERATE = """
import sys
import frappe
from frappe.gettext import translate
from babel.messages.pofile import write_po

def write_catalog(app, catalog, locale=None):
	with open(sys.argv[2], "wb") as file:
		write_po(file, catalog, sort_output=True, width=None, include_lineno=False)
	return sys.argv[2]

translate.write_catalog = write_catalog
translate.get_is_gitignored_function_for_app = lambda app: lambda folder: False
frappe.init("")
translate.generate_pot(sys.argv[1])
"""


def generate(bench: Bench, target: Path) -> None:
	"""Writes the template of this checkout's app to `target`. Raises Stop when the generator fails."""
	bench.install_app_code(ROOT)
	code, out = bench.run([str(bench.python), "-c", GENERATE, APP, str(target)])
	if code:
		raise Stop(f"Frappe's generator failed:\n{out}")


def write(path: Path, catalog: Catalog) -> None:
	"""Writes a catalogue sorted, without line numbers and without the version of Babel: nothing that changes by itself."""
	from babel.messages.pofile import write_po

	text = BytesIO()
	write_po(text, catalog, sort_output=True, width=None, ignore_obsolete=True, include_lineno=False)
	lines = text.getvalue().splitlines(keepends=True)
	path.write_bytes(b"".join(line for line in lines if not line.startswith(b'"Generated-By:')))


def merge(template: Path) -> int:
	"""Takes a fresh template over into the locale folder; returns how many texts have no translation yet."""
	from babel.messages.pofile import read_po

	with open(template, "rb") as file:
		pot = read_po(file)
	pot.creation_date = pot.revision_date = FIRST_DAY
	pot.header_comment = "# Texts of core_minori. Made by `make translations`: do not edit."
	write(LOCALE / "main.pot", pot)
	missing = 0
	for path in sorted(LOCALE.glob("*.po")):
		with open(path, "rb") as file:
			po = read_po(file, locale=path.stem)
		before = {(message.id, message.context) for message in po if message.id}
		po.update(pot, no_fuzzy_matching=True)
		po.creation_date = po.revision_date = FIRST_DAY
		write(path, po)
		empty = [message for message in po if message.id and not message.string]
		gone = before - {(message.id, message.context) for message in po}
		for message in empty:
			say(
				f"{path.name}: no translation: {message.id!r}"
				+ (f" ({message.context})" if message.context else "")
			)
		say(f"{path.name}: {len(po)} texts, {len(empty)} without translation, {len(gone)} no longer used")
		missing += len(empty)
	return missing


def main(arguments: list[str]) -> int:
	"""Generates in the bench, then merges in the virtual environment, which has Babel."""
	if arguments:
		return int(merge(Path(arguments[0])) > 0)
	found = find_bench()
	if found.path is None:
		raise Stop(f"The texts are read by Frappe's own generator, and {found.why}")
	bench = Bench(found.path)
	python = venv_python(ROOT, "test")
	with tempfile.TemporaryDirectory() as scratch:
		bench.give(Path(scratch))
		template = Path(scratch) / "main.pot"
		generate(bench, template)
		return run([str(python), __file__, str(template)], tee=True)[0]


if __name__ == "__main__":
	try:
		sys.exit(main(sys.argv[1:]))
	except Stop as stop:
		print(stop, file=sys.stderr)
		sys.exit(1)
