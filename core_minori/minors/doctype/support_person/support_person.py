from core_minori.records import CaseRecord


class SupportPerson(CaseRecord):
	pass
