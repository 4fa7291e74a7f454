"""The desk speaks Italian: every page of the app, as the people who use it, holds no English word.

Three nets, each catching what the others let through. What the desk asked Frappe to translate and got back in English
is remembered (`window.__` is wrapped before the desk starts) and must not stand on the page. No text of the page is
an English text of our catalogue. And no text holds one of the words that only English has.

A page is opened as the first role that may, its workspaces as each role; CORE_MINORI_EVERY_ROLE=1 opens every page as
every role that may (some minutes more).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from desk import Desk

import core_minori
from core_minori.setup.demo_data import USERS

PACKAGE = Path(core_minori.__file__).parent
EVERY_ROLE = os.environ.get("CORE_MINORI_EVERY_ROLE", "") not in ("", "0")
ROLES = {user.roles[0]: user.key for user in reversed(USERS)}

# Words of English that are no words of Italian (nor at home in it, as error, menu, report, team and budget are).
GIVEAWAYS = frozenset(
	"""about above add added after all already and any apply are attach back been before below by can cannot change
	choose clear click close comment create created customize day days delete details done drag drop each edit
	empty enter every export fields find first following for found from get go has have help here hide how import is
	it items last leave less load make may month more most move must my name new next not nothing of on one only open
	or other our out page please print read reload remove reset role row rows save saved search see select selected
	send settings share show sort start tags than that the their then there these they this to total type up update
	upload use user users value view was week were what when where which who why will with without work yes yesterday
	you your""".split()
)

# Names (ON is a national objective of a fund), which are nobody's language: taken out of a text before its words are looked at.
NAMES = re.compile(
	r"\bON \d|Save the Children|Nexelya Settings|FamiCore|Child Care|Ricucire i Sogni|\b\w+\.it\b"
)

# What stays English, and why.
ALLOWED = {
	"Nexelya Settings": "a page of the program, by its own name",
	"Europe/Rome": "name of a time zone",
	"You have unseen notifications": "Frappe's hint of the bell",
	"Today": "button of the picker of times",
	"not set": "Frappe's word in the history of a form",
	"Begin typing for results.": "fixed in awesomplete, for screen readers",
}
ALLOWED_SHAPES = (
	(re.compile(r"\d+ results found"), "fixed in awesomplete, for screen readers"),
	(re.compile(r"[\w.+-]+@[\w.-]+"), "an address"),
	(re.compile(r"Filter based on .*"), "hint fixed in frappe-datatable"),
	(re.compile(r"[a-z0-9]+(_[a-z0-9]+)*"), "name of a field or fact: the same in every language"),
	(re.compile(r"[A-Z]+(-[A-Z0-9.]+)+"), "code of a record"),
	(
		re.compile(
			r".* self assigned this task: .*|Assignment of .* removed by .*|.* removed their assignment\."
		),
		"stored by Frappe in English",
	),
	(re.compile(r"Ordina per (Name|User)"), "Frappe's label of a record's number or title"),
	(
		re.compile(r".*: mediana dei giorni|.*, media|In scadenza entro \d+ giorni"),
		"a card's title, Italian already when Frappe is asked for it",
	),
	(re.compile(r"HR-EMP-\d+: .*"), "a person by number and name"),
	(
		re.compile(r"Hai cambiato i valori di .*"),
		"Frappe's timeline names the fields of a table's rows untranslated",
	),
)


@cache
def catalogue() -> tuple[frozenset[str], frozenset[str]]:
	"""English texts whose Italian differs, and all Italian texts."""
	with open(PACKAGE / "locale" / "it.po", "rb") as file:
		messages = [message for message in read_po(file) if message.id]
	italian = frozenset(message.string for message in messages)
	return frozenset(message.id for message in messages if message.id != message.string) - italian, italian


@cache
def ours(kind: str) -> tuple[str, ...]:
	"""Names of our doctypes with a page of their own, reports or workspaces, as their files tell them."""
	found = [json.loads(path.read_text()) for path in sorted(PACKAGE.glob(f"*/{kind}/*/*.json"))]
	return tuple(
		one["name"] for one in found if one.get("doctype", "").lower() == kind and not one.get("istable")
	)


# Before the desk starts: `__` remembers what it was asked for and had no Italian for. What it gave once and is asked
# for again is Italian already.
REMEMBER = """
(() => {
	window.cm_asked = new Set();
	const given = new Set();
	let translate;
	Object.defineProperty(window, "__", {
		configurable: true,
		get: () => translate,
		set(real) {
			translate = function (text, replace, context) {
				const answer = real(text, replace, context);
				if (typeof text !== "string") return answer;
				const messages = (window.frappe && frappe._messages) || {};
				const known = messages[text] || (context && messages[text + ":" + context]);
				if (known) given.add(answer).add(answer.replace(/<[^>]*>/g, "").trim());
				else if (!given.has(text)) window.cm_asked.add(String(answer));
				return answer;
			};
		},
	});
})();
"""

# What a person can read now: texts, placeholders, options, hints, and the entries of menus not opened yet. Values of
# records in a list's hints are left out: Frappe puts the stored value there.
READ = """
() => {
	const shown = (element) => element && element.checkVisibility({ checkVisibilityCSS: true });
	const found = new Set();
	const plain = (text) => text.trim().replace(/\\s+/g, " ");
	const add = (text) => text && text.trim() && found.add(plain(text));
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		let element = walker.currentNode.parentElement;
		if (!element || element.closest("script, style, noscript, .tooltip-content")) continue;
		const menu = element.closest(".dropdown-menu");
		const choice = element.closest("option");
		if (!shown(choice ? choice.closest("select") : menu ? menu.parentElement : element)) continue;
		const entry = element.closest(".menu-item-label, .dropdown-item");
		add(entry && entry.querySelector(".alt-underline") ? entry.textContent : walker.currentNode.data);
	}
	for (const element of document.querySelectorAll("[placeholder], [title]")) {
		if (!shown(element)) continue;
		add(element.getAttribute("placeholder"));
		if (!element.closest(".list-row, .dt-row")) add(element.getAttribute("title"));
	}
	for (const box of document.querySelectorAll("input[type=text]")) {
		if (shown(box)) add(box.value);
	}
	// What people wrote is in their own words, even where Frappe asks for a translation of it.
	const written = new Set();
	const note = (value) => {
		if (typeof value === "string") written.add(plain(value));
		else if (Array.isArray(value)) value.forEach(note);
		else if (value && value.constructor === Object) Object.values(value).forEach(note);
	};
	Object.entries(window.locals || {}).forEach(([doctype, records]) => doctype.startsWith("Doc") || note(records));
	if (window.cur_list) note(cur_list.data);
	if (frappe.query_report) note(frappe.query_report.data);
	note(frappe._link_titles);
	document.querySelectorAll("[role=listbox] *").forEach((offer) => note(offer.textContent));
	const asked = new Set([...window.cm_asked].map(plain).filter((text) => !written.has(text)));
	return [...found].map((text) => [text, asked.has(text)]);
}
"""


# Where a text stands, for who mends it.
PLACE = """
(text) => {
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const element = walker.currentNode.parentElement;
		if (element && element.checkVisibility() && walker.currentNode.data.trim() === text) {
			return (element.parentElement || element).outerHTML.slice(0, 300);
		}
	}
	return "no text of its own";
}
"""


def english(texts: Iterable[tuple[str, bool]]) -> dict[str, str]:
	"""The texts that are English, each with the reason why we think so."""
	sources, italian = catalogue()
	found = {}
	for text, untranslated in texts:
		if text in ALLOWED or text in italian or not re.search("[A-Za-z]{2}", text):
			continue
		if any(shape.fullmatch(text) for shape, _why in ALLOWED_SHAPES):
			continue
		words = GIVEAWAYS.intersection(re.findall(r"[a-zà-ù'-]+", NAMES.sub("", text).lower()))
		if text in sources:
			found[text] = "a text of ours without its translation"
		elif words:
			found[text] = f"English words: {', '.join(sorted(words))}"
		elif untranslated:
			found[text] = "Frappe has no Italian for it"
	return found


class Reader:
	"""One person going through the desk; `found` tells each English text, why, and the first page that shows it."""

	def __init__(self, desk: Desk) -> None:
		self.desk, self.page = desk, desk.page
		self.page.context.add_init_script(REMEMBER)
		self.found: dict[str, str] = {}
		self.pages = 0
		desk.open(desk.home)
		self.may = self.page.evaluate(
			"""() => ({
				language: frappe.boot.lang,
				read: frappe.boot.user.can_read,
				create: frappe.boot.user.can_create,
				reports: Object.keys(frappe.boot.user.all_reports),
				workspaces: frappe.boot.allowed_workspaces.map((one) => one.name),
			})"""
		)

	def look(self, where: str) -> None:
		"""Read the page as it stands."""
		self.pages += 1
		texts = self.english()
		if texts.keys() - self.found.keys():
			# a page that was still being drawn is not what a person reads
			self.page.wait_for_timeout(1000)
			again = self.english()
			texts = {text: why for text, why in texts.items() if text in again}
		for text, why in texts.items():
			if text not in self.found:
				self.found[text] = f"{why}; on {where}, in {self.page.evaluate(PLACE, text)}"

	def english(self) -> dict[str, str]:
		"""English texts of the page as it stands."""
		return english(map(tuple, self.page.evaluate(READ)))

	def go(self, *route: str) -> None:
		"""Follow a route of the desk."""
		self.page.evaluate("async (route) => { await frappe.set_route(route); }", list(route))
		self.desk.settle()

	def workspace(self, name: str) -> None:
		"""Read a workspace."""
		self.go("Workspaces", name)
		self.look(f"workspace {name}")

	def list_of(self, doctype: str) -> None:
		"""Read a list, and the form of its first record."""
		self.go("List", doctype, "List")
		self.look(f"list of {doctype}")
		first = self.page.evaluate("cur_list.data && cur_list.data.length ? cur_list.data[0].name : null")
		if first:
			self.go("Form", doctype, first)
			self.form(f"form of {doctype} {first}")

	def new(self, doctype: str) -> None:
		"""Read an empty form."""
		self.page.evaluate(
			"""async (doctype) => {
				await frappe.model.with_doctype(doctype);
				await frappe.set_route("Form", doctype, frappe.model.get_new_doc(doctype).name);
			}""",
			doctype,
		)
		self.desk.settle()
		self.form(f"new form of {doctype}")

	def form(self, where: str) -> None:
		"""Read all the tabs of the open form."""
		self.look(where)
		for tab in self.page.locator(".form-tabs:visible .nav-link:visible").all():
			tab.click()
			self.page.wait_for_timeout(150)
			self.look(where)

	def report(self, name: str) -> None:
		"""Read a report with its rows."""
		self.go("query-report", name)
		self.page.wait_for_timeout(500)
		self.desk.settle()
		if self.english().keys() - self.found.keys():
			self.page.evaluate("frappe.query_report.refresh()")
			self.page.wait_for_timeout(500)
			self.desk.settle()
		self.look(f"report {name}")


SEEN: set[tuple[str, str]] = set()


def first_time(kind: str, name: str) -> bool:
	"""Whether nobody opened this page yet in this run; always true where each role is to open each page."""
	new = (kind, name) not in SEEN
	SEEN.add((kind, name))
	return new or EVERY_ROLE


@pytest.mark.parametrize("role", ROLES)
def test_no_page_of_the_app_holds_an_english_word(desk_of, role):
	with desk_of(ROLES[role]) as desk:
		reader = Reader(desk)
		assert reader.may["language"] == "it", f"the demo user {ROLES[role]} does not have Italian"
		for name in ours("workspace"):
			if name in reader.may["workspaces"]:
				reader.workspace(name)
		for name in ours("doctype"):
			if name in reader.may["read"] and first_time("list", name):
				reader.list_of(name)
			if name in reader.may["create"] and first_time("new", name):
				reader.new(name)
		for name in ours("report"):
			if name in reader.may["reports"] and first_time("report", name):
				reader.report(name)
		assert reader.pages, f"{role} opened no page"
		assert not reader.found, "\n".join(f"{text!r}: {why}" for text, why in sorted(reader.found.items()))


def test_every_page_of_the_app_was_opened():
	if not SEEN:
		pytest.skip("the roles' pages were not opened in this run")
	wanted = {
		(kind, name) for kind, folder in (("list", "doctype"), ("report", "report")) for name in ours(folder)
	}
	assert not wanted - SEEN
