"""A case, and one record of every other DocType of the app, with a script, a formula or a template in every field that can
hold one: what tests/site/test_hostile_input.py opens in a browser and exports.

`make` and `unmake` run on the site through `bench execute`. What is planted is what a save leaves of it (Frappe takes tags
out of most fields), and, next to it, what a save does not touch: signs that break out of an attribute, tags in their
escaped form, templates.
"""

import frappe
from frappe.model.document import Document
from frappe.utils import today
from frappe.utils.html_utils import sanitize_html

from core_minori.tests import matrix_scenario
from core_minori.tests.builders import make_budget_line, make_funded_project

# 1 to 9 say which way was left open; a template that ran writes 7919 times 7927.
TAGS = (
	"<img src=x onerror=window.__xss=1><svg onload=window.__xss=2><script>window.__xss=3</script>"
	'<a href="javascript:window.__xss=4">qlink</a><iframe srcdoc="<script>parent.__xss=5</script>"></iframe>'
)
MARKS = (
	'\' " onfocus="window.__xss=6" onmouseover=\'window.__xss=7\' autofocus x=" '
	"&lt;img src=x onerror=window.__xss=8&gt; {{7919*7927}} {%if 1%}{{7919*7927}}{%endif%} ${7919*7927} #{7919*7927} <%=7919*7927%>"
)
# Short fields hold less.
SHORT = '\' " onfocus="window.__xss=6" autofocus {{7919*7927}} &lt;img src=x onerror=window.__xss=8&gt;'
FORMULA = "=1+1+cmd|' /C calc'!A0"
TEXTS = ("Data", "Small Text", "Text", "Long Text", "Text Editor", "HTML Editor", "Markdown Editor", "Code")
# Names of other records are kept in these Data fields.
KEPT = ("name", "owner", "modified_by", "parent", "parenttype", "parentfield", "amended_from", "user_name")
PLANTED = "Prova ostile"
# A rule with a script for its code is to be seen, not to be used.
_OUT_OF_USE = {"valid_from": "1990-01-01", "valid_to": "1990-01-02", "enabled": 0, "active": 0, "disabled": 1}
# Logins of the matrix that look at the records: each record as the first that may read it.
READERS = ("worker", "coordinator", "psychologist", "officer", "secretary", "protection_officer", "evaluator")


def make() -> dict:
	"""Returns the logins, and for each planted record its DocType, name and the key of a login that reads it."""
	made = matrix_scenario.make()
	records = [tuple(record) for record in made["records"].values()]
	project = make_funded_project(title=PLANTED)
	records.append(("Funded Project", project.name))
	records.append(("FAMI Budget Line", make_budget_line(project).name))
	have = {doctype for doctype, _name in records}
	for doctype in sorted(set(_doctypes()) - have):
		records.append((doctype, _row_of(doctype)))
	seen = []
	for doctype, name in dict.fromkeys(records):
		if not name:
			continue
		doc = frappe.get_doc(doctype, name)
		_plant(doc)
		try:
			doc.db_update()
		except frappe.PermissionError:  # a log: nobody types into it, and it is never changed
			frappe.clear_last_message()
			continue
		for table in doc.meta.get_table_fields():
			if not doc.get(table.fieldname):
				_add_row(doc, table.fieldname)
		for row in doc.get_all_children():
			_plant(row)
			row.db_update()
		reader = next(
			(
				key
				for key in READERS
				if frappe.has_permission(doctype, "read", doc=doc.name, user=made["users"][key])
			),
			None,
		)
		if reader:
			seen.append({"doctype": doctype, "name": name, "reader": reader})
	frappe.db.commit()  # nosemgrep: run by bench execute, read by the web server
	frappe.clear_cache()
	modules = frappe.get_module_list("core_minori")
	return {
		"password": made["password"],
		"users": made["users"],
		"case": made["case"],
		"attackers": [],
		"planted": TAGS + MARKS,
		"records": seen,
		"reports": frappe.get_all("Report", filters={"module": ["in", modules]}, pluck="name"),
		"papers": frappe.get_all(
			"Print Format", filters={"module": ["in", modules]}, fields=["name", "doc_type"]
		),
	}


