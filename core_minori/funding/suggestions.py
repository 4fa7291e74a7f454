"""Untagged costs of the ledger, the line each probably belongs on, and the drafts of those that a person accepted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder.custom import GROUP_CONCAT
from frappe.query_builder.functions import Coalesce, Count, Max, Sum
from frappe.utils import cint, getdate, strip_html

from core_minori.engine.money import ZERO, money
from core_minori.engine.suggestions import CandidateLine, Choice, Cost, Suggestion, suggest
from core_minori.funding.checks import recheck
from core_minori.funding.ledger import cost_rows

ORIGIN = "Suggestion"
# Vouchers of the ledger; what stands in no ledger carries its line from the start.
LEDGER_VOUCHERS = ("Purchase Invoice", "Journal Entry", "Expense Claim", "Payment Entry")
# What people chose longer ago than so many costs teaches little.
MOST_CHOICES = 5000
# More drafts than these are made by a worker.
MOST_AT_ONCE = 200

# Voucher, account and cost center: what an untagged cost is known by.
Key = tuple[str, str, str, str]


def suggestions(filters: Mapping) -> list[tuple[frappe._dict, Suggestion]]:
	"""The untagged costs that are not wholly imputed yet, each with its suggestion, the surest first.

	`filters`: company, funded_project (costs with its project or cost center alone), from_date, to_date, and `vouchers`, a list
	of names. The number of queries does not grow with the costs. Reads past permissions: who calls it has asked for the
	reader's right.
	"""
	lines = candidate_lines()
	costs = untagged_costs(filters, lines)
	if not costs:
		return []
	choices = _choices()
	papers = _papers([*costs, *choices])
	found = suggest(
		[_cost(row, papers) for row in costs],
		[Choice(_cost(row, papers), row.budget_line) for row in choices],
		lines,
	)
	pairs = list(zip(costs, found, strict=True))
	return sorted(pairs, key=lambda pair: (-pair[1].confidence, str(pair[0].posting_date), pair[1].cost.key))


def key_of(row: Mapping) -> Key:
	"""What an untagged cost is known by."""
	return (row["voucher_type"], row["voucher_no"], row["account"] or "", row["cost_center"] or "")


def candidate_lines() -> list[CandidateLine]:
	"""All budget lines that take vouchers; those of closed projects and disabled ones only teach."""
	line, project = frappe.qb.DocType("FAMI Budget Line"), frappe.qb.DocType("Funded Project")
	rows = (
		frappe.qb.from_(line)
		.join(project)
		.on(project.name == line.funded_project)
		.select(
			line.name,
			line.funded_project,
			line.line_code,
			line.title,
			line.chapter,
			line.disabled,
			project.status,
			project.start_date,
			project.end_date,
			project.project,
			project.cost_center,
			project.company,
		)
		.where(line.cost_method != "Flat Rate")
		.orderby(line.name)
	).run(as_dict=True)
	return [
		CandidateLine(
			row.name,
			row.funded_project,
			row.line_code,
			row.title,
			row.chapter,
			getdate(row.start_date),
			getdate(row.end_date),
			row.project or "",
			row.cost_center or "",
			row.company or "",
			bool(row.disabled) or row.status == "Closed",
		)
		for row in rows
	]


def untagged_costs(filters: Mapping, lines: Sequence[CandidateLine]) -> list[frappe._dict]:
	"""Costs in the ledger with no line, of days on which a project was running, and what of each is still free."""
	running = [line for line in lines if not line.closed]
	if not running:
		return []
	gle = frappe.qb.DocType("GL Entry")
	query = (
		cost_rows()
		.select(
			gle.voucher_type,
			gle.voucher_no,
			gle.account,
			gle.cost_center,
			Max(gle.company).as_("company"),
			Max(gle.project).as_("project"),
			Max(gle.against).as_("party"),
			Max(gle.posting_date).as_("posting_date"),
			Sum(gle.debit - gle.credit).as_("amount"),
		)
		.where(
			(gle.fami_budget_line.isnull() | (gle.fami_budget_line == ""))
			& gle.voucher_type.isin(LEDGER_VOUCHERS)
			& (gle.posting_date >= (filters.get("from_date") or min(line.starts_on for line in running)))
		)
		.groupby(gle.voucher_type, gle.voucher_no, gle.account, gle.cost_center)
	)
	if filters.get("to_date"):
		query = query.where(gle.posting_date <= filters["to_date"])
	if filters.get("company"):
		query = query.where(gle.company == filters["company"])
	if filters.get("vouchers"):
		query = query.where(gle.voucher_no.isin(list(filters["vouchers"])))
	if filters.get("funded_project"):
		own = frappe.db.get_value(
			"Funded Project", filters["funded_project"], ["project", "cost_center"], as_dict=True
		)
		query = query.where(
			(gle.project == (own.project or "-"))
			| ((Coalesce(gle.project, "") == "") & (gle.cost_center == (own.cost_center or "-")))
		)
	taken = _taken()
	found = []
	for row in query.run(as_dict=True):
		row.left = money(row.amount) - taken.get(key_of(row), ZERO)
		# Of a credit note something is left below zero; a cost that was imputed over the whole has nothing left.
		if row.left and (row.left < 0) == (money(row.amount) < 0):
			found.append(row)
	return found


def accept(rows: Sequence[Mapping], batch: str, show_progress: bool = False) -> dict:
	"""Make a draft for each of `rows` (voucher_type, voucher_no, account, cost_center, budget_line): all that is left of the cost.

	Confidence and reason are computed here, not believed. A line that is not the suggested one was chosen by the person,
	and the draft says so. A row that a rule refuses is told, and the others go on. Returns the names of the drafts and,
	of each refused row, the voucher and the reason. Raises frappe.PermissionError without the right to make allocations.
	"""
	frappe.has_permission("Cost Allocation", "create", throw=True)
	known = {
		key_of(cost): (cost, suggestion)
		for cost, suggestion in suggestions({"vouchers": sorted({row["voucher_no"] for row in rows})})
	}
	made, refused = [], []
	muted, frappe.flags.mute_messages = frappe.flags.mute_messages, True
	try:
		for number, row in enumerate(rows, start=1):
			frappe.db.savepoint("suggestion")
			try:
				if key_of(row) not in known:
					frappe.throw(
						_("This cost is imputed already, or it is no longer in the ledger without a line.")
					)
				made.append(_draft(*known[key_of(row)], row.get("budget_line"), batch))
			except frappe.ValidationError as refusal:
				frappe.db.rollback(save_point="suggestion")
				refused.append({"voucher_no": row["voucher_no"], "reason": strip_html(str(refusal))})
			if show_progress and (number % 20 == 0 or number == len(rows)):
				frappe.publish_progress(
					number * 100 / len(rows), title=_("Cost Suggestions"), description=f"{number}/{len(rows)}"
				)
		recheck(made)
	finally:
		frappe.flags.mute_messages = muted
	return {"batch": batch, "made": made, "refused": refused}


def accept_in_background(rows: Sequence[Mapping], batch: str, user: str) -> None:
	"""`accept` in a worker: the person sees the progress, and in the end what came of it."""
	result = accept(rows, batch, show_progress=True)
	frappe.publish_realtime(
		"cost_suggestions_accepted",
		{"made": len(result["made"]), "refused": result["refused"]},
		user=user,
		after_commit=True,
	)


def last_batch(user: str) -> dict | None:
	"""The last suggestions that `user` accepted: batch, day, how many drafts are left of it and how many are confirmed."""
	allocation = frappe.qb.DocType("Cost Allocation")
	rows = (
		frappe.qb.from_(allocation)
		.select(
			allocation.suggestion_batch.as_("batch"),
			Max(allocation.creation).as_("made_on"),
			Count("*").as_("count"),
			Sum(allocation.docstatus == 1).as_("confirmed"),
		)
		.where(
			(allocation.origin == ORIGIN)
			& (allocation.owner == user)
			& (allocation.suggestion_batch != "")
			& (allocation.docstatus < 2)
		)
		.groupby(allocation.suggestion_batch)
		.orderby(Max(allocation.creation), order=frappe.qb.desc)
		.orderby(allocation.suggestion_batch)
		.limit(1)
	).run(as_dict=True)
	if not rows:
		return None
	(found,) = rows
	return {**found, "confirmed": cint(found.confirmed)}


def undo(user: str) -> int:
	"""Delete the drafts of the user's last batch and return how many they were.

	Raises frappe.ValidationError when there is none or one of its drafts was confirmed, frappe.PermissionError without the
	right to delete them.
	"""
	frappe.has_permission("Cost Allocation", "delete", throw=True)
	found = last_batch(user)
	if not found:
		frappe.throw(_("There is no accepted suggestion of yours to undo."))
	allocations = frappe.get_all(
		"Cost Allocation",
		filters={"suggestion_batch": found["batch"], "owner": user, "origin": ORIGIN, "docstatus": ["<", 2]},
		fields=["name", "docstatus"],
		order_by="name",
	)
	confirmed = [row.name for row in allocations if row.docstatus == 1]
	if confirmed:
		frappe.throw(
			_(
				"{0} of the last batch are confirmed already ({1}): cancel those first, then undo the rest."
			).format(len(confirmed), ", ".join(confirmed[:5]))
		)
	for row in allocations:
		frappe.delete_doc("Cost Allocation", row.name)
	return len(allocations)


def reason_of(suggestion: Suggestion) -> str:
	"""The reasons in the reader's language, best first."""
	return " ".join(reason.render(_) for reason in suggestion.reasons)


