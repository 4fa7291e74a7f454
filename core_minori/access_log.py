"""The access log: what was read, printed, exported, searched, changed or refused, and by whom."""


def note(
	way: str,
	doctype: str | None = None,
	record: str | None = None,
	case_file: str | None = None,
	outcome: str = "Allowed",
	text: str | None = None,
) -> None:
	"""Keep that the session's user did this, now."""
