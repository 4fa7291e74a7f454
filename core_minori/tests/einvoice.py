"""Synthetic e-invoices for tests, built by the public schema of FatturaPA 1.2: invented parties, true check digits."""

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape


def vat_number(serial: int, office: str = "058") -> str:
	"""An invented partita IVA with a true check digit."""
	digits = f"{serial:07d}{office}"
	odd = sum(int(digit) for digit in digits[0::2])
	even = sum((int(digit) * 2) // 10 + (int(digit) * 2) % 10 for digit in digits[1::2])
	return f"{digits}{-(odd + even) % 10}"


def reference(
	block: str = "DatiOrdineAcquisto", cup: str = "", cig: str = "", rows: Sequence[int] = ()
) -> str:
	"""One of the blocks 2.1.2 to 2.1.6, about these row numbers or the whole document."""
	lines = "".join(f"<RiferimentoNumeroLinea>{row}</RiferimentoNumeroLinea>" for row in rows)
	codes = f"<CodiceCUP>{cup}</CodiceCUP>" if cup else ""
	codes += f"<CodiceCIG>{cig}</CodiceCIG>" if cig else ""
	return f"<{block}>{lines}<IdDocumento>ORD-1</IdDocumento>{codes}</{block}>"


def body(
	number: str = "12/A",
	day: str = "2026-05-04",
	kind: str = "TD01",
	references: str = "",
	rows: Sequence[tuple[str, float]] = (("Servizio di mediazione", 100.0),),
	cause: str = "",
	total: float | None = None,
) -> str:
	"""A FatturaElettronicaBody with 22 % VAT on every row and one transfer as payment."""
	net = sum(amount for __, amount in rows)
	lines = "".join(
		f"<DettaglioLinee><NumeroLinea>{place}</NumeroLinea><Descrizione>{escape(text)}</Descrizione>"
		f"<Quantita>1.00</Quantita><PrezzoUnitario>{amount:.2f}</PrezzoUnitario>"
		f"<PrezzoTotale>{amount:.2f}</PrezzoTotale><AliquotaIVA>22.00</AliquotaIVA></DettaglioLinee>"
		for place, (text, amount) in enumerate(rows, start=1)
	)
	causes = f"<Causale>{escape(cause)}</Causale>" if cause else ""
	return (
		"<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento>"
		f"<TipoDocumento>{kind}</TipoDocumento><Divisa>EUR</Divisa><Data>{day}</Data><Numero>{number}</Numero>"
		f"<ImportoTotaleDocumento>{net * 1.22 if total is None else total:.2f}</ImportoTotaleDocumento>{causes}</DatiGeneraliDocumento>"
		f"{references}</DatiGenerali><DatiBeniServizi>{lines}<DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA>"
		f"<ImponibileImporto>{net:.2f}</ImponibileImporto><Imposta>{net * 0.22:.2f}</Imposta>"
		"<EsigibilitaIVA>I</EsigibilitaIVA></DatiRiepilogo></DatiBeniServizi><DatiPagamento>"
		"<CondizioniPagamento>TP02</CondizioniPagamento><DettaglioPagamento><ModalitaPagamento>MP05"
		f"</ModalitaPagamento><DataScadenzaPagamento>{day}</DataScadenzaPagamento>"
		f"<ImportoPagamento>{net * 1.22:.2f}</ImportoPagamento></DettaglioPagamento></DatiPagamento>"
		"</FatturaElettronicaBody>"
	)


def invoice(
	*bodies: str,
	form: str = "FPR12",
	supplier: str | None = None,
	supplier_name: str = "Mediazione Esempio S.r.l.",
	buyer: str | None = None,
	encoding: str = "utf-8",
) -> bytes:
	"""A whole file of one or several bodies, in the format of private buyers (FPR12) or of offices (FPA12)."""
	supplier, buyer = supplier or vat_number(1234567), buyer or vat_number(7654321)
	recipient = "ABC123" if form == "FPA12" else "0000000"
	return (
		f'<?xml version="1.0" encoding="{encoding}"?>'
		f'<p:FatturaElettronica versione="{form}"'
		' xmlns:p="http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2">'
		"<FatturaElettronicaHeader><DatiTrasmissione><IdTrasmittente><IdPaese>IT</IdPaese>"
		f"<IdCodice>{supplier}</IdCodice></IdTrasmittente><ProgressivoInvio>00001</ProgressivoInvio>"
		f"<FormatoTrasmissione>{form}</FormatoTrasmissione><CodiceDestinatario>{recipient}</CodiceDestinatario>"
		f"</DatiTrasmissione><CedentePrestatore><DatiAnagrafici><IdFiscaleIVA><IdPaese>IT</IdPaese>"
		f"<IdCodice>{supplier}</IdCodice></IdFiscaleIVA><CodiceFiscale>{supplier}</CodiceFiscale><Anagrafica>"
		f"<Denominazione>{escape(supplier_name)}</Denominazione></Anagrafica><RegimeFiscale>RF01"
		"</RegimeFiscale></DatiAnagrafici><Sede><Indirizzo>Via Esempio 1</Indirizzo><CAP>00100</CAP>"
		"<Comune>Roma</Comune><Provincia>RM</Provincia><Nazione>IT</Nazione></Sede></CedentePrestatore>"
		"<CessionarioCommittente><DatiAnagrafici><IdFiscaleIVA><IdPaese>IT</IdPaese>"
		f"<IdCodice>{buyer}</IdCodice></IdFiscaleIVA><Anagrafica><Denominazione>Cooperativa Dimostrativa"
		"</Denominazione></Anagrafica></DatiAnagrafici><Sede><Indirizzo>Via Prova 2</Indirizzo>"
		"<CAP>00100</CAP><Comune>Roma</Comune><Nazione>IT</Nazione></Sede></CessionarioCommittente>"
		f"</FatturaElettronicaHeader>{''.join(bodies) or body()}</p:FatturaElettronica>"
	).encode(encoding)


def metadata(file_name: str, identifier: str) -> bytes:
	"""The metadata file that the exchange system delivers beside an invoice."""
	return (
		'<?xml version="1.0" encoding="UTF-8"?><ns2:MetadatiInvioFile versione="1.0"'
		' xmlns:ns2="http://www.fatturapa.gov.it/sdi/messaggi/v1.0">'
		f"<IdentificativoSdI>{identifier}</IdentificativoSdI><NomeFile>{file_name}</NomeFile>"
		"<CodiceDestinatario>ABC123</CodiceDestinatario><Formato>FPA12</Formato></ns2:MetadatiInvioFile>"
	).encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
	"""A zip of these files."""
	stream = BytesIO()
	with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
		for name, content in files.items():
			archive.writestr(name, content)
	return stream.getvalue()


def signed(content: bytes, open_ended: bool = False, piece: int = 1000) -> bytes:
	"""A signed envelope (.p7m) of the content with no signer: definite lengths, or open ends with the content in pieces."""
	data, signed_data = (bytes.fromhex(f"06092a864886f70d0107{last}") for last in ("01", "02"))
	pieces = [content[start : start + piece] for start in range(0, len(content), piece)]
	octets = (
		b"\x24\x80" + b"".join(_tagged(0x04, part) for part in pieces) + b"\0\0"
		if open_ended
		else _tagged(0x04, content)
	)

	def tagged(tag: int, inside: bytes) -> bytes:
		return bytes([tag, 0x80]) + inside + b"\0\0" if open_ended else _tagged(tag, inside)

	inner = tagged(0x30, data + tagged(0xA0, octets))
	body = tagged(0x30, _tagged(0x02, b"\x01") + _tagged(0x31, b"") + inner + _tagged(0x31, b""))
	return tagged(0x30, signed_data + tagged(0xA0, body))


def _tagged(tag: int, inside: bytes) -> bytes:
	size = len(inside)
	length = bytes([size]) if size < 0x80 else bytes([0x84]) + size.to_bytes(4, "big")
	return bytes([tag]) + length + inside
