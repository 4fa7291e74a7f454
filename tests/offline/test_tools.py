"""The commands behind the Makefile: a bench, the app in it, counting tests, what is said."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def load(name: str) -> ModuleType:
	"""A file of tools/ as a module; `test` and `bench` are also names of other people's modules."""
	sys.path.insert(0, str(TOOLS))
	try:
		spec = importlib.util.spec_from_file_location(f"core_minori_tools_{name}", TOOLS / f"{name}.py")
		module = importlib.util.module_from_spec(spec)
		sys.modules[spec.name] = module
		spec.loader.exec_module(module)
		return module
	finally:
		sys.path.remove(str(TOOLS))


# bench.py and demo.py import `checkout` and `bench` by name: the classes they raise are the ones tested here
checkout = load("checkout")
sys.modules["checkout"] = checkout
bench = load("bench")
sys.modules["bench"] = bench
demo = load("demo")
tests_command = load("test")
Stop = checkout.Stop
UID = os.getuid()


def make_bench(path: Path) -> Path:
	"""An empty folder that looks like a bench with ERPNext."""
	for name in ("sites", "env/bin", "apps/frappe/frappe", "apps/erpnext/erpnext", "config"):
		(path / name).mkdir(parents=True)
	(path / "env/bin/python").symlink_to(sys.executable)
	(path / "apps/frappe/frappe/__init__.py").write_text('__version__ = "15.72.4"\n')
	(path / "apps/erpnext/erpnext/__init__.py").write_text("__version__ = '15.71.1'\n")
	return path


def make_checkout(path: Path, git: bool = True) -> Path:
	"""A small checkout of the app, with a link, an ignored file and a file not yet tracked."""
	(path / "core_minori/fixtures").mkdir(parents=True)
	(path / "core_minori/__init__.py").write_text('__version__ = "0.0.1"\n')
	(path / "core_minori/fixtures/role.json").write_text("[]")
	(path / "fixtures").symlink_to("core_minori/fixtures")
	(path / "pyproject.toml").write_text("[project]\nname = 'core_minori'\n")
	(path / ".gitignore").write_text("/out/\n")
	(path / "out").mkdir()
	(path / "out/old.xlsx").write_text("not for the bench")
	if git:
		subprocess.run(["git", "init", "-q", str(path)], check=True)
		subprocess.run(["git", "-C", str(path), "add", "pyproject.toml", "fixtures"], check=True)
	return path


# --- finding a bench


def test_bench_dir_comes_first(tmp_path: Path) -> None:
	named = make_bench(tmp_path / "named")
	make_bench(tmp_path / "home/frappe-bench")
	found = bench.find_bench(tmp_path / "c", {"BENCH_DIR": str(named)}, [tmp_path / "home"], UID)
	assert found.path == named
	assert "BENCH_DIR" in found.why


def test_bench_dir_that_is_no_bench_is_an_error_and_not_passed_over(tmp_path: Path) -> None:
	make_bench(tmp_path / "home/frappe-bench")
	(tmp_path / "half/sites").mkdir(parents=True)
	with pytest.raises(Stop, match=r"no env/bin/python, no apps/frappe, no apps/erpnext"):
		bench.find_bench(tmp_path / "c", {"BENCH_DIR": str(tmp_path / "half")}, [tmp_path / "home"], UID)


def test_the_bench_around_the_checkout_comes_before_the_home_folders(tmp_path: Path) -> None:
	around = make_bench(tmp_path / "around")
	make_bench(tmp_path / "home/frappe-bench")
	found = bench.find_bench(around / "apps/core_minori", {}, [tmp_path / "home"], UID)
	assert found.path == around
	assert "this checkout lies in it" in found.why


def test_home_folders_are_tried_in_order(tmp_path: Path) -> None:
	(tmp_path / "first/frappe-bench/sites").mkdir(parents=True)
	second = make_bench(tmp_path / "second/frappe-bench")
	found = bench.find_bench(tmp_path / "c", {}, [tmp_path / "first", tmp_path / "second"], UID)
	assert found.path == second


