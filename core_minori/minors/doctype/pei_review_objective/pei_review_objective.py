from core_minori.records import ProtectedRow


class PEIReviewObjective(ProtectedRow):
	pass
