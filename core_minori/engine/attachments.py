"""Files that hang on the record of a case: which kinds, told by what is in them, and less what tells where they come from.

A browser runs a page or a drawing that it is sent under any name, and a photograph of a telephone says where and when it
was taken: the address of a shelter, for one. So a file is what its first bytes say it is, the kinds are those that a case
needs, and photographs lose all but their picture. Nothing is decoded here: a picture of a thousand million points costs
no more to look at than its bytes.
"""

from __future__ import annotations

import json
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO

from core_minori.engine.message import _, refuse

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_TELLS_WHERE = _("Save it as PDF or JPEG and attach that.")
# Most members that a document of an office program has; its list is read, the members are not.
MOST_MEMBERS = 20_000
LONGEST_NAME = 120

_PAGE = re.compile(
	rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|script|svg|iframe|xml|\?xml|!--)", re.IGNORECASE
)
_DEVICES = re.compile(r"(?:con|prn|aux|nul|clock\$|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|%#\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def harmless_name(name: str) -> str:
	"""`name` as a file may be called on any system: no folders, no signs that turn or hide text, no device, not too long."""
	base = re.split(r"[/\\]", name or "")[-1]
	base = _NOT_IN_NAMES.sub("_", base).strip(". ")
	stem, dot, ending = base.rpartition(".")
	if not stem:
		stem, dot, ending = base, "", ""
	ending = ending[:12]
	# Counted as stored: a letter of another script takes up to four bytes, and a folder holds 255 of them a name.
	room = LONGEST_NAME - len(ending) - len(dot)
	while len(stem.encode()) > room:
		stem = stem[: max(1, len(stem) - 1 - (len(stem.encode()) - room) // 4)]
	base = f"{stem}{dot}{ending}"
	return f"_{base}" if _DEVICES.fullmatch(base) else base or "file"


def checked(name: str, content: bytes) -> bytes:
	"""The bytes to keep of a file of a case. Raises `message.Refusal` for a kind that no case needs, or that lies."""
	ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
	if not content:
		raise refuse(
			"attachment-empty", _("The file is empty."), _("Choose the file again, once it can be opened.")
		)
	if ending in _AS_ANOTHER:
		raise refuse(
			"attachment-kind",
			_("Files of the kind .{ending} tell where they were made, or cannot be checked."),
			_TELLS_WHERE,
			ending=ending,
		)
	if ending not in KINDS:
		raise refuse(
			"attachment-kind",
			_("Files of the kind .{ending} are not kept on the records of a case."),
			_("Attach a PDF, a picture, a document of an office program, a mail or a plain text."),
			ending=ending[:20] or "?",
		)
	if ending in PICTURES:
		# Telephones and chat programs call a picture by the wrong kind, which harms nobody.
		ending = next((kind for kind in PICTURES if KINDS[kind](content)), ending)
	if not KINDS[ending](content):
		raise refuse(
			"attachment-lies",
			_("The file is called .{ending}, and is something else inside."),
			_("Open it, save it again as what it is, and attach that."),
			ending=ending,
		)
	if ending in PICTURES:
		try:
			return PICTURES[ending](content)
		except (ValueError, struct.error, IndexError) as error:
			raise refuse(
				"attachment-damaged",
				_("The picture is damaged: where it was taken cannot be taken out of it."),
				_("Open it, save it again as JPEG or PNG, and attach that."),
			) from error
	return content


def too_large(size: int, most_megabytes: int) -> Exception | None:
	"""A refusal of a file of `size` bytes, or None when it is within the limit; no limit is below one MB."""
	most = max(1, most_megabytes)
	if size <= most * 1_000_000:
		return None
	return refuse(
		"attachment-size",
		_("The file is of {size} MB; a file may be of {most} MB here."),
		_("Make it smaller (scan in grey, fewer points, several files), or ask the administrator for more."),
		size=f"{size / 1_000_000:.1f}",
		most=most,
	)


# --- kinds ------------------------------------------------------------------------------------------------------------


def _starts(*marks: bytes) -> Callable[[bytes], bool]:
	return lambda content: content.startswith(marks)


def _is_pdf(content: bytes) -> bool:
	# Scanners write a few bytes before the mark, and readers look for it in the first thousand.
	return b"%PDF-" in content[:1024] and not _PAGE.match(content[:1024])


def _is_package(*members: str) -> Callable[[bytes], bool]:
	"""A document that is a zip with one of these members, and with no program in it."""

	def holds(content: bytes) -> bool:
		if not content.startswith(ZIP):
			return False
		try:
			names = [info.filename for info in zipfile.ZipFile(BytesIO(content)).infolist()]
		except Exception:
			# Over a malformed archive zipfile raises anything from BadZipFile to struct.error.
			return False
		if len(names) > MOST_MEMBERS or any(name.lower().endswith("vbaproject.bin") for name in names):
			return False
		return any(name in members for name in names)

	return holds


def _is_text(content: bytes) -> bool:
	return b"\0" not in content and not _PAGE.match(content[:1024])


def _is_json(content: bytes) -> bool:
	try:
		json.loads(content)
	except (ValueError, RecursionError):
		return False
	return True


def _is_mail(content: bytes) -> bool:
	return _is_text(content) and bool(re.match(rb"[A-Za-z][A-Za-z0-9-]{0,60}:[ \t]?[^\r\n]*\r?\n", content))


def _is_signed(content: bytes) -> bool:
	return content.startswith((b"\x30\x80", b"\x30\x82", b"\x30\x83", b"\x30\x84", b"MII", b"-----BEGIN"))


_OOXML = _is_package("[Content_Types].xml")
_OPEN_DOCUMENT = _is_package("mimetype")
_OLE = _starts(OLE)

# Ending -> whether the bytes are of that kind.
KINDS: dict[str, Callable[[bytes], bool]] = {
	"pdf": _is_pdf,
	"jpg": _starts(b"\xff\xd8\xff"),
	"jpeg": _starts(b"\xff\xd8\xff"),
	"jfif": _starts(b"\xff\xd8\xff"),
	"png": _starts(b"\x89PNG\r\n\x1a\n"),
	"gif": _starts(b"GIF87a", b"GIF89a"),
	"webp": lambda content: content[:4] == b"RIFF" and content[8:12] == b"WEBP",
	"docx": _OOXML,
	"xlsx": _OOXML,
	"pptx": _OOXML,
	"odt": _OPEN_DOCUMENT,
	"ods": _OPEN_DOCUMENT,
	"odp": _OPEN_DOCUMENT,
	"doc": _OLE,
	"xls": _OLE,
	"ppt": _OLE,
	"rtf": _starts(b"{\\rtf"),
	"txt": _is_text,
	"csv": _is_text,
	"json": _is_json,
	"zip": _starts(*ZIP),
	"eml": _is_mail,
	"msg": _OLE,
	"p7m": _is_signed,
}
# Kinds that hold where they were made in a way that is not taken out here.
_AS_ANOTHER = frozenset({"heic", "heif", "tif", "tiff", "bmp", "avif", "mp4", "mov", "3gp", "m4v"})


# --- photographs ------------------------------------------------------------------------------------------------------


def _bare_jpeg(content: bytes) -> bytes:
	"""The picture alone: of all that a camera writes beside it, the colours and which way up it was held stay."""
	kept = [b"\xff\xd8"]
	orientation = 1
	for marker, segment in _jpeg_segments(content):
		body = segment[4:]
		if marker == 0xE1 and body.startswith(b"Exif\0\0"):
			orientation = _orientation(body[6:]) or orientation
			continue
		colours = (marker == 0xE2 and body.startswith(b"ICC_PROFILE\0")) or marker == 0xEE
		if (0xE1 <= marker <= 0xEF and not colours) or marker == 0xFE:
			continue
		kept.append(segment)
	if orientation != 1:
		exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">H", orientation)
		exif += b"\0\0\0\0\0\0"
		kept.insert(1, b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif)
	return b"".join(kept)


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes]]:
	"""Each marker and its bytes, up to the end of the picture: what cameras append after it is left out."""
	place = 2
	while True:
		while content[place] == 0xFF and content[place + 1] == 0xFF:  # filling
			place += 1
		if content[place] != 0xFF:
			raise ValueError("no marker where one must be")
		marker = content[place + 1]
		if marker == 0xD9:
			yield marker, b"\xff\xd9"
			return
		if marker == 0x01 or 0xD0 <= marker <= 0xD7:
			yield marker, content[place : place + 2]
			place += 2
			continue
		(length,) = struct.unpack_from(">H", content, place + 2)
		end = place + 2 + length
		if length < 2 or end > len(content):
			raise ValueError("a segment longer than the file")
		if marker == 0xDA:  # the points follow, up to the next marker that is one
			found = _AFTER_POINTS.search(content, end)
			if not found:
				raise ValueError("no end")
			end = found.start()
		yield marker, content[place:end]
		place = end


