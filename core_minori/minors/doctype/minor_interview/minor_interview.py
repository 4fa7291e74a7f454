from core_minori.records import CaseRecord


class MinorInterview(CaseRecord):
	pass
