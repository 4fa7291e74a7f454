from core_minori.records import ProtectedDocument


class CaseRequest(ProtectedDocument):
	pass