_AFTER_POINTS = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


def _orientation(tiff: bytes) -> int | None:
	try:
		order = {b"II": "<", b"MM": ">"}[tiff[:2]]
		(first,) = struct.unpack_from(order + "I", tiff, 4)
		(count,) = struct.unpack_from(order + "H", tiff, first)
		for number in range(min(count, 500)):
			tag, _kind, _count, value = struct.unpack_from(order + "HHIH", tiff, first + 2 + 12 * number)
			if tag == 0x0112:
				return value if 1 <= value <= 8 else None
	except (KeyError, struct.error):
		return None
	return None


# Width and colours, transparency, the points, how to show them; an animation's frames.
_OF_THE_PICTURE = frozenset(
	b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD pHYs hIST sPLT acTL fcTL fdAT".split()
)


def _bare_png(content: bytes) -> bytes:
	kept = [content[:8]]
	place = 8
	while True:
		(length,) = struct.unpack_from(">I", content, place)
		kind = content[place + 4 : place + 8]
		end = place + 12 + length
		if end > len(content):
			raise ValueError("a chunk longer than the file")
		if kind in _OF_THE_PICTURE:
			kept.append(content[place:end])
		if kind == b"IEND":
			return b"".join(kept)
		place = end


def _bare_webp(content: bytes) -> bytes:
	kept = []
	place = 12
	size = min(len(content), 8 + struct.unpack_from("<I", content, 4)[0])
	while place + 8 <= size:
		kind = content[place : place + 4]
		(length,) = struct.unpack_from("<I", content, place + 4)
		end = place + 8 + length + length % 2
		if end > size + 1:
			raise ValueError("a chunk longer than the file")
		chunk = content[place:end]
		if kind == b"VP8X":
			# Two bits say that there is EXIF and XMP.
			chunk = chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]
		if kind in (b"VP8X", b"VP8 ", b"VP8L", b"ICCP", b"ANIM", b"ANMF", b"ALPH"):
			kept.append(chunk)
		place = end
	body = b"WEBP" + b"".join(kept)
	if len(body) <= 4:
		raise ValueError("no picture")
	return b"RIFF" + struct.pack("<I", len(body)) + body


def _bare_gif(content: bytes) -> bytes:
	"""Less comments and what programs add; an animation goes on."""
	flags = content[10]
	place = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
	kept = [content[:place]]
	while True:
		kind = content[place]
		start = place
		if kind == 0x3B:
			return b"".join([*kept, b"\x3b"])
		if kind == 0x2C:
			flags = content[place + 9]
			place += 10 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0) + 1
		elif kind == 0x21:
			place += 2
		else:
			raise ValueError("no block where one must be")
		first = place
		while content[place]:
			place += 1 + content[place]
		place += 1
		loops = content[first : first + 12] in (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")
		if kind == 0x2C or content[start + 1] == 0xF9 or loops:
			kept.append(content[start:place])


# Ending -> the same picture with nothing but itself.
PICTURES: dict[str, Callable[[bytes], bytes]] = {
	"jpg": _bare_jpeg,
	"jpeg": _bare_jpeg,
	"jfif": _bare_jpeg,
	"png": _bare_png,
	"webp": _bare_webp,
	"gif": _bare_gif,
}
