from core_minori.records import ProtectedDocument


class CaseDeadline(ProtectedDocument):
	pass