def unmake() -> None:
	"""Take the scripts out again: whoever tests after this finds no strange texts on the site."""
	for doctype in (*_doctypes(), *_doctypes(istable=1), "Comment", "Version", "ToDo", "Notification Log"):
		fields = [
			field.fieldname
			for field in frappe.get_meta(doctype).fields
			if field.fieldtype in TEXTS and frappe.db.has_column(doctype, field.fieldname)
		]
		for field in fields:
			frappe.db.sql(  # nosemgrep: names of our own fields
				f"update `tab{doctype}` set `{field}` = '' where `{field}` like %s", ("%\\_\\_xss%",)
			)
	for doctype in _doctypes():
		frappe.db.delete(doctype, {"name": ["like", "OSTILE-%"]})
	frappe.db.commit()  # nosemgrep: run by bench execute
	frappe.clear_cache()


def text_fields(doctype: str) -> list:
	"""The fields of a DocType that hold a text somebody may have typed."""
	keys = _keys_of(doctype)
	return [
		field
		for field in frappe.get_meta(doctype).fields
		if field.fieldtype in TEXTS
		and field.fieldname not in KEPT
		and not field.is_virtual
		and field.fieldname not in keys
		and field.options not in ("Email", "Phone", "URL", "Barcode", "JSON")
		and frappe.db.has_column(doctype, field.fieldname)
	]


def as_saved(field, text: str) -> str:
	"""What a save through the form or the API leaves of `text` in this field."""
	if field.ignore_xss_filter or field.fieldtype == "Code":
		return text
	return sanitize_html(text, linkify=field.fieldtype == "Text Editor")


def _plant(doc: Document) -> None:
	for field in text_fields(doc.doctype):
		if field.fieldtype == "Data":
			doc.set(field.fieldname, f"{as_saved(field, TAGS[:48])}{SHORT}"[: field.length or 140])
		else:
			doc.set(field.fieldname, f"{as_saved(field, TAGS)} {MARKS}")


def _doctypes(istable: int = 0) -> list[str]:
	return frappe.get_all(
		"DocType",
		filters={
			"module": ["in", frappe.get_module_list("core_minori")],
			"istable": istable,
			"issingle": 0,
			"is_virtual": 0,
		},
		pluck="name",
	)


def _row_of(doctype: str) -> str:
	"""A row that no rule has seen, for DocTypes that the case has no record of: a copy of one that is there, put out of
	use, or an empty one."""
	like = frappe.db.get_value(doctype, {"name": ["not like", "OSTILE-%"]}, "name", order_by="creation desc")
	doc = frappe.copy_doc(frappe.get_doc(doctype, like)) if like else frappe.new_doc(doctype)
	doc.name = f"OSTILE-{frappe.generate_hash(length=8)}"
	doc.flags.name_set = True
	doc.update(
		{field: value for field, value in _OUT_OF_USE.items() if doc.meta.has_field(field)},
	)
	for field in doc.meta.fields:
		if field.reqd and not doc.get(field.fieldname):
			if field.fieldtype in ("Date", "Datetime"):
				doc.set(field.fieldname, today())
			elif field.fieldtype == "Select" and field.options:
				doc.set(field.fieldname, next(option for option in field.options.split("\n") if option))
		elif field.fieldname in _keys_of(doctype) and field.fieldtype in TEXTS:
			doc.set(field.fieldname, doc.name)
	for table in doc.meta.get_table_fields():
		doc.set(table.fieldname, [])
	doc.docstatus = 0
	doc.set_user_and_timestamp()
	doc.db_insert()
	return doc.name


def _keys_of(doctype: str) -> set[str]:
	"""Columns that no two rows may have the same in."""
	rows = frappe.db.sql(f"show index from `tab{doctype}` where Non_unique = 0", as_dict=True)
	return {row.Column_name for row in rows}


def _add_row(doc: Document, table: str) -> None:
	row = doc.append(table, {})
	row.parent = doc.name
	row.set_new_name()
	row.set_user_and_timestamp()
	row.db_insert()
