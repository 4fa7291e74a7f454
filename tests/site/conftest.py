"""The served site and the scenario on it: who attacks, what must not come back, and one web session for each login.

Run by `make test`, which sets CORE_MINORI_URL, CORE_MINORI_SITE and CORE_MINORI_BENCH. Nothing here imports frappe: the
tests come in over HTTP, as a browser or a script would.
"""

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from bench import ADMIN_PASSWORD, Bench

NEEDED = ("CORE_MINORI_URL", "CORE_MINORI_SITE", "CORE_MINORI_BENCH")
ROOT_USER = "Administrator"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
	"""Without a served site there is nothing to attack: say so once a test instead of failing in the middle."""
	missing = [name for name in NEEDED if not os.environ.get(name)]
	if missing:
		reason = f"{', '.join(missing)} not set: run `make test`, which serves a site"
		for item in items:
			item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: Any) -> None:
	"""How many requests the attackers made."""
	if Visitor.attempts:
		terminalreporter.write_line(f"{Visitor.attempts} requests were made as attackers")


@dataclass(frozen=True)
class Answer:
	"""One request and what came back, as text."""

	asked: str
	status: int
	text: str

	@property
	def message(self) -> Any:
		"""What the method returned; None for a refusal or a page."""
		try:
			body = json.loads(self.text)
		except ValueError:
			return None
		return body.get("message", body.get("data")) if isinstance(body, dict) else None


@dataclass
class Visitor:
	"""A login's web session, which remembers every answer."""

	url: str
	session: requests.Session
	key: str
	attacks: bool
	answers: list[Answer] = field(default_factory=list)
	guesses: list[tuple[str, str]] = field(default_factory=list)
	attempts = 0

	def send(self, verb: str, path: str, params: dict | None = None, **arguments: Any) -> Answer:
		"""Make one request; dictionaries and lists among `params` go as JSON, as Frappe's client sends them."""
		params = {key: _plain(value) for key, value in (params or {}).items()}
		where = "params" if verb == "GET" else "data"
		files = arguments.pop("files", None)
		response = self.session.request(
			verb, f"{self.url}{path}", files=files, timeout=120, **{where: params}, **arguments
		)
		answer = Answer(f"{verb} {path} {json.dumps(params)}", response.status_code, response.text)
		if b"\0" in response.content[:4000] or response.content[:2] == b"PK":
			answer = Answer(answer.asked, answer.status, _unpacked(response.content))
		self.answers.append(answer)
		Visitor.attempts += self.attacks
		return answer

	def get(self, path: str, /, **params: Any) -> Answer:
		"""GET a path."""
		return self.send("GET", path, params)

	def call(self, method: str, /, **params: Any) -> Answer:
		"""Call a whitelisted method that reads."""
		return self.send("GET", f"/api/method/{method}", params)

	def post(self, method: str, /, **params: Any) -> Answer:
		"""Call a whitelisted method that writes, or takes POST only."""
		return self.send("POST", f"/api/method/{method}", params)

	def body(self, verb: str, path: str, values: dict) -> Answer:
		"""Send a JSON body, as a script does."""
		response = self.session.request(verb, f"{self.url}{path}", json=values, timeout=120)
		answer = Answer(f"{verb} {path} {json.dumps(values)}", response.status_code, response.text)
		self.answers.append(answer)
		Visitor.attempts += self.attacks
		return answer

	def guess(self, ask: Any, right: str, wrong: str = "Qjzzzzzzzzz") -> None:
		"""Ask the same with a right and with a wrong guess; whoever may not know gets the same answer twice."""
		texts = []
		for word in (right, wrong):
			answer = ask(word)
			texts.append(f"{answer.status} {_without_noise(answer.text).replace(word, '?')}")
		self.guesses.append((texts[0], texts[1]))


@dataclass(frozen=True)
class Scenario:
	"""What core_minori.tests.scenario made on the site."""

	made: dict

	def __getattr__(self, name: str) -> Any:
		try:
			return self.made[name]
		except KeyError:
			raise AttributeError(name) from None

	@cached_property
	def codes(self) -> dict[str, str]:
		"""Code -> what it is: no attacker learns that these records exist."""
		codes = {self.minor: "Minor", self.case: "Case File", self.file: "File", self.file_url: "File URL"}
		codes[self.sibling_minor] = "Minor"
		codes |= {name: doctype for doctype, name in self.records.items()}
		return codes | {name: "Referral" for name in self.referrals.values()}

	def allowed(self, attacker: str) -> set[str]:
		"""Words and codes that this attacker may see by the matrix: a partner its open referral, the DPO the team."""
		if attacker in ("partner_a", "partner_b"):
			own = "sent" if attacker == "partner_a" else "other"
			return {self.words[f"referral_{own}"], self.referrals[own], self.case}
		if attacker == "protection_officer":
			return {self.words["assignment_reason"], self.records["Care Assignment"], self.case}
		return set()


