from core_minori.records import ProtectedRow


class InterviewAttendee(ProtectedRow):
	pass
