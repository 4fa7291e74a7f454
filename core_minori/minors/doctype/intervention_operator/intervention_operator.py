from core_minori.records import ProtectedRow


class InterventionOperator(ProtectedRow):
	pass
