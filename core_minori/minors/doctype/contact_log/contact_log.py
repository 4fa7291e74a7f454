from core_minori.records import CaseRecord


class ContactLog(CaseRecord):
	pass
