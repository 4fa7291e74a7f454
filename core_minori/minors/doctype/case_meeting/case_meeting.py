from core_minori.records import CaseRecord


class CaseMeeting(CaseRecord):
	pass
