from core_minori.records import ProtectedRow


class PEIObjective(ProtectedRow):
	pass
