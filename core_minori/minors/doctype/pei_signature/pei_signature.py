from core_minori.records import ProtectedRow


class PEISignature(ProtectedRow):
	pass
