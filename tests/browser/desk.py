"""The desk as a person uses it: log in, open, fill, press, read what it says."""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

URL = os.environ.get("CORE_MINORI_URL", "")
# Where a failed run can be looked at; no picture is kept when this is not set.
SHOTS = os.environ.get("CORE_MINORI_SHOTS")
PATIENCE = 30_000


class Desk:
	"""One logged-in browser window. `errors` gathers what the console complained of."""

	def __init__(self, browser: Browser, user: str, password: str) -> None:
		context = browser.new_context(
			locale="it-IT", timezone_id="Europe/Rome", viewport={"width": 1400, "height": 1000}
		)
		context.set_default_timeout(PATIENCE)
		answer = context.request.post(f"{URL}/api/method/login", form={"usr": user, "pwd": password})
		assert answer.ok, f"{user} cannot log in: {answer.text()[:200]}"
		self.home: str = answer.json()["home_page"]
		self.page: Page = context.new_page()
		self.errors: list[str] = []
		self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
		self.page.on("pageerror", lambda error: self.errors.append(str(error)))

	def __enter__(self) -> Desk:
		return self

	def __exit__(self, *exc: object) -> None:
		if exc[0] and SHOTS:
			self.shot("failed")
		self.page.context.close()

	def open(self, path: str) -> None:
		"""Go to a page of the desk and wait until it stands still."""
		self.page.goto(f"{URL}{path}")
		self.page.wait_for_function("window.frappe && frappe.boot && !frappe.request.ajax_count")
		self.settle()

	def settle(self) -> None:
		"""Wait until no request runs and the page had time to draw."""
		self.page.wait_for_timeout(500)
		self.page.wait_for_function("!frappe.request.ajax_count && !frappe.dom.freeze_count")
		self.page.wait_for_timeout(300)

	def new(self, doctype: str, **values: object) -> None:
		"""Open a new form, with these fields filled as its own scripts would."""
		slug = doctype.lower().replace(" ", "-")
		self.open(f"/app/{slug}/new")
		self.page.wait_for_function("doctype => window.cur_frm && cur_frm.doctype === doctype", arg=doctype)
		if values:
			self.set(**values)

	def set(self, **values: object) -> None:
		"""Fill fields of the open form through its model, in order."""
		self.page.evaluate(
			"async values => { for (const [field, value] of Object.entries(values)) await cur_frm.set_value(field, value); }",
			values,
		)
		self.settle()

	def type_in(self, field: str, text: str) -> None:
		"""Type in a visible field as a person does, and leave it."""
		box = self.field(field).locator("input:visible, textarea:visible").first
		box.scroll_into_view_if_needed()
		box.fill(text)
		box.press("Tab")
		self.settle()

	def choose(self, field: str, text: str) -> None:
		"""Type in a Link field and take the first offer."""
		box = self.field(field).locator("input:visible").first
		box.scroll_into_view_if_needed()
		box.click()
		box.press_sequentially(text, delay=15)
		offers = box.locator("xpath=..").locator("ul[role=listbox] > *")
		expect(offers.first).to_be_visible(timeout=PATIENCE)
		expect(offers.first).to_contain_text(text, timeout=PATIENCE)
		box.press("Tab")
		self.settle()

	def field(self, fieldname: str) -> Locator:
		"""The visible control of a field in the open form."""
		return self.page.locator(f'.form-page [data-fieldname="{fieldname}"]:visible').first

	def save(self) -> str:
		"""Press Save; returns the record's name. Fails with what the desk said when it did not save."""
		self.press("Salva")
		self.page.wait_for_function(
			"!cur_frm.is_new() && !cur_frm.is_dirty() || document.querySelector('.modal.show')"
		)
		self.settle()
		assert not self.page.evaluate("cur_frm.is_dirty()"), self.said()
		return self.page.evaluate("cur_frm.doc.name")

	def press(self, label: str) -> None:
		"""Press the visible button of that label, in a menu if need be."""
		button = self.page.get_by_role("button", name=label, exact=True).locator("visible=true")
		if not button.count():
			button = self.page.locator(".page-actions button:visible", has_text=label)
		button.first.click()
		self.settle()

	def act(self, action: str) -> None:
		"""Take a workflow action from the menu of the form.

		Frappe reads a form anew a second after it changed: an action taken within that second may be answered before
		that reading, which then shows the state before it. Nobody's second click is that quick.
		"""
		self.page.locator(".page-actions .actions-btn-group button:visible").first.click()
		self.page.locator(".actions-btn-group .dropdown-menu a:visible", has_text=action).first.click()
		self.settle()
		self.page.wait_for_timeout(1000)
		self.settle()

	def confirm(self) -> None:
		"""Press the main button of the open dialog."""
		self.page.locator(".modal.show .btn-primary:visible").first.click()
		self.page.wait_for_timeout(500)
		self.settle()

	def said(self) -> str:
		"""Text of the open dialog, if there is one."""
		dialog = self.page.locator(".modal.show")
		return re.sub(r"\s+", " ", dialog.last.inner_text()) if dialog.count() else ""

	def dismiss(self) -> None:
		"""Close every open dialog."""
		self.page.evaluate("$('.modal.show').modal('hide')")
		self.page.wait_for_timeout(600)

	def value(self, field: str) -> object:
		"""Value of a field of the open form, as stored."""
		return self.page.evaluate("field => cur_frm.doc[field]", field)

	def shot(self, name: str) -> None:
		"""Keep a picture, where one was asked for."""
		if SHOTS:
			self.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))
