"""Runs inside a bench's Python, on a site that may not have the app: what is in its database, and does ERPNext work.

`test_install_cycle.py` hands this file's text to the bench's Python with a site and a command, and reads JSON from the
last line. It is not imported: the tests themselves know no frappe.
"""

import hashlib
import json
import os
import re
import sys

import frappe

# What any command writes as it runs, whatever it does.
_VOLATILE = {
	"tabAccess Log",
	"tabActivity Log",
	"tabError Log",
	"tabInstalled Application",
	"tabScheduled Job Log",
	"tabSessions",
	"__global_search",
}
# Fields that say what a row of a log is about.
_ABOUT = (
	"ref_doctype",
	"docname",
	"deleted_doctype",
	"deleted_name",
	"reference_doctype",
	"reference_name",
	"share_doctype",
	"share_name",
)
_TIMES = {"modified", "modified_by", "creation", "owner"}


def snapshot() -> dict:
	"""Columns and indexes of all tables, and a digest of each row of theirs by what identifies it."""
	columns = frappe.db.sql(
		"""select concat(table_name, '.', column_name), concat(column_type, ' ', is_nullable, ' ',
		ifnull(column_default, '')) from information_schema.columns where table_schema = database()"""
	)
	indexes = frappe.db.sql(
		"""select concat(table_name, '.', index_name), group_concat(column_name order by seq_in_index)
		from information_schema.statistics where table_schema = database() group by table_name, index_name"""
	)
	rows = {}
	for table in frappe.db.get_tables(cached=False):
		if table not in _VOLATILE:
			rows |= {f"{table}: {key}": value for key, value in _rows(table).items()}
	return {"columns": dict(columns), "indexes": dict(indexes), "rows": rows}


def find(*words: str) -> dict:
	"""Where one of these words still lies: in a column of a table, or in a file of the site."""
	found = {}
	for table, names in frappe.db.sql(
		"""select table_name, group_concat(concat('ifnull(`', column_name, '`, "")'))
		from information_schema.columns where table_schema = database()
		and data_type in ('varchar', 'text', 'mediumtext', 'longtext', 'json') group by table_name"""
	):
		hits = frappe.db.sql(
			f"select concat_ws('|', {names}) from `{table}` where concat_ws('|', {names}) regexp %s limit 3",
			"|".join(map(re.escape, words)),
		)
		if hits:
			found[table] = [hit[0][:300] for hit in hits]
	for folder, _folders, files in os.walk(frappe.get_site_path()):
		for name in files:
			path = os.path.join(folder, name)
			with open(path, "rb") as file:
				text = name.encode() + file.read()
			if hits := [word for word in words if word.encode() in text]:
				found[os.path.relpath(path, frappe.get_site_path())] = hits
	return found


def invoice() -> dict:
	"""A supplier's invoice saved and submitted, and what it did to the ledger."""
	company = frappe.db.get_value("Company", {})
	supplier = frappe.get_doc(
		{
			"doctype": "Supplier",
			"supplier_name": f"Fornitore {frappe.generate_hash(length=6)}",
			"supplier_group": frappe.db.get_value("Supplier Group", {"is_group": 0}),
		}
	).insert()
	account = frappe.db.get_value(
		"Account",
		{"company": company, "root_type": "Expense", "is_group": 0, "account_type": ["in", ["", None]]},
		order_by="name",
	)
	doc = frappe.get_doc(
		{
			"doctype": "Purchase Invoice",
			"company": company,
			"supplier": supplier.name,
			"bill_no": frappe.generate_hash(length=6),
			"bill_date": frappe.utils.today(),
			"currency": "EUR",
			"items": [
				{
					"item_name": "Servizio",
					"qty": 1,
					"rate": 100,
					"uom": frappe.db.get_value("UOM", {"enabled": 1}),
					"conversion_factor": 1,
					"expense_account": account,
				}
			],
		}
	).insert()
	doc.submit()
	debit = frappe.db.get_value("GL Entry", {"voucher_no": doc.name, "account": account}, "debit")
	frappe.db.commit()
	return {"docstatus": doc.docstatus, "debit": debit}


def _rows(table: str) -> dict[str, str]:
	rows = frappe.db.sql(f"select * from `{table}`", as_dict=True)
	digests = {}
	for row in rows:
		if row.get("parenttype"):
			key = " ".join(str(row.get(name)) for name in ("parenttype", "parent", "parentfield", "idx"))
		elif table == "tabSingles":
			key = f"{row.doctype} {row.field}"
			if row.field in _TIMES:
				continue
		else:
			key = str(row.get("name") or row)
		if table == "tabDefaultValue":
			key = f"{row.parent} {row.defkey}"
		about = [row[name] for name in _ABOUT if row.get(name)]
		key = " ".join([key, *about]) if about else key
		value = {name: str(row[name]) for name in sorted(row) if name not in _TIMES}
		if row.get("parenttype") or table == "tabDefaultValue":
			value.pop("name")
		while key in digests:
			key += "+"
		digests[key] = hashlib.md5(json.dumps(value).encode()).hexdigest()
	return digests


if __name__ == "__main__":
	site, command, *arguments = sys.argv[1:]
	frappe.init(site=site)
	frappe.connect()
	print(json.dumps({"snapshot": snapshot, "find": find, "invoice": invoice}[command](*arguments)))
	frappe.destroy()
