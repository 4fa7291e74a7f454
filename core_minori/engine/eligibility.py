"""Whether a cost may stand on a budget line. Severities come from the programme's rules, which are data."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from core_minori.engine.message import Finding, Message, Severity, _
from core_minori.engine.money import money


def check_project_window(
	incurred_on: date,
	starts_on: date,
	ends_on: date,
	project: str,
	severity: Severity = Severity.BLOCK,
	source: str = "",
) -> Finding | None:
	"""A cost is incurred between the project's first and last day, both included."""
	if starts_on <= incurred_on <= ends_on:
		return None
	return Finding(
		"project-window",
		severity,
		Message(
			_("The cost of {day} is outside project {project}, which runs from {start} to {end}."),
			{"day": incurred_on, "project": project, "start": starts_on, "end": ends_on},
		),
		Message(_("Correct the date of the document, or choose a line of another project.")),
		source,
	)


def check_line_budget(
	line: str,
	planned: Decimal,
	booked_before: Decimal,
	amount: Decimal,
	severity: Severity = Severity.WARN,
	source: str = "",
) -> Finding | None:
	"""The ledger cost of a line, this one included, stays within its planned amount. All in euro."""
	after = money(booked_before) + money(amount)
	over = after - money(planned)
	if over <= 0 or money(amount) <= 0:
		return None
	return Finding(
		"line-budget",
		severity,
		Message(
			_("Line {line} goes over its budget by EUR {over}: EUR {after} booked of EUR {planned} planned."),
			{"line": line, "over": over, "after": after, "planned": money(planned)},
		),
		Message(_("Choose another line for part of the cost, or ask for a budget revision.")),
		source,
	)


def severity_of(
	rules: list[dict[str, object]], check: str, day: date, default: Severity
) -> tuple[Severity, str]:
	"""Severity and source of `check` by the programme's rule rows that are valid on `day`.

	A row holds check_code, severity, source, article, valid_from and valid_to; open ends are open. With no row the
	`default` stands and the source is empty.
	"""
	for rule in rules:
		starts, ends = rule.get("valid_from"), rule.get("valid_to")
		if rule["check_code"] == check and (not starts or starts <= day) and (not ends or day <= ends):
			source = ", ".join(str(rule[key]) for key in ("source", "article") if rule.get(key))
			return Severity(rule["severity"]), source
	return default, ""
