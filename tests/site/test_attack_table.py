"""The attack table: everybody who may not, at every door, on every kind of record; over HTTP, as real users.

It is generated. Who: the roles of the resolver, a System Manager, a System Manager who also holds a role of the cases, a
role that waits for its confirmation, a worker until yesterday, a worker from tomorrow, an emergency reader without an
access, with one and after one, a user without roles, and nobody at all. What: every protected DocType, its child tables,
and what Frappe keeps about records, of one case and of a stranger's. Through what: `attack_doors.DOORS` and every web
method in api/. Who may read what comes from the table of tests/site/test_matrix.py, written by hand.

A leak is a planted word in an answer, the code of a record that was not named, two different answers to a right and a
wrong guess, a yes, or a changed row. Each door is also passed by somebody who may (`test_each_door_leads_somewhere`), with
the same eyes: a door that leads nowhere proves nothing, and fails.

In a usual run an attacker meets most doors, each on some of its targets, and each door meets most attackers; which ones
turns with both names. With CORE_MINORI_ATTACK=all all of them meet all, which takes an hour.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from time import sleep
from zlib import crc32

import attack_doors as doors
import pytest
import requests
from attack_doors import DOORS, Door, Target, our_method
from attack_methods import LISTS, record_of, value_of, web_methods
from bench import Bench
from conftest import Answer, Scenario, Site, Visitor
from test_matrix import EVERYBODY, MATRIX, PROBE, granted, granted_elsewhere

# Logins that look as if they might, besides the roles; and who has none.
NEARLY = ("former", "future", "double", "waiting", "emergency_ended", "nobody")
GUEST = "guest"
ATTACKERS = (*EVERYBODY, *NEARLY, GUEST)
SIDES = {"records": "words", "others": "other_words"}
ALL = os.environ.get("CORE_MINORI_ATTACK") == "all"
# Of so many times more targets than a door says one is tried, where it does not say at most three; of our methods as many as it says.
SPARING = 12
# New rows of these are written by looking, whoever looks: what was there stays as it is.
_GROWING = ("Access Log", "Activity Log", "Case Access Log", "Error Log", "View Log")
# The officers are told of what an attacker tries, by code.
_TOLD = ("Notification Log",)
_WORD = re.compile(r"qk[0-9a-f]{12}")
_CODE = re.compile(r"\b(?:[A-Z]{3,4}-\d{4}-\d{4,6}|[0-9a-z]{10})\b")
EVERY_DOOR = (
	"list, form, count, link search, link titles, reports, exports, print, share keys, files, versions, timeline,"
	" comments, assignments, shares, follow, tags, global search, dashboards, number cards, calendars, child tables,"
	" REST v1, REST v2, frappe.client, RPC, data export, data import, e-mail texts, notification texts, error log,"
	" deleted documents, background jobs, web forms, realtime, rename, delete, bulk update, restore, workflow,"
	" connections"
)
# A text that a new record of this DocType needs for the control to be let in.
_NEW = {"Support Person": {"relation": "Uncle or Aunt", "person_name": "Prova"}}


# Who is answered where Administrator is not: steps that ask for the role itself.
_ANSWERED = {"core_minori.api.rights.correctable": "coordinator"}


class Eyes:
	"""What is secret on the site, whose it is, and what each attacker may see of it."""

	def __init__(self, made: dict) -> None:
		self.made = made
		self.words: dict[str, tuple[str, str]] = {}  # word -> side, record
		self.codes: dict[str, tuple[str, str]] = {}  # code or name of a row -> side, record
		for side, words in SIDES.items():
			for key, word in made[words].items():
				self.words[word.lower()] = (side, re.split("[/~]", key)[0])
			for key, (_doctype, name) in made[side].items():
				names = [name, *made["rows"][side][key].values(), *made["traces"][side][key].values()]
				for code in names:
					if isinstance(code, str) and _CODE.fullmatch(code):
						self.codes.setdefault(code, (side, key))
		self._mentioned = {
			key: {
				code
				for side in SIDES
				for record in self.readable(key, side)
				for code in made["mentions"][side].get(record, ())
			}
			for key in ATTACKERS
		}
		cases = {made[side]["case"][1] for side in SIDES}
		# An access that has ended still says whose it was; the log says what was opened, by code.
		self._mentioned["emergency_ended"] |= {made["case"], made["ended"]}
		self._mentioned["protection_officer"] |= {*self.codes, *cases}
		# Who answers for who sees what is told by which record somebody does (api.access).
		self._mentioned["manager"] |= {made[side]["emergency access"][1] for side in SIDES} | {made["ended"]}

	def readable(self, key: str, side: str) -> set[str]:
		"""Records of a side that an attacker may read, by the table."""
		if side == "records":
			return granted(key, "R")
		return granted_elsewhere(key, "R")

	def writable(self, key: str, side: str) -> set[str]:
		"""The same for writing."""
		if side == "records":
			return granted(key, "W")
		return granted_elsewhere(key, "W")

	def secrets_in(self, answer: Answer) -> dict[str, tuple[str, str]]:
		"""Word or code -> whose it is, of what the answer tells and the question did not."""
		asked, text = answer.asked.lower(), answer.text
		found = {word: self.words[word] for word in set(_WORD.findall(text.lower())) & self.words.keys()}
		found |= {code: self.codes[code] for code in set(_CODE.findall(text)) & self.codes.keys()}
		return {secret: whose for secret, whose in found.items() if secret.lower() not in asked}

	def leaks(self, key: str, answer: Answer) -> list[str]:
		"""What this attacker learns that the table does not grant."""
		told = [f"the site's secrets: {answer.asked[:300]}"] if '"db_password"' in answer.text else []
		for secret, (side, record) in self.secrets_in(answer).items():
			if record in self.readable(key, side) or secret in self._mentioned[key]:
				continue
			if secret in self.codes and answer.status == 404 and 'id="page-404"' in answer.text:
				continue  # Frappe keeps this page for everybody, with the address that somebody asked for first
			if secret in self.codes and "Error Log" in answer.asked:
				continue  # the title of an error says the code of the record it is about, and nothing else
			if answer.status == 403 and self._named_by_row(answer, side, record):
				continue  # a refusal names the record of a row, to whoever knew the random name of the row
			told.append(f"{record} of {side} ({secret}): {answer.status} {answer.asked[:400]}")
		return told

	def _named_by_row(self, answer: Answer, side: str, record: str) -> bool:
		rows = self.made["rows"][side].get(record, {}).values()
		traces = self.made["traces"][side].get(record, {}).values()
		return any(str(name) in answer.asked for name in (*rows, *traces))


@pytest.fixture(scope="module")
def table(bench: Bench) -> Iterator[tuple[Site, Eyes]]:
	"""The site with a scenario of its own, and what is secret there."""
	out = bench.frappe(
		"execute", "core_minori.tests.matrix_scenario.make_for_attack", site=os.environ["CORE_MINORI_SITE"]
	)
	made = json.loads(next(line for line in reversed(out.splitlines()) if line.startswith("{")))
	site = Site(os.environ["CORE_MINORI_URL"].rstrip("/"), Scenario({**made, "attackers": list(ATTACKERS)}))
	eyes = Eyes(made)
	_mention(site, made)
	yield site, eyes


def _mention(site: Site, made: dict) -> None:
	"""The worker mentions everybody in a comment: Frappe tells each of them."""
	users = [user for key, user in made["users"].items() if key != "worker"]
	text = "".join(f'<span class="mention" data-id="{user}" data-value="x">@x</span>' for user in users)
	doctype, name = made["records"]["support person"]
	site.visitor("worker").post(
		"frappe.desk.form.utils.add_comment",
		reference_doctype=doctype,
		reference_name=name,
		content=f"<div>{made['words']['support person']} {text}</div>",
		comment_email=made["users"]["worker"],
		comment_by="x",
	)


# --- who tries what ---------------------------------------------------------------------------------------


def _record(made: dict, side: str, key: str, index: int) -> Target:
	doctype, name = made[side][key]
	words = made[SIDES[side]]
	return Target(
		side,
		key,
		doctype,
		name,
		words.get(key, ""),
		made["fields"][side][key] or "",
		{
			"index": index,
			"case": made[side]["case"][1],
			"rows": made["rows"][side][key],
			"traces": {**made["traces"][side][key], "word": words[f"{key}~Document Share Key"]},
			"probe": PROBE[doctype],
			"new": _NEW.get(doctype, {}),
		},
	)


def _note(made: dict) -> Target:
	"""A record that is not protected: the control where nobody passes a protected one."""
	traces = dict.fromkeys(made["traced"], "x") | {"url": "x", "word": "x"}
	return Target(
		"records",
		"note",
		"Note",
		made["note"],
		made["words"]["note"],
		"content",
		{"index": 0, "case": "x", "rows": {}, "traces": traces, "probe": ("title", "Prova"), "new": {}},
	)


def targets(kind: str, made: dict) -> list[Target]:
	"""Everything that a door of this kind is tried on."""
	records = [_record(made, side, key, at) for side in SIDES for at, key in enumerate(made[side])]
	if kind == "record":
		return records
	if kind == "word":
		return [target for target in records if target.field]
	if kind in ("doctype", "case"):
		fields = {target.doctype: target.field for target in records if target.field}
		first = {target.doctype: target for target in reversed(records)}
		if kind == "case":
			return [
				target
				for doctype in first
				for target in (
					next((t for t in records if t.side == side and t.doctype == doctype), None)
					for side in SIDES
				)
				if target and doctype not in ("Minor", "Case File", "Register Import", "Case Access Log")
			]
		keys = {doctype: {target.key for target in records if target.doctype == doctype} for doctype in first}
		return [
			Target(
				"records",
				first[doctype].key,
				doctype,
				"",
				first[doctype].word,
				"",
				{
					"field": fields.get(doctype, ""),
					"reads": lambda who, doctype=doctype: bool(granted(who, "R") & keys[doctype]),
				},
			)
			for doctype in made["protected"]
		]
	if kind in ("row", "row word"):
		found = []
		for child, parents in made["child_of"].items():
			for parent in parents:
				of = [target for target in records if target.doctype == parent]
				field = made["row_fields"][child] or ""
				more = {
					"parent": parent,
					"fields": ["name", *([field] if field else [])],
					"names": [target.more["rows"][child] for target in of],
				}
				word = made["words"].get(f"{of[0].key}/{child}", "")
				if field or kind == "row":
					found.append(Target("records", of[0].key, child, "", word, field, more))
		return found
	if kind == "trace":
		return [Target("records", "", trace, "", "", "") for trace in made["traced"]]
	if kind == "report":
		today = date.today()
		filters = {
			"from_date": str(today.replace(month=1, day=1)),
			"to_date": str(today),
			"month": str(today.replace(day=1)),
			"date": str(today),
		}
		return [
			Target("records", name, "Report", name, "", "", {"filters": filters}) for name in made["reports"]
		]
	if kind == "method":
		return [target for side in SIDES for target in _methods(made, side)]
	assert kind == "whole"
	return [Target("records", "", "", "")]


def _methods(made: dict, side: str) -> Iterator[Target]:
	"""Every web method in api/, told about a record of this side wherever it takes one."""
	for path, (post, arguments) in web_methods().items():
		given = {name: _argument(made, side, path, name, kind) for name, kind in arguments.items()}
		about = [record_of(path, name) for name in ("record", "name") if name in arguments]
		if "doctype" in arguments and about:
			given["doctype"] = made[side][about[0]][0]
		if side == "records" or any(record_of(path, name) for name in arguments):
			yield Target(side, path, "", path, "", "", {"post": post, "arguments": given})


def _about_a_case(target: Target) -> bool:
	return any(record_of(target.name, name) for name in target.more["arguments"])


def _argument(made: dict, side: str, path: str, name: str, kind: str) -> object:
	record = record_of(path, name)
	if not record:
		return value_of(name, kind)
	doctype, code = made[side][record]
	if name == "records":
		return {doctype: [code]}
	return [code] if name in LISTS else code


def attempts(key: str, eyes: Eyes) -> Iterator[tuple[Door, Target]]:
	"""What one attacker tries: doors, each on targets that the table does not grant them."""
	known = {kind: targets(kind, eyes.made) for kind in {door.kind for door in DOORS.values()}}
	for at, door in enumerate(DOORS.values()):
		shut = [target for target in known[door.kind] if _is_shut(key, door, target, eyes)]
		known_by_name = door.every <= 3 or door.kind == "method"
		every = door.every if known_by_name else min(door.every * SPARING, max(1, len(shut)))
		every = 1 if ALL else every
		turn = crc32(f"{key} {at}".encode())
		if not ALL and turn % 7 in (0, 1):
			continue
		for place, target in enumerate(shut):
			if (place + turn) % every == 0:
				yield door, target


def _is_shut(key: str, door: Door, target: Target, eyes: Eyes) -> bool:
	if door.only and target.doctype not in door.only:
		return False
	if door.kind == "method" and target.more["post"] and eyes.writable(key, target.side):
		return False  # who works on the case changes it: the matrix and each method's own tests say how far
	if door.name == "delete" and target.key == "import" and "import" in eyes.writable(key, target.side):
		return False  # its author takes the file of names away
	if door.kind == "row word":
		return target.key not in eyes.readable(key, target.side)
	if door.kind not in ("record", "word", "case"):
		return True  # it answers for many records: what it may tell is looked at
	if door.needs == doors.NOBODY:
		return True
	may = eyes.readable if door.needs == doors.READ else eyes.writable
	return target.key not in may(key, target.side)


# --- the table --------------------------------------------------------------------------------------------


def _visitor(site: Site, key: str) -> Visitor:
	if key not in (GUEST, "nobody"):
		for _again in range(4):
			with suppress(AssertionError, requests.ConnectionError):
				return site.visitor(key)
			sleep(5)  # the database lets nobody in for a moment
		return site.visitor(key)
	if key not in site._sessions:
		session = requests.Session()
		session.trust_env = False
		session.headers["Accept"] = "application/json"
		if key == "nobody":  # who has no role has no desk, and their session no token
			login = {"usr": site.scenario.users[key], "pwd": site.scenario.password}
			assert session.post(f"{site.url}/api/method/login", data=login, timeout=120).status_code == 200
		site._sessions[key] = session
	return Visitor(site.url, site._sessions[key], key, True)


def _tried(site: Site, eyes: Eyes, key: str) -> tuple[Counter, list[str]]:
	"""Attempts by kind of door, and the leaks, of one attacker."""
	count, found = Counter(), []
	for door, target in attempts(key, eyes):
		for _again in range(4):
			visitor = _visitor(site, key)
			door.go(visitor, target, eyes.made)
			if not any(_unanswered(answer) for answer in visitor.answers):
				break
			sleep(3)
		count[door.area] += len(visitor.answers)
		found += [
			f"{key} at {door.name}: {leak}" for answer in visitor.answers for leak in eyes.leaks(key, answer)
		]
		found += [
			f"{key} at {door.name} on {target.key} of {target.side}: a right guess is answered {right[:200]},"
			f" a wrong one {wrong[:200]}"
			for right, wrong in visitor.guesses
			if right != wrong
		]
		# The room of a DocType is open to its roles; nothing about a case is sent there (overrides/live_updates.py).
		heard = door.area == "realtime" and door.kind == "doctype" and key in EVERYBODY
		heard = heard and not target.more["reads"](key)
		if door.proof == doors.YES and (door.kind == "record" or heard):
			found += [
				f"{key} at {door.name} on {target.key} of {target.side}: {answer.asked[:300]} says yes"
				for answer in visitor.answers
				if _says_yes(answer)
			]
	return count, found


def _unanswered(answer: Answer) -> bool:
	"""Whether the server itself gave up, for want of a connection to the database: nothing was tried then."""
	return answer.status in (500, 502, 503) and "<title>500 Internal Server Error</title>" in answer.text


def _says_yes(answer: Answer) -> bool:
	"""Whether an answer grants something: a page or file, or a result that is not a plain no."""
	if answer.status != 200:
		return False
	if not answer.text.lstrip().startswith("{"):
		return "/Count 0" not in answer.text  # a file of prints without a page
	return _anything_in(answer.message)


def _anything_in(result: object) -> bool:
	if isinstance(result, dict):
		return any(_anything_in(value) for value in result.values())
	return any(_anything_in(value) for value in result) if isinstance(result, list) else bool(result)


def test_nothing_comes_out_of_any_door(table: tuple[Site, Eyes], capsys: pytest.CaptureFixture) -> None:
	site, eyes = table
	before = _state(site, eyes.made)
	with ThreadPoolExecutor(max_workers=4) as pool:
		results = list(pool.map(lambda key: _tried(site, eyes, key), ATTACKERS))
	total = sum((count for count, _found in results), Counter())
	found = [leak for _count, leaks in results for leak in leaks]
	changed = _changes(before, _state(site, eyes.made))
	with capsys.disabled():
		print(
			f"\n{sum(total.values())} attempts by {len(ATTACKERS)} attackers at {len(DOORS)} doors of"
			f" {len(total)} kinds: {len(found) + len(changed)} leaks"
		)
		for area, number in sorted(total.items()):
			print(f"  {area}: {number}")
		for leak in (*found[:100], *changed.items()):
			print(f"  LEAK {leak}")
	assert sum(total.values()) > 5000
	assert not found, f"{len(found)} leaks, listed above"
	assert changed == {}


def test_every_role_is_an_attacker_and_every_protected_doctype_is_attacked(table: tuple[Site, Eyes]) -> None:
	made = table[1].made
	held = {role for roles in made["logins"].values() for role in roles}
	assert {*made["roles"], "System Manager"} <= held
	assert set(ATTACKERS) == {*made["logins"], GUEST}
	for side in SIDES:
		assert set(made[side]) == set(MATRIX), "a record without a row in the table of test_matrix.py"
		assert {doctype for doctype, _name in made[side].values()} == set(made["protected"])
		assert {child for rows in made["rows"][side].values() for child in rows} == set(made["child_of"])


def test_every_door_of_the_list_is_in_the_table() -> None:
	assert {door.area for door in DOORS.values()} == set(EVERY_DOOR.split(", "))


def _state(site: Site, made: dict) -> dict[str, tuple]:
	"""Number and digest of the rows that a successful write would change, by table."""
	protected = ", ".join(f"'{doctype}'" for doctype in made["protected"])
	known = [
		f"select '{doctype}' what, count(*) n, sum(crc32(concat_ws('|', name, modified, modified_by, owner,"
		f" docstatus, _user_tags, _comments, _assign, _liked_by))) s from `tab{doctype}`"
		for doctype in made["protected"]
		if doctype not in _GROWING
	]
	known += [
		f"select '{child}', count(*), sum(crc32(concat_ws('|', name, parent, idx, modified))) from `tab{child}`"
		for child in (*made["child_of"], "Organisation User")
	]
	known.append(
		"select 'Has Role', count(*), sum(crc32(concat_ws('|', parent, role))) from `tabHas Role`"
		" where parenttype = 'User'"
	)
	known += [
		f"select '{trace}', count(*), sum(crc32(concat_ws('|', name, modified, `{name}`))) from `tab{trace}`"
		f" where `{about}` in ({protected})"
		for trace, (about, name) in {**made["traced"], "DocShare": ("share_doctype", "share_name")}.items()
		if trace not in (*_GROWING, *_TOLD)
	]
	names = ", ".join(f"'{made[side]['access log'][1]}'" for side in SIDES)
	known.append(
		"select 'Case Access Log', count(*), sum(crc32(concat_ws('|', name, seen_at, user, note, seal)))"
		f" from `tabCase Access Log` where name in ({names})"
	)
	answer = site.visitor("root").post(
		"frappe.desk.doctype.system_console.system_console.execute_code",
		doc={"doctype": "System Console", "type": "SQL", "console": " union all ".join(known)},
	)
	return {row["what"]: (row["n"], row["s"]) for row in json.loads(answer.message["output"])}


def _changes(before: dict, after: dict) -> dict:
	return {what: (before[what], after[what]) for what in before if before[what] != after[what]}


# --- the controls -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOORS)
def test_each_door_leads_somewhere(table: tuple[Site, Eyes], name: str) -> None:
	"""Somebody who may comes in, and is seen coming in with the eyes that look for leaks."""
	site, eyes = table
	door, made = DOORS[name], eyes.made
	if door.on == "note":
		target = _note(made)
	else:
		known = targets(door.kind, made)
		target = next((t for t in known if t.key == door.on), known[0])
	if door.kind == "method":
		return  # each method has a control of its own, below
	visitor = site.visitor(door.control)
	before = _state(site, made) if door.proof == doors.CHANGE else {}
	notes = site.visitor("root").call("frappe.client.get", doctype="Note", name=made["note"]).text
	door.go(visitor, target, made)
	if door.proof == doors.GUESS:
		assert any(right != wrong for right, wrong in visitor.guesses), _said(visitor)
	elif door.proof == doors.CHANGE:
		later = site.visitor("root").call("frappe.client.get", doctype="Note", name=made["note"]).text
		after = _state(site, made)
		assert _changes(before, after) or notes != later or _shared(site, made), _said(visitor)
	elif door.proof == doors.YES:
		assert any(_says_yes(answer) for answer in visitor.answers), _said(visitor)
	else:
		assert _sees(eyes, door, target, visitor), _said(visitor)


def test_each_method_of_ours_answers_somebody(table: tuple[Site, Eyes]) -> None:
	"""Administrator asks the same and gets an answer: what refuses the others is who they are, not what they ask.

	A step that is not the next one is refused to everybody; of what changes something, only that it is there is asked.
	"""
	site, eyes = table
	refused = []  # what changes something is told about records that are not: a 404 is an answer to that
	for target in _methods(eyes.made, "records"):
		visitor = site.visitor(_ANSWERED.get(target.name, "root"))
		our_method(visitor, target, eyes.made)
		status = visitor.answers[-1].status
		if status in (401, 405) or (
			status in (403, 404) and not target.more["post"] and _about_a_case(target)
		):
			refused.append(f"{target.name}: {_said(visitor)}")
	assert not refused, "\n".join(refused)


def _sees(eyes: Eyes, door: Door, target: Target, visitor: Visitor) -> bool:
	"""Whether the proof of a door is among the answers."""
	made = eyes.made
	words = {word.lower(): key for side in SIDES.values() for key, word in made[side].items()}
	for answer in visitor.answers:
		if answer.status != 200:
			continue
		told = {
			words[word]
			for word in set(_WORD.findall(answer.text.lower())) & words.keys()
			if word not in answer.asked.lower()
		}
		codes = set(_CODE.findall(answer.text)) & {*eyes.codes, made["note"]}
		if door.proof == doors.WORD and (target.key in told or (not target.key and told)):
			return True
		if door.proof == doors.NAME and any(code not in answer.asked for code in codes):
			return True
		if door.proof == doors.TRACE and any("~" in key for key in told):
			return True
		if door.proof == doors.FILE and f"{target.key}~File" in told:
			return True
		if door.proof == doors.ROW and f"{target.key}/{target.doctype}" in told:
			return True
	return False


def _shared(site: Site, made: dict) -> bool:
	"""Whether something hangs on the unprotected record now: what the controls of closed doors change."""
	root = site.visitor("root")
	return any(
		root.call("frappe.client.get_list", doctype=doctype, filters={field: made["note"]}).message
		for doctype, field in (
			("DocShare", "share_name"),
			("Document Follow", "ref_docname"),
			("Communication", "reference_name"),
		)
	)


def _said(visitor: Visitor) -> str:
	return "\n".join(
		f"{answer.status} {answer.asked[:150]} -> {answer.text[:300]}" for answer in visitor.answers
	)
