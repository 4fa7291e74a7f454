from core_minori.records import ProtectedDocument


class Screening(ProtectedDocument):
	pass