def _draft(cost: frappe._dict, suggestion: Suggestion, line: str | None, batch: str) -> str:
	line = line or suggestion.line
	if not line:
		frappe.throw(_("No line is open on {0}: choose one.").format(cost.posting_date))
	as_suggested = line == suggestion.line
	reason = reason_of(suggestion)
	if not as_suggested:
		reason = _("Chosen by hand instead of {0}.").format(suggestion.line or _("no line"))
	allocation = frappe.new_doc("Cost Allocation")
	allocation.update(
		{
			"budget_line": line,
			"company": cost.company,
			"origin": ORIGIN,
			"suggestion_batch": batch,
			"suggestion_confidence": suggestion.confidence if as_suggested else 0,
			"suggestion_reason": _shortened(allocation.meta.get_field("suggestion_reason"), reason),
			"voucher_type": cost.voucher_type,
			"voucher_no": cost.voucher_no,
			"account": cost.account,
			"cost_center": cost.cost_center,
			"percent": 100,
			"imputed_amount": float(cost.left),
		}
	)
	allocation.flags.judged_later = True
	return allocation.insert().name


def _shortened(field, text: str) -> str:
	longest = cint(field.length) or 140
	if field.fieldtype != "Data" or len(text) <= longest:
		return text
	return f"{text[: longest - 1].rstrip()}…"


