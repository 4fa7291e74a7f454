"""What belongs to a claim."""

from frappe import _


def get_data() -> dict:
	"""The allocations that the claim holds."""
	return {
		"fieldname": "claim",
		"transactions": [{"label": _("Costs"), "items": ["Cost Allocation"]}],
	}
