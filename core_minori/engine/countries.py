"""Countries by their Italian names, as people write them in the register."""

from __future__ import annotations

from collections.abc import Mapping

from babel import Locale

from core_minori.engine.sheets import Known

# English names that a site has otherwise than the Unicode tables; offline only the Italian name matters.
_STORED = {
	"CI": "Ivory Coast",
	"MM": "Myanmar",
	"CD": "Congo, The Democratic Republic of the",
	"TR": "Turkey",
}


def countries(stored: Mapping[str, str] | None = None) -> tuple[Known, ...]:
	"""Return the countries in the order of their Italian names.

	`stored` gives the name a site stores by two-letter ISO code; without it the English names are taken. A country
	that has no Italian name keeps its own.
	"""
	italian = Locale("it").territories
	english = Locale("en").territories
	if stored is None:
		stored = {
			code: _STORED.get(code, name)
			for code, name in english.items()
			if len(code) == 2 and code.isalpha()
		}
	entries = [Known(name, italian.get(code.upper(), name)) for code, name in stored.items()]
	return tuple(sorted(entries, key=lambda entry: entry.shown.casefold()))
