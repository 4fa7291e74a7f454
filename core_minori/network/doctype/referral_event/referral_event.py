from core_minori.records import ProtectedRow


class ReferralEvent(ProtectedRow):
	pass
