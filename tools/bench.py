"""Finds a Frappe bench on this machine and works with it: services, the app's code, throwaway sites.

Used by `test.py` and `demo.py`; from a shell, in the checkout:

    python3 tools/bench.py where                 which bench, and why
    python3 tools/bench.py services              start MariaDB and Redis where they do not answer
    python3 tools/bench.py code                  put this checkout's app into the bench
    python3 tools/bench.py site NAME [--app]     a fresh site with ERPNext set up (and with the app installed)
    python3 tools/bench.py serve NAME [--port N] serve a site until Ctrl-C
    python3 tools/bench.py drop NAME             remove such a site
    python3 tools/bench.py frappe NAME ARGS...   any frappe command on a site

Only sites that this program made are ever replaced or removed: they carry a mark in their site_config.json.
"""

from __future__ import annotations

import argparse
import ast
import base64
import contextlib
import fcntl
import gzip
import hashlib
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from checkout import ROOT, Stop, digest, run, say, tail, tracked_files

APP = "core_minori"
MARKER = ".copied_by_make"
SITE_MARK = "core_minori_throwaway"
BASE_SITE = "core-minori-base.localhost"
ADMIN_PASSWORD = "admin"
HOST = "127.0.0.1"
_LOOPBACK = {"localhost", "127.0.0.1", "::1", ""}
# What the bench's own build leaves inside the app: not ours to delete when we copy again.
_BUILT = ("__pycache__", "node_modules", "dist", ".egg-info")


# --- finding --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
	"""Where a bench is (None: nowhere) and the reason, in words."""

	path: Path | None
	why: str


def missing_in(path: Path) -> list[str]:
	"""What a folder lacks to be a bench with ERPNext; empty when it is one."""
	needs = ("sites", "env/bin/python", "apps/frappe", "apps/erpnext")
	return [need for need in needs if not os.path.exists(path / need)]


def home_folders() -> list[Path]:
	"""The home of the user `frappe`, if there is one, and one's own."""
	homes = []
	with contextlib.suppress(KeyError):
		homes.append(Path(pwd.getpwnam("frappe").pw_dir))
	return [*homes, Path.home()]


def find_bench(
	checkout: Path = ROOT,
	env: Mapping[str, str] = os.environ,
	homes: Sequence[Path] | None = None,
	uid: int | None = None,
) -> Found:
	"""Looks for a usable bench: BENCH_DIR, around this checkout, ~frappe/frappe-bench, ~/frappe-bench.

	CORE_MINORI_NO_BENCH=1 finds none. A BENCH_DIR that is no bench, or another user's, raises Stop: it was
	asked for.
	"""
	uid = os.geteuid() if uid is None else uid
	if env.get("CORE_MINORI_NO_BENCH", "") not in ("", "0"):
		return Found(None, "CORE_MINORI_NO_BENCH is set, so no bench was looked for")
	if asked := env.get("BENCH_DIR"):
		path = Path(asked).expanduser().absolute()
		if lacks := missing_in(path):
			raise Stop(
				f"BENCH_DIR is {path}, but that is no bench with ERPNext: it has no {', no '.join(lacks)}"
			)
		if refusal := refuse_user(path, uid):
			raise Stop(refusal)
		return Found(path, "BENCH_DIR names it")
	candidates: list[tuple[Path, str]] = []
	if checkout.parent.name == "apps":
		candidates.append((checkout.parent.parent, "this checkout lies in it"))
	for home in home_folders() if homes is None else homes:
		candidates.append((home / "frappe-bench", "it is in a home folder where benches are kept"))
	looked = []
	seen: set[Path] = set()
	for path, why in candidates:
		if path in seen:
			continue
		seen.add(path)
		if not os.path.exists(path):
			looked.append(f"{path} is not there")
		elif lacks := missing_in(path):
			looked.append(f"{path} has no {', no '.join(lacks)}")
		elif refusal := refuse_user(path, uid):
			looked.append(refusal)
		else:
			return Found(path, why)
	return Found(None, "no bench with ERPNext was found: " + "; ".join(looked))


def refuse_user(path: Path, uid: int) -> str:
	"""Why this user may not work with a bench; empty for its owner and for root, who becomes the owner."""
	owner = os.stat(path / "sites").st_uid
	if uid in (0, owner):
		return ""
	return f"{path} belongs to the user {user_name(owner)}: run this as {user_name(owner)} or as root"


