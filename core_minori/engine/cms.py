"""The content of a signed envelope (CMS SignedData, CAdES: .p7m), read and not verified.

Whoever exchanges e-invoices verified the signature before delivering them; here only the file inside is wanted. Lengths
may be definite or not, and the content in one piece or in several (ITU-T X.690; RFC 5652, 5.1 and 5.2).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_SEQUENCE, _OCTETS, _CONSTRUCTED_OCTETS, _OBJECT, _EXPLICIT = 0x30, 0x04, 0x24, 0x06, 0xA0
# An envelope nests six deep; an attack a million.
_DEEPEST = 12


@dataclass(frozen=True)
class _Element:
	"""One element: its first byte, where its content starts and ends, and where the next element starts."""

	tag: int
	start: int
	end: int
	after: int


def content_of(data: bytes) -> bytes:
	"""The file inside the envelope. Raises ValueError for whatever is no envelope or has nothing inside."""
	data = _unarmoured(data)
	try:
		outer = _expect(data, 0, len(data), _SEQUENCE)
		kind, wrapped = _first(data, outer, 2)
		if kind.tag != _OBJECT or data[kind.start : kind.end] != SIGNED_DATA or wrapped.tag != _EXPLICIT:
			raise ValueError("no signed data")
		signed = _expect(data, wrapped.start, wrapped.end, _SEQUENCE)
		inner = _first(data, signed, 3)[2]
		if inner.tag != _SEQUENCE:
			raise ValueError("no content")
		holder = _first(data, inner, 2)[1]
		if holder.tag != _EXPLICIT:
			raise ValueError("no content")
		return b"".join(_pieces(data, holder.start, holder.end))
	except IndexError as error:
		raise ValueError("cut short") from error


def _unarmoured(data: bytes) -> bytes:
	"""Some mail programs leave the envelope in base64, with or without its first and last line."""
	if data[:1] == bytes([_SEQUENCE]):  # in base64 no envelope starts with that letter
		return data
	lines = [line.strip() for line in data.splitlines() if not line.startswith(b"-----")]
	try:
		return base64.b64decode(b"".join(lines), validate=True)
	except (binascii.Error, ValueError) as error:
		raise ValueError("no envelope") from error


def _pieces(data: bytes, start: int, end: int) -> Iterator[bytes]:
	for element in _elements(data, start, end):
		if element.tag == _OCTETS:
			yield data[element.start : element.end]
		elif element.tag == _CONSTRUCTED_OCTETS:
			for piece in _elements(data, element.start, element.end):
				if piece.tag != _OCTETS:
					raise ValueError("pieces of another kind")
				yield data[piece.start : piece.end]
		else:
			raise ValueError("content of another kind")


def _expect(data: bytes, start: int, end: int, tag: int) -> _Element:
	element = _element(data, start, end)
	if element.tag != tag:
		raise ValueError("another structure")
	return element


def _first(data: bytes, parent: _Element, count: int) -> list[_Element]:
	found = []
	for element in _elements(data, parent.start, parent.end):
		found.append(element)
		if len(found) == count:
			return found
	raise ValueError("too few parts")


def _elements(data: bytes, start: int, end: int) -> Iterator[_Element]:
	while start < end:
		element = _element(data, start, end)
		yield element
		start = element.after


def _element(data: bytes, place: int, end: int, depth: int = 0) -> _Element:
	if depth > _DEEPEST:
		raise ValueError("too deep")
	tag, length, start = data[place], data[place + 1], place + 2
	if tag & 0x1F == 0x1F:
		raise ValueError("a tag of several bytes")
	if length == 0x80:
		if not tag & 0x20:
			raise ValueError("an open end on a plain element")
		stop = start
		while data[stop : stop + 2] != b"\0\0":
			if stop >= end:
				raise ValueError("cut short")
			stop = _element(data, stop, end, depth + 1).after
		return _Element(tag, start, stop, stop + 2)
	if length > 0x80:
		count = length & 0x7F
		if count > 4 or start + count > end:
			raise ValueError("a length too long")
		length = int.from_bytes(data[start : start + count], "big")
		start += count
	if start + length > end:
		raise ValueError("cut short")
	return _Element(tag, start, start + length, start + length)
