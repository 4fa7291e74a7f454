"""A site that was there before assessments had dimensions gets those an installation starts with."""

from core_minori.setup.master_data import make_dimensions


def execute() -> None:
	"""Make them where there are none."""
	make_dimensions()
