from core_minori.records import ProtectedRow


class CaseDeadlineChange(ProtectedRow):
	pass