def user_name(uid: int) -> str:
	"""The login name of a user id, or the number where there is no such user."""
	try:
		return pwd.getpwuid(uid).pw_name
	except KeyError:
		return str(uid)


# --- small things about the network ---------------------------------------------------------------


def answers(host: str, port: int, timeout: float = 1.0) -> bool:
	"""Whether something accepts connections there."""
	try:
		with socket.create_connection((host or HOST, port), timeout=timeout):
			return True
	except OSError:
		return False


def free_port(wanted: int) -> int:
	"""`wanted` when nothing uses it, else a port that the system picks."""
	for port in (wanted, 0):
		with socket.socket() as probe:
			probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
			try:
				probe.bind((HOST, port))
			except OSError:
				continue
			if not port or not answers(HOST, port, 0.2):
				return probe.getsockname()[1]
	raise Stop("No free port could be had on the loopback address")


def wait_for(ready: Callable[[], bool], seconds: float) -> bool:
	"""Asks until the answer is yes or the time is over; returns the answer."""
	end = time.monotonic() + seconds
	while not ready():
		if time.monotonic() > end:
			return False
		time.sleep(0.2)
	return True


def on_terminate() -> None:
	"""Lets SIGTERM end the command as Ctrl-C does, so that the servers it started end with it."""
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


# --- the bench ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Served:
	"""A site that answers: its address, the ports in use, and whether the realtime service runs."""

	site: str
	url: str
	port: int
	realtime: bool
	processes: tuple[subprocess.Popen[bytes], ...]


