"""Signed envelopes: the file inside, and nothing else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_minori.engine.cms import content_of
from core_minori.tests import einvoice

CONTENT = einvoice.invoice() * 3


@pytest.mark.parametrize("open_ended", [False, True])
def test_the_file_inside(open_ended):
	envelope = einvoice.signed(CONTENT, open_ended)
	assert content_of(envelope) == CONTENT
	assert content_of(base64.encodebytes(envelope)) == CONTENT
	armoured = b"-----BEGIN PKCS7-----\n" + base64.encodebytes(envelope) + b"-----END PKCS7-----\n"
	assert content_of(armoured) == CONTENT


@pytest.mark.parametrize("open_ended", [False, True])
def test_an_envelope_cut_short_is_refused(open_ended):
	envelope = einvoice.signed(CONTENT, open_ended)
	for size in (0, 1, 2, 5, 20, 40, 60, len(envelope) // 2):
		with pytest.raises(ValueError):
			content_of(envelope[:size])


@pytest.mark.parametrize(
	"data",
	[
		b"",
		b"<xml/>",
		b"\x30\x80" * 100_000,
		b"\x30\x84\xff\xff\xff\xff",
		b"\x30\x82\x00\x02\x1f\x01",
		b"%PDF-1.4",
	],
)
def test_other_things_are_refused(data):
	with pytest.raises(ValueError):
		content_of(data)


@given(st.binary(max_size=400))
def test_nothing_makes_it_fall(noise):
	for data in (noise, b"\x30\x80" + noise, einvoice.signed(b"<a/>")[:30] + noise):
		try:
			content_of(data)
		except ValueError:
			pass
