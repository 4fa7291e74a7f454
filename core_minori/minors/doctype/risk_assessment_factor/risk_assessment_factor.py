from core_minori.records import ProtectedRow


class RiskAssessmentFactor(ProtectedRow):
	pass
