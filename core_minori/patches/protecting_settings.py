"""Settings that protect the cases and that came after this site was installed."""

from core_minori.setup import hardening


def execute() -> None:
	"""Set them as an installation does, keeping what was there."""
	hardening.apply()
