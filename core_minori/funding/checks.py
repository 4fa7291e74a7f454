"""The rules of the programmes on Cost Allocations: judged, stored on the allocation, judged again, overridden."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import now, now_datetime

from core_minori.engine.cost_facts import CostFacts
from core_minori.engine.eligibility import AWAITED, LineState, Rulebook, check_cost, check_costs
from core_minori.engine.message import Finding, Severity, Term, shown
from core_minori.engine.money import ZERO, money
from core_minori.funding.facts import facts_of, facts_of_rows
from core_minori.funding.ledger import programme_rules
from core_minori.messages import in_site_language

ORDER = (Severity.INFORM, Severity.WARN, Severity.BLOCK)
_LONGEST = 140

# What of a finding's row the rules say; the rest is the override's.
_SAID = ("check_code", "severity", "message", "remedy", "value_found", "value_allowed", "source")
_OVERRIDE = ("overridden", "override_reason", "override_document", "overridden_by", "overridden_on")


def judge(facts: Mapping[str, CostFacts]) -> dict[str, list[Finding]]:
	"""What the rules find on these costs, each by itself and together with all that is imputed in their projects.

	Two queries, whatever the number of costs or projects.
	"""
	states = _line_states({cost.project for cost in facts.values()}, facts)
	by_project: dict[str, list[CostFacts]] = defaultdict(list)
	for cost in facts.values():
		by_project[cost.project].append(cost)
	books: dict[str, Rulebook] = {}
	found: dict[str, list[Finding]] = {}
	for project, costs in by_project.items():
		programme = costs[0].programme
		if programme not in books:
			books[programme] = Rulebook(programme_rules(programme))
		together = check_costs(costs, states[project], books[programme])
		for cost in costs:
			found[cost.allocation] = _each_once(
				check_cost(cost, books[programme]) + together.get(cost.allocation, [])
			)
	return found


def judge_row(row: frappe._dict) -> list[Finding]:
	"""As `judge` for one allocation that may not be saved yet; `row` is an `allocation_row`."""
	facts = facts_of_rows([row])
	return judge({row.name: facts[row.name]})[row.name]


def rows_of(
	findings: Iterable[Finding],
	before: Iterable[Mapping[str, Any]],
	translate: Callable[[str], str] | None = None,
) -> list[dict]:
	"""Rows of the table of findings, in the language of the site.

	An override of the rows `before` stays with a finding of the same rule and the same value found. The worst come first,
	of the blocking ones those that stand against confirming.
	"""
	translate = translate or in_site_language()
	overrides = {
		(row.get("check_code"), row.get("value_found") or ""): row for row in before if row.get("overridden")
	}
	rows = []
	for finding in sorted(findings, key=_weight):
		row = {
			"check_code": finding.rule,
			"severity": finding.severity.value,
			"message": finding.message.render(translate),
			"remedy": finding.remedy.render(translate) if finding.remedy else "",
			"value_found": _text(finding.found, translate),
			"value_allowed": _text(finding.allowed, translate),
			"source": translate(finding.source)[:_LONGEST] if finding.source else "",
		}
		kept = overrides.get((finding.rule, row["value_found"]), {})
		rows.append({**row, **{name: kept.get(name) for name in _OVERRIDE}, "overridden": bool(kept)})
	return rows


def worst_of(rows: Iterable[Mapping[str, Any]]) -> str:
	"""The worst severity among findings that nobody overrode; empty when there is none."""
	open_rows = [Severity(row.get("severity")) for row in rows if not row.get("overridden")]
	return max(open_rows, key=ORDER.index).value if open_rows else ""


def holding_up(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
	"""The open blocking findings that stand against confirming a cost now: not those that wait for its payment."""
	return [
		row
		for row in rows
		if row.get("severity") == Severity.BLOCK.value
		and not row.get("overridden")
		and row.get("check_code") not in AWAITED
	]


def recheck(names: Sequence[str]) -> Counter:
	"""Judge saved allocations again and store what changed; the number of allocations by their worst open finding.

	Keys are "Block", "Warn", "Inform" and "" for those with nothing open. The number of queries does not grow with the
	names. Cancelled allocations are left alone. Asks for no permission: the caller does.
	"""
	alive = frappe.get_all(
		"Cost Allocation", filters={"name": ["in", list(names)], "docstatus": ["<", 2]}, pluck="name"
	)
	facts = facts_of(alive)
	if not facts:
		return Counter()
	before: dict[str, list[dict]] = defaultdict(list)
	for row in frappe.get_all(
		"Cost Finding",
		filters={"parenttype": "Cost Allocation", "parent": ["in", list(facts)]},
		fields=["parent", "idx", *_SAID, *_OVERRIDE],
		order_by="parent, idx",
	):
		before[row.parent].append(row)
	worst_before = dict(
		frappe.get_all(
			"Cost Allocation",
			filters={"name": ["in", list(facts)]},
			fields=["name", "worst_finding"],
			as_list=True,
		)
	)
	found, changed, worst, translate = judge(facts), {}, {}, in_site_language()
	for name in facts:
		rows = rows_of(found.get(name, ()), before[name], translate)
		worst[name] = worst_of(rows)
		if _plain(rows) != _plain(before[name]):
			changed[name] = rows
	_store(changed)
	for severity in {*worst.values()}:
		moved = [
			name for name, now_ in worst.items() if now_ == severity and (worst_before[name] or "") != now_
		]
		if moved:
			allocation = frappe.qb.DocType("Cost Allocation")
			(
				frappe.qb.update(allocation)
				.set(allocation.worst_finding, severity)
				.where(allocation.name.isin(moved))
			).run()
			for name in moved:
				frappe.clear_document_cache("Cost Allocation", name)
	return Counter(worst.values())


def recheck_with_progress(names: Sequence[str], user: str, step: int = 200) -> None:
	"""Background job: `recheck` in steps, which the user sees go on. Done steps stay done when it is stopped."""
	counted: Counter = Counter()
	for start in range(0, len(names), step):
		counted += recheck(names[start : start + step])
		frappe.db.commit()
		frappe.publish_realtime(
			"progress",
			{
				"percent": min(100, (start + step) * 100 / len(names)),
				"title": _("Checking the costs"),
				"description": _("{0} of {1}").format(min(start + step, len(names)), len(names)),
			},
			user=user,
		)
	frappe.publish_realtime(
		"core_minori_costs_checked",
		{severity or "": number for severity, number in counted.items()},
		user=user,
	)


def recheck_paid(doc: Document, method: str | None = None) -> None:
	"""Hook on_submit and on_cancel of payments: the costs they pay, or no longer pay, are judged again."""
	rows = doc.get("references") or doc.get("accounts") or []
	vouchers = {
		row.get("reference_name")
		for row in rows
		if row.get("reference_name") and row.get("reference_name") != doc.name
	}
	if vouchers:
		names = frappe.get_all(
			"Cost Allocation", {"voucher_no": ["in", list(vouchers)], "docstatus": ["<", 2]}, pluck="name"
		)
		if names:
			recheck(names)


def override(allocation: str, check_code: str, reason: str, document: str) -> list[str]:
	"""Mark the open findings of one check as overridden, with who and when, and say so on the timeline.

	`document` is the address of the file. Returns the values found that are overridden. Raises
	frappe.ValidationError when the check has nothing open. Asks for no permission: the caller does.
	"""
	doc = frappe.get_doc("Cost Allocation", allocation, for_update=True)
	if doc.docstatus == 2:
		frappe.throw(_("{0} is cancelled.").format(allocation))
	rows = [row for row in doc.findings if row.check_code == check_code and not row.overridden]
	if not rows:
		frappe.throw(_("{0} has no open finding of {1}.").format(allocation, check_code))
	stamp = {
		"overridden": 1,
		"override_reason": reason,
		"override_document": document,
		"overridden_by": frappe.session.user,
		"overridden_on": now_datetime(),
	}
	for row in rows:
		row.update(stamp)
		row.db_update()
	doc.db_set("worst_finding", worst_of([row.as_dict() for row in doc.findings]), update_modified=False)
	doc.add_comment(
		"Info",
		_("overrode {0}: {1} ({2})").format(
			check_code, frappe.utils.escape_html(reason), frappe.utils.escape_html(document)
		),
	)
	doc.notify_update()
	return [row.value_found or "" for row in rows]


def attached_paper(allocation: str, document: str) -> str:
	"""The address of the private file `document` (name or address) that is attached to the allocation.

	A private file of the session's user that hangs on nothing is attached to it first: who may only read the allocation
	cannot attach one. Raises frappe.ValidationError for any other file.
	"""
	files = document.strip() and frappe.get_all(
		"File",
		filters={"is_private": 1, "is_folder": 0},
		or_filters={"name": document, "file_url": document},
		fields=["name", "file_url", "owner", "attached_to_doctype", "attached_to_name"],
	)
	here = ("Cost Allocation", allocation)
	for file in files or ():
		if (file.attached_to_doctype, file.attached_to_name) == here:
			return file.file_url
	for file in files or ():
		if not file.attached_to_doctype and file.owner == frappe.session.user:
			doc = frappe.get_doc("File", file.name)
			doc.update({"attached_to_doctype": here[0], "attached_to_name": here[1]})
			doc.save(ignore_permissions=True)
			return doc.file_url
	frappe.throw(
		_("Attach the paper that allows the cost to {0} first, as a private file.").format(allocation)
	)


def _line_states(projects: Iterable[str], judged: Mapping[str, CostFacts]) -> dict[str, list[LineState]]:
	"""The lines of the projects with what confirmed allocations take of them, those judged now left out."""
	projects = list(projects)
	line, allocation = frappe.qb.DocType("FAMI Budget Line"), frappe.qb.DocType("Cost Allocation")
	project, chapter = frappe.qb.DocType("Funded Project"), frappe.qb.DocType("Funding Chapter")
	taken = dict(
		frappe.qb.from_(allocation)
		.select(allocation.budget_line, Sum(allocation.imputed_amount))
		.where(
			allocation.funded_project.isin(projects)
			& (allocation.docstatus == 1)
			& allocation.name.notin([name for name in judged if name] or [""])
		)
		.groupby(allocation.budget_line)
		.run()
	)
	rows = (
		frappe.qb.from_(line)
		.join(project)
		.on(project.name == line.funded_project)
		.left_join(chapter)
		.on((chapter.parent == project.programme) & (chapter.chapter_code == line.chapter))
		.select(line.name, line.funded_project, line.chapter, line.partner, line.amount, chapter.is_direct)
		.where(line.funded_project.isin(projects))
	).run(as_dict=True)
	states: dict[str, list[LineState]] = {name: [] for name in projects}
	for row in rows:
		states[row.funded_project].append(
			LineState(
				row.name,
				row.chapter or "",
				row.partner or "",
				money(row.amount),
				money(taken.get(row.name)) if row.name in taken else ZERO,
				row.is_direct != 0,
			)
		)
	return states


def _store(changed: Mapping[str, list[dict]]) -> None:
	"""Put the new rows in the place of the old: two statements. The allocations' own day of change stays as it is."""
	if not changed:
		return
	frappe.db.delete("Cost Finding", {"parenttype": "Cost Allocation", "parent": ["in", list(changed)]})
	stamp, user = now(), frappe.session.user
	states = dict(
		frappe.get_all(
			"Cost Allocation",
			filters={"name": ["in", list(changed)]},
			fields=["name", "docstatus"],
			as_list=True,
		)
	)
	common = {"creation": stamp, "modified": stamp, "owner": user, "modified_by": user}
	rows = [
		{
			**row,
			**common,
			"name": frappe.generate_hash(length=10),
			"docstatus": states[parent],
			"parent": parent,
			"parentfield": "findings",
			"parenttype": "Cost Allocation",
			"idx": idx,
		}
		for parent, each in changed.items()
		for idx, row in enumerate(each, start=1)
	]
	always = (*common, "name", "docstatus", "parent", "parentfield", "parenttype", "idx", *_SAID)
	# Few rows have an override, and each column of thousands of rows costs time.
	for fields, chosen in (
		((*always, *_OVERRIDE), [row for row in rows if row["overridden"]]),
		(always, [row for row in rows if not row["overridden"]]),
	):
		frappe.db.bulk_insert("Cost Finding", fields, [tuple(row.get(f) for f in fields) for row in chosen])


def _weight(finding: Finding) -> tuple[int, bool]:
	return -ORDER.index(finding.severity), finding.rule in AWAITED


def _each_once(findings: Sequence[Finding]) -> list[Finding]:
	"""A rule that says the same of a cost by itself and among the others says it once."""
	seen: dict[tuple[str, str], Finding] = {}
	for finding in findings:
		seen.setdefault((finding.rule, str(finding.found)), finding)
	return list(seen.values())


def _plain(rows: Iterable[Mapping[str, Any]]) -> list[tuple]:
	return [
		(bool(row.get("overridden")), *(str(row.get(name) or "") for name in (*_SAID, "overridden_by")))
		for row in rows
	]


def _text(value: object, translate: Callable[[str], str]) -> str:
	if value is None:
		return ""
	return str(translate(value) if isinstance(value, Term) else shown(value))[:_LONGEST]
