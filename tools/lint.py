"""`make lint`: Ruff's checks and its formatting, with the version of `.venv`; `--fix` changes the files."""

from __future__ import annotations

import sys

from checkout import ROOT, Stop, run, venv_python


def main(fix: bool) -> int:
	"""Runs both; returns 0 when neither finds anything."""
	ruff = [str(venv_python(ROOT, "test")), "-m", "ruff"]
	check = run([*ruff, "check", *(["--fix"] if fix else []), "."], cwd=ROOT, tee=True)[0]
	style = run([*ruff, "format", *([] if fix else ["--check"]), "."], cwd=ROOT, tee=True)[0]
	return int(bool(check or style))


if __name__ == "__main__":
	try:
		sys.exit(main("--fix" in sys.argv[1:]))
	except Stop as stop:
		print(stop, file=sys.stderr)
		sys.exit(1)
