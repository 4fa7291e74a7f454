from core_minori.records import ProtectedRow


class ScreeningAnswer(ProtectedRow):
	pass
