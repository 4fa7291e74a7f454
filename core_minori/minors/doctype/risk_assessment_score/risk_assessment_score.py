from core_minori.records import ProtectedRow


class RiskAssessmentScore(ProtectedRow):
	pass