def _taken() -> dict[Key, Decimal]:
	"""Euro of untagged costs that allocations take already, drafts included."""
	allocation = frappe.qb.DocType("Cost Allocation")
	rows = (
		frappe.qb.from_(allocation)
		.select(
			allocation.voucher_type,
			allocation.voucher_no,
			allocation.account,
			allocation.cost_center,
			Sum(allocation.imputed_amount),
		)
		.where(
			(allocation.docstatus < 2)
			& (allocation.tagged_line.isnull() | (allocation.tagged_line == ""))
			& allocation.voucher_type.isin(LEDGER_VOUCHERS)
		)
		.groupby(allocation.voucher_type, allocation.voucher_no, allocation.account, allocation.cost_center)
	).run()
	return {
		(voucher_type, voucher_no, account or "", center or ""): money(amount)
		for voucher_type, voucher_no, account, center, amount in rows
	}


def _choices() -> list[frappe._dict]:
	"""What people chose: confirmed allocations and the drafts of a line they wrote. An unconfirmed suggestion teaches nothing."""
	allocation = frappe.qb.DocType("Cost Allocation")
	return (
		frappe.qb.from_(allocation)
		.select(
			allocation.voucher_type,
			allocation.voucher_no,
			allocation.account,
			allocation.cost_center,
			allocation.company,
			allocation.tagged_line,
			allocation.posting_date,
			allocation.budget_line,
			allocation.imputed_amount.as_("amount"),
		)
		.where(
			allocation.voucher_type.isin(LEDGER_VOUCHERS)
			& ((allocation.docstatus == 1) | ((allocation.docstatus == 0) & (allocation.origin != ORIGIN)))
		)
		.orderby(allocation.posting_date, order=frappe.qb.desc)
		.orderby(allocation.name)
		.limit(MOST_CHOICES)
	).run(as_dict=True)


