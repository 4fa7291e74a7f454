"""Suppliers' e-invoices through ERPNext's own import, as the people who do the accounts."""

import os
from datetime import timedelta
from itertools import count

import frappe
from frappe.model.document import Document
from frappe.utils import getdate, today

from core_minori.tests import einvoice
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	company,
	expense_account,
	make_budget_line,
	make_funded_project,
	make_invoice,
	make_user,
)

CIG = "B1FCBC8A98"
_serial = count(int(frappe.generate_hash(length=5), 16) + 1)


class TestImportSupplierInvoice(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.accountant = make_user("Accounts User", "Purchase User", "Purchase Master Manager")
		cls.item = frappe.get_doc(
			{
				"doctype": "Item",
				"item_code": f"Servizi {frappe.generate_hash(length=6)}",
				"item_group": frappe.db.get_value("Item Group", {"is_group": 0}),
				"stock_uom": frappe.db.get_single_value("Stock Settings", "stock_uom"),
				"is_stock_item": 0,
				"item_defaults": [{"company": company(), "expense_account": expense_account()}],
			}
		).insert(ignore_permissions=True)

	def setUp(self):
		self.cup = f"C11G{next(_serial):011d}"
		self.project = make_funded_project(cup=self.cup, status="Active")
		self.line = make_budget_line(self.project, "F.1", amount=100000).name
		self.supplier_vat = einvoice.vat_number(next(_serial))
		self.supplier_name = f"Fornitore {frappe.generate_hash(length=8)}"

	def invoice(self, *bodies: str, **values) -> bytes:
		return einvoice.invoice(
			*(bodies or (self.body(),)),
			supplier=self.supplier_vat,
			supplier_name=self.supplier_name,
			**values,
		)

	def body(self, number: str = "12/A", cup: str | None = None, **values) -> str:
		cup = self.cup if cup is None else cup
		values.setdefault("references", einvoice.reference(cup=cup, cig=CIG) if cup else "")
		return einvoice.body(number=number, day=today(), **values)

	def attach(self, name: str, data: bytes) -> Document:
		"""A new import with this file, as the desk makes it: saved, uploaded, saved."""
		record = frappe.get_doc(
			{
				"doctype": "Import Supplier Invoice",
				"invoice_series": "ACC-PINV-.YYYY.-",
				"company": company(),
				"item_code": self.item.name,
				"supplier_group": frappe.db.get_value("Supplier Group", {"is_group": 0}),
				"tax_account": frappe.db.get_value("Account", {"account_type": "Tax", "is_group": 0}),
				"default_buying_price_list": frappe.db.get_value("Price List", {"buying": 1}),
			}
		).insert(set_name=f"Import {frappe.generate_hash(length=8)}")  # ERPNext's name is the second
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": name,
				"attached_to_doctype": record.doctype,
				"attached_to_name": record.name,
				"attached_to_field": "zip_file",
				"is_private": 1,
				"content": data,
			}
		).insert()
		record.zip_file = file.file_url
		return record.save()

	def run_import(self, name: str, data: bytes) -> Document:
		with acting_as(self.accountant):
			record = self.attach(name, data)
			record.db_set("status", "Processing File Data")
			frappe.get_doc(record.doctype, record.name).import_xml_data()
		return record.reload()

	def drafts(self) -> list[Document]:
		names = frappe.get_all(
			"Purchase Invoice",
			filters={"supplier": self.supplier_name, "docstatus": ["<", 2]},
			order_by="bill_no",
			pluck="name",
		)
		return [frappe.get_doc("Purchase Invoice", name) for name in names]

	def comments(self, draft: Document) -> str:
		return " ".join(
			frappe.get_all(
				"Comment",
				filters={"reference_name": draft.name, "comment_type": "Comment"},
				pluck="content",
			)
		)

	def test_one_xml_becomes_a_draft_with_codes_identifier_and_a_proposed_line(self):
		for form in ("FPR12", "FPA12"):
			number = f"1/{form}"
			record = self.run_import(
				f"IT{self.supplier_vat}_{form}.xml", self.invoice(self.body(number), form=form)
			)
			self.assertEqual(record.status, "File Import Completed")
			(draft,) = (one for one in self.drafts() if one.bill_no == number)
			self.assertEqual(draft.docstatus, 0)
			self.assertEqual((draft.fami_cup, draft.fami_cig), (self.cup, CIG))
			self.assertEqual(draft.fami_sdi_id, f"IT{self.supplier_vat}_{form}")
			self.assertEqual(draft.items[0].fami_budget_line, self.line)
			self.assertEqual(draft.owner, self.accountant)
			self.assertIn(self.line, self.comments(draft))
			self.assertIn(self.cup, self.comments(draft))

	def test_a_zip_with_metadata_gives_the_exchange_system_s_identifier(self):
		name = f"IT{self.supplier_vat}_00002.xml"
		data = einvoice.zipped(
			{name: self.invoice(), name.replace(".xml", "_MT_001.xml"): einvoice.metadata(name, "9876501234")}
		)
		self.run_import("fatture.zip", data)
		(draft,) = self.drafts()
		self.assertEqual(draft.fami_sdi_id, "9876501234")

	def test_a_signed_file_comes_in_as_the_file_inside(self):
		self.run_import(f"IT{self.supplier_vat}_00020.xml.p7m", einvoice.signed(self.invoice()))
		(draft,) = self.drafts()
		self.assertEqual((draft.fami_cup, draft.fami_sdi_id), (self.cup, f"IT{self.supplier_vat}_00020"))

	def test_the_same_file_twice_is_refused_with_the_invoice_it_became(self):
		name = f"IT{self.supplier_vat}_00003.xml"
		self.run_import(name, self.invoice())
		(draft,) = self.drafts()
		with self.assertRaisesRegex(frappe.ValidationError, draft.name):
			self.run_import(name, self.invoice())
		renamed = einvoice.zipped({"altro nome.xml": self.invoice()})
		with self.assertRaisesRegex(frappe.ValidationError, draft.name):
			self.run_import("altre.zip", renamed)
		self.assertEqual(len(self.drafts()), 1)

	def test_of_a_zip_only_the_new_invoices_come_in(self):
		self.run_import(f"IT{self.supplier_vat}_00004.xml", self.invoice())
		data = einvoice.zipped(
			{
				f"IT{self.supplier_vat}_00004.xml": self.invoice(),
				f"IT{self.supplier_vat}_00005.xml": self.invoice(self.body("13/A")),
			}
		)
		record = self.run_import("fatture.zip", data)
		self.assertEqual([draft.bill_no for draft in self.drafts()], ["12/A", "13/A"])
		self.assertEqual(self.drafts()[1].fami_cup, self.cup)
		self.assertEqual(record.status, "File Import Completed")

	def test_the_button_pressed_twice_imports_once(self):
		record = self.run_import(f"IT{self.supplier_vat}_00006.xml", self.invoice())
		(draft,) = self.drafts()
		with acting_as(self.accountant), self.assertRaisesRegex(frappe.ValidationError, draft.name):
			frappe.get_doc(record.doctype, record.name).process_file_data()
		self.assertEqual(len(self.drafts()), 1)

	def test_a_lot_becomes_one_draft_an_invoice_with_its_own_rows(self):
		lot = self.invoice(
			self.body("1", rows=(("Ore di mediazione", 100.0),)),
			self.body("2", cup="", rows=(("Cancelleria", 10.0), ("Carta", 5.0))),
		)
		self.run_import(f"IT{self.supplier_vat}_00007.xml", lot)
		self.assertEqual(
			[(draft.bill_no, len(draft.items), draft.fami_cup or "") for draft in self.drafts()],
			[("1", 1, self.cup), ("2", 2, "")],
		)
		self.assertEqual({draft.fami_sdi_id for draft in self.drafts()}, {f"IT{self.supplier_vat}_00007"})

	def test_the_supplier_s_past_chooses_among_several_lines(self):
		other = make_budget_line(self.project, "A.1", amount=100000).name
		self.run_import(f"IT{self.supplier_vat}_00008.xml", self.invoice())
		(first,) = self.drafts()
		chosen = next(line for line in (other, self.line) if line != first.items[0].fami_budget_line)
		first.items[0].fami_budget_line = chosen
		first.flags.ignore_permissions = True
		first.submit()
		self.run_import(f"IT{self.supplier_vat}_00009.xml", self.invoice(self.body("13/A")))
		self.assertEqual(self.drafts()[1].items[0].fami_budget_line, chosen)

	def test_like_rows_of_other_suppliers_choose_when_this_one_has_no_past(self):
		other = make_budget_line(self.project, "A.1", amount=100000).name
		for __ in range(6):
			past = make_invoice((other, 100), (self.line, 50), submit=False)
			past.items[0].item_name = past.items[0].description = "Mediazione linguistica culturale"
			past.items[1].item_name = past.items[1].description = "Noleggio pulmino trasferta"
			past.flags.ignore_permissions = True
			past.submit()
		body = self.body(
			rows=(("Mediazione linguistica culturale", 10.0), ("Noleggio pulmino trasferta", 20.0))
		)
		self.run_import(f"IT{self.supplier_vat}_00016.xml", self.invoice(body))
		(draft,) = self.drafts()
		self.assertEqual([item.fami_budget_line for item in draft.items], [other, self.line])

	def test_a_row_s_own_code_gives_its_own_line(self):
		second = make_funded_project(cup=f"G61H{next(_serial):011d}", status="Active")
		line = make_budget_line(second, "B.1", amount=100000).name
		references = einvoice.reference(cup=self.cup, rows=[1]) + einvoice.reference(cup=second.cup, rows=[2])
		body = self.body(references=references, rows=(("Ore", 10.0), ("Viaggi", 20.0)))
		self.run_import(f"IT{self.supplier_vat}_00010.xml", self.invoice(body))
		(draft,) = self.drafts()
		self.assertEqual([item.fami_budget_line for item in draft.items], [self.line, line])

	def test_an_invoice_before_the_project_gets_no_line(self):
		day = getdate(self.project.start_date) - timedelta(days=1)
		body = einvoice.body(day=str(day), references=einvoice.reference(cup=self.cup))
		self.run_import(f"IT{self.supplier_vat}_00011.xml", self.invoice(body))
		(draft,) = self.drafts()
		self.assertFalse(draft.items[0].fami_budget_line)
		self.assertEqual(draft.fami_cup, self.cup)

	def test_a_credit_note_gets_no_line_and_cannot_be_booked_on_one(self):
		self.run_import(f"IT{self.supplier_vat}_00012.xml", self.invoice(self.body(kind="TD04")))
		(draft,) = self.drafts()
		self.assertFalse(draft.items[0].fami_budget_line)
		self.assertIn("TD04", self.comments(draft))
		draft.items[0].fami_budget_line = self.line
		draft.flags.ignore_permissions = True
		with self.assertRaisesRegex(frappe.ValidationError, "TD04"):
			draft.submit()

	def test_a_draft_that_comes_to_another_sum_is_told(self):
		self.run_import(f"IT{self.supplier_vat}_00018.xml", self.invoice(self.body(total=999.99)))
		(draft,) = self.drafts()
		self.assertIn("999,99", self.comments(draft))
		self.run_import(f"IT{self.supplier_vat}_00019.xml", self.invoice(self.body("13/A")))
		self.assertNotIn("EUR", self.comments(self.drafts()[1]))

	def test_files_that_attack_are_refused_before_anything_reads_them(self):
		bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
		for name, data in (
			("IT1_1.xml", bomb),
			("a.zip", einvoice.zipped({"../../evil.xml": self.invoice()})),
			("a.zip", einvoice.zipped({"IT1_1.xml": bomb})),
			("IT1_1.xml.p7m", b"0\x82"),
		):
			with self.assertRaises(frappe.ValidationError):
				self.run_import(name, data)
		self.assertEqual(self.drafts(), [])

	def test_the_e_invoice_is_kept_as_a_private_file(self):
		name = f"IT{self.supplier_vat}_00013.xml"
		frappe.get_doc(
			{"doctype": "File", "file_name": name, "is_private": 1, "content": "another file of that name"}
		).insert()
		self.run_import(name, self.invoice())
		(draft,) = self.drafts()
		files = frappe.get_all(
			"File",
			filters={"attached_to_doctype": "Purchase Invoice", "attached_to_name": draft.name},
			fields=["name", "is_private", "file_url"],
		)
		self.assertEqual([file.is_private for file in files], [1])
		self.assertTrue(files[0].file_url.startswith("/private/"))
		self.assertIn(self.supplier_vat, frappe.get_doc("File", files[0].name).get_content())
		self.assertFalse(os.path.exists(frappe.get_site_path("public", "files", name)))

	def test_another_s_private_file_is_not_read_through_the_import(self):
		other = make_user("Accounts User")
		with acting_as(other):
			secret = frappe.get_doc(
				{
					"doctype": "File",
					"file_name": "IT1_9.xml",
					"is_private": 1,
					"content": self.invoice(self.body("99")),
				}
			).insert()
		with acting_as(self.accountant):
			record = self.attach(f"IT{self.supplier_vat}_00014.xml", self.invoice())
			record.zip_file = secret.file_url
			with self.assertRaises(frappe.ValidationError):
				record.save()

	def test_an_unknown_supplier_is_told_before_the_import_starts(self):
		with acting_as(make_user("Accounts User")):
			with self.assertRaisesRegex(frappe.ValidationError, self.supplier_name):
				self.attach(f"IT{self.supplier_vat}_00017.xml", self.invoice())

	def test_invoices_typed_by_hand_are_left_to_erpnext_s_own_setting(self):
		self.run_import(f"IT{self.supplier_vat}_00015.xml", self.invoice())
		(draft,) = self.drafts()
		copy = frappe.copy_doc(draft)
		copy.document_type = None
		copy.insert(ignore_permissions=True)
		with self.assertRaises(frappe.ValidationError):
			frappe.copy_doc(draft).insert(ignore_permissions=True)
