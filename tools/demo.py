"""`make demo`: shows the app with a year of synthetic data, in the best way this machine allows.

1. With a bench: a demo site with ERPNext, the app and the demo data, served until Ctrl-C.
2. Without one, where Frappe's upstream can be reached: the bench that frappe-bench makes, then as above.
3. Else the embedded default: the same engine over the demo workbooks, in a virtual environment, into out/.

It says which of the three it took, and why.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import ADMIN_PASSWORD, APP, HOST, Bench, find_bench, on_terminate
from checkout import ROOT, Stop, run, say, tail, venv_python

SITE = "core-minori-demo.localhost"
UPSTREAM = "https://github.com/frappe/frappe"
BRANCH = "version-15"
# what a bench cannot be made without
PROGRAMS = ("git", "mariadb", "redis-server", "node", "yarn")

Runner = Callable[..., tuple[int, str]]


def main(argv: list[str]) -> int:
	"""Takes the first of the three ways that this machine allows; returns the exit code."""
	parser = argparse.ArgumentParser(prog="make demo", description="Show core_minori with synthetic data.")
	parser.add_argument("--no-serve", action="store_true", help="make the site or the files, and end")
	parser.add_argument("--port", type=int, default=8000, help="wished port of the desk (default 8000)")
	parser.add_argument(
		"--host", default=HOST, help=f"address to serve on (default {HOST}, this machine only)"
	)
	options = parser.parse_args(argv)
	serve = not (options.no_serve or os.environ.get("CORE_MINORI_NO_SERVE", "") not in ("", "0"))
	found = find_bench()
	if found.path is not None:
		say(f"Demo on the bench {found.path}: {found.why}.")
		return on_bench(Bench(found.path), serve, options.port, options.host)
	if os.environ.get("CORE_MINORI_NO_BENCH", "") not in ("", "0"):
		return embedded(f"{found.why}, and none was asked for")
	made = ask_upstream()
	if isinstance(made, str):
		return embedded(f"{found.why}; and frappe-bench could not make one: {made}")
	say(f"Demo on a new bench, {made}, made by frappe-bench: {found.why}, and its upstream answers.")
	return on_bench(Bench(made), serve, options.port, options.host)


# --- with a bench ---------------------------------------------------------------------------------


def on_bench(bench: Bench, serve: bool, port: int, host: str) -> int:
	"""Makes the demo site afresh and serves it."""
	with bench.lock(SITE, wait=False):
		bench.start_services()
		bench.install_app_code(ROOT)
		say(f"Making the site {SITE} with ERPNext")
		bench.site_with_erpnext(SITE)
		say(f"Installing {APP} on it")
		bench.frappe("install-app", APP, site=SITE)
		say("Making a year of synthetic data")
		out = bench.frappe("execute", f"{APP}.setup.demo.make_demo", site=SITE)
		if not serve:
			say(logins(out))
			say(f"The site {SITE} is made and not served, as asked.")
			return 0
		with bench.serve(SITE, port, host) as served:
			say(f"\nThe desk: {served.url}\n{logins(out)}\nCtrl-C ends it.")
			while all(process.poll() is None for process in served.processes):
				time.sleep(1)
		raise Stop("One of the servers ended by itself: look into the logs folder of the bench")


def logins(output: str) -> str:
	"""One login per role from what make_demo returned; its plain output when that is no list of logins.

	`frappe execute` prints what was returned as JSON on its last line: a list of {role, user, password}.
	"""
	rows = []
	for line in reversed(output.strip().splitlines()):
		try:
			value = json.loads(line)
		except ValueError:
			continue
		if isinstance(value, dict):
			value = value.get("logins")
		if isinstance(value, list) and all(isinstance(row, dict) and "user" in row for row in value):
			rows = [
				(str(row.get("role", "")), str(row["user"]), str(row.get("password", ""))) for row in value
			]
		break
	administrator = ("System administrator", "Administrator", ADMIN_PASSWORD)
	text = "" if rows else output.strip() + "\n"
	table = [("Role", "User", "Password"), *rows, administrator]
	widths = [max(len(row[column]) for row in table) for column in range(3)]
	lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
	return text + "\n".join(line.rstrip() for line in lines)


# --- asking frappe-bench --------------------------------------------------------------------------


def ask_upstream(runner: Runner = run, which: Callable[[str], str | None] = shutil.which) -> Path | str:
	"""Makes a bench in ~/frappe-bench with frappe-bench; returns its place, or in words why it cannot."""
	if lacks := [name for name in PROGRAMS if not which(name)]:
		return f"this machine has no {', no '.join(lacks)}"
	if os.geteuid() == 0:
		return "a bench must not belong to root: run this as an ordinary user"
	place = Path.home() / "frappe-bench"
	if place.exists():
		return f"{place} is there already, and is no bench with ERPNext"
	env = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
	if runner(["timeout", "15", "git", "ls-remote", "--exit-code", "--heads", UPSTREAM, BRANCH], env=env)[0]:
		return "Frappe's upstream git host cannot be reached from here"
	venv = ROOT / ".venv-bench"
	code, out = runner([sys.executable, "-m", "venv", str(venv)])
	if not code:
		code, out = runner([str(venv / "bin" / "pip"), "install", "--quiet", "frappe-bench"])
	if code:
		return f"pip cannot install frappe-bench:\n{tail(out)}"
	bench = str(venv / "bin" / "bench")
	say(f"Making a bench in {place}: this takes a while")
	steps = (
		(["init", "--frappe-branch", BRANCH, str(place)], ROOT),
		(["get-app", "--branch", BRANCH, "erpnext"], place),
	)
	for arguments, folder in steps:
		code, out = runner([bench, *arguments], cwd=folder, env=env, tee=True)
		if code:
			# half a bench would be found, and refused, the next time
			shutil.rmtree(place, ignore_errors=True)
			return f"`bench {arguments[0]}` failed:\n{tail(out)}"
	return place


# --- embedded -------------------------------------------------------------------------------------


def embedded(why: str) -> int:
	"""The engine over the demo workbooks, without a server."""
	say(f"Demo with the embedded engine, without a desk: {why}.")
	python = venv_python(ROOT)
	out = ROOT / "out"
	command = [str(python.with_name("core-minori")), "demo", "--out", f"{out}{os.sep}"]
	code = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode
	if code:
		raise Stop(f"`core-minori demo` ended with code {code}")
	say(f"The reimbursement workbook, the deadline list and the checks are in {out.name}{os.sep}")
	return 0


if __name__ == "__main__":
	on_terminate()
	try:
		sys.exit(main(sys.argv[1:]))
	except KeyboardInterrupt:
		say("Ended.")
		sys.exit(0)
	except Stop as stop:
		print(stop, file=sys.stderr)
		sys.exit(1)
