from core_minori.records import ProtectedDocument


class Intervention(ProtectedDocument):
	pass