def _papers(rows: Sequence[frappe._dict]) -> dict[tuple, frappe._dict]:
	"""Supplier, day and words of the vouchers, by (type, name); words of their rows, by `_row_key`."""
	names: dict[str, set[str]] = defaultdict(set)
	for row in rows:
		names[row.voucher_type].add(row.voucher_no)
	found: dict[tuple, frappe._dict] = {}
	for doctype, fields in _PAPER_FIELDS.items():
		if not names[doctype]:
			continue
		for row in frappe.get_all(
			doctype, filters={"name": ["in", sorted(names[doctype])]}, fields=["name", *fields]
		):
			# Where nobody wrote a remark, ERPNext puts the number of the document there.
			if row.bill_no and row.bill_no in (row.text or "").split():
				row.text = ""
			found[doctype, row.name] = row
	for doctype, (table, account, *texts) in _ROW_TEXTS.items():
		if names[doctype]:
			found |= _row_texts(doctype, table, account, texts, sorted(names[doctype]))
	return found


# Supplier, day and text of each kind of voucher, by their own field names.
_PAPER_FIELDS = {
	"Purchase Invoice": ("supplier", "bill_date as day", "bill_no", "remarks as text"),
	"Journal Entry": ("user_remark as text", "bill_date as day"),
	"Payment Entry": ("party as supplier", "remarks as text"),
	"Expense Claim": ("employee as supplier", "remark as text"),
}
# The table of a voucher's rows, its field of the account, and those with words.
_ROW_TEXTS = {
	"Purchase Invoice": ("Purchase Invoice Item", "expense_account", "item_name", "description"),
	"Journal Entry": ("Journal Entry Account", "account", "user_remark"),
}


def _row_texts(
	doctype: str, table: str, account: str, texts: Sequence[str], names: Sequence[str]
) -> dict[tuple, frappe._dict]:
	"""What the rows of the vouchers say, for each account, cost center and line: one query."""
	row = frappe.qb.DocType(table)
	keys = (row.parent, row[account], row.cost_center, row.fami_budget_line)
	found = (
		frappe.qb.from_(row)
		.select(*keys, *(GROUP_CONCAT(row[text]) for text in texts))
		.where((row.parenttype == doctype) & row.parent.isin(names))
		.groupby(*keys)
	).run()
	return {
		(doctype, parent, place or "", center or "", line or ""): frappe._dict(
			text=" ".join(dict.fromkeys(strip_html(said or "").strip() for said in said_there)).strip()
		)
		for parent, place, center, line, *said_there in found
	}


def _row_key(row: Mapping) -> tuple[str, str, str, str, str]:
	return (*key_of(row), row.get("tagged_line") or "")


def _cost(row: frappe._dict, papers: Mapping[tuple, frappe._dict]) -> Cost:
	paper = papers.get((row.voucher_type, row.voucher_no)) or frappe._dict()
	own = papers.get(_row_key(row)) or frappe._dict()
	return Cost(
		key_of(row),
		row.account or "",
		paper.supplier or "",
		row.cost_center or "",
		row.project or "",
		" ".join(text for text in (own.text, paper.text) if text and text != "No Remarks"),
		getdate(paper.day or row.posting_date),
		money(row.amount),
		row.company or "",
	)
