"""A budget's own arithmetic: the amounts of its lines, the shares of the sources, and what a revision may move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core_minori.engine.flat_rates import FlatRate, flat_rate_amounts
from core_minori.engine.message import Finding, Message, Severity, Term, _, refuse
from core_minori.engine.money import CENT, ZERO, money, percent_of, split
from core_minori.engine.programme import Rule

# What the tolerance of a chapter transfer is a per cent of, as the rule's base names it.
PROJECT_BUDGET, CHAPTER_BUDGET = _("Project budget"), _("Chapter budget")
LARGEST_CHAPTER = _("Largest chapter")
TOLERANCE_BASES = (PROJECT_BUDGET, CHAPTER_BUDGET, LARGEST_CHAPTER)


def line_amount(
	quantity: Decimal | float | None, unit_cost: Decimal | float | None, amount: Decimal
) -> Decimal:
	"""Planned euro of a line: quantity times unit cost when both are given, else the amount as entered."""
	if quantity and unit_cost:
		return money(Decimal(str(quantity)) * Decimal(str(unit_cost)))
	return money(amount)


def source_amounts(total: Decimal, percents: Sequence[Decimal | float]) -> list[Decimal]:
	"""Split `total` euro over sources by their per cents; the last source takes the rounding residual.

	Raises RuleError unless the per cents sum to 100.
	"""
	whole = sum((Decimal(str(percent)) for percent in percents), Decimal(0))
	if abs(whole - 100) >= CENT:
		raise refuse(
			"source-shares",
			_("The shares of the sources sum to {whole} %, not to 100 %."),
			_("Correct the shares so that they sum to 100 %."),
			whole=whole.normalize(),
		)
	return split(total, percents)


@dataclass(frozen=True)
class PlannedLine:
	"""A line of a budget: chapter, partner ("" for none), euro, and its rate when it is a flat-rate line."""

	name: str
	chapter: str
	partner: str
	amount: Decimal
	rate: FlatRate | None = None


@dataclass(frozen=True)
class Transfer:
	"""Euro that a revision takes from one line to another: no line to take from is new money, none to give to, returned."""

	from_line: str
	to_line: str
	amount: Decimal


def planned_amounts(lines: Sequence[PlannedLine], transfers: Iterable[Transfer] = ()) -> dict[str, Decimal]:
	"""Euro of every line after `transfers`; a flat-rate line has its per cent of what the others come to.

	Transfers from or to a line that is not among `lines` are left out. Raises RuleError when flat rates are taken of
	each other.
	"""
	amounts = {line.name: ZERO if line.rate else money(line.amount) for line in lines}
	rates = {line.name: line.rate for line in lines if line.rate}
	for transfer in transfers:
		for name, change in ((transfer.from_line, -transfer.amount), (transfer.to_line, transfer.amount)):
			if name in amounts and name not in rates:
				amounts[name] += money(change)
	if rates:
		direct: dict[tuple[str, str], Decimal] = {}
		for line in lines:
			if not line.rate:
				key = (line.chapter, line.partner)
				direct[key] = direct.get(key, ZERO) + amounts[line.name]
		found = flat_rate_amounts(list(rates.values()), direct)
		amounts.update({name: flat.amount for name, flat in found.items()})
	return amounts


def is_fixed(approved_on: date | None, day: date, revised: bool) -> bool:
	"""Whether on `day` the lines change by Budget Revision only: the budget is approved, or was `revised` before."""
	return revised or bool(approved_on and approved_on <= day)


def check_fixed(changed: Sequence[str]) -> None:
	"""Refuse the hand-made change of what an approved budget says; `changed` are the labels of the fields."""
	if changed:
		raise refuse(
			"budget-fixed",
			_("The budget is approved: {fields} cannot be changed by hand."),
			_("Make a Budget Revision that moves money from one line to another."),
			fields=", ".join(changed),
		)


def check_partner_share(partner: str, planned: Decimal, share: Decimal) -> Finding | None:
	"""What the lines plan for a partner against the share of the budget that the project gives it, in euro."""
	planned, share = money(planned), money(share)
	if planned == share:
		return None
	return Finding(
		"partner-share",
		Severity.INFORM,
		Message(
			_("The lines of {partner} sum to EUR {planned}, its share of the budget is EUR {share}."),
			{"partner": partner, "planned": planned, "share": share},
		),
		Message(_("Correct the lines or the share, so that they agree.")),
		found=planned,
		allowed=share,
	)


# --- revisions --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RevisedLine:
	"""A line that a revision names: its project and chapter, euro in force, and what it already bears."""

	name: str
	project: str
	chapter: str
	amount: Decimal
	is_flat_rate: bool = False
	disabled: bool = False
	imputed: Decimal = ZERO
	claimed: Decimal = ZERO


def revised_amounts(
	project: str, transfers: Sequence[Transfer], lines: Mapping[str, RevisedLine]
) -> dict[str, Decimal]:
	"""Euro after the revision of every line it names.

	Raises RuleError for a transfer that is none (no line, twice the same, no amount), for a line of another project, a
	flat-rate line, money for a disabled line, or when a line would give more than it has.
	"""
	amounts: dict[str, Decimal] = {}
	for row, transfer in enumerate(transfers, 1):
		if not transfer.from_line and not transfer.to_line:
			raise refuse(
				"revision-lines",
				_("Row {row}: there is no line to take from and none to give to."),
				_("Choose at least one of the two lines."),
				row=row,
			)
		if transfer.from_line == transfer.to_line:
			raise refuse(
				"revision-lines",
				_("Row {row}: {line} cannot give to itself."),
				_("Choose two lines."),
				row=row,
				line=transfer.from_line,
			)
		if money(transfer.amount) <= 0:
			raise refuse(
				"revision-amount",
				_("Row {row}: EUR {amount} cannot be moved."),
				_("Enter an amount above zero; to move it the other way, swap the lines."),
				row=row,
				amount=money(transfer.amount),
			)
		for name, change in ((transfer.from_line, -transfer.amount), (transfer.to_line, transfer.amount)):
			if name:
				_check_revised_line(row, project, lines.get(name), name, takes=change < 0)
				amounts[name] = amounts.get(name, money(lines[name].amount)) + money(change)
	for name, amount in amounts.items():
		if amount < 0:
			raise refuse(
				"revision-too-much",
				_("Line {line} has EUR {has}: EUR {taken} cannot be taken from it."),
				_("Take at most what the line has."),
				line=name,
				has=money(lines[name].amount),
				taken=money(lines[name].amount) - amount,
			)
	return amounts


def _check_revised_line(row: int, project: str, line: RevisedLine | None, name: str, takes: bool) -> None:
	values = {"row": row, "line": name, "project": project}
	if not line or line.project != project:
		raise refuse(
			"revision-lines",
			_("Row {row}: {line} is no line of project {project}."),
			_("Choose a line of the project."),
			**values,
		)
	if line.is_flat_rate:
		raise refuse(
			"revision-lines",
			_("Row {row}: {line} is a flat rate and follows the lines it is taken of by itself."),
			_("Move money between the other lines."),
			**values,
		)
	if line.disabled and not takes:
		raise refuse(
			"revision-lines",
			_("Row {row}: {line} is disabled and gets no money."),
			_("Choose another line, or enable this one."),
			**values,
		)


def check_borne(lines: Mapping[str, RevisedLine], amounts: Mapping[str, Decimal]) -> list[Finding]:
	"""A line whose money is taken keeps what was claimed on it, and better also what was imputed."""
	findings = []
	for name, amount in amounts.items():
		line = lines[name]
		if amount >= money(line.amount):
			continue
		borne = money(line.claimed)
		severity, text = (
			Severity.BLOCK,
			_("Line {line} would keep EUR {left}, and EUR {borne} are claimed on it."),
		)
		if amount >= borne:
			borne = money(line.imputed)
			severity, text = (
				Severity.WARN,
				_("Line {line} would keep EUR {left}, and EUR {borne} are imputed on it."),
			)
		if amount < borne:
			findings.append(
				Finding(
					"revision-borne",
					severity,
					Message(text, {"line": name, "left": amount, "borne": borne}),
					Message(_("Take less from it, or move its costs to another line first.")),
					found=amount,
					allowed=borne,
				)
			)
	return findings


def check_effective(
	day: date,
	today: date,
	project: tuple[date, date],
	approved_on: date | None,
	last_revision: date | None,
	submitting: bool,
) -> None:
	"""The day a revision takes effect: inside the project, not before the budget or the last revision, nor yet to come.

	`project` are its first and last day. A day to come is refused only when the revision is submitted, as its amounts
	are then in force. Raises RuleError.
	"""
	starts, ends = project
	if not starts <= day <= ends:
		raise refuse(
			"revision-day",
			_("The revision takes effect on {day}, outside the project, which runs from {start} to {end}."),
			_("Correct the date."),
			day=day,
			start=starts,
			end=ends,
		)
	earliest = max(filter(None, (approved_on, last_revision)), default=None)
	if earliest and day < earliest:
		raise refuse(
			"revision-day",
			_("The revision takes effect on {day}, before the budget in force, which is of {earliest}."),
			_("Correct the date, or cancel the later revision first."),
			day=day,
			earliest=earliest,
		)
	if submitting and day > today:
		raise refuse(
			"revision-day",
			_("The revision takes effect on {day}: it can be submitted from that day on."),
			_("Keep it as a draft until then."),
			day=day,
		)


@dataclass(frozen=True)
class Movement:
	"""What changed by chapter since the last authorised budget, and whether the authority has to agree.

	`moved` is the euro between chapters, `allowed` the euro that need no authorisation (None when the programme sets no
	tolerance), `total_change` what the whole budget grew by. `required` is the finding that asks for authorisation.
	"""

	moved: Decimal
	allowed: Decimal | None
	total_change: Decimal
	note: Message
	required: Finding | None


def chapter_movement(
	transfers: Iterable[Transfer],
	chapter_of: Mapping[str, str],
	authorised: Mapping[str, Decimal],
	rule: Rule | None,
	base: str = PROJECT_BUDGET,
) -> Movement:
	"""Judge the transfers since the last authorised budget, the new ones included.

	`authorised` is that budget by chapter, flat rates included. What counts is the net change of each chapter: money
	that came and went within one needs nobody. `rule` is the row `chapter-transfer`; its value is a per cent of `base`,
	one of `TOLERANCE_BASES`. Of the chapter's own budget, each chapter is judged by itself and the one that goes
	furthest over is told. More or less money in all is never covered by the tolerance.
	"""
	net: dict[str, Decimal] = {}
	for transfer in transfers:
		for name, change in ((transfer.from_line, -transfer.amount), (transfer.to_line, transfer.amount)):
			if name:
				net[chapter_of[name]] = net.get(chapter_of[name], ZERO) + money(change)
	total_change = sum(net.values(), ZERO)
	risen = sum((change for change in net.values() if change > 0), ZERO)
	moved = min(risen, risen - total_change)
	percent = rule.value if rule and isinstance(rule.value, Decimal) else None
	where, allowed = "", None
	if percent is not None:
		if base == CHAPTER_BUDGET:
			limits = {code: percent_of(authorised.get(code, ZERO), percent) for code in net}
			where = max(net, key=lambda code: (abs(net[code]) - limits[code], code), default="")
			moved, allowed = abs(net.get(where, ZERO)), limits.get(where, ZERO)
		elif base == LARGEST_CHAPTER:
			allowed = percent_of(max(authorised.values(), default=ZERO), percent)
		else:
			allowed = percent_of(sum(authorised.values(), ZERO), percent)
	values = {
		"moved": moved,
		"allowed": allowed,
		"percent": f"{percent.normalize():f}".replace(".", ",") if percent is not None else "",
		"base": Term(base),
		"chapter": where,
		"change": total_change,
	}
	if percent is None:
		note = Message(_("EUR {moved} moved between chapters; the programme sets no tolerance."), values)
	elif where:
		note = Message(
			_(
				"Chapter {chapter} changes by EUR {moved} since the last authorised budget; EUR {allowed} need no"
				" authorisation ({percent} % of: {base})."
			),
			values,
		)
	else:
		note = Message(
			_(
				"EUR {moved} moved between chapters since the last authorised budget; EUR {allowed} need no"
				" authorisation ({percent} % of: {base})."
			),
			values,
		)
	required = None
	source = rule.source if rule else ""
	remedy = Message(_("Enter the reference, the date and the document of the authorisation."))
	if total_change:
		text = _("The budget changes by EUR {change} in all: the authority has to authorise it.")
		required = Finding(
			"chapter-transfer", Severity.BLOCK, Message(text, values), remedy, source, total_change, ZERO
		)
	elif allowed is not None and moved > allowed and rule.severity is not Severity.INFORM:
		required = Finding("chapter-transfer", Severity.BLOCK, note, remedy, source, moved, allowed)
	return Movement(moved, allowed, total_change, note, required)


# --- the budget as people read it -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BudgetRow:
	"""Euro of one group of lines: initial, what revisions changed, in force, and that split over the sources."""

	key: str
	initial: Decimal
	in_force: Decimal
	by_source: tuple[Decimal, ...]

	@property
	def revisions(self) -> Decimal:
		"""In force less initial."""
		return self.in_force - self.initial


def budget_rows(
	groups: Mapping[str, str],
	initial: Mapping[str, Decimal],
	in_force: Mapping[str, Decimal],
	percents: Sequence[Decimal | float] = (),
) -> list[BudgetRow]:
	"""The lines by their group in `groups` (line -> group), in the order the groups appear there.

	Each line is split over the sources by itself, the residual on the last one; a group sums its lines, so that every
	column and every row adds up exactly.
	"""
	sums: dict[str, list] = {}
	for line, group in groups.items():
		amount = money(in_force.get(line))
		parts = split(amount, percents) if percents else []
		row = sums.setdefault(group, [ZERO, ZERO, [ZERO] * len(parts)])
		row[0] += money(initial.get(line))
		row[1] += amount
		row[2] = [total + part for total, part in zip(row[2], parts, strict=True)]
	return [BudgetRow(key, first, now, tuple(parts)) for key, (first, now, parts) in sums.items()]
