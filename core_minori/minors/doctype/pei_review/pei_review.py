from core_minori.records import CaseRecord


class PEIReview(CaseRecord):
	pass
