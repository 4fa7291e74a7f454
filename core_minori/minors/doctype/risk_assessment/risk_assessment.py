from core_minori.records import CaseRecord


class RiskAssessment(CaseRecord):
	pass
