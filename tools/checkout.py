"""What the commands share: where the checkout is, its virtual environment, running programs, counting tests.

Plain standard library: it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Folders that no checkout holds under version control; used only where git cannot be asked.
_NEVER_COPIED = {".git", ".venv", "out", "dist", "node_modules", "__pycache__"}

STAMP = ".core_minori_stamp"


class Stop(Exception):
	"""A command cannot go on; its text tells the user what is wrong and what to do."""


def say(text: str) -> None:
	"""Prints one line at once, so that it keeps its place among the output of the programs we run."""
	print(text, flush=True)


def run(
	command: list[str],
	cwd: Path | None = None,
	env: Mapping[str, str] | None = None,
	tee: bool = False,
	**popen: object,
) -> tuple[int, str]:
	"""Runs a program with no input; returns its exit code and its output (stdout and stderr together).

	With `tee` the output is also shown while it comes. A program that is not there gives code 127.
	"""
	try:
		process = subprocess.Popen(
			command,
			cwd=cwd,
			env=dict(env) if env is not None else None,
			stdin=subprocess.DEVNULL,
			stdout=subprocess.PIPE,
			stderr=subprocess.STDOUT,
			text=True,
			errors="replace",
			**popen,  # type: ignore[call-overload]
		)
	except FileNotFoundError as error:
		return 127, str(error)
	lines = []
	with process:
		assert process.stdout is not None
		for line in process.stdout:
			lines.append(line)
			if tee:
				sys.stdout.write(line)
				sys.stdout.flush()
	return process.returncode, "".join(lines)


def tail(text: str, lines: int = 15) -> str:
	"""The last lines of a program's output, indented, to stand below a message."""
	kept = [line.rstrip() for line in text.splitlines() if line.strip()][-lines:]
	return "\n".join(f"    {line}" for line in kept)


def tracked_files(checkout: Path) -> list[str]:
	"""Relative paths of a checkout's files that are tracked, or new and not ignored; links count as files.

	Without git (an unpacked archive) every file counts, except in folders that are built or installed.
	"""
	# safe.directory: root may run this on a checkout that belongs to another user
	command = ["git", "-c", "safe.directory=*", "-C", str(checkout), "ls-files", "-coz", "--exclude-standard"]
	code, out = run(command)
	if code == 0:
		names = [name for name in out.split("\0") if name]
	else:
		names = []
		for folder, folders, files in os.walk(checkout):
			links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
			folders[:] = [name for name in folders if name not in _NEVER_COPIED and name not in links]
			names += [os.path.relpath(os.path.join(folder, name), checkout) for name in files + links]
	# git still names what was deleted, and what was a file and became a folder
	return sorted(
		{name for name in names if os.path.islink(checkout / name) or os.path.isfile(checkout / name)}
	)


def digest(parts: Iterable[str | bytes]) -> str:
	"""A short fingerprint of texts, to see whether something changed."""
	total = hashlib.sha256()
	for part in parts:
		total.update(part.encode() if isinstance(part, str) else part)
		total.update(b"\0")
	return total.hexdigest()[:16]


def venv_python(checkout: Path, extra: str = "", runner: Callable[..., tuple[int, str]] = run) -> Path:
	"""The Python of `.venv` in the checkout, made and filled when it is missing or `pyproject.toml` changed.

	`extra` names a group of optional dependencies ("test"). Raises Stop with the reason when it cannot be.
	"""
	venv = checkout / ".venv"
	python = venv / "bin" / "python"
	stamp = venv / STAMP
	project = (checkout / "pyproject.toml").read_bytes()
	# The path is part of it: a moved checkout leaves a virtual environment that points to its old place.
	wanted = digest([project, sys.version, str(checkout)])
	have = stamp.read_text().split() if stamp.is_file() else []
	if python.exists() and have[:1] == [wanted] and (not extra or extra in have[1:]):
		return python
	if python.exists() and have[:1] != [wanted]:
		shutil.rmtree(venv)
		have = []
	if not python.exists():
		say(f"Making the virtual environment {venv.name} with Python {sys.version.split()[0]}")
		code, out = runner([sys.executable, "-m", "venv", str(venv)])
		if code:
			shutil.rmtree(venv, ignore_errors=True)
			raise Stop(
				"The virtual environment could not be made: Python's venv module failed. On Debian and "
				f"Ubuntu install the package python3-venv, then run the command again.\n{tail(out)}"
			)
	target = f"{checkout}[{extra}]" if extra else str(checkout)
	say(f"Installing core_minori{f' with its {extra} tools' if extra else ''} into {venv.name}")
	code, out = runner([str(python), "-m", "pip", "install", "--quiet", "--editable", target])
	if code:
		raise Stop(
			"pip could not install core_minori and its libraries into .venv. Is there a package index that "
			"pip can reach (network, proxy, or PIP_INDEX_URL / PIP_FIND_LINKS)? What pip said:\n" + tail(out)
		)
	stamp.write_text(" ".join([wanted, *sorted({*have[1:], extra} - {""})]))
	return python


