from core_minori.records import ProtectedRow


class PEIIntervention(ProtectedRow):
	pass
