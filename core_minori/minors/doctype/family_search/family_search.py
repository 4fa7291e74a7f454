from core_minori.records import CaseRecord


class FamilySearch(CaseRecord):
	pass