class Bench:
	"""A bench and the commands on it, which always run as its owner."""

	def __init__(self, path: Path, uid: int | None = None) -> None:
		self.path = path
		self.sites = path / "sites"
		self.python = path / "env" / "bin" / "python"
		self.own = path / "config" / APP
		if lacks := missing_in(path):
			raise Stop(f"{path} is no bench with ERPNext: it has no {', no '.join(lacks)}")
		self.uid = os.geteuid() if uid is None else uid
		if refusal := refuse_user(path, self.uid):
			raise Stop(refusal)
		stat = os.stat(self.sites)
		self.owner, self.group = stat.st_uid, stat.st_gid

	# running as the owner

	def env(self) -> dict[str, str]:
		"""The environment of a command: ours without what points to another Python, with the owner's home."""
		dropped = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CI", "DEV_SERVER", "XDG_RUNTIME_DIR"}
		env = {key: value for key, value in os.environ.items() if key not in dropped}
		with contextlib.suppress(KeyError):
			entry = pwd.getpwuid(self.owner)
			env.update(HOME=entry.pw_dir, USER=entry.pw_name, LOGNAME=entry.pw_name)
		paths = [*env.get("PATH", "").split(":"), "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
		env["PATH"] = ":".join(dict.fromkeys(path for path in paths if path))
		env["PYTHONUNBUFFERED"] = "1"
		return env

	def identity(self) -> dict[str, object]:
		"""Arguments of Popen that make a command run as the owner; none when we are the owner."""
		if self.uid == self.owner:
			return {}
		groups = [self.group]
		with contextlib.suppress(KeyError):
			groups = os.getgrouplist(user_name(self.owner), self.group)
		return {"user": self.owner, "group": self.group, "extra_groups": groups}

	def run(self, command: list[str], cwd: Path | None = None, tee: bool = False) -> tuple[int, str]:
		"""Runs a program as the owner, in `sites` unless told; returns exit code and output."""
		return run(command, cwd=cwd or self.sites, env=self.env(), tee=tee, **self.identity())

	def frappe(self, *args: str, site: str | None = None, tee: bool = False) -> str:
		"""Runs a frappe command (`bench --site S ...`); returns its output. Raises Stop when it fails."""
		code, out = self.try_frappe(*args, site=site, tee=tee)
		if code:
			on_site = f" on the site {site}" if site else ""
			raise Stop(f"`frappe {' '.join(args[:2])}`{on_site} failed with code {code}:\n{tail(out, 25)}")
		return out

	def try_frappe(self, *args: str, site: str | None = None, tee: bool = False) -> tuple[int, str]:
		"""The same, returning exit code and output and raising nothing."""
		where = ["--site", site] if site else []
		return self.run(
			[str(self.python), "-m", "frappe.utils.bench_helper", "frappe", *where, *args], tee=tee
		)

	def write(self, path: Path, text: str, mode: int = 0o644) -> None:
		"""Writes a file of the owner's, in one step, so that no reader sees half of it."""
		self.make_folder(path.parent)
		part = path.with_name(f"{path.name}.part")
		part.write_text(text)
		os.chmod(part, mode)
		self.give(part)
		os.replace(part, path)

	def make_folder(self, path: Path) -> None:
		"""Makes a folder of the owner's, with its parents."""
		if not path.is_dir():
			self.make_folder(path.parent)
			path.mkdir()
			self.give(path)

	def give(self, path: Path) -> None:
		"""Makes the owner the owner of a file (nothing to do unless we are root)."""
		if self.uid != self.owner:
			os.chown(path, self.owner, self.group, follow_symlinks=False)

	# what it holds

	def config(self) -> dict[str, object]:
		"""sites/common_site_config.json."""
		path = self.sites / "common_site_config.json"
		try:
			return json.loads(path.read_text())
		except FileNotFoundError:
			return {}
		except ValueError as error:
			raise Stop(f"{path} is no valid JSON: {error}") from None

	def site_config(self, site: str) -> dict[str, object]:
		"""A site's own configuration; empty where there is none."""
		try:
			return json.loads((self.sites / site / "site_config.json").read_text())
		except (FileNotFoundError, ValueError):
			return {}

	def set_site_config(self, site: str, **values: object) -> None:
		"""Changes keys of a site's configuration."""
		config = {**self.site_config(site), **values}
		self.write(
			self.sites / site / "site_config.json", json.dumps(config, indent=1, sort_keys=True), mode=0o640
		)

	def version(self, app: str) -> str:
		"""The version of an app in the bench, from its code."""
		text = (self.path / "apps" / app / app / "__init__.py").read_text()
		match = re.search(r"""^__version__\s*=\s*["']([^"']+)""", text, re.MULTILINE)
		if not match:
			raise Stop(f"The version of {app} in the bench {self.path} could not be read")
		return match[1]

	@contextlib.contextmanager
	def lock(self, name: str, wait: bool = True) -> Iterator[None]:
		"""Keeps two runs of ours off the same site; without `wait` a second one is told to come back."""
		self.make_folder(self.own)
		path = self.own / f"{name}.lock"
		with open(path, "a") as handle:
			self.give(path)
			try:
				fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
			except BlockingIOError:
				if not wait:
					raise Stop(f"Another run is using {name} at the moment: end it first") from None
				say(f"Waiting for another run that is using {name}")
				fcntl.flock(handle, fcntl.LOCK_EX)
			yield

	# services

	def database_address(self) -> tuple[str, int]:
		"""Host and port of the database server that the bench's sites use."""
		config = self.config()
		return str(config.get("db_host") or HOST), int(str(config.get("db_port") or 3306))

	def start_services(self, wait: float = 60) -> None:
		"""Makes MariaDB and both Redis servers answer; what answers already is left alone.

		Raises Stop, in words, when one does not answer and cannot be started from here.
		"""
		self.start_database(wait)
		for name in ("redis_cache", "redis_queue"):
			self.start_redis(name, wait)

	def start_database(self, wait: float) -> None:
		"""Starts the machine's MariaDB when it is meant to run here and does not answer."""
		host, port = self.database_address()
		if answers(host, port):
			return
		if host not in _LOOPBACK:
			raise Stop(
				f"The database server {host}:{port} does not answer; it is another machine: start it there"
			)
		if self.uid != 0:
			raise Stop(
				f"MariaDB does not answer on port {port}, and only root may start it: "
				"sudo service mariadb start"
			)
		said = []
		for command in (["service", "mariadb", "start"], ["systemctl", "start", "mariadb"]):
			if shutil.which(command[0]):
				say(f"Starting MariaDB: {' '.join(command)}")
				_code, out = run(command)
				said.append(out)
				if wait_for(lambda: answers(host, port), wait if _code == 0 else 2):
					return
		if safe := shutil.which("mysqld_safe") or shutil.which("mariadbd-safe"):
			say(f"Starting MariaDB: {Path(safe).name}")
			subprocess.Popen(
				[safe],
				stdin=subprocess.DEVNULL,
				stdout=subprocess.DEVNULL,
				stderr=subprocess.DEVNULL,
				start_new_session=True,
			)
			if wait_for(lambda: answers(host, port), wait):
				return
		raise Stop(
			f"MariaDB does not answer on {host}:{port} and could not be started. Install mariadb-server, or "
			"start it and look at its log.\n" + tail("\n".join(said))
		)

	def start_redis(self, name: str, wait: float) -> None:
		"""Starts one of the bench's Redis servers from its configuration when its port does not answer."""
		url = urlsplit(str(self.config().get(name) or ""))
		if not url.port:
			raise Stop(f"sites/common_site_config.json of {self.path} gives no address for {name}")
		host, port = url.hostname or HOST, url.port
		if answers(host, port):
			return
		if host not in _LOOPBACK:
			raise Stop(f"{name} ({host}:{port}) does not answer; it is another machine: start it there")
		if not shutil.which("redis-server"):
			raise Stop(
				f"{name} does not answer on port {port}, and there is no redis-server to start: "
				"install redis-server"
			)
		say(f"Starting {name} on port {port}")
		conf = self.path / "config" / f"{name}.conf"
		# the port is said again: a configuration file that lags behind common_site_config.json is of no use
		command = [
			"redis-server",
			*([str(conf)] if conf.is_file() else []),
			"--port",
			str(port),
			"--daemonize",
			"yes",
		]
		if not conf.is_file():
			command += ["--bind", HOST, "--save", "", "--appendonly", "no"]
		_code, out = self.run(command, cwd=self.path)
		if not wait_for(lambda: answers(host, port), wait):
			raise Stop(f"{name} could not be started on port {port}:\n{tail(out)}")

	# the app's code

	def install_app_code(self, checkout: Path = ROOT) -> None:
		"""Makes the bench run this checkout's app: in apps/, importable, listed, assets and texts built."""
		target = self.path / "apps" / APP
		if os.path.exists(target) and target.resolve() == checkout.resolve():
			changed = True
		else:
			changed = self.copy_code(checkout, target)
		self.pip_install(target)
		self.list_app()
		self.build(target, changed)

	def copy_code(self, checkout: Path, target: Path) -> bool:
		"""Makes `target` hold exactly the checkout's files; returns whether anything changed.

		Raises Stop when a folder is there that this command did not make.
		"""
		if os.path.lexists(target) and not (target / MARKER).is_file():
			raise Stop(
				f"{target} is there already and was not put there by make: it may be someone's work. Move it "
				"away, or run make from that folder."
			)
		names = tracked_files(checkout)
		if not names:
			raise Stop(f"{checkout} holds no file to copy")
		self.make_folder(target)
		self.write(
			target / MARKER, f"Copied from a checkout by make; make replaces what is here. {checkout}\n"
		)
		changed = False
		for name in names:
			source, copy = checkout / name, target / name
			if same_file(source, copy):
				continue
			changed = True
			if os.path.lexists(copy) and (copy.is_symlink() or not copy.is_dir()):
				copy.unlink()
			elif copy.is_dir():
				shutil.rmtree(copy)
			for parent in reversed(copy.relative_to(target).parents[:-1]):
				# a file or link where a folder is wanted now
				if os.path.lexists(target / parent) and (
					(target / parent).is_symlink() or not (target / parent).is_dir()
				):
					(target / parent).unlink()
			self.make_folder(copy.parent)
			shutil.copy2(source, copy, follow_symlinks=False)
			self.give(copy)
		return self.delete_stale(target, {*names, MARKER}) or changed

	def delete_stale(self, target: Path, keep: set[str]) -> bool:
		"""Deletes what a former copy left and the checkout no longer has; the bench's build products stay."""
		changed = False
		for folder, folders, files in os.walk(target, topdown=False):
			place = Path(folder).relative_to(target)
			if any(part.endswith(_BUILT) for part in place.parts):
				continue
			links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
			for name in files + links:
				if str(place / name) not in keep and not name.endswith((".mo", ".pyc")):
					os.unlink(os.path.join(folder, name))
					changed = True
			# a folder left with nothing but compiled Python could still be imported as a package: it goes too
			if folder != str(target) and set(os.listdir(folder)) <= {"__pycache__"}:
				shutil.rmtree(folder)
		return changed

	def pip_install(self, target: Path) -> None:
		"""Installs the app, editable, into the bench's Python, unless the same pyproject.toml was already."""
		stamp = self.own / "installed"
		wanted = digest([(target / "pyproject.toml").read_bytes(), str(target)])
		probe = f"import {APP}, os; print(os.path.dirname(os.path.dirname({APP}.__file__)))"
		code, out = self.run([str(self.python), "-c", probe])
		importable = code == 0 and Path(out.strip().splitlines()[-1]).resolve() == target.resolve()
		if importable and stamp.is_file() and stamp.read_text() == wanted:
			return
		say("Installing the app's libraries into the bench's Python")
		install = [str(self.python), "-m", "pip", "install", "--quiet", "--editable", str(target)]
		code, out = self.run(install)
		if code:
			# without an index the build tool cannot be fetched apart, but the bench may have it already
			again, _ = self.run([*install, "--no-build-isolation"])
			if again:
				raise Stop(
					"pip could not install core_minori into the bench's Python. Is there a package index "
					"that pip can reach (network, proxy, or PIP_INDEX_URL / PIP_FIND_LINKS)? What pip said:\n"
					+ tail(out)
				)
		self.write(stamp, wanted)

	def list_app(self) -> None:
		"""Adds the app to sites/apps.txt, which says what a bench has."""
		path = self.sites / "apps.txt"
		apps = path.read_text().split() if path.is_file() else []
		if APP not in apps:
			self.write(path, "\n".join([*apps, APP]) + "\n")

	def build(self, target: Path, changed: bool) -> None:
		"""Links the app's static files, builds its bundles when it has any, compiles its translations."""
		public = target / APP / "public"
		link = self.sites / "assets" / APP
		if public.is_dir() and not (link.is_symlink() and link.resolve() == public.resolve()):
			self.make_folder(link.parent)
			if link.is_symlink():
				link.unlink()
			elif link.is_dir():
				shutil.rmtree(link)
			link.symlink_to(public)
			self.give(link)
		bundles = [path for path in sorted(public.rglob("*.bundle.*")) if "dist" not in path.parts]
		texts = sorted((target / APP / "locale").glob("*.po"))
		stamp = self.own / "built"
		wanted = digest(path.read_bytes() for path in [*bundles, *texts]) + str(target)
		if not changed and stamp.is_file() and stamp.read_text() == wanted:
			return
		if bundles and shutil.which("node") and shutil.which("yarn"):
			say("Building the app's bundles and translations")
			self.frappe("build", "--app", APP)
		elif bundles:
			say("The app's bundles were not built: that needs node and yarn")
		if texts:
			self.frappe("compile-po-to-mo", "--app", APP, "--force")
		self.write(stamp, wanted)

	# the database

	def database_client(self) -> tuple[list[str], dict[str, str]]:
		"""The client's command and environment with which databases can be made; raises Stop without one.

		In turn: root_login and root_password of the bench, BENCH_DB_ROOT_PASSWORD, and for root the socket.
		"""
		client = shutil.which("mariadb") or shutil.which("mysql")
		if not client:
			raise Stop("There is no MariaDB client: install mariadb-client")
		config = self.config()
		host, port = self.database_address()
		tries: list[tuple[list[str], str]] = []
		user = str(config.get("root_login") or "root")
		address = ["--protocol=tcp", f"--host={HOST if host in _LOOPBACK else host}", f"--port={port}"]
		for password in (config.get("root_password"), os.environ.get("BENCH_DB_ROOT_PASSWORD")):
			if password:
				tries.append(([client, "--no-defaults", *address, f"--user={user}"], str(password)))
		if self.uid == 0 and host in _LOOPBACK:
			# where the socket lies is told by the machine's own option files, so those are read here
			tries.append(([client, "--protocol=socket", "--user=root"], ""))
		for command, password in tries:
			env = {**os.environ, "MYSQL_PWD": password}
			if run([*command, "--execute=SELECT 1"], env=env)[0] == 0:
				return command, env
		raise Stop(
			f"The database server on {host}:{port} lets us in with no root password that we have: put "
			"root_password into sites/common_site_config.json of the bench, or set BENCH_DB_ROOT_PASSWORD"
		)

	def sql(self, statement: str) -> None:
		"""Runs statements as the database's root."""
		command, env = self.database_client()
		code, out = run([*command, f"--execute={statement}"], env=env)
		if code:
			raise Stop(f"The database refused a statement:\n{tail(out)}")

	def make_database(self, name: str, password: str) -> None:
		"""Makes an empty database and its user, in place of one of that name."""
		self.drop_database(name)
		statements = [f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"]
		for host in self.user_hosts():
			statements.append(f"CREATE USER '{name}'@'{host}' IDENTIFIED BY '{password}'")
			statements.append(f"GRANT ALL PRIVILEGES ON `{name}`.* TO '{name}'@'{host}'")
		self.sql("; ".join(statements))

	def drop_database(self, name: str) -> None:
		"""Removes a site's database and its user."""
		users = [f"DROP USER IF EXISTS '{name}'@'{host}'" for host in self.user_hosts()]
		self.sql("; ".join([f"DROP DATABASE IF EXISTS `{name}`", *users]))

	def user_hosts(self) -> list[str]:
		"""From where a site's database user may come."""
		return ["localhost", HOST, "::1"] if self.database_address()[0] in _LOOPBACK else ["%"]

	# sites

	def database_name(self, site: str) -> str:
		"""The database of a site of ours: Frappe's own rule, a digest of the site's place."""
		return "_" + hashlib.sha1(os.path.realpath(self.sites / site).encode()).hexdigest()[:16]

	def drop_site(self, site: str) -> None:
		"""Removes a site that we made, with its database; raises Stop for anybody else's."""
		folder = self.sites / site
		if folder.exists():
			if not self.site_config(site).get(SITE_MARK):
				raise Stop(
					f"The site {site} was not made by make, so it is left alone: rename or remove it yourself"
				)
			self.drop_database(self.database_name(site))
			shutil.rmtree(folder)

	def make_site_folder(self, site: str, encryption_key: str) -> str:
		"""Makes a site's folders and configuration, marked as ours; returns the password of its database."""
		if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", site):
			raise Stop(f"{site!r} is no name for a site: use small letters, digits, dots and hyphens")
		password = secrets.token_urlsafe(16)
		# the mark first: whatever stops us later, the folder is known as ours and can be made again
		self.set_site_config(
			site,
			**{
				SITE_MARK: 1,
				"allow_tests": True,
				"db_name": self.database_name(site),
				"db_password": password,
				"db_type": "mariadb",
				"encryption_key": encryption_key,
				"host_name": f"http://{site}",
				"mute_emails": 1,
				"server_script_enabled": False,
			},
		)
		for name in ("public/files", "private/backups", "private/files", "locks", "logs"):
			self.make_folder(self.sites / site / name)
		return password

	def dump_path(self) -> Path:
		"""Where the dump of a site with ERPNext set up lies: its name changes with what it is made from."""
		# parsed, so that a comment or a line break makes no new dump
		script = ast.dump(ast.parse(Path(__file__).with_name("erpnext_base.py").read_bytes()))
		recipe = digest([script, str(date.today().year)])
		return self.own / f"erpnext-{self.version('frappe')}-{self.version('erpnext')}-{recipe[:8]}.sql.gz"

	def site_with_erpnext(self, name: str) -> None:
		"""Makes a fresh site with ERPNext set up for an Italian cooperative, in place of an earlier one.

		The first one takes a minute or two and leaves a dump in the bench; later ones are restored from it.
		The password of Administrator is ADMIN_PASSWORD.
		"""
		with self.lock("erpnext-dump"):
			dump = self.dump_path()
			if not (dump.is_file() and dump.with_suffix(".json").is_file()):
				self.make_dump(dump)
		kept = json.loads(dump.with_suffix(".json").read_text())
		self.drop_site(name)
		password = self.make_site_folder(name, kept["encryption_key"])
		database = self.database_name(name)
		self.make_database(database, password)
		self.restore(dump, database)
		# an earlier site of this name left its documents in the cache, where they would be found first
		self.frappe("clear-cache", site=name)

	def make_dump(self, dump: Path) -> None:
		"""Makes a site with ERPNext, takes it through the setup wizard, keeps its dump and removes it."""
		say("Making a site with ERPNext for the first time; its dump is kept in the bench (a few minutes)")
		self.drop_site(BASE_SITE)
		# A Fernet key: 32 bytes in URL-safe base64. It goes with the dump to every site restored from it, so
		# that the passwords stored in it stay readable.
		key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
		password = self.make_site_folder(BASE_SITE, key)
		self.make_database(self.database_name(BASE_SITE), password)
		self.frappe("new-site", BASE_SITE, "--force", "--no-setup-db", "--admin-password", ADMIN_PASSWORD)
		self.frappe("install-app", "erpnext", site=BASE_SITE)
		script = Path(__file__).with_name("erpnext_base.py").read_text()
		code, out = self.run([str(self.python), "-c", script, BASE_SITE])
		if code:
			raise Stop(f"ERPNext's setup wizard failed on {BASE_SITE}:\n{tail(out, 25)}")
		say(out.strip().splitlines()[-1])
		part = dump.with_name(f"part-{dump.name}")
		self.make_folder(self.own)
		self.frappe("backup", "--backup-path-db", str(part), site=BASE_SITE)
		for old in self.own.glob("erpnext-*.sql*"):
			old.unlink()
		self.write(dump.with_suffix(".json"), json.dumps({"encryption_key": key}), mode=0o600)
		os.replace(part, dump)
		os.chmod(dump, 0o600)
		self.drop_site(BASE_SITE)

	def restore(self, dump: Path, database: str) -> None:
		"""Loads a dump into an empty database."""
		command, env = self.database_client()
		with gzip.open(dump) as source:
			loading = subprocess.Popen(
				[*command, database],
				env=env,
				stdin=subprocess.PIPE,
				stdout=subprocess.DEVNULL,
				stderr=subprocess.PIPE,
			)
			assert loading.stdin is not None and loading.stderr is not None
			with contextlib.suppress(BrokenPipeError):
				shutil.copyfileobj(source, loading.stdin, 1 << 20)
			with contextlib.suppress(BrokenPipeError):
				loading.stdin.close()
			error = loading.stderr.read().decode(errors="replace")
			if loading.wait():
				raise Stop(f"The dump {dump.name} could not be loaded:\n{tail(error)}")

	# serving

	@contextlib.contextmanager
	def serve(self, site: str, port: int = 8000, host: str = HOST) -> Iterator[Served]:
		"""Serves a site with the web server, the realtime service and a worker, until the block ends.

		Takes another port when `port` is in use. Raises Stop when the site does not answer within a minute.
		"""
		started: dict[str, subprocess.Popen[bytes]] = {}
		try:
			with self.lock("ports"):  # a port that was free is taken before another run looks for one
				served = self._started(site, port, host, started)
			yield served
		finally:
			end_groups(list(started.values()))

	def _started(
		self, site: str, port: int, host: str, started: dict[str, subprocess.Popen[bytes]]
	) -> Served:
		"""Starts the servers of a site, each into `started`, and waits until they answer."""
		port, realtime_port = free_port(port), 0
		node = shutil.which("node")
		if node and (self.path / "apps" / "frappe" / "socketio.js").is_file():
			realtime_port = free_port(int(str(self.config().get("socketio_port") or 9000)))
		else:
			say("There is no node: the desk works without live updates")
		url = f"http://{HOST if host in _LOOPBACK | {'0.0.0.0'} else host}:{port}"
		self.set_site_config(site, host_name=url, disable_async=0 if realtime_port else 1)
		server = Path(__file__).with_name("site_server.py").read_text()
		python = str(self.python)
		commands = {"web": [python, "-c", server, site, host, str(port), str(realtime_port)]}
		if node and realtime_port:
			commands["realtime"] = [node, str(self.path / "apps" / "frappe" / "socketio.js")]
		worker = [
			python,
			"-m",
			"frappe.utils.bench_helper",
			"frappe",
			"worker",
			"--queue",
			"short,default,long",
		]
		commands["worker"] = worker
		env = {
			**self.env(),
			"FRAPPE_BENCH_ROOT": str(self.path),
			"FRAPPE_SITE": site,
			"FRAPPE_SOCKETIO_PORT": str(realtime_port),
		}
		logs = {name: self.path / "logs" / f"{APP}-{site}-{name}.log" for name in commands}
		for name, command in commands.items():
			self.write(logs[name], "")
			with open(logs[name], "ab") as log:
				started[name] = subprocess.Popen(
					command,
					cwd=self.sites,
					env=env,
					stdin=subprocess.DEVNULL,
					stdout=log,
					stderr=subprocess.STDOUT,
					start_new_session=True,
					**self.identity(),  # type: ignore[call-overload]
				)

		def ended() -> list[str]:
			return [name for name, process in started.items() if process.poll() is not None]

		def ready() -> bool:
			up = pings(f"{url}/api/method/ping")
			return bool(ended()) or (up and (not realtime_port or answers(HOST, realtime_port)))

		if not wait_for(ready, 60) or ended():
			names = ended() or list(started)
			said = "\n".join(f"  {name}:\n{tail(logs[name].read_text(errors='replace'))}" for name in names)
			raise Stop(f"The site {site} could not be served on port {port}. What the servers said:\n{said}")
		return Served(site, url, port, bool(realtime_port), tuple(started.values()))


def pings(url: str) -> bool:
	"""Whether Frappe answers there."""
	try:
		with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
			return b"pong" in answer.read()
	except (urllib.error.URLError, OSError):
		return False


def end_groups(processes: list[subprocess.Popen[bytes]], grace: float = 10) -> None:
	"""Ends programs and what they started: asked first, forced when they do not go."""
	for process in processes:
		with contextlib.suppress(ProcessLookupError):
			os.killpg(process.pid, signal.SIGTERM)
	end = time.monotonic() + grace
	for process in processes:
		with contextlib.suppress(subprocess.TimeoutExpired):
			process.wait(max(0.1, end - time.monotonic()))
		with contextlib.suppress(ProcessLookupError):
			os.killpg(process.pid, signal.SIGKILL)
		process.wait()


def same_file(source: Path, copy: Path) -> bool:
	"""Whether a copy is as its source: the same link, or the same bytes and the same right to be run."""
	if not os.path.lexists(copy) or source.is_symlink() != copy.is_symlink():
		return False
	if source.is_symlink():
		return os.readlink(source) == os.readlink(copy)
	if not copy.is_file() or (source.stat().st_mode ^ copy.stat().st_mode) & 0o111:
		return False
	return source.stat().st_size == copy.stat().st_size and source.read_bytes() == copy.read_bytes()


def main(argv: list[str]) -> int:
	"""The commands for the shell that the head of this file lists."""
	parser = argparse.ArgumentParser(prog="bench.py", description="Work with the bench on this machine.")
	commands = parser.add_subparsers(dest="command", required=True)
	for name in ("where", "services", "code"):
		commands.add_parser(name)
	for name in ("site", "serve", "drop", "frappe"):
		commands.add_parser(name).add_argument("site")
	commands.choices["site"].add_argument(
		"--app", action="store_true", help="copy and install core_minori too"
	)
	commands.choices["serve"].add_argument("--port", type=int, default=8000)
	commands.choices["serve"].add_argument("--host", default=HOST)
	commands.choices["frappe"].add_argument("args", nargs=argparse.REMAINDER)
	options = parser.parse_args(argv)
	found = find_bench()
	if options.command == "where":
		say(f"{found.path}: {found.why}" if found.path else found.why)
		return 0 if found.path else 1
	if not found.path:
		raise Stop(found.why)
	bench = Bench(found.path)
	start = time.monotonic()
	if options.command == "frappe":
		return bench.try_frappe(*options.args, site=options.site, tee=True)[0]
	bench.start_services()
	if options.command == "code":
		bench.install_app_code()
	elif options.command == "site":
		if options.app:
			bench.install_app_code()
		with bench.lock(options.site):
			bench.site_with_erpnext(options.site)
			if options.app:
				bench.frappe("install-app", APP, site=options.site)
		seconds = time.monotonic() - start
		say(f"{options.site} is ready after {seconds:.0f} s; Administrator / {ADMIN_PASSWORD}")
	elif options.command == "drop":
		bench.drop_site(options.site)
	elif options.command == "serve":
		with bench.serve(options.site, options.port, options.host) as served:
			say(f"{served.site} answers on {served.url}; Ctrl-C ends it")
			while all(process.poll() is None for process in served.processes):
				time.sleep(1)
			raise Stop("A server ended by itself: look into the bench's logs folder")
	return 0


if __name__ == "__main__":
	on_terminate()
	try:
		sys.exit(main(sys.argv[1:]))
	except KeyboardInterrupt:
		sys.exit(130)
	except Stop as stop:
		print(stop, file=sys.stderr)
		sys.exit(1)