class Site:
	"""Logins on the served site."""

	def __init__(self, url: str, scenario: Scenario) -> None:
		self.url, self.scenario = url, scenario
		self._sessions: dict[str, requests.Session] = {}

	def visitor(self, key: str) -> Visitor:
		"""A fresh memory on the session of this login; "root" is Administrator."""
		if key not in self._sessions:
			name, password = (
				(ROOT_USER, ADMIN_PASSWORD)
				if key == "root"
				else (self.scenario.users[key], self.scenario.password)
			)
			self._sessions[key] = self._login(name, password)
		return Visitor(self.url, self._sessions[key], key, key in self.scenario.attackers)

	def _login(self, name: str, password: str) -> requests.Session:
		session = requests.Session()
		session.trust_env = False  # a proxy of the machine has no part in this
		response = session.post(
			f"{self.url}/api/method/login", data={"usr": name, "pwd": password}, timeout=60
		)
		assert response.status_code == 200, response.text
		page = session.get(f"{self.url}/app", timeout=120).text
		token = re.search(r'csrf_token = "([0-9a-f]+)"', page)
		assert token, f"No CSRF token in the desk page of {name}"
		session.headers["X-Frappe-CSRF-Token"] = token[1]
		session.headers["Accept"] = "application/json"
		return session

	def fingerprint(self) -> dict:
		"""What a successful write would change: rows of protected records and of what hangs on them."""
		root = self.visitor("root")
		doctypes = ", ".join(f"'{doctype}'" for doctype in self.scenario.records)
		parts = [
			f"select '{doctype}' what, count(*) n, sum(crc32(concat_ws('|', name, modified, modified_by, owner,"
			f" _user_tags, _comments, _assign, _liked_by))) s from `tab{doctype}`"
			for doctype in self.scenario.records
		]
		parts += [
			f"select '{child}', count(*), sum(crc32(concat_ws('|', name, parent, modified))) from `tab{child}`"
			for child in (*self.scenario.children, "Organisation User")
		]
		parts += [
			f"select '{trace}', count(*), sum(crc32(concat_ws('|', name, `{name}`))) from `tab{trace}`"
			f" where `{about}` in ({doctypes})"
			for trace, about, name in _TRACES
		]
		answer = root.post(
			"frappe.desk.doctype.system_console.system_console.execute_code",
			doc={"doctype": "System Console", "type": "SQL", "console": " union all ".join(parts)},
		)
		rows = json.loads(answer.message["output"])
		return {row["what"]: (row["n"], row["s"]) for row in rows}


# What an attacker could leave on a record, with the fields that name the record.
_TRACES = (
	("Comment", "reference_doctype", "reference_name"),
	("Communication", "reference_doctype", "reference_name"),
	("DocShare", "share_doctype", "share_name"),
	("Document Follow", "ref_doctype", "ref_docname"),
	("Document Share Key", "reference_doctype", "reference_docname"),
	("File", "attached_to_doctype", "attached_to_name"),
	("Tag Link", "document_type", "document_name"),
	("ToDo", "reference_type", "reference_name"),
	("Version", "ref_doctype", "docname"),
)


@pytest.fixture(scope="session")
def bench() -> Bench:
	"""The bench that the site is in."""
	return Bench(Path(os.environ["CORE_MINORI_BENCH"]))


@pytest.fixture(scope="session")
def site(bench: Bench) -> Iterator[Site]:
	"""The served site with a scenario of its own."""
	out = bench.frappe("execute", "core_minori.tests.scenario.make", site=os.environ["CORE_MINORI_SITE"])
	made = next(line for line in reversed(out.splitlines()) if line.startswith("{"))
	yield Site(os.environ["CORE_MINORI_URL"].rstrip("/"), Scenario(json.loads(made)))


@pytest.fixture(scope="session")
def scenario(site: Site) -> Scenario:
	"""What was made."""
	return site.scenario


def _plain(value: Any) -> Any:
	return json.dumps(value) if isinstance(value, dict | list | bool) else value


def _without_noise(text: str) -> str:
	"""Without what differs between two same requests: times and generated names."""
	return re.sub(r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?|"[0-9a-z]{10}"|[0-9a-f]{56}', "~", text)


def _unpacked(content: bytes) -> str:
	"""The text inside a workbook or an archive, for the words are compressed in it."""
	import io
	import zipfile

	try:
		with zipfile.ZipFile(io.BytesIO(content)) as archive:
			return "\n".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
	except zipfile.BadZipFile:
		return content.decode("latin-1")
