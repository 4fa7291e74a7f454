from core_minori.records import CaseRecord


class Guardianship(CaseRecord):
	pass
