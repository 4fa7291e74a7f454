from core_minori.records import ProtectedRow


class MinorNameKey(ProtectedRow):
	"""The consonants of one word of a person's names: what the database finds people by, in any spelling."""
