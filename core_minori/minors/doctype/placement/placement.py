from core_minori.records import CaseRecord


class Placement(CaseRecord):
	pass
