from core_minori.records import ProtectedRow


class SoughtPerson(ProtectedRow):
	pass
