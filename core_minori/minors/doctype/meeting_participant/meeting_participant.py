from core_minori.records import ProtectedRow


class MeetingParticipant(ProtectedRow):
	pass
