"""One browser for all; skipped in words where the site or Chromium is missing."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

from core_minori.setup.demo_data import DEMO_PASSWORD, USERS


@pytest.fixture(scope="session")
def browser():
	"""Chromium of the machine, headless."""
	if not os.environ.get("CORE_MINORI_URL"):
		pytest.skip("no served site: CORE_MINORI_URL is not set (make test sets it)")
	chromium = os.environ.get("CORE_MINORI_CHROMIUM") or shutil.which("chromium")
	if not chromium:
		pytest.skip("no chromium on this machine")
	with sync_playwright() as playwright:
		running = playwright.chromium.launch(
			executable_path=chromium,
			args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
		)
		yield running
		running.close()


@pytest.fixture
def desk_of(browser):
	"""Opens the desk of a demo user by key, such as "social_worker"."""
	from desk import Desk

	by_key = {user.key: user for user in USERS}
	return lambda key: Desk(browser, by_key[key].email, DEMO_PASSWORD)
