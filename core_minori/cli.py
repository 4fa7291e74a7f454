"""`core-minori`: the engine over workbooks, with no server.

The only place of the offline side that touches files, the clock and the terminal. Exit codes: 0 nothing to mend,
1 something was found, 2 a file or an argument cannot be used.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path

from babel.messages.pofile import read_po

from core_minori import __version__
from core_minori.engine import costs, partner_workbook, register, xlsx
from core_minori.engine.message import Message, _
from core_minori.engine.register import Reference
from core_minori.engine.sheets import Problem, Reading

CLEAN, FOUND, UNUSABLE = 0, 1, 2
LARGEST_FILE = 100_000_000
LANGUAGES = ("it", "en")

Translate = Callable[[str], str]


class Unusable(Exception):
	"""A file or an argument cannot be used. `message` says why, `remedy` what to do."""

	def __init__(self, message: Message, remedy: Message | None = None):
		self.message = message
		self.remedy = remedy
		super().__init__(message.render())


def main(arguments: Sequence[str] | None = None) -> int:
	"""Run one command and return its exit code."""
	given = list(sys.argv[1:] if arguments is None else arguments)
	translate = _translator(_language(given))
	for stream in (sys.stdout, sys.stderr):
		if hasattr(stream, "reconfigure"):
			stream.reconfigure(errors="replace")  # an old console that lacks a character still shows the rest
	options = _parser(translate).parse_args(given)
	try:
		return options.run(options, translate)
	except Unusable as error:
		_say(translate, error.message, sys.stderr)
		if error.remedy:
			_say(translate, error.remedy, sys.stderr)
		return UNUSABLE
	except BrokenPipeError:  # the reader of our output went away, as `| head` does
		os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
		return FOUND
	except KeyboardInterrupt:
		return 130


# Commands


def check(options: argparse.Namespace, translate: Translate) -> int:
	"""Check register, costs and partner workbooks, and print every problem with its sheet and cell."""
	worst = CLEAN
	for path in options.files:
		try:
			reading = _read(path, options)
		except Unusable as error:
			_say(
				translate, Message("{path}: {text}", {"path": path, "text": error.message.render(translate)})
			)
			if error.remedy:
				_say(translate, error.remedy)
			worst = UNUSABLE
			continue
		_print_reading(path, reading, translate)
		worst = max(worst, _code_of(reading))
	return worst


def template(options: argparse.Namespace, translate: Translate) -> int:
	"""Write an empty template."""
	if options.kind == "costs":
		data = costs.template()
	else:
		data = register.template(_reference(options, translate))
	_write(options.out, data)
	_say(translate, Message(_("Written: {path}"), {"path": options.out}))
	return CLEAN


def reconcile(options: argparse.Namespace, translate: Translate) -> int:
	"""Reconcile a costs workbook into a new one."""
	if _same_file(options.file, options.out):
		raise Unusable(
			Message(_("The result would overwrite the workbook it is made from.")),
			Message(_("Give another name after -o.")),
		)
	data = _bytes_of(options.file)
	if not costs.is_costs(data):
		_refuse_unless_workbook(data)
		raise Unusable(
			Message(_("{path} is not a costs workbook."), {"path": options.file}),
			Message(_("Make one with: core-minori template costs -o FILE")),
		)
	with _Progress(options) as progress:
		reading = costs.read(data, _today(options), progress)
	_write(options.out, costs.reconciliation_workbook(reading, _today(options), translate))
	_print_reading(options.file, reading, translate)
	_say(translate, Message(_("Written: {path}"), {"path": options.out}))
	return _code_of(reading)


def demo(options: argparse.Namespace, translate: Translate) -> int:
	"""Write the demo workbooks, and tell what is in each of them."""
	# Only this command needs the demo data.
	from core_minori.setup import demo_papers, demo_workbooks

	today = _today(options)
	if today < demo_workbooks.EARLIEST_DAY:
		raise Unusable(
			Message(
				_("The demo tells of the year before {day} or a later day."),
				{"day": demo_workbooks.EARLIEST_DAY},
			)
		)
	now = datetime.combine(today, time(12)) if options.today else datetime.now()
	folder = Path(options.out)
	try:
		folder.mkdir(parents=True, exist_ok=True)
	except OSError as error:
		raise Unusable(
			Message(
				_("{path} cannot be written: {reason}."), {"path": folder, "reason": error.strerror or error}
			)
		) from error
	reference = demo_workbooks.reference(translate)
	checks: list[str] = []

	def checked(name: str, reading: Reading) -> Reading:
		checks.extend(_lines_of(name, reading, translate))
		return reading

	def told(name: str, data: bytes, text: str, **values: object) -> None:
		_write(folder / name, data)
		_say(
			translate,
			Message("{path}: {text}", {"path": folder / name, "text": translate(text).format(**values)}),
		)

	good = demo_workbooks.register_workbook(today, translate)
	reading = checked("registro.xlsx", register.read(good, reference, today))
	told(
		"registro.xlsx",
		good,
		_(
			"a year of made-up minors, PEI, referrals, training and budget lines: {rows} rows, {problems} problems"
		),
		rows=reading.row_count,
		problems=len(reading.problems),
	)
	wrong = demo_workbooks.register_with_mistakes(today, translate)
	reading = checked("registro-con-errori.xlsx", register.read(wrong, reference, today))
	told(
		"registro-con-errori.xlsx",
		wrong,
		_("the same register with the mistakes that offices make: {problems} problems, each at its cell"),
		problems=len(reading.problems),
	)
	expenses = demo_workbooks.costs_workbook(today)
	reading = checked("spese.xlsx", costs.read(expenses, today))
	told(
		"spese.xlsx",
		expenses,
		_(
			"six projects' budget lines and a year of costs: {rows} rows, {problems} problems, {warnings} warnings"
		),
		rows=reading.row_count,
		problems=len(reading.problems),
		warnings=len(reading.warnings),
	)
	told(
		"rendiconto.xlsx",
		costs.reconciliation_workbook(reading, today, translate),
		_("the reimbursement workbook: planned, booked, imputed and residual by line, chapter and partner"),
	)
	claim, claimed = demo_papers.claim_papers(today)
	told(
		"domanda-di-rimborso.xlsx",
		claim,
		_("the papers of an invented project's third claim: {costs} costs, cut by the auditor"),
		costs=claimed,
	)
	declared, count = demo_papers.partner_papers(today)
	reading = checked("spese-partner.xlsx", partner_workbook.read(declared, today))
	told(
		"spese-partner.xlsx",
		declared,
		_("a partner's workbook of that project: {costs} costs declared, {problems} problems"),
		costs=count,
		problems=len(reading.problems),
	)
	deadlines, counts = demo_workbooks.deadline_workbook(now, translate)
	told(
		"scadenze.xlsx",
		deadlines,
		_(
			"the deadline list: {all} terms, {overdue} overdue, {soon} due soon, {passed} of other authorities passed"
		),
		all=sum(counts.values()),
		overdue=counts[demo_workbooks.State.OVERDUE],
		soon=counts[demo_workbooks.State.DUE_SOON],
		passed=counts[demo_workbooks.State.TERM_PASSED],
	)
	told(
		"controlli.txt",
		("\n".join(checks) + "\n").encode(),
		_("every finding of the checks above: sheet, cell, what is wrong, what to do"),
	)
	return CLEAN


# Reading


def _read(path: str, options: argparse.Namespace) -> Reading:
	data = _bytes_of(path)
	with _Progress(options) as progress:
		if partner_workbook.is_partner_workbook(data):
			return partner_workbook.read(data, _today(options), progress)
		if register.is_register(data):
			reference = (
				_reference_from(options.reference) if options.reference else register.reference_in(data)
			)
			if reference is None:
				raise Unusable(
					Message(_("The lists that the template carries are missing from this workbook.")),
					Message(_("Give the template it was made from: --reference TEMPLATE.xlsx")),
				)
			return register.read(data, reference, _today(options), progress)
		if costs.is_costs(data):
			return costs.read(data, _today(options), progress)
	_refuse_unless_workbook(data)
	raise Unusable(
		Message(_("This workbook has neither the sheets of the register nor those of the costs.")),
		Message(_("Start from a template: core-minori template register -o FILE")),
	)


def _refuse_unless_workbook(data: bytes) -> None:
	try:
		xlsx.open_workbook(data)
	except xlsx.Refused as refused:
		raise Unusable(refused.message, refused.remedy) from refused


def _reference(options: argparse.Namespace, translate: Translate) -> Reference:
	if options.reference:
		return _reference_from(options.reference)
	from core_minori.setup import demo_workbooks

	return demo_workbooks.reference(translate)


def _reference_from(path: str) -> Reference:
	reference = register.reference_in(_bytes_of(path))
	if reference is None:
		raise Unusable(
			Message(_("{path} carries no lists."), {"path": path}),
			Message(_("Give a register template downloaded from the site.")),
		)
	return reference


def _bytes_of(path: str | Path) -> bytes:
	try:
		if Path(path).stat().st_size > LARGEST_FILE:
			raise Unusable(
				Message(_("{path} is too large to be a workbook of this app."), {"path": path}),
				Message(_("Copy the rows into a fresh template, without pictures.")),
			)
		return Path(path).read_bytes()
	except OSError as error:
		raise Unusable(
			Message(_("{path} cannot be read: {reason}."), {"path": path, "reason": error.strerror or error}),
			Message(_("Check the name and the folder.")),
		) from error


def _write(path: str | Path, data: bytes) -> None:
	"""Write the whole file or none of it."""
	target = Path(path)
	try:
		handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
		try:
			with os.fdopen(handle, "wb") as stream:
				stream.write(data)
			os.chmod(temporary, 0o600)  # it may hold names of minors
			os.replace(temporary, target)
		except BaseException:
			os.unlink(temporary)
			raise
	except OSError as error:
		raise Unusable(
			Message(
				_("{path} cannot be written: {reason}."), {"path": path, "reason": error.strerror or error}
			),
			Message(_("Check the folder, and close the file if it is open elsewhere.")),
		) from error


def _same_file(first: str, second: str) -> bool:
	try:
		return Path(first).resolve() == Path(second).resolve()
	except OSError:
		return False


def _today(options: argparse.Namespace) -> date:
	return options.today or date.today()


# Showing


def _print_reading(path: str, reading: Reading, translate: Translate) -> None:
	for line in _lines_of(str(path), reading, translate):
		print(line)


def _lines_of(name: str, reading: Reading, translate: Translate) -> list[str]:
	summary = Message(
		_("{name}: {problems} problems, {warnings} warnings, {rows} rows"),
		{
			"name": name,
			"problems": len(reading.problems),
			"warnings": len(reading.warnings),
			"rows": reading.row_count,
		},
	)
	lines = [summary.render(translate)]
	lines += [f"  {_line_of(problem, translate)}" for problem in reading.problems]
	if reading.warnings:
		lines.append(translate(_("  To look at twice:")))
		lines += [f"  {_line_of(warning, translate)}" for warning in reading.warnings]
	return lines


def _line_of(problem: Problem, translate: Translate) -> str:
	place = " ".join(part for part in (problem.sheet, problem.cell) if part)
	words = f"{problem.message.render(translate)} → {problem.remedy.render(translate)}"
	return f"{place}: {words}" if place else words


def _code_of(reading: Reading) -> int:
	if not reading.usable:
		return UNUSABLE
	return FOUND if reading.problems or reading.warnings else CLEAN


def _say(translate: Translate, message: Message, stream=None) -> None:
	print(message.render(translate), file=stream or sys.stdout)


class _Progress:
	"""Rows done of rows in all, on one line of stderr: when somebody is looking, or when asked."""

	def __init__(self, options: argparse.Namespace):
		self.shown = options.progress or sys.stderr.isatty()
		self.wrote = False

	def __enter__(self) -> Callable[[int, int], None]:
		return self.step

	def step(self, done: int, total: int) -> None:
		if self.shown:
			self.wrote = True
			print(f"\r{done}/{total}", end="", file=sys.stderr, flush=True)

	def __exit__(self, *_error: object) -> None:
		if self.wrote:
			print(file=sys.stderr)


# Arguments


def _language(arguments: Sequence[str]) -> str:
	"""The language asked for, before the parser is built: its help is in that language too."""
	finder = argparse.ArgumentParser(add_help=False)
	finder.add_argument("--language", default=LANGUAGES[0])
	return finder.parse_known_args(arguments)[0].language


def _translator(language: str) -> Translate:
	path = Path(__file__).parent / "locale" / f"{language}.po"
	if language == "en" or not path.is_file():
		return str
	with path.open("rb") as stream:
		catalogue = read_po(stream, locale=language)
	translations = {
		message.id: message.string for message in catalogue if isinstance(message.id, str) and message.string
	}
	return lambda text: translations.get(text, text)


def _parser(translate: Translate) -> argparse.ArgumentParser:
	common = argparse.ArgumentParser(add_help=False)
	common.add_argument(
		"--language", choices=LANGUAGES, default=LANGUAGES[0], help=translate(_("of the messages"))
	)
	common.add_argument(
		"--today", type=date.fromisoformat, metavar="YYYY-MM-DD", help=translate(_("check as of this day"))
	)
	common.add_argument(
		"--progress",
		action="store_true",
		help=translate(_("show progress even when stderr is not a terminal")),
	)
	parser = argparse.ArgumentParser(
		prog="core-minori",
		description=translate(_("The rules of core_minori over workbooks, with no server.")),
	)
	parser.add_argument("--version", action="version", version=__version__)
	commands = parser.add_subparsers(required=True, metavar=translate(_("COMMAND")))

	def command(name: str, run: Callable, text: str) -> argparse.ArgumentParser:
		added = commands.add_parser(name, parents=[common], help=translate(text), description=translate(text))
		added.set_defaults(run=run)
		return added

	reference_help = translate(_("register template with the lists of your site"))
	added = command(
		"check", check, _("Check register, costs and partner workbooks, with the rules of the server.")
	)
	added.add_argument("files", nargs="+", metavar="FILE")
	added.add_argument("--reference", metavar="TEMPLATE", help=reference_help)
	added = command("template", template, _("Write an empty template."))
	added.add_argument("kind", choices=("register", "costs"))
	added.add_argument("-o", "--out", required=True, metavar="FILE")
	added.add_argument("--reference", metavar="TEMPLATE", help=reference_help)
	added = command(
		"reconcile", reconcile, _("Reconcile a costs workbook: planned, booked, imputed, residual.")
	)
	added.add_argument("file", metavar="FILE")
	added.add_argument("-o", "--out", required=True, metavar="FILE")
	added = command("demo", demo, _("Write the demo workbooks with synthetic data."))
	added.add_argument("--out", default="out", metavar="FOLDER")
	return parser


if __name__ == "__main__":
	sys.exit(main())
