"""Settings of the site that protect the cases: what each should be, and when a change makes it weaker."""

from __future__ import annotations

from dataclasses import dataclass

from core_minori.engine.message import _

# "At most" takes nothing for no limit, as Frappe does.
EXACTLY, AT_LEAST, AT_MOST = "exactly", "at least", "at most"


@dataclass(frozen=True)
class Setting:
	"""One field of System Settings.

	`kind` says which other values protect as well: a site that is stricter already stays as it is. `value` is text for
	times ("10:00", hours and minutes) and a number otherwise: seconds, attempts, megabytes, or 0 and 1.
	"""

	name: str
	value: int | str
	kind: str
	why: str


# Set at installation, for nobody is locked out by them.
SET: tuple[Setting, ...] = (
	Setting(
		"apply_strict_user_permissions",
		1,
		EXACTLY,
		_("A record without a link is not everybody's."),
	),
	Setting("disable_document_sharing", 1, EXACTLY, _("A share would go past the assignments of a case.")),
	Setting("allow_older_web_view_links", 0, EXACTLY, _("Old links show papers to whoever holds them.")),
	Setting("allow_guests_to_upload_files", 0, EXACTLY, _("Strangers leave no files here.")),
	Setting("allow_error_traceback", 0, EXACTLY, _("An error shows no inner values.")),
	Setting("login_with_email_link", 0, EXACTLY, _("A mail alone opens no case.")),
	Setting("enable_password_policy", 1, EXACTLY, _("Weak passwords are refused.")),
	Setting("minimum_password_score", 3, AT_LEAST, _("A password holds against somebody who tries many.")),
	Setting("session_expiry", "10:00", AT_MOST, _("A forgotten session ends with the working day.")),
	Setting("allow_consecutive_login_attempts", 5, AT_MOST, _("Guessing passwords ends after a few.")),
	Setting("allow_login_after_fail", 300, AT_LEAST, _("Five minutes' wait after that.")),
	Setting("logout_on_password_reset", 1, EXACTLY, _("A new password ends the sessions of the old one.")),
	Setting("password_reset_limit", 3, AT_MOST, _("Nobody is flooded with password mails.")),
	Setting(
		"reset_password_link_expiry_duration",
		86400,
		AT_MOST,
		_("A link to choose a password ends in a day."),
	),
	Setting(
		"strip_exif_metadata_from_uploaded_images",
		1,
		EXACTLY,
		_("A photo does not say where it was taken."),
	),
	Setting("enable_telemetry", 0, EXACTLY, _("Nothing about the use of this site leaves it.")),
)
# Proposed: each could stop somebody from working until they know of it, so an administrator chooses the day.
PROPOSED: tuple[Setting, ...] = (
	Setting(
		"enable_two_factor_auth",
		1,
		EXACTLY,
		_(
			"A password that was seen or guessed opens nothing. Everybody is asked for a code of their telephone at the"
			" next login: tell them first."
		),
	),
	Setting(
		"encrypt_backup",
		1,
		EXACTLY,
		_(
			"A backup holds every case. Keep the key, which Administrator is shown, in an envelope: without it a backup"
			" is lost."
		),
	),
	Setting(
		"deny_multiple_sessions",
		1,
		EXACTLY,
		_(
			"A second login ends the first, so that a stolen session shows. Telephone and desk do not go together."
		),
	),
	Setting(
		"allow_login_using_user_name",
		0,
		EXACTLY,
		_("User names are easier to guess than addresses. Who is used to theirs writes the address."),
	),
	Setting(
		"allow_login_using_mobile_number",
		0,
		EXACTLY,
		_("Telephone numbers are known to many. Who is used to theirs writes the address."),
	),
	Setting("max_file_size", 20, AT_MOST, _("A huge file does not stop the site (megabytes).")),
)


def protects(setting: Setting, value: object) -> bool:
	"""Whether the site's `value` of this setting is as strict as ours, or stricter."""
	have, want = _number(value), _number(setting.value)
	if setting.kind == AT_LEAST:
		return have >= want
	if setting.kind == AT_MOST:
		return 0 < have <= want
	return have == want


def loosened(setting: Setting, before: object, after: object) -> bool:
	"""Whether a change takes protection away: it protected before, and does not any more."""
	return protects(setting, before) and not protects(setting, after)


def _number(value: object) -> float:
	"""Numbers as they are, times as minutes, nothing as 0."""
	text = str(value or 0)
	if ":" in text:
		hours, minutes = [*text.split(":"), "0"][:2]
		return int(hours or 0) * 60 + int(minutes or 0)
	try:
		return float(text)
	except ValueError:
		return 0
