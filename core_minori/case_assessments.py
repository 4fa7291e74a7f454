"""Assessments of a case in their order: what a new one starts with, their trend, and what changed between two."""

from collections.abc import Iterable, Sequence
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from core_minori.engine.beneficiaries import FAMILIES, UNACCOMPANIED
from core_minori.engine.risk import PROTECTIVE, RISK, Factor, change_between, judge

DONE = ("Proposed", "Approved")
_APPLIES_TO = {UNACCOMPANIED: "Unaccompanied Minors", **dict.fromkeys(FAMILIES, "Families")}


def dimensions_for(case_file: str) -> list[frappe._dict]:
	"""The dimensions to look at in a case of this kind, in their order."""
	kind = frappe.db.get_value("Case File", case_file, "beneficiary_type")
	return frappe.get_all(
		"Assessment Dimension",
		filters={"disabled": 0, "applies_to": ["in", ["Everybody", _APPLIES_TO.get(kind, "Everybody")]]},
		fields=["name as dimension", "dimension as dimension_title"],
		order_by="position, name",
	)


def last_before(case_file: str, day: date, name: str | None = None) -> str | None:
	"""The last assessment of the case, proposed or approved, made until that day; not the one called `name`."""
	return frappe.db.get_value(
		"Risk Assessment",
		{
			"case_file": case_file,
			"status": ["in", DONE],
			"assessed_on": ["<=", day],
			"name": ["!=", name or ""],
		},
		"name",
		order_by="assessed_on desc, creation desc",
	)


def scores_of(assessment: str) -> dict[str, int | None]:
	"""Score by code of the dimension, in the order of the form."""
	return _scores([assessment])[assessment]


def factors_of(doc: Document) -> list[Factor]:
	"""The factors of an assessment as the engine reads them."""
	return [Factor(row.kind, row.factor, row.weight or "Medium") for row in doc.factors]


def judgement_of(doc: Document) -> dict:
	"""The level and its reasons, in the reader's language."""
	judgement = judge([int(row.score) for row in doc.scores if row.score], factors_of(doc))
	return {"level": judgement.level, "reasons": [reason.render(_) for reason in judgement.reasons]}


def trend_of(
	case_file: str, from_date: date | None, to_date: date | None, before: str | None, after: str | None
) -> dict:
	"""Levels, scores and number of factors by date, and the change between two of them, for the form of the case.

	`before` and `after` are codes; left out, the change is between the last two. Drafts are counted and not shown: they
	are not finished. The caller asked whether the reader may see this.
	"""
	found = _assessments(case_file, from_date, to_date)
	names = [row.name for row in found]
	scores, factors = _scores(names), _factors(names)
	titles = _titles(scores)
	if after not in names:
		after = names[-1] if names else None
	if before not in names or before == after:
		before = names[names.index(after) - 1] if after and names.index(after) else None
	return {
		"assessments": [
			{
				**row,
				"level": row.decided_level or row.level,
				"risk": sum(1 for factor in factors[row.name] if factor.kind == RISK),
				"protective": sum(1 for factor in factors[row.name] if factor.kind == PROTECTIVE),
				"mean": _mean(scores[row.name].values()),
			}
			for row in found
		],
		"dimensions": [
			{"title": titles[code], "scores": [scores[name].get(code) for name in names]} for code in titles
		],
		"drafts": frappe.db.count("Risk Assessment", {"case_file": case_file, "status": "Draft"}),
		"before": before,
		"after": after,
		"change": change_of(before, after) if before and after else None,
	}


def change_of(before: str, after: str) -> dict:
	"""What changed between two assessments, as plain values: rows by dimension, factors new, gone and weighed anew."""
	scores, factors = _scores([before, after]), _factors([before, after])
	titles = _titles(scores)
	change = change_between(scores[before], scores[after], factors[before], factors[after])
	return {
		"scores": [
			{
				"dimension": titles[row.dimension],
				"before": row.before,
				"after": row.after,
				"difference": row.difference,
			}
			for row in change.scores
		],
		"new": [_plain(row) for row in change.new],
		"gone": [_plain(row) for row in change.gone],
		"weighed": [{**_plain(new), "was": old.weight} for old, new in change.weighed],
	}


def _assessments(case_file: str, from_date: date | None, to_date: date | None) -> list[frappe._dict]:
	filters = [["case_file", "=", case_file], ["status", "in", DONE]]
	if from_date:
		filters.append(["assessed_on", ">=", getdate(from_date)])
	if to_date:
		filters.append(["assessed_on", "<=", getdate(to_date)])
	return frappe.get_all(
		"Risk Assessment",
		filters=filters,
		fields=["name", "assessed_on", "occasion", "status", "level", "decided_level"],
		order_by="assessed_on, creation",
	)


def _scores(names: Sequence[str]) -> dict[str, dict[str, int | None]]:
	found: dict[str, dict[str, int | None]] = {name: {} for name in names}
	for row in _rows("Risk Assessment Score", names, ["parent", "dimension", "score"]):
		found[row.parent][row.dimension] = int(row.score) if row.score else None
	return found


def _factors(names: Sequence[str]) -> dict[str, list[Factor]]:
	found: dict[str, list[Factor]] = {name: [] for name in names}
	for row in _rows("Risk Assessment Factor", names, ["parent", "kind", "factor", "weight"]):
		found[row.parent].append(Factor(row.kind, row.factor, row.weight or "Medium"))
	return found


def _rows(doctype: str, names: Sequence[str], fields: list[str]) -> list[frappe._dict]:
	if not names:
		return []
	return frappe.get_all(
		doctype,
		filters={"parent": ["in", names], "parenttype": "Risk Assessment"},
		fields=fields,
		order_by="parent, idx",
	)


def _titles(scores: dict[str, dict]) -> dict[str, str]:
	"""Title by code of every dimension scored, in the order of the master data."""
	codes = {code for by_dimension in scores.values() for code, score in by_dimension.items() if score}
	if not codes:
		return {}
	return dict(
		frappe.get_all(
			"Assessment Dimension",
			filters={"name": ["in", list(codes)]},
			fields=["name", "dimension"],
			order_by="position, name",
			as_list=True,
		)
	)


def _mean(scores: Iterable[int | None]) -> float | None:
	given = [score for score in scores if score]
	return round(sum(given) / len(given), 2) if given else None


def _plain(factor: Factor) -> dict:
	return {"kind": factor.kind, "factor": factor.factor, "weight": factor.weight}
