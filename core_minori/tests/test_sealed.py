"""Clinical and court texts at rest: words in a loaded document, and nowhere in the database."""

import json
import pickle

from cryptography.fernet import Fernet

import frappe
from frappe.desk.reportview import export_query
from frappe.utils import now_datetime, today

from core_minori import sealed, storage
from core_minori.api import sealed as api
from core_minori.case_lists import records
from core_minori.minors.doctype.minor_interview.report import interview_report
from core_minori.overrides import sealed_fields
from core_minori.records import ProtectedDocument
from core_minori.tests.builders import SiteTestCase, acting_as, assign, make_case, make_pei, make_user

# Where a word of a sealed field could stay: the tables of the records, and those in which Frappe keeps words of records.
TRACES = {
	"tabVersion": "data",
	"tabComment": "content",
	"tabDeleted Document": "data",
	"__UserSettings": "data",
	"__global_search": "content",
	"tabNotification Log": "subject",
	"tabToDo": "description",
	"tabError Log": "error",
}


class TestSealed(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		sealed_fields.close()  # in a request the hook does this
		cls.worker = make_user("Social Worker")
		cls.psychologist = make_user("Psychologist")
		with acting_as(cls.worker):
			cls.case = make_case().name
		assign(cls.case, cls.psychologist, "Psychologist")

	def word(self) -> str:
		return f"Parola{frappe.generate_hash(length=12)}"

	def clinical(self, text: str, **values):
		return frappe.get_doc(
			{
				"doctype": "Clinical Record",
				"case_file": self.case,
				"record_type": "Psycho-social",
				"content": text,
				**values,
			}
		).insert()

	def stored(self, doc, field: str) -> str | None:
		rows = frappe.db.sql(f"select `{field}` from `tab{doc.doctype}` where name = %s", doc.name)
		return rows[0][0]

	def assert_nowhere(self, word: str, *doctypes: str) -> None:
		tables = {f"tab{doctype}": sealed.SEALED[doctype] for doctype in doctypes or sealed.SEALED}
		for table, columns in {**tables, **{name: (column,) for name, column in TRACES.items()}}.items():
			for column in columns:
				found = frappe.db.sql(f"select count(*) from `{table}` where `{column}` like %s", f"%{word}%")
				self.assertEqual(found[0][0], 0, f"{table}.{column}")

	def test_every_sealed_field_is_there_long_enough_and_in_no_list(self):
		for doctype, fields in sealed.SEALED.items():
			meta = frappe.get_meta(doctype)
			self.assertTrue(issubclass(type(frappe.new_doc(doctype)), ProtectedDocument), doctype)
			for field in fields:
				with self.subTest(f"{doctype}.{field}"):
					df = meta.get_field(field)
					self.assertEqual(df.fieldtype, "Long Text")
					shown = ("in_list_view", "in_standard_filter", "in_global_search", "in_preview", "unique")
					self.assertFalse([name for name in shown if df.get(name)])
					self.assertFalse({field} & {meta.title_field, *(meta.search_fields or "").split(",")})
					self.assertTrue(df.report_hide)

	def test_one_writes_and_reads_words_and_the_tables_hold_none(self):
		first, second = self.word(), self.word()
		with acting_as(self.psychologist):
			doc = self.clinical(first)
			self.assertEqual(doc.content, first)
			doc.content = f"{second}\nè scritto così: 'à' \"{'lungo ' * 20000}\""
			self.assertTrue(doc.save(ignore_version=False).has_value_changed("content"))
			again = frappe.get_doc("Clinical Record", doc.name)
			self.assertEqual(again.content, doc.content)
			self.assertFalse(again.save().has_value_changed("content"))
			again.db_set("content", first + second)
			self.assertEqual((again.content, again.db_get("content")), (first + second,) * 2)
			self.assertEqual(frappe.get_doc("Clinical Record", doc.name).content, first + second)
			self.assertEqual(again.db_get("case_file"), self.case)
		self.assertTrue(sealed.is_sealed(self.stored(doc, "content")))
		self.assertIsNone(self.stored(doc, "medicines"))
		for word in (first, second):
			self.assert_nowhere(word)

	def test_court_texts_interviews_and_plans_too(self):
		word = self.word()
		made = [
			{"doctype": "Court Act", "act_type": "Decree", "authority": "Other", "acted_at": now_datetime()},
			{"doctype": "Protection Report", "report_type": "Other", "noticed_at": now_datetime()},
			{
				"doctype": "Minor Interview",
				"interview_type": "Follow-up",
				"held_at": now_datetime(),
				"language": "Italiano",
			},
		]
		with acting_as(self.worker):
			docs = [
				frappe.get_doc(
					{
						"case_file": self.case,
						**values,
						**{field: f"{word} {field}" for field in sealed.SEALED[values["doctype"]]},
					}
				).insert()
				for values in made
			]
			docs.append(make_pei(self.case, **{field: f"{word} {field}" for field in sealed.SEALED["PEI"]}))
			for doc in docs:
				for field in sealed.SEALED[doc.doctype]:
					loaded = frappe.get_doc(doc.doctype, doc.name).get(field)
					self.assertEqual(loaded, f"{word} {field}")
			texts = [
				text["text"]
				for section in interview_report(docs[2].name)["sections"]
				for text in section["texts"]
			]
			self.assertIn(f"{word} vulnerability", texts)
		self.assert_nowhere(word)

	def test_our_own_readers_of_rows_open_them_for_who_may_read(self):
		word = self.word()
		with acting_as(self.psychologist):
			doc = self.clinical(word)
			(row,) = [
				row for row in records("Clinical Record", [self.case], ("content",)) if row.name == doc.name
			]
			self.assertEqual(row.content, word)
		with acting_as(self.worker):
			self.assertFalse(
				[row for row in records("Clinical Record", [self.case], ("content",)) if row.name == doc.name]
			)

	def test_lists_filters_orders_groups_and_exports_are_refused_in_words(self):
		word = self.word()
		with acting_as(self.psychologist):
			doc = self.clinical(word)
			for query in (
				{"fields": ["name", "content"]},
				{"fields": ["content as facts"]},
				{"fields": ["`tabClinical Record`.`content`"]},
				{"fields": ["max(content) as x"]},
				{"pluck": "content"},
				{"filters": {"content": ["like", f"{word}%"]}},
				{"filters": [["Clinical Record", "content", "=", word]]},
				{"filters": [["content", ">", "a"]]},
				{"filters": [["ifnull(content, '')", "=", word]]},
				{"or_filters": {"content": word}},
				{"order_by": "content"},
				{"order_by": "`tabClinical Record`.`content` desc"},
				{"group_by": "content"},
			):
				with self.subTest(query):
					with self.assertRaises(frappe.PermissionError) as refused:
						frappe.get_list("Clinical Record", **query)
					self.assertNotIn(word, str(refused.exception))
			with self.assertRaises(frappe.PermissionError):
				frappe.get_list("Case File", fields=["name", "`tabClinical Record`.`content`"])
			for all_columns in (frappe.get_list, frappe.client.get_list):
				(whole,) = all_columns("Clinical Record", filters={"name": doc.name}, fields=["*"])
				self.assertNotIn("content", whole)
				self.assertEqual(whole.case_file, self.case)
			written = frappe.get_list("Clinical Record", filters={"content": ["is", "set"]}, pluck="name")
			self.assertIn(doc.name, written)
			frappe.local.form_dict = frappe._dict(
				doctype="Clinical Record",
				file_format_type="CSV",
				fields=json.dumps(["`tabClinical Record`.`name`", "`tabClinical Record`.`content`"]),
				filters="[]",
			)
			self.assertRaises(frappe.PermissionError, export_query)

	def test_words_typed_into_a_filter_are_not_remembered(self):
		word = self.word()
		rows = [
			["Clinical Record", "content", "like", f"%{word}%"],
			["Clinical Record", "record_type", "=", "Health"],
		]
		with acting_as(self.psychologist):
			kept = sealed_fields.save_user_settings(
				"Clinical Record", json.dumps({"List": {"filters": rows}})
			)
		self.assertEqual(kept["List"]["filters"], rows[1:])

	def test_a_customisation_brings_no_sealed_field_into_titles_lists_or_search(self):
		for values in (
			{"field_name": "content", "property": "in_global_search", "value": "1"},
			{"field_name": "content", "property": "in_list_view", "value": "1"},
			{"property": "title_field", "value": "content", "doctype_or_field": "DocType"},
			{"property": "search_fields", "value": "record_type, content", "doctype_or_field": "DocType"},
		):
			setter = {
				"doctype": "Property Setter",
				"doc_type": "Clinical Record",
				"doctype_or_field": "DocField",
			}
			with self.subTest(values), self.assertRaises(frappe.ValidationError):
				frappe.get_doc({**setter, "property_type": "Check", **values}).insert()

	def test_the_cache_and_the_jobs_hold_ciphertext(self):
		word = self.word()
		with acting_as(self.psychologist):
			doc = self.clinical(word)
			packed = pickle.dumps(doc)
			self.assertNotIn(word.encode(), packed)
			self.assertEqual((pickle.loads(packed).content, doc.content), (word, word))

	def test_a_version_keeps_the_old_text_sealed_and_its_reader_finds_it(self):
		first, second = self.word(), self.word()
		with acting_as(self.psychologist):
			doc = self.clinical(first)
			doc.content = second
			doc.save(ignore_version=False)
			(earlier,) = api.earlier_texts("Clinical Record", doc.name)
			self.assertEqual((earlier["text"], earlier["changed_by"]), (first, self.psychologist))
		(data,) = frappe.get_all("Version", {"docname": doc.name}, pluck="data")
		self.assertEqual(json.loads(data)["changed"], [["content", sealed.COVER, sealed.COVER]])
		with acting_as(self.worker):
			self.assertRaises(frappe.PermissionError, api.earlier_texts, "Clinical Record", doc.name)
			self.assertRaises(frappe.PermissionError, api.earlier_texts, "User", self.worker)

	def test_what_is_taken_away_leaves_no_words(self):
		word = self.word()
		gone = frappe.get_doc(
			{
				"doctype": "Deleted Document",
				"deleted_doctype": "Clinical Record",
				"deleted_name": "CLR-0",
				"data": json.dumps({"doctype": "Clinical Record", "content": word, "recorded_on": today()}),
			}
		).insert(ignore_permissions=True)
		self.assertEqual(
			json.loads(gone.data), {"doctype": "Clinical Record", "content": None, "recorded_on": today()}
		)

	def test_a_ciphertext_opens_only_where_it_was_made(self):
		with acting_as(self.psychologist):
			theirs, own = self.clinical(self.word()), self.clinical("Mia.")
			frappe.db.set_value("Clinical Record", own.name, "content", self.stored(theirs, "content"))
			self.assertRaises(sealed.SealError, frappe.get_doc, "Clinical Record", own.name)
			self.assertEqual(sealed.rotate(frappe.local.conf.encryption_key)["not_opened"], [])
			frappe.db.set_value("Clinical Record", own.name, "content", None)
			# pasted into a form it is a text like any other
			pasted = self.clinical(self.stored(theirs, "content"))
			self.assertTrue(sealed.is_sealed(frappe.get_doc("Clinical Record", pasted.name).content))

	def test_with_another_key_nothing_opens_nothing_is_written_and_it_is_said(self):
		with acting_as(self.psychologist):
			doc = self.clinical(self.word())
			for other in (Fernet.generate_key().decode(), None):
				with self.subTest(other), self.key(other):
					self.assertRaisesRegex(
						sealed.SealError, "encryption_key", frappe.get_doc, "Clinical Record", doc.name
					)
					self.assertRaisesRegex(
						sealed.SealError, "sealed with another key", self.clinical, "Altro"
					)
					self.assertFalse(frappe.local.conf.get("encryption_key") != other)

	def test_keys_change_and_the_texts_and_old_versions_go_with_them(self):
		new = Fernet.generate_key().decode()
		first, second = self.word(), self.word()
		with acting_as(self.psychologist):
			doc, strange = self.clinical(first), self.clinical("Altro.").name
			doc.content = second
			doc.save(ignore_version=False)
		frappe.db.set_value("Clinical Record", strange, "content", "sealed:00000000:x")
		self.addCleanup(sealed.rotate, new)  # and back, for the rest of this run
		self.addCleanup(frappe.local.conf.pop, sealed.OWN_KEY)
		frappe.local.conf[sealed.OWN_KEY] = new
		with acting_as(self.psychologist):
			self.assertEqual(frappe.get_doc("Clinical Record", doc.name).content, second, "until it is done")
			self.assertRaises(sealed.SealError, self.clinical, "Altro")
		done = sealed.rotate()
		self.assertGreater(done["changed"], 1)
		self.assertEqual(done["not_opened"], [f"Clinical Record {strange}"])
		self.assertEqual(sealed.rotate()["changed"], 0)
		self.assertIn(sealed.key_id(new), self.stored(doc, "content"))
		frappe.db.set_value("Clinical Record", strange, "content", None)
		with acting_as(self.psychologist):
			self.assertEqual(frappe.get_doc("Clinical Record", doc.name).content, second)
			(earlier,) = api.earlier_texts("Clinical Record", doc.name)
			self.assertEqual(earlier["text"], first)
			self.clinical("Altro.")
		with self.key(None):
			self.assertEqual(frappe.get_doc("Clinical Record", doc.name).content, second, "a key of its own")

	def test_keys_are_not_changed_without_the_one_that_sealed(self):
		with acting_as(self.psychologist):
			self.clinical("Altro.")
		with self.key(Fernet.generate_key().decode()):
			self.assertRaises(sealed.SealError, sealed.rotate)
			self.assertRaises(sealed.SealError, sealed.rotate, Fernet.generate_key().decode())

	def test_what_was_there_in_words_is_sealed_once_in_its_versions_too(self):
		first, second, gone = self.word(), self.word(), self.word()
		with acting_as(self.psychologist):
			doc = self.clinical(first)
		frappe.db.set_value("Clinical Record", doc.name, "content", first)
		for doctype, values in (
			("Version", {"ref_doctype": doc.doctype, "docname": doc.name}),
			("Deleted Document", {"deleted_doctype": doc.doctype, "deleted_name": "CLR-0"}),
		):
			row = frappe.get_doc({"doctype": doctype, **values, "data": "{}"}).insert(ignore_permissions=True)
			data = {"changed": [["content", second, first]]} if doctype == "Version" else {"content": gone}
			frappe.db.set_value(doctype, row.name, "data", json.dumps(data))
		self.assertEqual(storage.plain_texts(), 1)
		self.assertEqual(frappe.get_doc(doc.doctype, doc.name).content, first, "read before the patch ran")
		self.assertEqual(sealed.seal_all()["changed"], 3)
		self.assertEqual((sealed.seal_all()["changed"], storage.plain_texts()), (0, 0))
		self.assertEqual(frappe.get_doc(doc.doctype, doc.name).content, first)
		for word in (first, second, gone):
			self.assert_nowhere(word)

	def test_only_who_administers_or_answers_for_the_data_asks_how_it_is_kept(self):
		answers = storage.checks()
		self.assertEqual({row["state"] for row in answers} - {"Yes", "No", "Unknown"}, set())
		self.assertTrue(all(row["remedy"] for row in answers if row["state"] != "Yes"))

	def key(self, key: str | None):
		return _Key(key)


class _Key:
	"""The site with another encryption_key, for a block."""

	def __init__(self, key: str | None):
		self.key = key

	def __enter__(self):
		self.before = frappe.local.conf.encryption_key
		self.put(self.key)

	def __exit__(self, *error):
		self.put(self.before)

	@staticmethod
	def put(key: str | None) -> None:
		frappe.local.conf.pop("encryption_key", None)
		if key:
			frappe.local.conf["encryption_key"] = key
