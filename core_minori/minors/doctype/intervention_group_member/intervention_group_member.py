from core_minori.records import ProtectedRow


class InterventionGroupMember(ProtectedRow):
	pass