def test_a_bench_without_erpnext_is_not_used_and_the_reason_names_what_it_lacks(tmp_path: Path) -> None:
	path = make_bench(tmp_path / "home/frappe-bench")
	(path / "apps/erpnext/erpnext/__init__.py").unlink()
	(path / "apps/erpnext/erpnext").rmdir()
	(path / "apps/erpnext").rmdir()
	found = bench.find_bench(tmp_path / "c", {}, [tmp_path / "home", tmp_path / "none"], UID)
	assert found.path is None
	assert f"{path} has no apps/erpnext" in found.why
	assert f"{tmp_path / 'none' / 'frappe-bench'} is not there" in found.why


def test_no_bench_switch_hides_even_a_named_one(tmp_path: Path) -> None:
	named = make_bench(tmp_path / "named")
	env = {"BENCH_DIR": str(named), "CORE_MINORI_NO_BENCH": "1"}
	found = bench.find_bench(tmp_path / "c", env, [], UID)
	assert found.path is None
	assert "CORE_MINORI_NO_BENCH" in found.why
	assert bench.find_bench(tmp_path / "c", {**env, "CORE_MINORI_NO_BENCH": "0"}, [], UID).path == named


def test_a_bench_of_another_user_is_refused_in_words(tmp_path: Path) -> None:
	path = make_bench(tmp_path / "home/frappe-bench")
	stranger = os.stat(path).st_uid + 4321
	found = bench.find_bench(tmp_path / "c", {}, [tmp_path / "home"], stranger)
	assert found.path is None
	assert "belongs to the user" in found.why and "or as root" in found.why
	with pytest.raises(Stop, match="belongs to the user"):
		bench.find_bench(tmp_path / "c", {"BENCH_DIR": str(path)}, [], stranger)
	with pytest.raises(Stop, match="belongs to the user"):
		bench.Bench(path, stranger)
	assert bench.find_bench(tmp_path / "c", {}, [tmp_path / "home"], 0).path == path


# --- the app's code


def copy_of(path: Path) -> dict[str, str]:
	"""Every file and link below a folder, with its text or target."""
	found = {}
	for entry in path.rglob("*"):
		if entry.is_symlink():
			found[str(entry.relative_to(path))] = f"-> {os.readlink(entry)}"
		elif entry.is_file():
			found[str(entry.relative_to(path))] = entry.read_text(errors="replace")
	return found


@pytest.mark.parametrize("git", [True, False], ids=["git", "archive"])
def test_copy_takes_tracked_and_new_files_and_links_but_nothing_ignored(tmp_path: Path, git: bool) -> None:
	source = make_checkout(tmp_path / "c", git)
	target = tmp_path / "b/apps/core_minori"
	work = bench.Bench(make_bench(tmp_path / "b"))
	assert work.copy_code(source, target) is True
	copied = copy_of(target)
	assert copied.pop(bench.MARKER)
	assert set(copied) == {
		".gitignore",
		"core_minori/__init__.py",
		"core_minori/fixtures/role.json",
		"fixtures",
		"pyproject.toml",
	}
	assert copied["fixtures"] == "-> core_minori/fixtures"


def test_second_copy_changes_nothing_then_follows_the_checkout(tmp_path: Path) -> None:
	source = make_checkout(tmp_path / "c")
	target = tmp_path / "b/apps/core_minori"
	work = bench.Bench(make_bench(tmp_path / "b"))
	work.copy_code(source, target)
	assert work.copy_code(source, target) is False
	(target / "core_minori/locale").mkdir()
	(target / "core_minori/locale/it.mo").write_text("built in the bench")
	(target / "core_minori/public/dist").mkdir(parents=True)
	(target / "core_minori/public/dist/a.js").write_text("built in the bench")
	(target / "core_minori/gone/__pycache__").mkdir(parents=True)
	(target / "core_minori/gone/__init__.py").write_text("")
	(source / "core_minori/__init__.py").write_text('__version__ = "0.0.2"\n')
	(source / "fixtures").unlink()
	(source / "fixtures").mkdir()
	(source / "fixtures/real.json").write_text("{}")
	assert work.copy_code(source, target) is True
	copied = copy_of(target)
	assert copied["core_minori/__init__.py"] == '__version__ = "0.0.2"\n'
	assert copied["fixtures/real.json"] == "{}" and not (target / "fixtures").is_symlink()
	assert not (target / "core_minori/gone").exists()
	assert "core_minori/locale/it.mo" in copied and "core_minori/public/dist/a.js" in copied
	# writing through the old link would have put the file among the real fixtures
	assert not (target / "core_minori/fixtures/real.json").exists()


