from core_minori.records import ProtectedDocument


class ClinicalRecord(ProtectedDocument):
	pass
