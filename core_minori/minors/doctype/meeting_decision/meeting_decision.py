from core_minori.records import ProtectedRow


class MeetingDecision(ProtectedRow):
	pass