def test_code_that_make_did_not_put_there_is_left_alone(tmp_path: Path) -> None:
	source = make_checkout(tmp_path / "c")
	work = bench.Bench(make_bench(tmp_path / "b"))
	target = tmp_path / "b/apps/core_minori"
	target.mkdir()
	(target / "mine.py").write_text("work")
	with pytest.raises(Stop, match="not put there by make"):
		work.install_app_code(source)
	assert copy_of(target) == {"mine.py": "work"}


def test_a_checkout_in_the_bench_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
	work = bench.Bench(make_bench(tmp_path / "b"))
	source = make_checkout(tmp_path / "b/apps/core_minori")
	monkeypatch.setattr(work, "pip_install", lambda target: None)
	(work.sites / "apps.txt").write_text("frappe\nerpnext")
	before = copy_of(source)
	work.install_app_code(source)
	work.install_app_code(source)
	assert copy_of(source) == before
	assert (work.sites / "apps.txt").read_text().split() == ["frappe", "erpnext", "core_minori"]


# --- sites


def test_only_a_site_with_the_mark_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
	work = bench.Bench(make_bench(tmp_path / "b"))
	dropped: list[str] = []
	monkeypatch.setattr(work, "drop_database", dropped.append)
	real = work.sites / "core-minori-test.localhost"
	real.mkdir()
	(real / "site_config.json").write_text(json.dumps({"db_name": "_real"}))
	with pytest.raises(Stop, match="was not made by make"):
		work.drop_site(real.name)
	assert real.is_dir() and not dropped
	work.make_site_folder("ours.localhost", "key")
	work.drop_site("ours.localhost")
	assert not (work.sites / "ours.localhost").exists()
	assert dropped == [work.database_name("ours.localhost")]


def test_a_made_site_may_be_tested_runs_no_server_scripts_and_keeps_the_key_of_its_dump(
	tmp_path: Path,
) -> None:
	work = bench.Bench(make_bench(tmp_path / "b"))
	work.make_site_folder("ours.localhost", "the key")
	config = work.site_config("ours.localhost")
	assert config["allow_tests"] is True
	assert config["server_script_enabled"] is False
	assert config["encryption_key"] == "the key"
	with pytest.raises(Stop, match="no name for a site"):
		work.make_site_folder("../other", "key")


def test_the_dump_is_named_by_what_it_is_made_from(tmp_path: Path) -> None:
	work = bench.Bench(make_bench(tmp_path / "b"))
	first = work.dump_path()
	assert first.name.startswith("erpnext-15.72.4-15.71.1-") and first.name.endswith(".sql.gz")
	(work.path / "apps/erpnext/erpnext/__init__.py").write_text('__version__ = "15.99.0"\n')
	assert work.dump_path() != first


# --- services


def listening() -> socket.socket:
	"""A server on a port of its own that only accepts."""
	server = socket.socket()
	server.bind(("127.0.0.1", 0))
	server.listen()
	return server


def configured(path: Path, **values: object) -> ModuleType:
	"""A bench with that common configuration."""
	work = bench.Bench(make_bench(path))
	(work.sites / "common_site_config.json").write_text(json.dumps(values))
	return work


def test_services_that_answer_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
	with listening() as server:
		port = server.getsockname()[1]
		url = f"redis://127.0.0.1:{port}"
		work = configured(tmp_path / "b", db_port=port, redis_cache=url, redis_queue=url)
		monkeypatch.setattr(bench, "run", lambda *args, **kwargs: pytest.fail("started something"))
		monkeypatch.setattr(subprocess, "Popen", lambda *args, **kwargs: pytest.fail("started something"))
		work.start_services(wait=0.1)


