"""Kinds of beneficiary, and what the age of a person makes of them."""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta

UNACCOMPANIED = "Unaccompanied Minor"
IN_FAMILY = "Minor in a Family"
PARENT = "Parent"
ADULT = "Adult with International Protection"
YOUNG_ADULT = "Young Adult in Prosieguo"

CHILDREN: tuple[str, ...] = (UNACCOMPANIED, IN_FAMILY)
"""Under age when the case begins."""
FAMILIES: tuple[str, ...] = (IN_FAMILY, PARENT)
"""Cared for as a family."""
CAME_ALONE: tuple[str, ...] = (UNACCOMPANIED, YOUNG_ADULT, ADULT)
"""Without a parent here."""
NEVER_CHILDREN: tuple[str, ...] = (PARENT, ADULT)
"""No case of a minor: coming of age ends nothing for them. A parent may be under age."""
OWN_CONSENT: tuple[str, ...] = (PARENT, ADULT, YOUNG_ADULT)
"""Who gives a consent in person where there is no guardian."""
OF_AGE: tuple[str, ...] = (ADULT, YOUNG_ADULT)
"""Eighteen or older when the case begins."""


def age_on(born: date | None, day: date) -> int | None:
	"""Completed years on `day`; None when the birth is not known."""
	return relativedelta(day, born).years if born else None
