from core_minori.records import ProtectedRow


class CaseDeadlineReminder(ProtectedRow):
	pass