# --- counting -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
	"""What a suite came to.

	`crashed` says why it gave no full count; such a suite counts as at least one failure. `note` says why a
	suite did not run where that is no failure.
	"""

	name: str
	passed: int = 0
	failed: int = 0
	skipped: int = 0
	crashed: str = ""
	note: str = ""

	def in_words(self) -> str:
		"""One line about the suite (more when it crashed and said why)."""
		if self.note:
			return f"{self.name}: {self.note}"
		text = f"{self.name}: {last_line(self.counted())}"
		return f"{text}. It broke off: {self.crashed}" if self.crashed else text

	def counted(self) -> Result:
		"""The same result in which a crash without a failed test is one failure."""
		if self.crashed and not self.failed:
			return Result(self.name, self.passed, 1, self.skipped, self.crashed)
		return self


def total(results: Iterable[Result]) -> Result:
	"""All suites together."""
	counted = [result.counted() for result in results]
	return Result(
		"all",
		sum(result.passed for result in counted),
		sum(result.failed for result in counted),
		sum(result.skipped for result in counted),
	)


def last_line(result: Result) -> str:
	"""The one line that `make test` ends with."""
	return f"{result.passed} passed, {result.failed} failed, {result.skipped} skipped"


def read_junit(name: str, report: Path, code: int) -> Result:
	"""Counts a pytest run from its JUnit report; `code` is pytest's exit code (0 and 1 are complete runs)."""
	if code == 5:
		return Result(name, crashed="pytest collected no test")
	try:
		suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
	except (OSError, ElementTree.ParseError):
		return Result(name, crashed=f"pytest ended with code {code} and left no report")
	tests, failures, errors, skipped = (
		sum(int(suite.get(key) or 0) for suite in suites)
		for key in ("tests", "failures", "errors", "skipped")
	)
	# A test that passes and whose teardown fails is one test and one error: never count below zero.
	passed = max(0, tests - failures - errors - skipped)
	crashed = "" if code in (0, 1) else f"pytest ended with code {code}"
	if code == 1 and not failures + errors:
		crashed = "pytest ended with code 1 without a failed test"
	return Result(name, passed, failures + errors, skipped, crashed)


_RAN = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
_VERDICT = re.compile(r"^(OK|FAILED)(?: \((.*)\))?\s*$", re.MULTILINE)


def read_unittest(name: str, output: str, code: int) -> Result:
	"""Counts a `frappe run-tests` run from what unittest prints.

	Frappe ends with code 0 even when tests failed, and when it ran none at all: only the verdict line counts.
	One failed subtest counts as one failure, so failures may be more than tests.
	"""
	runs = list(_RAN.finditer(output))
	passed = failed = skipped = 0
	crashed = f"run-tests ended with code {code}" if code else ""
	if not runs:
		return Result(name, crashed=crashed or "run-tests ended without running a test")
	for start in runs:
		verdict = _VERDICT.search(output, start.end())
		if not verdict:
			crashed = crashed or "run-tests broke off before its verdict"
			continue
		counts = {
			key.strip(): int(value)
			for key, value in (part.split("=") for part in (verdict[2] or "").split(",") if "=" in part)
		}
		bad = counts.get("failures", 0) + counts.get("errors", 0) + counts.get("unexpected successes", 0)
		failed += bad
		skipped += counts.get("skipped", 0)
		passed += max(0, int(start[1]) - bad - counts.get("skipped", 0))
		if verdict[1] == "FAILED" and not bad:
			crashed = crashed or "unittest said FAILED without a count"
	if not passed + failed + skipped and not crashed:
		crashed = "run-tests found no test in the app"
	return Result(name, passed, failed, skipped, crashed)
