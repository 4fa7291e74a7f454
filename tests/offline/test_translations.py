"""The Italian of the app is complete: every text that a person may read is in it.po, and main.pot is up to date.

The texts are found here once more, by plain parsers of our own, and compared with what Frappe's generator found.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

import core_minori
from core_minori import locale_terms
from core_minori.engine import register

PACKAGE = Path(core_minori.__file__).parent
LOCALE = PACKAGE / "locale"
REMEDY = "run `make translations`, and give the texts it lists their Italian in core_minori/locale/it.po"

# A text and the DocType or report whose own word it asks for; "" is no context.
Text = tuple[str, str]


@cache
def catalogue(name: str) -> Catalog:
	"""One of our catalogues."""
	with open(LOCALE / name, "rb") as file:
		return read_po(file, locale=None if name.endswith(".pot") else Path(name).stem)


def messages(name: str) -> list[Message]:
	"""The texts of a catalogue, without its head."""
	return [message for message in catalogue(name) if message.id]


def key(message: Message) -> Text:
	"""A message as we name it here."""
	return message.id, message.context or ""


# --- what the sources say ---------------------------------------------------------------------------------------------


def sources(suffix: str) -> list[Path]:
	"""The files of the package that may hold a text, tests left out."""
	return [
		path
		for path in sorted(PACKAGE.rglob(f"*{suffix}"))
		if not path.name.startswith("test_") and "tests" not in path.relative_to(PACKAGE).parts
	]


def in_json() -> Iterator[Text]:
	"""Texts of DocTypes, reports, workspaces, number cards, records and fixtures."""
	for path in sources(".json"):
		data = json.loads(path.read_text())
		if path.parent.name == "data":
			yield from in_records(data)
		elif isinstance(data, list):
			yield from ((record["name"], "") for record in data)
		elif data.get("doctype") == "DocType":
			yield from in_doctype(data)
		elif data.get("doctype") == "Page":
			yield data["title"], ""
		elif data.get("doctype") == "Report":
			yield data["report_name"], ""
		elif data.get("doctype") == "Number Card":
			yield data["label"], ""
		elif data.get("doctype") in ("Dashboard Chart", "Print Format"):
			yield data.get("chart_name") or data["name"], ""
		elif data.get("doctype") == "Workspace":
			yield from in_workspace(data)
		else:
			pytest.fail(
				f"{path}: nobody reads the texts of a {data.get('doctype')}: extend babel_extractors.csv and me"
			)


def in_doctype(data: dict) -> Iterator[Text]:
	"""Name, labels, options, help texts, groups of links and role names."""
	yield data["name"], ""
	for field in data["fields"]:
		texts = [field.get("label"), field.get("description")]
		if field["fieldtype"] == "Select":
			texts += [option for option in field.get("options", "").split("\n") if not option.isdigit()]
		yield from ((text, "") for text in texts if text)
	for link in data.get("links", []):
		yield from ((text, "") for text in (link.get("group"), link["link_doctype"]) if text)
	yield from ((permission["role"], "") for permission in data["permissions"])
	if data.get("description"):
		yield data["description"], ""


def in_workspace(data: dict) -> Iterator[Text]:
	"""Title, labels of its parts, count formats and the headings between them."""
	yield data["label"], ""
	yield data["title"], ""
	for part in ("charts", "number_cards", "links", "shortcuts"):
		for row in data.get(part, []):
			yield from ((row[name], "") for name in ("label", "description", "format") if row.get(name))
	for block in json.loads(data["content"]):
		if block["type"] in ("header", "paragraph"):
			yield block["data"]["text"], ""


def in_records(rows: list[dict]) -> Iterator[Text]:
	"""What people read of the records an installation starts with."""
	for row in rows:
		for name, value in row.items():
			if isinstance(value, list):
				yield from in_records(value)
			elif value and name in locale_terms.READ_FIELDS:
				yield value, ""


def in_python() -> Iterator[Text]:
	"""First argument of each `_()`, with its context."""
	for path in sources(".py"):
		for node in ast.walk(ast.parse(path.read_text())):
			if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
				if node.args and isinstance(node.args[0], ast.Constant):
					contexts = [word.value.value for word in node.keywords if word.arg == "context"]
					yield node.args[0].value, contexts[0] if contexts else ""


def beside_python() -> Iterator[Text]:
	"""Texts inside an argument of `_()` that is no text itself, as in `_(row["state"])`: the generator takes them too."""
	for path in sources(".py"):
		for node in ast.walk(ast.parse(path.read_text())):
			if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
				for part in (part for argument in node.args for part in ast.walk(argument)):
					if isinstance(part, ast.Constant) and isinstance(part.value, str):
						yield part.value, ""


_IN_JS = re.compile(
	r"""\b__\(\s*(["'`])(?P<text>(?:\\.|(?!\1).)*)\1(?=\s*[,)])"""
	r"""(?:\s*,\s*(?:null|\[[^\]]*\])\s*,\s*["'](?P<context>[^"']*)["'])?""",
	re.DOTALL,
)
_IN_HTML = re.compile(r"""\b__?\(\s*(["'])(?P<text>(?:\\.|(?!\1).)*)\1(?=\s*[,)])""", re.DOTALL)


def in_javascript() -> Iterator[Text]:
	"""First argument of each `__()`, with its context."""
	for path in sources(".js"):
		for found in _IN_JS.finditer(path.read_text()):
			yield re.sub(r"\\(.)", r"\1", found["text"]), found["context"] or ""


def in_templates() -> Iterator[Text]:
	"""First argument of each `_()` in the papers, and of `__()` in those that the browser fills."""
	for path in sources(".html"):
		for found in _IN_HTML.finditer(path.read_text()):
			yield found["text"], ""


def in_modules() -> Iterator[Text]:
	"""Names of the modules."""
	yield from ((name, "") for name in (PACKAGE / "modules.txt").read_text().split("\n") if name.strip())


SOURCES = {
	"JSON": in_json,
	"Python": in_python,
	"JavaScript": in_javascript,
	"papers": in_templates,
	"modules.txt": in_modules,
}


def values_of_the_engine() -> Iterator[str]:
	"""Words that reach `_()` as a value: steps, states and choices, and the sources that findings quote."""
	for path in sorted((PACKAGE / "engine").glob("*.py")):
		for node in ast.walk(ast.parse(path.read_text())):
			if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
				arguments = dict(enumerate(node.args)) | {word.arg: word.value for word in node.keywords}
				wanted = {"Step": [0, 2], "Term": [0], "Finding": [4, "source"], "refuse": [3, "source"]}
				for place in wanted.get(node.func.id, []):
					value = arguments.get(place)
					if isinstance(value, ast.Constant) and value.value and re.search("[A-Za-z]", value.value):
						yield value.value
			elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
				names = [target.id for target in node.targets if isinstance(target, ast.Name)]
				if any(name == "SOURCE" or name.endswith("_SOURCE") for name in names):
					yield node.value.value


def choices_of_the_engine() -> Iterator[str]:
	"""Values of the enums that a person reads: how bad a finding is, and the state of a deadline."""
	from core_minori.engine.deadlines import Direction, Kind, State, Unit
	from core_minori.engine.message import Severity

	for choices in (Direction, Kind, State, Unit, Severity):
		yield from (choice.value for choice in choices)


# --- the tests --------------------------------------------------------------------------------------------------------


def test_the_template_holds_what_the_sources_say():
	said = {text for find in SOURCES.values() for text in find()}
	held = {key(message) for message in messages("main.pot")}
	assert not said - held, f"new in the sources: {sorted(said - held)}; {REMEDY}"
	gone = held - said - set(beside_python())
	assert not gone, f"no longer in the sources: {sorted(gone)}; {REMEDY}"


@pytest.mark.parametrize("source", SOURCES)
def test_every_text_has_its_italian(source):
	italian = {key(message): message.string for message in messages("it.po")}
	missing = sorted({text for text in SOURCES[source]() if not italian.get(text)})
	assert not missing, f"{missing}; {REMEDY}"


def test_words_that_come_as_values_are_marked():
	known = {message.id for message in messages("it.po")}
	missing = sorted({*values_of_the_engine(), *choices_of_the_engine()} - known)
	assert not missing, f"{missing}: add them to core_minori/locale_terms.py"


def test_roles_are_marked():
	tree = ast.parse((PACKAGE / "grants.py").read_text())
	values = {
		target.id: node.value.value
		for node in ast.walk(tree)
		if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
		for target in node.targets
		if isinstance(target, ast.Name)
	}
	(roles,) = (
		node.value
		for node in ast.walk(tree)
		if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "ROLES"
	)
	known = {message.id for message in messages("it.po")}
	missing = [values[role.id] for role in roles.elts if values[role.id] not in known]
	assert not missing, f"roles without Italian: {missing}"


@pytest.mark.parametrize("name", ["main.pot", "it.po"])
def test_a_catalogue_says_nothing_twice_and_nothing_unsure(name):
	again = [text for text, times in Counter(key(message) for message in messages(name)).items() if times > 1]
	assert not again, f"twice: {again}"
	# Babel folds doubles while it reads, so the file itself is looked at too.
	text = (LOCALE / name).read_text()
	blocks = re.findall(r'^(?:msgctxt "(.*)"\n)?msgid "(.+)"$', text, re.MULTILINE)
	assert len(blocks) == len(set(blocks)), [block for block, times in Counter(blocks).items() if times > 1]
	assert "fuzzy" not in text and "\n#~" not in text
	assert not [message.id for message in messages(name) if message.pluralizable], (
		"Frappe reads no plural forms"
	)


def test_template_and_translation_hold_the_same_texts():
	template, italian = ({key(message) for message in messages(name)} for name in ("main.pot", "it.po"))
	assert template == italian, f"{sorted(template ^ italian)}; {REMEDY}"


def test_the_head_tells_language_and_never_changes_by_itself():
	head = (LOCALE / "it.po").read_text().split("\n\n")[0]
	assert '"Language: it\\n"' in head
	assert "Generated-By" not in head
	assert "PO-Revision-Date: 2026-11-22 00:00+0000" in head


def gaps(text: str) -> Counter[str]:
	"""The gaps of a text that a value fills, however often each stands there."""
	return Counter(set(re.findall(r"\{\w*\}", text)))


def tags(text: str) -> list[str]:
	"""HTML tags of a text."""
	return re.findall(r"</?\w+[^<>]*>", text)


@pytest.mark.parametrize("find", [gaps, tags])
def test_gaps_and_tags_are_the_same_on_both_sides(find):
	# a text may leave out the second of two equal gaps, never one of its kind
	wrong = [message.id for message in messages("it.po") if find(message.id) != find(message.string)]
	assert not wrong, wrong


def test_no_translation_is_cut_off_or_padded():
	for message in messages("it.po"):
		assert message.string.strip(), message.id
		assert bool(re.search(r"[.:?!]$", message.id)) == bool(re.search(r"[.:?!]$", message.string)), (
			f"{message.id!r} and {message.string!r} end differently"
		)


def test_the_register_workbook_speaks_the_same_italian():
	"""Its drop-downs have labels of their own, in Italian: the desk shows the same choice by the same word."""
	italian = {key(message): message.string for message in messages("it.po")}
	differ = []
	for sheet in register.SHEETS:
		for column in sheet.columns:
			for stored, label in column.choices:
				if not isinstance(stored, str):
					continue
				places = (column.target, sheet.doctype, *WHERE_CHOICES_LIVE.get(sheet.doctype, ()), "")
				words = {italian[stored, place] for place in places if (stored, place) in italian}
				if label not in words and (sheet.doctype, stored) not in TWO_MEANINGS:
					differ.append((sheet.title, column.header, label, sorted(words)))
	assert not differ, differ


# One word is a state and a reason for closing in the same DocType, which gives both the same translation.
TWO_MEANINGS = {("Minor", "Transferred")}

# Columns of a sheet that fill a table of its record.
WHERE_CHOICES_LIVE = {"PEI": ("PEI Objective",), "Training Session": ("Training Attendance",)}
