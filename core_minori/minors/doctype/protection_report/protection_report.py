from core_minori.records import CaseRecord


class ProtectionReport(CaseRecord):
	pass
