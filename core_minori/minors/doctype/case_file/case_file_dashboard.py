"""What belongs to a case: the numbers are of what the reader may see (`core_minori.overrides.whitelisted`)."""

from frappe import _


def get_data() -> dict:
	"""All the records of a case, in the order in which the work goes."""
	return {
		"fieldname": "case_file",
		"transactions": [
			{
				"label": _("Listening and Assessing"),
				"items": ["Minor Interview", "Screening", "Risk Assessment", "Clinical Record"],
			},
			{"label": _("Plan and Work"), "items": ["PEI", "PEI Review", "Intervention", "Case Deadline"]},
			{"label": _("Contacts and Meetings"), "items": ["Contact Log", "Case Meeting", "Referral"]},
			{
				"label": _("Family and Guardian"),
				"items": ["Support Person", "Family Search", "Guardianship", "Consent"],
			},
			{
				"label": _("Papers and Court"),
				"items": ["Personal Document", "Court Act", "Protection Report", "Placement"],
			},
			{"label": _("Team and Requests"), "items": ["Care Assignment", "Case Request"]},
		],
	}
