"""Which values of a setting protect, and which change takes protection away."""

import pytest

from core_minori.engine.hardening import PROPOSED, SET, loosened, protects

ALL = {setting.name: setting for setting in (*SET, *PROPOSED)}


@pytest.mark.parametrize(
	("name", "good", "bad"),
	[
		("session_expiry", ("10:00", "06:30", "00:15"), ("10:01", "170:00", "", None, "0:00")),
		("minimum_password_score", ("3", 4), ("2", "", None)),
		("allow_consecutive_login_attempts", (5, 1), (0, None, 6, 10)),
		("allow_login_after_fail", (300, 900), (60, 0)),
		("login_with_email_link", (0, None, "0"), (1, "1")),
		("enable_two_factor_auth", (1,), (0, None)),
		("max_file_size", (20, 5), (0, 21)),
	],
)
def test_values(name: str, good: tuple, bad: tuple) -> None:
	for value in good:
		assert protects(ALL[name], value), value
	for value in bad:
		assert not protects(ALL[name], value), value


def test_only_less_than_there_was_is_loosened() -> None:
	expiry = ALL["session_expiry"]
	assert loosened(expiry, "10:00", "24:00")
	assert not loosened(expiry, "06:00", "08:00")
	assert not loosened(expiry, "170:00", "24:00")


def test_our_own_values_protect_and_say_why() -> None:
	assert len(ALL) == len(SET) + len(PROPOSED)
	for setting in ALL.values():
		assert protects(setting, setting.value)
		assert setting.why