def test_services_of_another_machine_are_not_started_from_here(tmp_path: Path) -> None:
	work = configured(tmp_path / "b", db_host="db.invalid", redis_cache="redis://redis.invalid:6379")
	with pytest.raises(Stop, match=r"db\.invalid:3306 does not answer; it is another machine"):
		work.start_database(0.1)
	with pytest.raises(Stop, match="another machine"):
		work.start_redis("redis_cache", 0.1)
	with pytest.raises(Stop, match="gives no address for redis_queue"):
		work.start_redis("redis_queue", 0.1)


def test_only_root_starts_mariadb(tmp_path: Path) -> None:
	with listening() as server:
		port = server.getsockname()[1]
	work = configured(tmp_path / "b", db_port=port)
	work.uid = 4321
	with pytest.raises(Stop, match="only root may start it"):
		work.start_database(0.1)


def test_redis_is_started_with_its_own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
	with listening() as server:
		port = server.getsockname()[1]
	work = configured(tmp_path / "b", redis_cache=f"redis://127.0.0.1:{port}")
	(work.path / "config/redis_cache.conf").write_text("")
	ran: list[list[str]] = []
	servers = []

	def start(command: list[str], cwd: Path | None = None, tee: bool = False) -> tuple[int, str]:
		ran.append(command)
		again = socket.socket()
		again.bind(("127.0.0.1", port))
		again.listen()
		servers.append(again)
		return 0, ""

	monkeypatch.setattr(work, "run", start)
	monkeypatch.setattr(bench.shutil, "which", lambda name: f"/bin/{name}")
	work.start_redis("redis_cache", 2)
	assert ran == [
		[
			"redis-server",
			str(work.path / "config/redis_cache.conf"),
			"--port",
			str(port),
			"--daemonize",
			"yes",
		]
	]
	servers[0].close()
	monkeypatch.setattr(work, "run", lambda *args, **kwargs: (1, "no room left"))
	with pytest.raises(Stop, match="no room left"):
		work.start_redis("redis_cache", 0.1)


def test_free_port_avoids_one_in_use() -> None:
	with listening() as server:
		port = server.getsockname()[1]
		assert bench.free_port(port) != port
	assert bench.free_port(port) == port


