"""The steps of a breach, and what a user saw: for the data protection officer; the coordinator reads."""

from datetime import datetime

import frappe
from frappe import _
from frappe.utils import get_datetime, now_datetime

from core_minori import breaches
from core_minori.permissions import may_open


@frappe.whitelist()
def seen(name: str) -> dict:
	"""What the user of this breach saw between its two moments, and could have seen: codes, moments and parts."""
	doc = _opened(name)
	if not (doc.user and doc.seen_from and doc.seen_to):
		return {}
	return breaches.seen(doc.user, get_datetime(doc.seen_from), get_datetime(doc.seen_to))


@frappe.whitelist(methods=["POST"])
def notified(
	name: str,
	notified_at: datetime,
	notification_kind: str,
	protocol: str | None = None,
	delay_reason: str | None = None,
) -> None:
	"""The authority was notified."""
	_changed(
		name,
		notified_at=notified_at,
		notification_kind=notification_kind,
		protocol=protocol,
		delay_reason=delay_reason,
		not_to_notify=0,
		not_notified_reason=None,
	)


@frappe.whitelist(methods=["POST"])
def not_to_notify(name: str, reason: str) -> None:
	"""The breach is unlikely to be a risk: it stays in the register, with the reason."""
	_changed(name, risk="Unlikely", not_to_notify=1, not_notified_reason=reason)


@frappe.whitelist(methods=["POST"])
def close(name: str) -> None:
	"""Everything is done and written down."""
	_changed(name, closed_at=now_datetime())


@frappe.whitelist(methods=["POST"])
def reopen(name: str) -> None:
	"""Something of a closed breach is to be added."""
	_changed(name, closed_at=None)


def _changed(name: str, **values: object) -> None:
	doc = _opened(name, "write", for_update=True)
	doc.update(values)
	doc.save()


def _opened(name: str, ptype: str = "read", **options: bool):
	if not may_open("Data Breach", name, ptype):
		frappe.throw(_("{0} not found").format(_("Data Breach")), frappe.DoesNotExistError)
	return frappe.get_doc("Data Breach", name, **options)
