"""Charts over protected records are drawn anew for each reader.

Frappe answers with what its store has under the name of the chart, whoever drew it: not every version of it fills that
store, and all of them look there. Its heatmaps, moreover, count every row there is.
"""

from inspect import unwrap
from typing import Any

import frappe
from frappe import _

from core_minori.permissions import is_guarded


@frappe.whitelist()
def get(
	chart_name: Any = None,
	chart: Any = None,
	no_cache: Any = None,
	filters: Any = None,
	from_date: Any = None,
	to_date: Any = None,
	timespan: Any = None,
	time_interval: Any = None,
	heatmap_year: Any = None,
	refresh: Any = None,
) -> Any:
	"""In the place of Dashboard Chart's own `get`: for guarded DocTypes without its store, and no heatmap."""
	from frappe.desk.doctype.dashboard_chart.dashboard_chart import get as original

	asked = {
		"chart_name": chart_name,
		"chart": chart,
		"no_cache": no_cache,
		"filters": filters,
		"from_date": from_date,
		"to_date": to_date,
		"timespan": timespan,
		"time_interval": time_interval,
		"heatmap_year": heatmap_year,
		"refresh": refresh,
	}
	asked = {key: value for key, value in asked.items() if value is not None}
	drawn = (
		frappe.get_doc("Dashboard Chart", chart_name)
		if chart_name
		else frappe._dict(frappe.parse_json(chart) or {})
	)
	if not is_guarded(drawn.document_type):
		return original(**asked)
	if drawn.type == "Heatmap":
		frappe.throw(
			_("Records of {0} are not counted in a heatmap.").format(_(drawn.document_type)),
			frappe.PermissionError,
		)
	return unwrap(original)(**asked)
