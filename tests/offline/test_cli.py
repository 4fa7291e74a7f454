"""`core-minori`: the same findings as the site, with exit codes that a script can trust."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import planted
import pytest
from openpyxl import Workbook, load_workbook

import core_minori
from core_minori import cli
from core_minori.engine import costs, register
from core_minori.engine.money import ZERO

TODAY = ("--today", planted.TODAY.isoformat(), "--language", "en")
ROOT = Path(core_minori.__file__).parent.parent


def run(capsys, *arguments: object) -> tuple[int, str, str]:
	code = cli.main([str(argument) for argument in arguments])
	out, err = capsys.readouterr()
	return code, out, err


@pytest.fixture
def clean(tmp_path) -> Path:
	path = tmp_path / "registro.xlsx"
	path.write_bytes(planted.clean_register())
	return path


def test_a_clean_register_ends_with_0(capsys, clean):
	code, out, err = run(capsys, "check", clean, *TODAY)
	assert (code, err) == (0, "")
	assert "0 problems, 0 warnings, 800 rows" in out


def test_check_prints_the_25_planted_errors_with_sheet_and_cell(capsys, tmp_path):
	errors = planted.planted_register()
	path = tmp_path / "errori.xlsx"
	path.write_bytes(errors.data)
	code, out, __ = run(capsys, "check", path, *TODAY)
	assert code == 1
	printed = re.findall(r"^  (.+?) ([A-Z]+\d+): (.+) → (.+)$", out, re.MULTILINE)
	assert sorted((sheet, cell) for sheet, cell, __, __ in printed) == sorted(errors.expected.values())
	assert "25 problems" in out


def test_a_warning_alone_is_not_clean(capsys, tmp_path):
	rows = planted.rows()
	rows["minors"][0]["fiscal_code"] = "12345678901"
	path = tmp_path / "avviso.xlsx"
	path.write_bytes(register.workbook(planted.REFERENCE, rows))
	code, out, __ = run(capsys, "check", path, *TODAY)
	assert code == 1
	assert "0 problems, 1 warnings" in out and "Minori M2" in out


@pytest.mark.parametrize(
	("content", "words"),
	[
		(None, "cannot be read"),
		(b"", "empty"),
		(b"a;b;c\n", "text file"),
		(b"PK\x03\x04nothing", "damaged"),
	],
)
def test_an_unusable_file_ends_with_2_and_says_why(capsys, tmp_path, content, words):
	path = tmp_path / "file.xlsx"
	if content is not None:
		path.write_bytes(content)
	code, out, __ = run(capsys, "check", path, *TODAY)
	assert code == 2
	assert words in out and "Traceback" not in out


def test_the_other_files_are_checked_when_one_is_unusable(capsys, tmp_path, clean):
	code, out, __ = run(capsys, "check", tmp_path / "no.xlsx", clean, *TODAY)
	assert code == 2
	assert "800 rows" in out


def test_a_workbook_of_something_else_is_refused(capsys, tmp_path):
	path = tmp_path / "altro.xlsx"
	Workbook().save(path)
	code, out, __ = run(capsys, "check", path, *TODAY)
	assert code == 2
	assert "neither" in out


def test_a_register_without_its_lists_needs_a_template(capsys, tmp_path, clean):
	workbook = load_workbook(clean)
	del workbook["Elenchi"]
	bare = tmp_path / "senza-elenchi.xlsx"
	workbook.save(bare)
	assert run(capsys, "check", bare, *TODAY)[0] == 2
	assert run(capsys, "check", bare, "--reference", clean, *TODAY)[0] == 0


def test_templates_are_written_and_clean(capsys, tmp_path):
	for kind in ("register", "costs"):
		path = tmp_path / f"{kind}.xlsx"
		assert run(capsys, "template", kind, "-o", path)[0] == 0
		code, out, __ = run(capsys, "check", path, "--language", "en")
		assert (code, "0 rows" in out) == (0, True)


def test_a_template_takes_the_lists_of_another(capsys, tmp_path, clean):
	path = tmp_path / "modello.xlsx"
	assert run(capsys, "template", "register", "-o", path, "--reference", clean)[0] == 0
	assert register.reference_in(path.read_bytes()) == register.reference_in(clean.read_bytes())


def test_a_folder_that_is_not_there_ends_with_2_and_leaves_nothing(capsys, tmp_path):
	code, __, err = run(capsys, "template", "costs", "-o", tmp_path / "no" / "x.xlsx", "--language", "en")
	assert (code, "cannot be written" in err) == (2, True)
	assert list(tmp_path.iterdir()) == []


def test_progress_goes_to_stderr_when_asked(capsys, clean):
	code, out, err = run(capsys, "check", clean, "--progress", *TODAY)
	steps = re.findall(r"(\d+)/(\d+)", err)
	assert code == 0 and steps and steps[-1][0] == steps[-1][1]
	assert "\r" not in out


# Costs


def cost_rows() -> dict[str, list[dict[str, object]]]:
	paper = {"supplier": "Cartoleria", "vat_number": "00743110157", "document_date": date(2026, 3, 2)}
	return {
		"projects": [
			{
				"project_code": "P1",
				"title": "Uno",
				"start_date": date(2026, 1, 1),
				"end_date": date(2026, 12, 31),
				"cup": "I61E20000000007",
				"cig": "Z602BCDE3E",
			}
		],
		"lines": [
			{
				"line": "P1-A.1",
				"project": "P1",
				"chapter": "A",
				"title": "Staff",
				"partner": "Uno",
				"amount": 1000,
			},
			{
				"line": "P1-A.2",
				"project": "p1",
				"chapter": "A",
				"title": "Staff",
				"partner": "Due",
				"amount": 500,
			},
			{
				"line": "P1-B.1",
				"project": "P1",
				"chapter": "B",
				"title": "Viaggi",
				"partner": "Uno",
				"amount": 300,
			},
		],
		"costs": [
			{
				**paper,
				"cost": "C1",
				"document_number": "1",
				"amount": Decimal("300.33"),
				"line": "P1-A.1",
				"cup": "I61E20000000007",
			},
			{
				**paper,
				"cost": "C2",
				"document_number": "2",
				"amount": Decimal("99.99"),
				"line": "P1-B.1",
				"cup": "I61E20000000007",
			},
			{
				**paper,
				"cost": "C3",
				"document_number": "3",
				"amount": Decimal("-20.00"),
				"line": "P1-A.1",
				"cup": "I61E20000000007",
			},
			{**paper, "cost": "C4", "document_number": "4", "amount": Decimal("55.50")},
		],
		"imputations": [
			{"imputation": "I1", "cost": "C1", "line": "P1-A.1", "amount": Decimal("200.00"), "confirmed": 1},
			{"imputation": "I2", "cost": "C1", "line": "P1-A.2", "amount": Decimal("100.33"), "confirmed": 1},
			{"imputation": "I3", "cost": "C2", "line": "P1-B.1", "amount": Decimal("50.00"), "confirmed": 0},
			{"imputation": "I4", "cost": "C3", "line": "P1-A.1", "amount": Decimal("-20.00"), "confirmed": 1},
		],
	}


def read(rows) -> costs.Reading:
	return costs.read(costs.workbook(rows), planted.TODAY)


def test_the_costs_workbook_is_clean():
	reading = read(cost_rows())
	assert (reading.problems, reading.warnings) == ([], [])


def test_reconciliation_is_exact_to_the_cent():
	reading = read(cost_rows())
	by_line = {row.key: row for row in costs.reconciliation(reading, "line")["P1"]}
	first = by_line["p1-a.1"]
	assert (first.planned, first.booked, first.imputed) == (
		Decimal("1000"),
		Decimal("280.33"),
		Decimal("180.00"),
	)
	assert by_line["p1-a.2"].imputed == Decimal("100.33") and by_line["p1-a.2"].booked == ZERO
	assert by_line["p1-b.1"].drafted == Decimal("50.00")
	by_chapter = {row.key: row.residual for row in costs.reconciliation(reading, "chapter")["P1"]}
	assert by_chapter == {"A": Decimal("1219.67"), "B": Decimal("300.00")}
	by_partner = {row.key: row.booked for row in costs.reconciliation(reading, "partner")["P1"]}
	assert by_partner == {"Uno": Decimal("380.32"), "Due": ZERO}


@pytest.mark.parametrize(
	("sheet", "row", "change", "at", "words"),
	[
		("costs", 0, {"document_date": date(2025, 12, 31)}, ("Spese", "B2"), "outside project P1"),
		("costs", 1, {"document_number": "1"}, ("Spese", "C3"), "in C2 and in C3"),
		("costs", 0, {"vat_number": "00743110158"}, ("Spese", "E2"), "VAT number"),
		("costs", 0, {"cig": "Z602BCDE3F"}, ("Spese", "J2"), "CIG"),
		("costs", 0, {"line": "P1-Z.9"}, ("Spese", "H2"), "No row of the sheet Voci"),
		("imputations", 0, {"amount": Decimal("200.01")}, ("Imputazioni", "D3"), "more than what is left"),
		("imputations", 2, {"amount": Decimal("-1")}, ("Imputazioni", "D4"), "cannot be imputed"),
		("projects", 0, {"end_date": date(2025, 1, 1)}, ("Progetti", "D2"), "comes before"),
	],
)
def test_a_mistake_in_the_costs_is_one_problem_at_its_cell(sheet, row, change, at, words):
	rows = cost_rows()
	rows[sheet][row].update(change)
	reading = read(rows)
	assert [(problem.sheet, problem.cell) for problem in reading.problems] == [at]
	assert words in reading.problems[0].message.render()


@pytest.mark.parametrize(
	("sheet", "row", "change", "at"),
	[
		("lines", 0, {"amount": 100}, ("Voci", "F2")),
		("costs", 0, {"cup": None}, ("Spese", "I2")),
		("costs", 0, {"paid_on": date(2026, 3, 1)}, ("Spese", "K2")),
		("costs", 3, {"cup": "PROV0000000001"}, ("Spese", "I5")),
	],
)
def test_what_may_be_right_only_warns(sheet, row, change, at):
	rows = cost_rows()
	rows[sheet][row].update(change)
	reading = read(rows)
	assert reading.problems == []
	assert [(warning.sheet, warning.cell) for warning in reading.warnings] == [at]


def test_reconcile_writes_a_workbook_whose_totals_agree(capsys, tmp_path):
	source, result = tmp_path / "spese.xlsx", tmp_path / "rendiconto.xlsx"
	source.write_bytes(costs.workbook(cost_rows()))
	code, out, __ = run(capsys, "reconcile", source, "-o", result, *TODAY)
	assert code == 0, out
	workbook = load_workbook(result)
	assert workbook.sheetnames == [
		"Riepilogo",
		"Per voce",
		"Per capitolo",
		"Per partner",
		"Elenco spese",
		"Controlli",
	]
	totals = []
	for title in ("Per voce", "Per capitolo", "Per partner"):
		rows = [row for row in workbook[title].iter_rows(min_row=2, values_only=True) if row[1] == "TOTALE"]
		totals.append([round(Decimal(str(value)), 2) for value in rows[0][3:]])
	wanted = ["1800.00", "380.32", "50.00", "280.33", "1519.67", "49.99"]
	assert totals == [[Decimal(value) for value in wanted]] * 3
	listed = workbook["Elenco spese"].iter_rows(min_row=2, values_only=True)
	assert sum(Decimal(str(row[13])) for row in listed) == Decimal("435.82")
	for worksheet in workbook:
		assert not [cell for row in worksheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_reconcile_with_problems_counts_the_ledger_and_leaves_the_bad_imputation_out(capsys, tmp_path):
	rows = cost_rows()
	rows["imputations"][0]["amount"] = Decimal("400.00")
	source, result = tmp_path / "spese.xlsx", tmp_path / "rendiconto.xlsx"
	source.write_bytes(costs.workbook(rows))
	code, __, __ = run(capsys, "reconcile", source, "-o", result, *TODAY)
	assert code == 1
	found = [row[:3] for row in load_workbook(result)["Controlli"].iter_rows(min_row=2, values_only=True)]
	assert found == [("Problema", "Imputazioni", "D2")]
	line = costs.reconciliation(read(rows), "line")["P1"][0]
	assert (line.booked, line.imputed) == (Decimal("280.33"), Decimal("-20.00"))


def test_reconcile_never_overwrites_its_source(capsys, tmp_path):
	source = tmp_path / "spese.xlsx"
	source.write_bytes(costs.workbook(cost_rows()))
	before = source.read_bytes()
	code, __, err = run(capsys, "reconcile", source, "-o", tmp_path / "." / "spese.xlsx", *TODAY)
	assert (code, source.read_bytes() == before) == (2, True)
	assert "overwrite" in err


def test_reconcile_refuses_a_register(capsys, tmp_path, clean):
	code, __, err = run(capsys, "reconcile", clean, "-o", tmp_path / "x.xlsx", *TODAY)
	assert (code, "not a costs workbook" in err) == (2, True)


# The command itself


def test_demo_writes_its_workbooks_and_says_what_is_in_them(capsys, tmp_path):
	code, out, __ = run(capsys, "demo", "--out", tmp_path, "--today", "2026-11-22", "--language", "en")
	assert code == 0
	names = {
		"registro.xlsx",
		"registro-con-errori.xlsx",
		"spese.xlsx",
		"rendiconto.xlsx",
		"domanda-di-rimborso.xlsx",
		"spese-partner.xlsx",
		"scadenze.xlsx",
		"controlli.txt",
	}
	assert {path.name for path in tmp_path.iterdir()} == names
	assert all(name in out for name in names)
	on_day = ("--today", "2026-11-22", "--language", "en")
	assert run(capsys, "check", tmp_path / "registro.xlsx", *on_day)[0] == 0
	code, out, __ = run(capsys, "check", tmp_path / "registro-con-errori.xlsx", *on_day)
	assert (code, "8 problems" in out) == (1, True)
	code, out, __ = run(capsys, "check", tmp_path / "spese.xlsx", *on_day)
	assert code == 1 and "is there twice" in out and "goes over its budget" in out
	out = run(capsys, "check", tmp_path / "spese-partner.xlsx", *on_day)[1]
	assert "0 problems" in out
	assert load_workbook(tmp_path / "domanda-di-rimborso.xlsx")["Elenco spese"].max_row > 140
	assert load_workbook(tmp_path / "scadenze.xlsx").active.max_row > 50
	assert (tmp_path / "controlli.txt").read_text(encoding="utf-8").count("→") >= 12


def test_demo_overwrites_its_own_output_the_second_time(capsys, tmp_path):
	for __ in range(2):
		assert run(capsys, "demo", "--out", tmp_path, "--today", "2026-11-22")[0] == 0
	assert len(list(tmp_path.iterdir())) == 8


def test_it_runs_as_a_module_without_frappe(tmp_path):
	path = tmp_path / "modello.xlsx"
	program = (
		"import sys; sys.modules['frappe'] = None; sys.argv[0] = 'core-minori'\n"
		"from core_minori.cli import main; sys.exit(main(sys.argv[1:]))"
	)
	for command in ([sys.executable, "-c", program], [sys.executable, "-m", "core_minori.cli"]):
		ended = subprocess.run(
			[*command, "template", "register", "-o", str(path)],
			capture_output=True,
			text=True,
			env=os.environ | {"PYTHONPATH": str(ROOT)},
			timeout=60,
		)
		assert ended.returncode == 0, ended.stderr
		assert register.reference_in(path.read_bytes()).projects


@pytest.mark.parametrize(
	"arguments", [[], ["check"], ["nothing"], ["template", "register"], ["check", "x", "--today", "31/12"]]
)
def test_wrong_arguments_end_with_2(capsys, arguments):
	with pytest.raises(SystemExit) as ended:
		cli.main(arguments)
	assert ended.value.code == 2
	assert capsys.readouterr().err


def test_the_messages_are_in_the_language_asked_for(monkeypatch, tmp_path, capsys, clean):
	locale = tmp_path / "package" / "locale"
	locale.mkdir(parents=True)
	text = "{name}: {problems} problems, {warnings} warnings, {rows} rows"
	(locale / "it.po").write_text(
		f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "{text}"\nmsgstr "{{name}}: {{rows}} righe"\n',
		encoding="utf-8",
	)
	monkeypatch.setattr(cli, "__file__", str(tmp_path / "package" / "cli.py"))
	today = planted.TODAY.isoformat()
	assert "800 righe" in run(capsys, "check", clean, "--today", today)[1]
	assert "800 rows" in run(capsys, "check", clean, "--today", today, "--language", "en")[1]


def test_a_closed_pipe_is_no_traceback(clean):
	ended = subprocess.run(
		f"{sys.executable} -m core_minori.cli check {clean} --today {planted.TODAY} | true",
		shell=True,
		capture_output=True,
		text=True,
		env=os.environ | {"PYTHONPATH": str(ROOT)},
		timeout=60,
	)
	assert "Traceback" not in ended.stderr


def test_the_template_on_disk_is_for_its_owner_alone(capsys, tmp_path):
	path = tmp_path / "modello.xlsx"
	run(capsys, "template", "costs", "-o", path)
	assert path.stat().st_mode & 0o077 == 0
	assert costs.is_costs(io.BytesIO(path.read_bytes()).getvalue())