def test_two_sites_are_never_given_ports_at_the_same_moment(
	tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
	work, looked = bench.Bench(make_bench(tmp_path / "b")), []

	def started(*_arguments: object) -> str:
		with pytest.raises(Stop, match="using ports"), work.lock("ports", wait=False):
			pass
		looked.append(True)
		return "served"

	monkeypatch.setattr(work, "_started", started)
	with work.serve("one.localhost") as served, work.lock("ports", wait=False):
		assert (served, looked) == ("served", [True])


# --- counting


def junit(path: Path, **counts: int) -> Path:
	"""A report as pytest writes it."""
	attributes = " ".join(f'{key}="{value}"' for key, value in counts.items())
	path.write_text(f"<testsuites><testsuite {attributes}></testsuite></testsuites>")
	return path


def test_pytest_reports_are_counted(tmp_path: Path) -> None:
	report = junit(tmp_path / "j.xml", tests=10, failures=2, errors=1, skipped=3)
	result = checkout.read_junit("x", report, 1)
	assert (result.passed, result.failed, result.skipped, result.crashed) == (4, 3, 3, "")


@pytest.mark.parametrize("code", [2, 3, 4, -9])
def test_a_pytest_that_broke_off_is_a_failure_even_when_its_report_is_clean(
	tmp_path: Path, code: int
) -> None:
	report = junit(tmp_path / "j.xml", tests=3, failures=0, errors=0, skipped=0)
	assert checkout.read_junit("x", report, code).counted().failed == 1
	assert checkout.read_junit("x", tmp_path / "none.xml", code).counted().failed == 1
	assert checkout.read_junit("x", tmp_path / "none.xml", 0).counted().failed == 1


def test_unittest_output_is_counted_though_frappe_ends_with_code_0() -> None:
	out = "....F\n" + "-" * 70 + "\nRan 9 tests in 2.1s\n\nFAILED (failures=1, errors=2, skipped=3)\n"
	result = checkout.read_unittest("x", out, 0)
	assert (result.passed, result.failed, result.skipped, result.crashed) == (3, 3, 3, "")
	good = checkout.read_unittest("x", "Ran 1 test in 0.1s\n\nOK\n", 0)
	assert (good.passed, good.failed, good.skipped, good.crashed) == (1, 0, 0, "")
	skipped = checkout.read_unittest("x", "Ran 4 tests in 0.1s\n\nOK (skipped=1)\n", 0)
	assert (skipped.passed, skipped.skipped) == (3, 1)


@pytest.mark.parametrize(
	"out",
	[
		"Testing is disabled for the site!\n",
		"Traceback (most recent call last):\nImportError\n",
		"Ran 3 tests in 0.1s\n",
		"Ran 0 tests in 0.0s\n\nOK\n",
	],
	ids=["disabled", "import", "cut", "none"],
)
def test_a_run_without_tests_or_verdict_is_a_failure(out: str) -> None:
	assert checkout.read_unittest("x", out, 0).counted().failed == 1


def test_the_sum_counts_a_crash_once_and_a_note_not_at_all(capsys: pytest.CaptureFixture[str]) -> None:
	results = [
		checkout.Result("a", passed=3, skipped=1),
		checkout.Result("b", passed=2, failed=2, crashed="broke"),
		checkout.Result("c", crashed="no network"),
		checkout.Result("d", note="not run, there is no chromium"),
	]
	code = tests_command.report(results, ["The site suite did not run: reason."])
	lines = capsys.readouterr().out.strip().splitlines()
	assert code == 1
	assert lines[-1] == "5 passed, 3 failed, 1 skipped"
	assert "The site suite did not run: reason." in lines
	assert "d: not run, there is no chromium" in lines
	assert any("no network" in line for line in lines)
	assert tests_command.report(results[:1], []) == 0


# --- what the commands say


def test_without_a_bench_the_site_suite_is_said_not_to_have_run(
	monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
	monkeypatch.setenv("CORE_MINORI_NO_BENCH", "1")
	monkeypatch.setattr(
		tests_command, "offline", lambda results: results.append(checkout.Result("offline", passed=7))
	)
	monkeypatch.setattr(tests_command, "site", lambda *args: pytest.fail("looked for a bench"))
	assert tests_command.main() == 0
	lines = capsys.readouterr().out.strip().splitlines()
	assert lines[-1] == "7 passed, 0 failed, 0 skipped"
	said = next(line for line in lines if line.startswith("The site suite did not run"))
	assert "CORE_MINORI_NO_BENCH" in said and "BENCH_DIR" in said


def test_a_wrong_bench_dir_fails_the_tests(
	monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
	monkeypatch.delenv("CORE_MINORI_NO_BENCH", raising=False)
	monkeypatch.setenv("BENCH_DIR", str(tmp_path))
	monkeypatch.setattr(tests_command, "offline", lambda results: None)
	assert tests_command.main() == 1
	assert capsys.readouterr().out.strip().splitlines()[-1] == "0 passed, 1 failed, 0 skipped"


def test_demo_without_a_bench_says_embedded_and_why(
	monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
	python = tmp_path / "bin/python"
	python.parent.mkdir()
	command = tmp_path / "bin/core-minori"
	command.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/args\nexit ${{FAIL:-0}}\n')
	command.chmod(0o755)
	monkeypatch.setattr(demo, "venv_python", lambda root: python)
	monkeypatch.setattr(demo, "ask_upstream", lambda: pytest.fail("asked the network"))
	monkeypatch.setenv("CORE_MINORI_NO_BENCH", "1")
	assert demo.main([]) == 0
	said = capsys.readouterr().out
	assert "embedded engine" in said and "CORE_MINORI_NO_BENCH" in said and "out/" in said
	assert (tmp_path / "args").read_text().split()[:2] == ["demo", "--out"]
	monkeypatch.setenv("FAIL", "3")
	with pytest.raises(Stop, match="code 3"):
		demo.main([])


def test_demo_falls_back_with_both_reasons(
	monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
	monkeypatch.delenv("CORE_MINORI_NO_BENCH", raising=False)
	monkeypatch.setattr(demo, "find_bench", lambda: bench.Found(None, "no bench was found"))
	monkeypatch.setattr(demo, "ask_upstream", lambda: "its git host cannot be reached")
	reasons: list[str] = []
	monkeypatch.setattr(demo, "embedded", lambda why: reasons.append(why) or 0)
	assert demo.main([]) == 0
	assert "no bench was found" in reasons[0] and "cannot be reached" in reasons[0]


def test_asking_upstream_gives_a_reason_and_leaves_no_half_bench(
	monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
	monkeypatch.setattr(demo.os, "geteuid", lambda: 1000)
	monkeypatch.setattr(demo.Path, "home", lambda: tmp_path)
	ran: list[str] = []

	def runner(fails: str) -> object:
		def fake(command: list[str], **_: object) -> tuple[int, str]:
			ran.append(" ".join(command))
			if " init " in ran[-1]:
				(tmp_path / "frappe-bench").mkdir()
			return (1, "the reason") if fails and fails in ran[-1] else (0, "")

		return fake

	def ask(fails: str) -> object:
		return demo.ask_upstream(runner(fails), lambda name: name)

	assert "no node" in demo.ask_upstream(runner(""), lambda name: None if name == "node" else name)
	assert not ran
	assert "cannot be reached" in ask("ls-remote")
	assert "pip cannot install frappe-bench" in ask("install --quiet frappe-bench")
	assert "`bench get-app` failed" in ask("get-app") and "the reason" in ask("get-app")
	assert not (tmp_path / "frappe-bench").exists()
	assert ask("") == tmp_path / "frappe-bench"
	assert "is there already" in ask("")
	monkeypatch.setattr(demo.os, "geteuid", lambda: 0)
	assert "must not belong to root" in ask("")


def test_demo_prints_one_login_a_role_or_what_it_got() -> None:
	rows = [{"role": "Coordinator", "user": "coord@example.org", "password": "pw"}]
	for value in (rows, {"logins": rows, "cases": 12}):
		lines = demo.logins(f"noise\n{json.dumps(value)}\n").splitlines()
		assert lines[0].split() == ["Role", "User", "Password"]
		assert lines[1].split() == ["Coordinator", "coord@example.org", "pw"]
		assert lines[-1].split()[-2:] == ["Administrator", bench.ADMIN_PASSWORD]
	assert "done by hand" in demo.logins("done by hand\n")


# --- the virtual environment


def test_venv_is_made_once_and_again_when_the_project_changed(tmp_path: Path) -> None:
	(tmp_path / "pyproject.toml").write_text("a")
	ran: list[str] = []

	def runner(command: list[str]) -> tuple[int, str]:
		ran.append("venv" if command[1:3] == ["-m", "venv"] else command[-1])
		(tmp_path / ".venv/bin").mkdir(parents=True, exist_ok=True)
		(tmp_path / ".venv/bin/python").touch()
		return 0, ""

	checkout.venv_python(tmp_path, "", runner)
	checkout.venv_python(tmp_path, "", runner)
	assert ran == ["venv", str(tmp_path)]
	checkout.venv_python(tmp_path, "test", runner)
	checkout.venv_python(tmp_path, "", runner)
	assert ran[2:] == [f"{tmp_path}[test]"]
	(tmp_path / "pyproject.toml").write_text("b")
	checkout.venv_python(tmp_path, "test", runner)
	assert ran[3:] == ["venv", f"{tmp_path}[test]"]


def test_pip_that_fails_is_said_in_words_and_tried_again_next_time(tmp_path: Path) -> None:
	(tmp_path / "pyproject.toml").write_text("a")
	ran = []

	def runner(command: list[str]) -> tuple[int, str]:
		ran.append(command)
		(tmp_path / ".venv/bin").mkdir(parents=True, exist_ok=True)
		(tmp_path / ".venv/bin/python").touch()
		return (1, "Could not find a version") if "pip" in command else (0, "")

	for _ in range(2):
		with pytest.raises(Stop, match=r"package index[\s\S]*Could not find a version"):
			checkout.venv_python(tmp_path, "test", runner)
	assert sum("pip" in command for command in ran) == 2
