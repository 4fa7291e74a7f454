"""Suggestions for untagged costs: what they rest on, and how often they are right on costs whose line is known."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from core_minori.engine.suggestions import (
	THRESHOLD,
	UNTIED_CEILING,
	CandidateLine,
	Choice,
	Cost,
	accuracy,
	suggest,
	words,
)

DAY = date(2026, 5, 10)


def line(code="A.1", title="Cancelleria", project="P1", **values):
	return CandidateLine(
		f"{project}-{code}",
		project,
		code,
		title,
		code.split(".")[0],
		date(2026, 1, 1),
		date(2026, 12, 31),
		**{"ledger_project": f"PROJ-{project}", "cost_center": f"CC-{project}", **values},
	)


def cost(key=0, account="Acquisti", supplier="Cartoleria", text="", **values):
	return Cost(
		key,
		account,
		supplier,
		**{"cost_center": "CC-P1", "ledger_project": "", "text": text, "day": DAY, **values},
	)


PENS, MEALS = line("D.1", "Cancelleria e stampati"), line("D.2", "Pasti e generi alimentari")


def only(costs, choices, lines):
	(found,) = suggest([costs], choices, lines)
	return found


def said(suggestion):
	return " ".join(reason.render() for reason in suggestion.reasons)


def test_the_choices_for_a_supplier_on_an_account_decide_and_are_told():
	choices = [*(Choice(cost(), PENS.name) for _ in range(12)), Choice(cost(), MEALS.name)]
	found = only(cost(), choices, [PENS, MEALS])
	assert (found.line, found.confidence >= THRESHOLD) == (PENS.name, True)
	assert "12 of 13 costs of this supplier on this account went to line D.1." in said(found)
	assert "The cost center is the one of project P1." in said(found)


def test_a_supplier_of_two_lines_is_told_apart_by_its_text():
	choices = [
		*(Choice(cost(text="Risme di carta"), PENS.name) for _ in range(6)),
		*(Choice(cost(text="Colazione dei ragazzi"), MEALS.name) for _ in range(6)),
	]
	paper = only(cost(text="carta per stampante"), choices, [PENS, MEALS])
	meal = only(cost(text="COLAZIONE del 3 maggio"), choices, [PENS, MEALS])
	assert (paper.line, meal.line) == (PENS.name, MEALS.name)
	assert "«colazione»" in said(meal)
	silent = only(cost(), choices, [PENS, MEALS])
	assert silent.confidence < THRESHOLD


def test_the_name_of_the_line_helps_where_nobody_chose_yet():
	found = only(cost(text="Generi alimentari e pasti", supplier="Nuovo", account=""), [], [PENS, MEALS])
	assert found.line == MEALS.name
	assert found.confidence > 50


def test_a_code_in_the_text_names_its_line_and_not_another():
	assert only(cost(text="fattura 12, voce D.2"), [], [PENS, MEALS]).line == MEALS.name
	assert "The text names line D.2." in said(only(cost(text="voce d.2"), [], [PENS, MEALS]))
	for text in ("voce D.21", "voce D.2.1", "AD.2"):
		assert "names line" not in said(only(cost(text=text), [], [PENS, MEALS])), text


def test_only_lines_open_on_the_day_are_named():
	choices = [Choice(cost(), PENS.name)] * 20
	assert only(cost(), choices, [replace(PENS, closed=True), MEALS]).line == MEALS.name
	assert only(replace(cost(), day=date(2027, 1, 1)), choices, [PENS, MEALS]).line is None
	assert only(replace(cost(), day=date(2026, 12, 31)), choices, [PENS, MEALS]).line == PENS.name


def test_the_project_of_the_row_comes_before_its_cost_center():
	other = line("D.1", "Cancelleria e stampati", "P2")
	choices = [Choice(cost(), PENS.name)] * 9
	found = only(replace(cost(), ledger_project="PROJ-P2"), choices, [PENS, MEALS, other])
	assert found.line == other.name
	assert (
		"9 of 9 costs of this supplier on this account went to lines of this name in other projects"
		in said(found)
	)


def test_a_cost_that_nothing_ties_to_a_project_is_never_sure():
	choices = [Choice(cost(), PENS.name)] * 50
	found = only(replace(cost(), cost_center="Sede"), choices, [PENS, MEALS])
	assert (found.line, found.confidence) == (PENS.name, UNTIED_CEILING)
	assert UNTIED_CEILING < THRESHOLD


def test_a_line_of_another_company_is_not_named():
	assert (
		only(replace(cost(), company="Altra", cost_center="Sede"), [], [replace(PENS, company="Nostra")]).line
		is None
	)


def test_the_order_of_what_is_known_does_not_matter():
	costs, choices, lines, __ = year(Random(7))
	first = suggest(costs, choices, lines)
	assert suggest(costs, choices[::-1], lines[::-1]) == first
	assert suggest(costs, choices, lines) == first


def test_words_fold_accents_case_and_endings():
	assert words("Attività SPORTIVE, attivita' sportiva") == ("attivi", "sporti")
	assert words("fattura del mese 12/3") == ()


def test_accuracy_counts_what_is_suggested_from_the_threshold_on():
	found = suggest(
		[cost(1), cost(2, supplier="Altro", account="X")], [Choice(cost(), PENS.name)] * 9, [PENS, MEALS]
	)
	result = accuracy(found, {1: PENS.name, 2: MEALS.name})
	assert (result.costs, result.suggested, result.right) == (2, 1, 1)
	assert (result.precision, result.recall) == (1.0, 0.5)


@pytest.mark.parametrize("seed", range(3))
def test_five_hundred_untagged_costs_of_a_year(seed):
	costs, choices, lines, truth = year(Random(seed))
	suggestions = suggest(costs, choices, lines)
	result = accuracy(suggestions, truth)
	print(
		f"seed {seed}: {len(costs)} costs, {result.suggested} suggested at {THRESHOLD} % and above, {result.right} rightly;"
		f" precision {result.precision:.3f}, recall {result.recall:.3f}"
	)
	assert len(costs) == 500
	assert result.precision >= 0.8
	assert result.recall >= 0.6


# kind of cost: its account, the title of its line, and what papers call it
KINDS = {
	"pens": (
		"Acquisti",
		"Cancelleria e stampati",
		("risme di carta", "toner e cartucce", "penne e quaderni"),
	),
	"books": ("Acquisti", "Materiale didattico", ("libri di italiano", "quaderni operativi", "dizionari")),
	"kits": (
		"Acquisti",
		"Kit di prima accoglienza",
		("kit igienici", "lenzuola e asciugamani", "kit accoglienza"),
	),
	"clothes": ("Acquisti", "Vestiario", ("scarpe e giubbotti", "abbigliamento invernale", "magliette")),
	"interpreters": (
		"Servizi",
		"Servizio di interpretariato",
		("ore di interpretariato", "mediazione linguistica"),
	),
	"translations": ("Servizi", "Traduzione di materiali", ("traduzione opuscolo", "traduzioni giurate")),
	"supervision": (
		"Servizi",
		"Supervisione metodologica",
		("incontri di supervisione", "supervisione équipe"),
	),
	"teaching": ("Servizi", "Docenze esterne", ("docenza modulo legale", "lezioni agli operatori")),
	"printing": ("Servizi", "Campagna di comunicazione", ("stampa locandine", "grafica e stampa pieghevoli")),
	"tickets": (
		"Destinatari",
		"Abbonamenti al trasporto pubblico",
		("abbonamenti mensili bus", "biglietti metro"),
	),
	"health": ("Destinatari", "Spese sanitarie e visite", ("visita odontoiatrica", "farmaci", "occhiali")),
	"courses": ("Destinatari", "Corsi di italiano", ("corso A2", "iscrizione esame CILS")),
	"sport": ("Destinatari", "Attività sportive e tempo libero", ("tesseramento calcio", "ingresso piscina")),
	"rent": ("Sede", "Affitto della sede", ("canone locazione", "affitto")),
	"power": ("Sede", "Utenze della sede", ("energia elettrica", "telefonia e dati", "gas")),
	"rooms": ("Sede", "Sala per la formazione", ("noleggio sala", "sala convegni")),
	"trips": (
		"Viaggi",
		"Missioni degli operatori",
		("treno e albergo", "rimborso missione", "biglietti treno"),
	),
}


def year(dice):
	"""Three projects, 1,200 tagged costs and 500 untagged ones with the noise of a real ledger, and their true lines."""
	projects = ("P1", "P2", "P3")
	# P2 has two lines of staff training in one account, P3 lacks some of the kinds.
	lines, line_of = [], {}
	for project in projects:
		for place, (kind, (__, title, __)) in enumerate(KINDS.items()):
			if project == "P3" and place % 6 == 5:
				continue
			made = line(f"{'DFHCB'[place % 5]}.{place}", title, project)
			lines.append(made)
			line_of[project, kind] = made.name
	suppliers = [(f"Fornitore {number:02}", _sells(number, dice)) for number in range(45)]
	newcomers = [(f"Nuovo {number:02}", _sells(number, dice)) for number in range(12)]

	def one(key, sellers):
		while True:
			supplier, kinds = dice.choice(sellers)
			kind = dice.choice(kinds)
			project = dice.choices(projects, (6, 3, 1))[0]
			if (project, kind) in line_of:
				break
		account, __, texts = KINDS[kind]
		if dice.random() < 0.1:  # booked on the wrong account
			account = dice.choice(("Acquisti", "Servizi", "Destinatari", "Sede"))
		text = dice.choice(texts) if dice.random() < 0.5 else f"Fattura n. {dice.randrange(900)}"
		place = {"cost_center": f"CC-{project}", "ledger_project": f"PROJ-{project}"}
		if dice.random() < 0.25:
			place["ledger_project"] = ""
		if dice.random() < 0.06:  # nobody wrote whose it is
			place = {"cost_center": "Sede centrale", "ledger_project": ""}
		made = Cost(
			key,
			account,
			supplier if dice.random() > 0.05 else "",
			text=text,
			day=DAY - timedelta(days=dice.randrange(120)),
			amount=Decimal(dice.randrange(1000, 90000)) / 100,
			**place,
		)
		return made, line_of[project, kind]

	choices = []
	for number in range(1200):
		made, right = one(number, suppliers)
		if dice.random() < 0.06:  # and people err
			right = dice.choice(lines).name
		choices.append(Choice(made, right))
	costs, truth = [], {}
	for number in range(500):
		made, right = one(number, newcomers if dice.random() < 0.2 else suppliers)
		costs.append(made)
		truth[number] = right
	return costs, choices, lines, truth


def _sells(number, dice):
	kinds = list(KINDS)
	first = kinds[number % len(kinds)]
	return [first, dice.choice(kinds)] if number % 3 == 0 else [first, first, first, dice.choice(kinds)]
