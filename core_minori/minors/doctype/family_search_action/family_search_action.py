from core_minori.records import ProtectedRow


class FamilySearchAction(ProtectedRow):
	pass
