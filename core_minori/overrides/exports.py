"""Files that Frappe makes of the records: its CSV files and workbooks run no formula, whatever was typed into a field.

Frappe writes a text as it stands, and a text that begins with "=" is then a formula of whoever opens the file. It does so
in a dozen places: the export of lists and reports, of data, of the errors of an import, the attachments of report mails,
ERPNext's own templates. They all end in three functions, and no hook stands there, so these are wrapped, once in a process;
each call looks up whether the site has the app. What Data Import reads goes the other way.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from types import SimpleNamespace
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

import frappe
from frappe.core.doctype.data_import import importer
from frappe.desk import utils as desk_utils
from frappe.email.doctype.auto_email_report import auto_email_report
from frappe.utils import csvutils, xlsxutils

from core_minori.engine.inert import inert, released, without_control, would_run

_MARK = "core_minori_inert"
# The two kinds of workbook that Frappe makes of a CSV file it has just written, and does not take HTML out of.
_MADE_OF_CSV = ("Data Import Template", "Data Export")


def close(*args, **kwargs) -> None:
	"""Hook before_request and before_job: from now on no export of this process runs."""
	if hasattr(csvutils.UnicodeWriter.writerow, _MARK):
		return
	_put(csvutils.UnicodeWriter, "writerow", _writerow)
	_put(desk_utils, "get_csv_bytes", _csv_bytes)
	_put(xlsxutils, "make_xlsx", _workbook)
	# Some modules took the function by its name when they were loaded.
	auto_email_report.make_xlsx = xlsxutils.make_xlsx
	_put(importer, "read_csv_content", _read_csv)


def _put(owner: Any, name: str, wrapper: Callable) -> None:
	original = getattr(owner, name)

	@wraps(original)
	def wrapped(*args, **kwargs):
		return wrapper(original, *args, **kwargs) if _is_here() else original(*args, **kwargs)

	setattr(wrapped, _MARK, True)
	setattr(owner, name, wrapped)


def _is_here() -> bool:
	# Asked for every row of an export.
	if getattr(frappe.local, "core_minori_is_here", None) is None:
		frappe.local.core_minori_is_here = "core_minori" in frappe.get_installed_apps()
	return frappe.local.core_minori_is_here


def _writerow(original: Callable, writer: csvutils.UnicodeWriter, row: Iterable) -> None:
	original(writer, _inert_row(row))


def _csv_bytes(original: Callable, data: Iterable[Iterable], csv_params: dict) -> bytes:
	return original([_inert_row(row) for row in data], csv_params)


def _inert_row(row: Iterable) -> list:
	return [inert(value) if isinstance(value, str) else value for value in row]


def _workbook(
	original: Callable, data: Iterable[Iterable], sheet_name: str, wb: Workbook | None = None, *args, **kwargs
) -> Any:
	wb = wb if wb is not None else Workbook(write_only=True)
	# A cell of a workbook that is written as it goes asks its sheet only for the workbook it is in, and for words.
	sheet = SimpleNamespace(parent=wb, encoding="utf-8", title="")

	def rows() -> Iterator[list]:
		for row in data:
			yield [_cell(value, sheet, sheet_name) if isinstance(value, str) else value for value in row]

	return original(rows(), sheet_name, wb, *args, **kwargs)


def _cell(value: str, sheet: SimpleNamespace, sheet_name: str) -> "str | WriteOnlyCell":
	"""A text as it is, or a cell typed as text when it would run or openpyxl would take it for an error."""
	made_of_csv = sheet_name in _MADE_OF_CSV
	text = released(value) if made_of_csv else xlsxutils.handle_html(value)
	if not would_run(text) and not text.startswith("#"):
		return text if made_of_csv else value
	cell = WriteOnlyCell(sheet, without_control(text))
	cell.data_type = "s"
	cell.quotePrefix = True
	return cell


def _read_csv(original: Callable, *args, **kwargs) -> list[list]:
	rows = original(*args, **kwargs)
	return [[released(value) if isinstance(value, str) else value for value in row] for row in rows]
