from core_minori.records import ProtectedRow


class InterventionParticipant(ProtectedRow):
	pass
