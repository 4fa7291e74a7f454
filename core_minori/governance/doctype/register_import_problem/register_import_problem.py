from core_minori.records import ProtectedRow


class RegisterImportProblem(ProtectedRow):
	pass
