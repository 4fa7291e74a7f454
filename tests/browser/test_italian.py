"""The desk speaks Italian: every page of the app, as each role, holds no English word.

Three nets, each catching what the others let through. What the desk asked Frappe to translate and got back in English
is remembered (`window.__` is wrapped before the desk starts), and must not stand on the page. No text of the page is
an English text of our catalogue. And no text holds one of a few words that only English has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from desk import URL, Desk

import core_minori
from core_minori.setup.demo_data import USERS

PACKAGE = Path(core_minori.__file__).parent

# Words of English that are no words of Italian.
GIVEAWAYS = frozenset(
	"""about above add added after all already and any apply are attach back been before below by can cannot change
	choose clear click close comment create created customize date day days delete details done down drag drop due each
	edit empty enter error every export fields filters find first following for found from get go has have help here
	hide how import in is it item items last leave less load make may menu month more most move must my name new next
	no not nothing of on one only open or other our out page please print read reload remove report reset role row rows
	save saved search see select selected send set settings share show sort start status tag tags team than that the
	their then there these they this to total type up update upload use user users value view was week were what when
	where which who why will with without work yes yesterday you your""".split()
) - frozenset(
	# also Italian, or at home in it
	"no in error menu report password e-mail set team tag online budget partner".split()
)

# Texts that stay as they are, and why.
ALLOWED = {
	"Core Minori": "name of the app",
	"ERPNext": "name of the program",
	"FAMI Budget Line": "never shown: kept out by the check itself",
}


@cache
def catalogue() -> tuple[frozenset[str], frozenset[str]]:
	"""English texts whose Italian differs, and all Italian texts."""
	with open(PACKAGE / "locale" / "it.po", "rb") as file:
		messages = [message for message in read_po(file) if message.id]
	italian = frozenset(message.string for message in messages)
	return frozenset(message.id for message in messages if message.id != message.string) - italian, italian


def names(kind: str) -> list[dict]:
	"""Our DocTypes, reports or workspaces, as their files tell them."""
	found = [json.loads(path.read_text()) for path in sorted(PACKAGE.glob(f"*/{kind}/*/*.json"))]
	return [record for record in found if record.get("doctype") in ("DocType", "Report", "Workspace")]


# Before the desk starts: `__` remembers what it was asked for and had no Italian word for.
REMEMBER = """
(() => {
	window.cm_asked = new Set();
	let translate;
	Object.defineProperty(window, "__", {
		configurable: true,
		get: () => translate,
		set(real) {
			translate = function (text, replace, context) {
				const messages = (window.frappe && frappe._messages) || {};
				if (typeof text === "string" && !messages[text] && !(context && messages[text + ":" + context])) {
					window.cm_asked.add(text);
				}
				return real(text, replace, context);
			};
		},
	});
})();
"""

# What a person can read now: texts, placeholders, options, hints, and the entries of menus not opened yet.
READ = """
() => {
	const shown = (element) => element.checkVisibility({ checkVisibilityCSS: true });
	const found = new Set();
	const add = (text) => text && text.trim() && found.add(text.trim().replace(/\\s+/g, " "));
	const skip = "script, style, noscript, .datatable .dt-scrollable .cm-data, .ql-editor";
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const element = walker.currentNode.parentElement;
		if (!element || element.closest(skip)) continue;
		const menu = element.closest(".dropdown-menu");
		const owner = menu ? menu.parentElement : element;
		if (element.closest("option") ? shown(element.closest("select")) : shown(owner)) add(walker.currentNode.data);
	}
	for (const element of document.querySelectorAll("[placeholder], [title]")) {
		if (!shown(element)) continue;
		add(element.getAttribute("placeholder"));
		add(element.getAttribute("title"));
	}
	const asked = new Set([...window.cm_asked].map((text) => text.trim().replace(/\\s+/g, " ")));
	return [...found].map((text) => [text, asked.has(text)]);
}
"""


def english(texts: Iterable[tuple[str, bool]], data: frozenset[str]) -> dict[str, str]:
	"""The texts that are English, each with the reason why we think so."""
	sources, italian = catalogue()
	found = {}
	for text, untranslated in texts:
		if text in ALLOWED or text in italian or text in data or not re.search("[A-Za-z]{2}", text):
			continue
		words = GIVEAWAYS.intersection(re.findall(r"[a-zà-ù']+", text.lower()))
		if text in sources:
			found[text] = "a text of ours without its translation"
		elif untranslated:
			found[text] = "Frappe has no Italian for it"
		elif words:
			found[text] = f"English words: {', '.join(sorted(words))}"
	return found
