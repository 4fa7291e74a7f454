from core_minori.records import ProtectedRow


class CaseStateChange(ProtectedRow):
	pass
