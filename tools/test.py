"""`make test`: the offline suite always; where there is a bench also the site suite on a real ERPNext site.

Ends with one line, `N passed, N failed, N skipped`, over all suites; above it, in words, what ran, what did
not and why. The exit code is 0 only when nothing failed. A suite that crashed counts as at least one failure.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import APP, Bench, Found, find_bench, on_terminate
from checkout import (
	ROOT,
	Result,
	Stop,
	last_line,
	read_junit,
	read_unittest,
	run,
	say,
	tail,
	total,
	venv_python,
)

SITE = "core-minori-test.localhost"
DEMO_SITE = "core-minori-test-demo.localhost"
DEMO_TESTS = ("test_demo", "test_demo_hours", "test_demo_export")


def main() -> int:
	"""Runs everything this machine can run; returns the exit code."""
	results: list[Result] = []
	words: list[str] = []
	offline(results)
	try:
		found = find_bench()
	except Stop as stop:
		results.append(Result("site suite", crashed=str(stop)))
	else:
		if found.path is None:
			words.append(no_bench_words(found))
		else:
			words.append(f"Bench: {found.path} ({found.why}).")
			site(results, found.path)
	return report(results, words)


def offline(results: list[Result]) -> None:
	"""Ruff and the tests that need no server."""

	def lint() -> Result:
		code, _out = run([str(python), "-m", "ruff", "check", "."], cwd=ROOT, tee=True)
		return Result("ruff check", passed=int(code == 0), failed=int(code != 0))

	say("== Offline suite")
	try:
		python = venv_python(ROOT, "test")
	except Stop as stop:
		results.append(Result("offline suite", crashed=str(stop)))
		return
	guarded(results, "ruff check", lint)
	guarded(results, "offline tests", lambda: pytest(python, "offline tests", "tests/offline"))


def site(results: list[Result], path: Path) -> None:
	"""The app on fresh sites of a real bench, on two tracks at once, each of about one processor.

	On one site the tests beside the DocTypes and those over HTTP; on the other the demo data, the tests that look at it
	and those in a browser.
	"""
	say(f"== Site suite on {SITE} and {DEMO_SITE}")
	try:
		bench = Bench(path)
		with bench.lock(SITE), bench.lock(DEMO_SITE):
			bench.start_services()
			bench.install_app_code(ROOT)
			for name in (SITE, DEMO_SITE):
				bench.site_with_erpnext(name)
				say(f"Installing {APP} on {name}")
				bench.frappe("install-app", APP, site=name)
			python = venv_python(ROOT, "test")
			with ThreadPoolExecutor() as tracks:
				for done in [tracks.submit(track, results, bench, python) for track in (inside, shown)]:
					done.result()
	except Stop as stop:
		results.append(Result("site suite", crashed=str(stop)))


def inside(results: list[Result], bench: Bench, python: Path) -> None:
	"""The tests beside the DocTypes, then tests/site as visitors and attackers of the same site."""
	guarded(results, "frappe run-tests", lambda: frappe_tests(bench))
	guarded(results, "site tests", lambda: over_http(bench, python, SITE, "site tests", "tests/site"))


def shown(results: list[Result], bench: Bench, python: Path) -> None:
	"""The demo, the tests that look at it record by record, then tests/browser as its users."""
	say("Making the demo data")
	code, out = bench.try_frappe("execute", f"{APP}.setup.demo.make_demo", site=DEMO_SITE)
	if code:
		results.append(Result("demo", crashed=tail(out)))
		return
	for module in DEMO_TESTS:
		guarded(results, f"tests of the demo, {module}", lambda module=module: demo_tests(bench, module))
	chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
	if not chromium:
		reason = "there is no chromium on this machine: install the package chromium"
		results.append(Result("browser tests", note=f"not run, {reason}"))
		return
	guarded(
		results,
		"browser tests",
		lambda: over_http(
			bench, python, DEMO_SITE, "browser tests", "tests/browser", CORE_MINORI_CHROMIUM=chromium
		),
	)


def frappe_tests(bench: Bench) -> Result:
	"""The tests that lie beside the DocTypes in the package."""
	# our builders make what a test needs: ERPNext's test records take minutes and are other companies'
	arguments = ["run-tests", "--app", APP, "--skip-test-records"]
	# the demo takes minutes to make: it is made once, on its own site, and looked at there
	# and Frappe stops at sixty new users an hour, which the tests here and the scenarios over HTTP go beyond
	bench.set_site_config(SITE, core_minori_demo_follows=1, throttle_user_limit=10_000)
	code, out = bench.try_frappe(*arguments, site=SITE)
	say(out)
	return read_unittest("frappe run-tests", out, code)


def demo_tests(bench: Bench, module: str) -> Result:
	"""The demo that was just made, record by record and figure by figure."""
	arguments = ["run-tests", "--module", f"{APP}.tests.{module}", "--skip-test-records"]
	code, out = bench.try_frappe(*arguments, site=DEMO_SITE)
	say(out)
	return read_unittest(f"tests of the demo, {module}", out, code)


def over_http(bench: Bench, python: Path, name: str, suite: str, folder: str, **more: str) -> Result:
	"""Serves a site and runs a folder of tests against it."""
	with bench.serve(name) as served:
		env = {
			**os.environ,
			"CORE_MINORI_URL": served.url,
			"CORE_MINORI_SITE": name,
			"CORE_MINORI_BENCH": str(bench.path),
			"TZ": "Europe/Rome",  # the day of the sites is the day of their tests, near midnight too
			**more,
		}
		return pytest(python, suite, folder, env)


def pytest(python: Path, name: str, folder: str, env: dict[str, str] | None = None) -> Result:
	"""Runs a folder of tests and counts them."""
	if not any((ROOT / folder).rglob("test_*.py")):
		return Result(name, note=f"not run, {folder} holds no test")
	with tempfile.TemporaryDirectory() as scratch:
		junit = Path(scratch) / "junit.xml"
		command = [str(python), "-m", "pytest", folder, f"--junitxml={junit}"]
		code, out = run(command, cwd=ROOT, env=env)
		say(out)  # whole: another suite may be running beside this one
		return read_junit(name, junit, code)


def guarded(results: list[Result], name: str, suite: Callable[[], Result]) -> None:
	"""Adds what a suite came to; one that raised is a crashed suite, and the next still runs."""
	try:
		results.append(suite())
	except (Stop, OSError) as error:
		results.append(Result(name, crashed=str(error)))


def no_bench_words(found: Found) -> str:
	"""Why the site suite did not run, and how to get one that does."""
	return (
		f"The site suite did not run: {found.why}. It needs a bench with ERPNext: set BENCH_DIR to one, or "
		"run this from a checkout in <bench>/apps/core_minori."
	)


def report(results: list[Result], words: list[str]) -> int:
	"""Prints what ran, in words, and the last line; returns the exit code."""
	say("\n== What ran")
	for text in words:
		say(text)
	for result in results:
		say(result.in_words())
	everything = total(results)
	say(last_line(everything))
	return 1 if everything.failed else 0


if __name__ == "__main__":
	on_terminate()
	with contextlib.suppress(KeyboardInterrupt):
		sys.exit(main())
	sys.exit(130)
