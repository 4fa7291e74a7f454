# The commands of the project. They need Python 3.10 or later and bring the rest themselves: see docs/.
PYTHON ?= python3
ARGS ?=

.PHONY: test demo lint translations permissions bench

test: ## offline suite; with a bench also the site suite
	@$(PYTHON) tools/test.py $(ARGS)

demo: ## show the app with synthetic data (ARGS=--no-serve makes it and ends)
	@$(PYTHON) tools/demo.py $(ARGS)

lint: ## what the hooks check
	@$(PYTHON) tools/lint.py $(ARGS)

translations: ## bring core_minori/locale up to date with the sources; lists what has no translation
	@$(PYTHON) tools/translations.py $(ARGS)

permissions: ## write the tables of docs/permissions.md from the data
	@$(PYTHON) tools/permissions_page.py

bench: ## what our work costs beside ERPNext's own, as ratios, on the site that make demo left (SITE= for another)
	@$(PYTHON) tools/bench.py frappe $(or $(SITE),core-minori-demo.localhost) execute core_minori.tests.measure.run
