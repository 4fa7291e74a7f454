"""People by name: who may be the same person, whom a name in any script finds, and what a reader may be told of them."""

from collections.abc import Iterable, Mapping

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count
from frappe.utils import getdate

from core_minori.engine.duplicates import Match, Person, found_by, keys_of, matches, romanised
from core_minori.engine.identifiers import normalised

FIELDS = (
	"name",
	"given_name",
	"family_name",
	"alias",
	"original_name",
	"birth_date",
	"birth_date_certainty",
	"sex",
	"nationality",
	"second_nationality",
	"fiscal_code",
	"phone",
)
# With a name like half of a country's, those that share most of its words are enough.
MOST_CANDIDATES = 300


def person_of(values: Mapping) -> Person:
	"""What the engine compares, of a Minor, of a row of its list or of an intake form."""

	def text(field: str) -> str:
		return str(values.get(field) or "").strip()

	return Person(
		code=text("name"),
		given_name=text("given_name"),
		family_name=text("family_name"),
		alias=text("alias"),
		original_name=text("original_name"),
		birth_date=getdate(values.get("birth_date")) if values.get("birth_date") else None,
		birth_date_certainty=text("birth_date_certainty"),
		sex=text("sex"),
		nationalities=tuple(text(field) for field in ("nationality", "second_nationality") if text(field)),
		fiscal_code=text("fiscal_code"),
		phone=text("phone"),
	)


def candidates_for(person: Person) -> list[Person]:
	"""People on file who share a word of a name or the fiscal code, whoever may read them: two queries."""
	names = _by_keys(sorted(keys_of(person)))
	code = normalised(person.fiscal_code)
	filters: dict[str, tuple] = {"name": ("in", names)} if names else {}
	if code:
		filters["fiscal_code"] = ("=", code)
	if not filters:
		return []
	return [person_of(row) for row in frappe.get_all("Minor", or_filters=filters, fields=list(FIELDS))]


def duplicates_of(person: Person) -> list[Match]:
	"""People on file who may be this one, the likeliest first. For the asker's eyes only what they may read."""
	return matches(person, candidates_for(person))


def readable(minors: Iterable[str]) -> set[str]:
	"""Those of these people whom the user of the session may read."""
	minors = list(minors)
	if not minors or not frappe.has_permission("Minor", "read"):
		return set()
	return set(frappe.get_list("Minor", filters={"name": ["in", minors]}, pluck="name"))


def names_of_cases(cases: Iterable[str]) -> dict[str, str]:
	"""Case -> the person's name, of the cases whose person the user of the session may read: two queries."""
	cases = list(dict.fromkeys(cases))
	if not cases or not all(frappe.has_permission(doctype, "read") for doctype in ("Case File", "Minor")):
		return {}
	rows = frappe.get_list("Case File", filters={"name": ["in", cases]}, fields=["name", "minor"])
	people = frappe.get_list(
		"Minor",
		filters={"name": ["in", [row.minor for row in rows]]},
		fields=["name", "given_name", "family_name"],
	)
	shown = {row.name: full_name(row) for row in people}
	return {row.name: shown[row.minor] for row in rows if row.minor in shown}


def full_name(row: Mapping) -> str:
	"""Given and family name; people with one name have one."""
	return " ".join(part for part in (row.get("given_name"), row.get("family_name")) if part)


def search(text: str, most: int = 20) -> list[dict]:
	"""People the user of the session may read whom `text` names: a name in any script, an alias, a fiscal code."""
	text = (text or "").strip()
	if not frappe.has_permission("Minor", "read"):
		return []
	code = normalised(text)
	if len(code) in (11, 16) and any(character.isdigit() for character in code):
		return frappe.get_list("Minor", filters={"fiscal_code": code}, fields=list(FIELDS))
	if len(romanised(text).replace(" ", "")) < 2:
		return []
	keys = keys_of(Person(given_name=text))
	names = _by_keys(sorted(keys), beginning=True)
	like = ["like", f"%{text}%"]
	rows = frappe.get_list(
		"Minor",
		or_filters={
			**({"name": ["in", names]} if names else {}),
			**dict.fromkeys(("given_name", "family_name", "alias", "original_name"), like),
		},
		fields=list(FIELDS),
		limit_page_length=MOST_CANDIDATES,
	)
	ranked = [(found_by(text, person_of(row)), row) for row in rows]
	# What holds the very letters that were typed is found, whatever the rules of likeness say.
	for place, (score, row) in enumerate(ranked):
		if not score and any(
			text.casefold() in str(row.get(field) or "").casefold() for field in FIELDS[1:5]
		):
			ranked[place] = (80, row)
	ranked = sorted((one for one in ranked if one[0]), key=lambda one: (-one[0], one[1].name))
	return [row for _score, row in ranked[:most]]


def fill_keys() -> None:
	"""Make the keys of people who came before there were any; nothing where all have theirs."""
	minor, key = DocType("Minor"), DocType("Minor Name Key")
	without = (
		frappe.qb.from_(minor)
		.left_join(key)
		.on(key.parent == minor.name)
		.where(key.name.isnull())
		.select(*(minor[field] for field in FIELDS))
	).run(as_dict=True)
	rows = [
		(frappe.generate_hash(length=10), row.name, "Minor", "name_keys", place, found)
		for row in without
		for place, found in enumerate(sorted(keys_of(person_of(row))), start=1)
	]
	if rows:
		frappe.db.bulk_insert(
			"Minor Name Key", ["name", "parent", "parenttype", "parentfield", "idx", "name_key"], rows
		)


def _by_keys(keys: list[str], beginning: bool = False) -> list[str]:
	"""Names of the people with these keys, those with most of them first."""
	if not keys:
		return []
	key = DocType("Minor Name Key")
	condition = key.name_key.isin(keys)
	if beginning:
		for found in keys:
			condition |= key.name_key.like(f"{found}%")
	rows = (
		frappe.qb.from_(key)
		.select(key.parent)
		.where(condition & (key.parenttype == "Minor"))
		.groupby(key.parent)
		.orderby(Count("*"), order=frappe.qb.desc)
		.orderby(key.parent, order=frappe.qb.desc)
		.limit(MOST_CANDIDATES)
	).run()
	return [row[0] for row in rows]
