"""The engine imports no Frappe and reads no clock, file, database or environment."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import core_minori.engine

ENGINE = Path(core_minori.engine.__file__).parent
FORBIDDEN_MODULES = {
	"asyncio",
	"builtins",
	"erpnext",
	"frappe",
	"http",
	"importlib",
	"logging",
	"os",
	"pathlib",
	"random",
	"requests",
	"secrets",
	"shutil",
	"socket",
	"sqlite3",
	"subprocess",
	"sys",
	"tempfile",
	"time",
	"urllib",
}
FORBIDDEN_CALLS = {"__import__", "eval", "exec", "input", "open", "print"}
CLOCKS = {"now", "today", "utcnow"}
# Buffers in memory are values; the rest of io is files.
ALLOWED_FROM_IO = {"BytesIO", "StringIO"}

IMPORT_ALL = """
import importlib, pkgutil, sys

class NoFrappe:
	def find_spec(self, name, path=None, target=None):
		if name.split(".")[0] in ("frappe", "erpnext"):
			raise ImportError("blocked: " + name)

sys.meta_path.insert(0, NoFrappe())
try:
	import frappe
except ImportError as error:
	assert "blocked" in str(error)
else:
	raise AssertionError("the block does not block")

import core_minori.engine
names = [m.name for m in pkgutil.walk_packages(core_minori.engine.__path__, "core_minori.engine.")]
for name in names:
	importlib.import_module(name)
assert not {"frappe", "erpnext"} & set(sys.modules)
print(len(names))
"""


def violations(source: str, name: str = "planted") -> list[str]:
	"""What `source` reads that it was not handed, one line each: file, line, what."""
	found = []
	for node in ast.walk(ast.parse(source)):
		for what in _forbidden(node):
			found.append(f"{name}:{node.lineno}: {what}")
	return found


def _forbidden(node: ast.AST) -> list[str]:
	if isinstance(node, ast.Import):
		imported = [alias.name for alias in node.names]
		return [f"import {module}" for module in imported if module.split(".")[0] in FORBIDDEN_MODULES]
	if isinstance(node, ast.ImportFrom):
		module = node.module or ""
		if module == "io":
			return [f"from io import {a.name}" for a in node.names if a.name not in ALLOWED_FROM_IO]
		return [f"from {module} import"] if module.split(".")[0] in FORBIDDEN_MODULES else []
	if isinstance(node, ast.Name) and node.id in FORBIDDEN_CALLS:
		return [node.id]
	if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
		# Whatever the receiver is called: an alias of datetime tells the time as well.
		return [f".{node.func.attr}()"] if node.func.attr in CLOCKS else []
	if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
		receiver = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
		if receiver in ("date", "datetime") and node.attr in CLOCKS:
			return [f"{receiver}.{node.attr}"]
		if receiver == "io" and node.attr not in ALLOWED_FROM_IO:
			return [f"io.{node.attr}"]
		if node.attr == "environ":
			return ["environ"]
	return []


def test_no_engine_module_reads_what_it_was_not_handed():
	modules = sorted(ENGINE.rglob("*.py"))
	assert len(modules) >= 5
	found = [
		line
		for path in modules
		for line in violations(path.read_text(encoding="utf-8"), str(path.relative_to(ENGINE)))
	]
	assert found == []


def test_every_engine_module_imports_without_frappe():
	root = str(ENGINE.parent.parent)
	path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
	run = subprocess.run(
		[sys.executable, "-c", IMPORT_ALL],
		capture_output=True,
		text=True,
		env=os.environ | {"PYTHONPATH": path},
		timeout=120,
	)
	assert run.returncode == 0, run.stderr
	assert int(run.stdout) >= 4


@pytest.mark.parametrize(
	"planted",
	[
		"import frappe",
		"import frappe.utils as fu",
		"from frappe.utils import today",
		"def late():\n\tfrom erpnext import accounts",
		"import os",
		"from os import environ",
		"from os.path import join",
		"import pathlib",
		"import sqlite3",
		"import socket",
		"import requests",
		"import time",
		"import random",
		"import logging.handlers",
		"text = open('a').read()",
		"read = open",
		"import io\ntext = io.open('a').read()",
		"from io import open as get",
		"from datetime import datetime\nday = datetime.now()",
		"from datetime import datetime as dt\nday = dt.utcnow()",
		"import datetime\nday = datetime.datetime.today()",
		"from datetime import date\nday = date.today()",
		"from datetime import date\nclock = date.today",
		"print('here')",
		"name = input()",
		"home = system.environ['HOME']",
		"module = __import__('os')",
	],
)
def test_a_planted_violation_is_reported(planted):
	assert violations(planted)


def test_what_is_allowed_is_not_reported():
	allowed = (
		"from io import BytesIO\n"
		"from datetime import date, time, datetime\n"
		"def rule(today: date, now: datetime, facts):\n"
		"\treturn facts.today, now.date(), today.year, date(2026, 1, 1), time(23, 59)\n"
	)
	assert violations(allowed) == []
