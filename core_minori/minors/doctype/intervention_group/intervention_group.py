from core_minori.records import ProtectedDocument


class InterventionGroup(ProtectedDocument):
	pass
