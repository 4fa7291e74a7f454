from core_minori.records import CaseRecord


class PersonalDocument(CaseRecord):
	pass
