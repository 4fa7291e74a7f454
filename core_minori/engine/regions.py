"""Regions of the world, for statistics that a country alone would make too fine.

Source: standard country or area codes for statistical use (M49), United Nations Statistics Division.
"""

from __future__ import annotations

from core_minori.engine.message import _

# (continent, region): two-letter ISO codes
_REGIONS: dict[tuple[str, str], str] = {
	(_("Africa"), _("Northern Africa")): "DZ EG EH LY MA SD TN",
	(_("Africa"), _("Eastern Africa")): ("BI DJ ER ET IO KE KM MG MU MW MZ RE RW SC SO SS TF TZ UG YT ZM ZW"),
	(_("Africa"), _("Middle Africa")): "AO CD CF CG CM GA GQ ST TD",
	(_("Africa"), _("Southern Africa")): "BW LS NA SZ ZA",
	(_("Africa"), _("Western Africa")): "BF BJ CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG",
	(_("Americas"), _("Caribbean")): (
		"AG AI AW BB BL BQ BS CU CW DM DO GD GP HT JM KN KY LC MF MQ MS PR SX TC TT VC VG VI"
	),
	(_("Americas"), _("Central America")): "BZ CR GT HN MX NI PA SV",
	(_("Americas"), _("South America")): "AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE",
	(_("Americas"), _("Northern America")): "BM CA GL PM US",
	(_("Asia"), _("Central Asia")): "KG KZ TJ TM UZ",
	(_("Asia"), _("Eastern Asia")): "CN HK JP KP KR MN MO TW",
	(_("Asia"), _("South-eastern Asia")): "BN ID KH LA MM MY PH SG TH TL VN",
	(_("Asia"), _("Southern Asia")): "AF BD BT IN IR LK MV NP PK",
	(_("Asia"), _("Western Asia")): "AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE",
	(_("Europe"), _("Eastern Europe")): "BG BY CZ HU MD PL RO RU SK UA",
	(_("Europe"), _("Northern Europe")): "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ",
	(_("Europe"), _("Southern Europe")): "AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA XK",
	(_("Europe"), _("Western Europe")): "AT BE CH DE FR LI LU MC NL",
	(_("Oceania"), _("Oceania")): (
		"AS AU CC CK CX FJ FM GU HM KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS"
	),
}
_OF = {code: region for region, codes in _REGIONS.items() for code in codes.split()}


def region_of(code: str | None) -> tuple[str, str] | None:
	"""Continent and region of a two-letter ISO code of any case; None for a code that is not of a country."""
	return _OF.get((code or "").upper())
