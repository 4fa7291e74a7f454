from core_minori.records import CaseRecord


class CourtAct(CaseRecord):
	pass
