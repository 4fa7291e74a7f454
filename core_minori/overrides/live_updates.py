"""What Frappe sends into open tabs about protected records: that something changed, and never what.

A tab is asked for its right once, when it begins to listen to a record; comments and mails are then sent to it whole for
as long as it listens, also when the right has ended. Lists hear the name of every record that anybody changed. No hook
stands there, so the one function that sends is wrapped, once in a process.
"""

from functools import wraps
from typing import Any

import frappe
from frappe import realtime

from core_minori.permissions import is_guarded

_MARK = "core_minori_asks"
# Holds the DocType, the name and the time of the change: what who listens to the record knows anyway.
_BARE = "doc_update"


def close(*args, **kwargs) -> None:
	"""Hook before_request and before_job: from now on no content leaves this process by that way."""
	original = realtime.emit_via_redis
	if hasattr(original, _MARK):
		return

	@wraps(original)
	def emit_via_redis(event: str, message: Any, room: str) -> None:
		doctype = _doctype_of(room)
		if (
			doctype
			and event != _BARE
			and is_guarded(doctype)
			and "core_minori" in frappe.get_installed_apps()
		):
			return
		original(event, message, room)

	setattr(emit_via_redis, _MARK, True)
	realtime.emit_via_redis = emit_via_redis


def _doctype_of(room: str) -> str | None:
	"""The DocType that a room is about, of one record or of all its lists; None for rooms of users and tasks."""
	kind, found, about = (room or "").partition(":")
	if not found or kind not in ("doc", "open_doc", "doctype"):
		return None
	return about.partition("/")[0]
