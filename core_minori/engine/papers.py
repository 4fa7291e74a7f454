"""A zip of papers that a stranger sent: which files it holds, by name, or one clear refusal. Nothing is unpacked to disk."""

from __future__ import annotations

import unicodedata
import zipfile
from collections.abc import Mapping
from io import BytesIO

from core_minori.engine.message import Message, _
from core_minori.engine.sheets import fold
from core_minori.engine.xlsx import Refused

MOST_FILES = 5_000
MOST_UNPACKED_BYTES = 200_000_000
# What an import says of the papers and of the rows that name them.
NOT_IN_ZIP = _("{name} is not in the zip of the documents.")
TWICE_IN_ZIP = _("The zip holds two different files called {name}.")
TOO_LARGE = _("{name} is larger than a file may be here.")
CORRECT_NAME = _("Correct the name in the row, or the file in the zip.")
NO_ZIP = _("{count} documents are named in the rows, and no zip with them was attached.")
ATTACH_ZIP = _("Attach the zip now, or send it with the next submission.")
NAMED_BY_NO_ROW = _("{count} files of the zip are named by no row, and stay out: {names}.")
NAME_THEM = _("Write their names in the column Allegato of their rows, if they belong there.")
CORRECT_ROW = _("Correct the row as it asks, and import the workbook again.")

# What programs leave in archives without being asked.
_LITTER = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")


class Papers:
	"""The files of one zip by their names, folders left out. `doubled` are names that two different files have."""

	def __init__(self, archive: zipfile.ZipFile, files: Mapping[str, zipfile.ZipInfo], doubled: set[str]):
		self._archive = archive
		self._files = files
		self.doubled = doubled

	def __contains__(self, name: str) -> bool:
		return _folded(name) in self._files

	def names(self) -> list[str]:
		"""The names of the files, in the order of the zip."""
		return [_base(info.filename) for info in self._files.values()]

	def size(self, name: str) -> int:
		"""Bytes of a file, unpacked."""
		return self._files[_folded(name)].file_size

	def read(self, name: str) -> bytes:
		"""The bytes of a file. Raises Refused when it is damaged, KeyError when it is not there."""
		info = self._files[_folded(name)]
		try:
			# zipfile reads no more than the declared size, and checks the sum of what it read.
			return self._archive.read(info)
		except Exception as error:
			raise Refused(
				Message(_("{name} in the zip is damaged."), {"name": _base(info.filename)}),
				Message(_("Make the zip again.")),
			) from error


def open_papers(data: bytes) -> Papers:
	"""Open a zip of papers. Raises Refused, and nothing else, for whatever is not one or is not safe to open."""
	try:
		archive = zipfile.ZipFile(BytesIO(data))
		infos = archive.infolist()
	except Exception as error:
		# Over a malformed archive zipfile raises anything from BadZipFile to struct.error.
		raise Refused(
			Message(_("The file of the documents is not a zip, or is damaged.")),
			Message(_("Put the documents in one .zip file and attach it again.")),
		) from error
	if len(infos) > MOST_FILES or sum(info.file_size for info in infos) > MOST_UNPACKED_BYTES:
		raise Refused(
			Message(
				_("The zip unpacks to {size} MB in {count} files, more than is taken at once."),
				{"size": sum(info.file_size for info in infos) // 1_000_000, "count": len(infos)},
			),
			Message(_("Send the documents in several submissions, each with its own zip.")),
		)
	files: dict[str, zipfile.ZipInfo] = {}
	doubled: set[str] = set()
	for info in infos:
		name = info.filename
		if info.is_dir() or any(mark in name.casefold() for mark in _LITTER):
			continue
		if info.flag_bits & 1:
			raise Refused(
				Message(_("The zip is protected by a password and cannot be read.")),
				Message(_("Make it again without a password.")),
			)
		if _is_path_out(name):
			raise Refused(
				Message(_("The zip holds a file whose name leads out of its folder: it is not opened.")),
				Message(_("Make the zip again with the system's own program.")),
			)
		key = _folded(name)
		other = files.setdefault(key, info)
		if other is not info and (other.CRC, other.file_size) != (info.CRC, info.file_size):
			doubled.add(key)
	return Papers(archive, files, doubled)


def is_doubled(papers: Papers, name: str) -> bool:
	"""Whether two different files of the zip have this name."""
	return _folded(name) in papers.doubled


def _is_path_out(name: str) -> bool:
	parts = name.replace("\\", "/").split("/")
	return name.startswith(("/", "\\")) or ".." in parts or ":" in name or "\0" in name


def _base(name: str) -> str:
	return name.replace("\\", "/").rsplit("/", 1)[-1]


def _folded(name: str) -> str:
	# Systems write accents in two ways.
	return fold(unicodedata.normalize("NFC", _base(name)))
