"""Days and moments as the engine reads them: what is empty stays empty, where frappe.utils would say today."""

from datetime import date, datetime

from frappe.utils import get_datetime, getdate

Moment = date | datetime | None


def as_day(value: object) -> date | None:
	"""The day of a value of the database or of a browser."""
	return getdate(value) if value else None


def as_moment(value: object) -> Moment:
	"""A day, or a moment where the value has an hour."""
	if not value:
		return None
	return get_datetime(value) if len(str(value)) > 10 else getdate(value)
