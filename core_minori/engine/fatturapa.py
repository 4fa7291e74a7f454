"""Suppliers' e-invoices (FatturaPA 1.2, formats FPR12 and FPA12): what the funding needs of them, and nothing more.

ERPNext makes the Purchase Invoice; this module reads CUP, CIG, the exchange system's identifier and the kind of document
from the same file. Files come from strangers: their size, names and XML are looked at before anything reads them.

Sources: Specifiche tecniche FatturaPA 1.2.x (blocks 2.1.2 to 2.1.6 of DatiGenerali), Specifiche SdI (names of files, and
the metadata file ``..._MT_nnn.xml`` with IdentificativoSdI and NomeFile).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from xml.etree import ElementTree
from xml.parsers import expat

from core_minori.engine.cms import content_of
from core_minori.engine.identifiers import check_cig, check_cup, normalised
from core_minori.engine.message import Finding, Message, Severity, _, refuse
from core_minori.engine.money import money

FORMATS = ("FPR12", "FPA12")
CREDIT_NOTES = ("TD04", "TD08")
SOURCE = "FatturaPA 1.2, 2.1.2-2.1.6"

# The exchange system takes 5 MB a file and 30 MB an archive; a mail box may pack more together.
MOST_FILE_BYTES = 10_000_000
MOST_UNPACKED_BYTES = 200_000_000
MOST_FILES = 1_000
CODE_LENGTH = 15

_REFERENCES = (
	"DatiOrdineAcquisto",
	"DatiContratto",
	"DatiConvenzione",
	"DatiRicezione",
	"DatiFattureCollegate",
)
# Suppliers that do not know the field write the code among the words.
_CUP_IN_TEXT = re.compile(r"(?<![A-Z0-9])[A-Z][0-9]{2}[A-Z][0-9]{11}(?![A-Z0-9])")
_CIG_IN_TEXT = re.compile(r"(?<![A-Z0-9])CIG[\s:.n°-]{0,4}([A-Z0-9]{10})(?![A-Z0-9])", re.IGNORECASE)
_NAME_AT_SDI = re.compile(r"[A-Z]{2}[A-Za-z0-9]{2,28}_[A-Za-z0-9]{1,5}")
_PART_OF_LOT = re.compile(r"-[0-9]+$")
_EXTENSIONS = re.compile(r"(?:\.xml|\.p7m|\.zip)+$", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[\w .()+,'@-]{1,140}")


@dataclass(frozen=True)
class Reference:
	"""One CUP or CIG of the invoice, or both: the rows it is about (none: the whole document), and where it stands."""

	cup: str
	cig: str
	rows: tuple[int, ...]
	where: str


@dataclass(frozen=True)
class InvoiceRow:
	"""A row of the invoice: its number (NumeroLinea) and its description."""

	number: int
	description: str


@dataclass(frozen=True)
class Invoice:
	"""One invoice. `sdi_id` is IdentificativoSdI where a metadata file told it, else the file's name at the SdI.

	`supplier_tax_id` and `buyer_tax_id` are country and number together, as ERPNext stores the supplier's. `total` is the
	euro of the whole document (ImportoTotaleDocumento), None where the supplier left it out.
	"""

	file_name: str
	format: str
	document_type: str
	number: str
	day: date
	supplier_tax_id: str
	supplier_name: str
	buyer_tax_id: str
	rows: tuple[InvoiceRow, ...]
	references: tuple[Reference, ...]
	sdi_id: str = ""
	total: Decimal | None = None

	@property
	def cups(self) -> tuple[str, ...]:
		"""The different CUPs, in the order of the document."""
		return tuple(dict.fromkeys(reference.cup for reference in self.references if reference.cup))

	@property
	def cigs(self) -> tuple[str, ...]:
		"""The different CIGs, in the order of the document."""
		return tuple(dict.fromkeys(reference.cig for reference in self.references if reference.cig))

	@property
	def is_credit_note(self) -> bool:
		"""Whether it takes money back: its amounts are positive all the same."""
		return self.document_type in CREDIT_NOTES

	def cup_of_row(self, place: int) -> str:
		"""The CUP of the row at `place` (from 1): its own, else the document's when there is just one."""
		number = self.rows[place - 1].number if 0 < place <= len(self.rows) else None
		for reference in self.references:
			if reference.cup and number is not None and number in reference.rows:
				return reference.cup
		whole = tuple(dict.fromkeys(r.cup for r in self.references if r.cup and not r.rows))
		return whole[0] if len(whole) == 1 else ""


@dataclass(frozen=True)
class Proposal:
	"""The line proposed for a row, or none, and why."""

	line: str | None
	reason: Message


def archive_for_import(name: str, data: bytes) -> tuple[bytes, list[Invoice]]:
	"""Return the zip that ERPNext's import reads well, and the invoices in it.

	`data` is one e-invoice (.xml) or a zip of several; it comes back as it is when it is a zip that ERPNext reads well.
	A file with several invoices (a lot) becomes one file an invoice: ERPNext would put the rows of all of them on each.
	Signed files (.p7m) are taken out of their envelope, and an invoice that is there both ways counts once.
	Raises RuleError for whatever should not be opened or cannot be read.
	"""
	if data[:2] == b"PK":
		files = list(_files_in(data))
	else:
		files = [_opened(_base(name), data)]
	invoices: list[Invoice] = []
	contents: dict[str, bytes] = {}
	identifiers: dict[str, str] = {}
	changed = data[:2] != b"PK"
	for file_name, content, signed in files:
		if contents.get(file_name) == content:
			changed = True
			continue
		changed = changed or signed
		root, plain = _parsed(file_name, content)
		if not plain:
			content, changed = _serialised(root), True
		if _local(root) == "FatturaElettronica":
			bodies = _children(root, "FatturaElettronicaBody")
			if not bodies:
				raise _unreadable(file_name, "FatturaElettronicaBody")
			if len(bodies) == 1:
				_add(contents, file_name, content)
				invoices.append(_invoice(file_name, root, bodies[0]))
				continue
			changed = True
			for position, body in enumerate(bodies, start=1):
				part = f"{_stem(file_name)}-{position}.xml"
				_add(contents, part, _alone(root, bodies, body))
				invoices.append(_invoice(part, root, body, _stem(file_name)))
		elif identifier := _text(root, "IdentificativoSdI"):
			identifiers[_stem(_text(root, "NomeFile"))] = identifier
			_add(contents, file_name, content)
		elif _local(root) == "FatturaElettronicaSemplificata":
			raise refuse(
				"e-invoice-simplified",
				_("{file} is a simplified invoice (FSM10): ERPNext's import does not read its rows."),
				_("Take it out of the archive and record it by hand."),
				file=file_name,
			)
		else:
			raise refuse(
				"e-invoice-kind",
				_("{file} is no e-invoice and no metadata of one."),
				_("Take it out of the archive."),
				file=file_name,
			)
	if not invoices:
		raise refuse(
			"e-invoice-none",
			_("{file} holds no e-invoice."),
			_("Attach the .xml file of the invoice, or a zip of such files."),
			file=_base(name),
		)
	invoices = [replace(one, sdi_id=_known_identifier(one, identifiers)) for one in invoices]
	return (_zipped(contents) if changed else data), invoices


def without(archive: bytes, invoices: Sequence[Invoice]) -> bytes:
	"""An archive that `archive_for_import` returned, less these invoices."""
	names = {invoice.file_name for invoice in invoices}
	with zipfile.ZipFile(BytesIO(archive)) as whole:
		return _zipped({name: whole.read(name) for name in whole.namelist() if name not in names})


def check_codes(invoice: Invoice, company_tax_id: str = "", recorded: Decimal | None = None) -> list[Finding]:
	"""What is to be looked at before the invoice is charged to a project. Nothing here stops: it is the supplier's paper.

	`company_tax_id` is the VAT number of who recorded it and `recorded` the euro that the record comes to, when known.
	"""
	findings = [
		replace(finding, severity=Severity.WARN)
		for finding in (*map(check_cup, invoice.cups), *map(check_cig, invoice.cigs))
		if finding
	]
	if len(invoice.cups) > 1:
		findings.append(
			Finding(
				"e-invoice-cups",
				Severity.WARN,
				Message(_("The invoice names several CUPs: {cups}."), {"cups": ", ".join(invoice.cups)}),
				Message(_("Check the line of every row; the CUP on the document is the first.")),
				SOURCE,
			)
		)
	buyer, company = normalised(invoice.buyer_tax_id), normalised(company_tax_id)
	if buyer and company and buyer != company:
		findings.append(
			Finding(
				"e-invoice-buyer",
				Severity.WARN,
				Message(
					_("The invoice is addressed to the VAT number {buyer}, and not to {company}."),
					{"buyer": buyer, "company": company},
				),
				Message(_("Check that it is yours before you record it.")),
				SOURCE,
			)
		)
	if recorded is not None and invoice.total is not None and recorded != invoice.total:
		findings.append(
			Finding(
				"e-invoice-total",
				Severity.WARN,
				Message(
					_("The draft comes to EUR {recorded}, the e-invoice to EUR {total}."),
					{"recorded": recorded, "total": invoice.total},
				),
				Message(_("Compare the rows with the e-invoice, quantities and discounts above all.")),
				SOURCE,
			)
		)
	if invoice.is_credit_note:
		findings.append(
			Finding(
				"e-invoice-credit-note",
				Severity.WARN,
				Message(
					_("This is a credit note ({kind}), which ERPNext imports as an invoice."),
					{"kind": invoice.document_type},
				),
				Message(_("Make a return of the invoice it corrects instead, and delete this draft.")),
				SOURCE,
			)
		)
	return findings


def proposed_line(
	cup: str,
	project_of_cup: Mapping[str, str],
	lines_of_project: Mapping[str, Sequence[str]],
	past: Mapping[str, int],
) -> Proposal:
	"""The line of a row by its CUP and the supplier's past.

	`lines_of_project` are the open lines of the projects that run on the day of the invoice; `past` says how many rows of
	this supplier stand on each line. Without a CUP only the past speaks; a tie is nobody's proposal.
	"""
	if cup and cup not in project_of_cup:
		return Proposal(
			None,
			Message(_("No running project has the CUP {cup}: choose the line by hand."), {"cup": cup}),
		)
	project = project_of_cup.get(cup) if cup else None
	allowed = (
		set(lines_of_project.get(project, ()))
		if project
		else {line for lines in lines_of_project.values() for line in lines}
	)
	counts = sorted(((past[line], line) for line in past if line in allowed), reverse=True)
	if counts and (len(counts) == 1 or counts[0][0] > counts[1][0]):
		values = {"line": counts[0][1], "count": counts[0][0], "cup": cup, "project": project}
		text = (
			_(
				"Proposed line {line}: CUP {cup} is of {project}, and {count} rows of this supplier stand there."
			)
			if project
			else _(
				"Proposed line {line}: {count} rows of this supplier stand there; the invoice names no CUP."
			)
		)
		return Proposal(counts[0][1], Message(text, values))
	if project and len(allowed) == 1:
		(line,) = allowed
		return Proposal(
			line,
			Message(
				_("Proposed line {line}: CUP {cup} is of {project}, which has no other line."),
				{"line": line, "cup": cup, "project": project},
			),
		)
	if project:
		return Proposal(
			None,
			Message(
				_("CUP {cup} is of {project}: choose the line, the supplier's past does not tell it."),
				{"cup": cup, "project": project},
			),
		)
	return Proposal(None, Message(_("The invoice names no CUP: choose the line by hand.")))


def learnt_line(line: str, cup: str, project: str, reasons: Sequence[str]) -> Proposal:
	"""The proposal of a line of the CUP's project that like rows of the past chose, with those reasons as they are said."""
	return Proposal(
		line,
		Message(
			_("Proposed line {line}: CUP {cup} is of {project}. {reasons}"),
			{"line": line, "cup": cup, "project": project, "reasons": " ".join(reasons)},
		),
	)


def _files_in(data: bytes) -> Iterator[tuple[str, bytes, bool]]:
	"""Name, content and whether it was signed, of each file of the archive, once the archive as a whole was found harmless."""
	try:
		archive = zipfile.ZipFile(BytesIO(data))
		parts = [part for part in archive.infolist() if not part.is_dir()]
	except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
		raise _damaged_archive() from error
	# zipfile never unpacks more of a part than its declared size, so the declared sizes are a true limit.
	if (
		len(parts) > MOST_FILES
		or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES
		or any(part.file_size > MOST_FILE_BYTES for part in parts)
	):
		raise refuse(
			"e-invoice-size",
			_("The archive unpacks to more than e-invoices can be."),
			_("Split it: at most {files} files of {size} MB each."),
			files=MOST_FILES,
			size=MOST_FILE_BYTES // 1_000_000,
		)
	seen = set()
	for part in parts:
		name = part.filename
		if not _PLAIN_NAME.fullmatch(name) or name.startswith(".") or name.lower() in seen:
			raise _strange_name(name)
		seen.add(name.lower())
		if part.flag_bits & 1:
			raise refuse(
				"e-invoice-password",
				_("The archive is protected by a password."),
				_("Unpack it and make it again without one."),
			)
		try:
			content = archive.read(part)
		except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
			raise _damaged_archive() from error
		except Exception as error:  # zlib, bz2 and lzma each have an error of their own
			raise _damaged_archive() from error
		yield _opened(name, content)


def _opened(name: str, data: bytes) -> tuple[str, bytes, bool]:
	"""Name and content of an .xml file, out of its envelope when it was signed, and whether it was."""
	signed = name.lower().endswith(".p7m")
	if signed:
		try:
			name, data = name[: -len(".p7m")], content_of(data)
		except ValueError as error:
			raise refuse(
				"e-invoice-signed",
				_("The signed envelope {file} cannot be opened."),
				_("Save the .xml from it with the program you check signatures with, or from the portal."),
				file=name,
			) from error
	if not name.lower().endswith(".xml") or b"<" not in data[:400]:
		raise refuse(
			"e-invoice-file",
			_("{file} is not an .xml file of an e-invoice."),
			_("Attach the .xml file of the invoice, or a zip of such files."),
			file=name,
		)
	return name, data, signed


def _add(contents: dict[str, bytes], name: str, content: bytes) -> None:
	if name in contents:
		raise _strange_name(name)
	contents[name] = content


def _strange_name(name: str) -> Exception:
	return refuse(
		"e-invoice-name",
		_("The archive names a file in a way that is not opened: {file}."),
		_("Make the archive again from the .xml files alone, with no folders and each file once."),
		file=ascii(name[:80]),
	)


def _parsed(name: str, data: bytes) -> tuple[ElementTree.Element, bool]:
	"""The root of a file that has no document type: with none, no entity can be made and no other file is asked for.

	Also says whether it is plain UTF-8: ERPNext guesses the encoding, and would read anything else otherwise than here.
	"""
	encodings: list[str] = []

	def declaration(_version: str, encoding: str | None, _standalone: int) -> None:
		encodings.append((encoding or "utf-8").lower())

	def doctype(*_arguments: object) -> None:
		raise refuse(
			"e-invoice-doctype",
			_("{file} holds XML definitions that no e-invoice has; it is not opened."),
			_("Ask the supplier for the file that the exchange system delivered."),
			file=name,
		)

	if len(data) > MOST_FILE_BYTES:
		raise refuse(
			"e-invoice-size",
			_("{file} is larger than an e-invoice can be."),
			_("Attach the .xml file that the exchange system delivered."),
			file=name,
		)
	scanner = expat.ParserCreate()
	scanner.StartDoctypeDeclHandler = doctype
	scanner.XmlDeclHandler = declaration
	try:
		scanner.Parse(data, True)
		root = ElementTree.fromstring(data)
	except (expat.ExpatError, ElementTree.ParseError, LookupError, ValueError) as error:
		raise refuse(
			"e-invoice-damaged",
			_("{file} is damaged: it is no well-formed XML."),
			_("Ask for it again, or download it from the portal."),
			file=name,
		) from error
	try:
		data.decode("utf-8")
	except UnicodeDecodeError:
		return root, False
	return root, not encodings or encodings[0] == "utf-8"


def _invoice(
	name: str, root: ElementTree.Element, body: ElementTree.Element, sent_as: str | None = None
) -> Invoice:
	kind = _text(root, "FatturaElettronicaHeader/DatiTrasmissione/FormatoTrasmissione") or root.get(
		"versione", ""
	)
	if kind not in FORMATS:
		raise refuse(
			"e-invoice-format",
			_("{file} is of the format {format}, which is not known here."),
			_("Only FPR12 and FPA12 are read: record it by hand."),
			file=name,
			format=kind or "?",
		)
	general = "DatiGenerali/DatiGeneraliDocumento"
	number, day = _text(body, f"{general}/Numero"), _text(body, f"{general}/Data")
	try:
		issued = date.fromisoformat(day[:10])
	except ValueError as error:
		raise _unreadable(name, "Data") from error
	supplier = "FatturaElettronicaHeader/CedentePrestatore/DatiAnagrafici"
	buyer = "FatturaElettronicaHeader/CessionarioCommittente/DatiAnagrafici"
	tax_id = _text(root, f"{supplier}/IdFiscaleIVA/IdPaese") + _text(
		root, f"{supplier}/IdFiscaleIVA/IdCodice"
	)
	for element, value in (("Numero", number), ("IdFiscaleIVA", tax_id)):
		if not value:
			raise _unreadable(name, element)
	rows = tuple(
		InvoiceRow(_whole(_text(row, "NumeroLinea")) or place, _text(row, "Descrizione"))
		for place, row in enumerate(_all(body, "DatiBeniServizi/DettaglioLinee"), start=1)
	)
	return Invoice(
		file_name=name,
		format=kind,
		document_type=_text(body, f"{general}/TipoDocumento"),
		number=number,
		day=issued,
		supplier_tax_id=tax_id,
		supplier_name=_text(root, f"{supplier}/Anagrafica/Denominazione")
		or " ".join(
			filter(None, (_text(root, f"{supplier}/Anagrafica/{part}") for part in ("Nome", "Cognome")))
		),
		buyer_tax_id=_text(root, f"{buyer}/IdFiscaleIVA/IdPaese")
		+ _text(root, f"{buyer}/IdFiscaleIVA/IdCodice"),
		rows=rows,
		references=tuple(_references(body, rows)),
		sdi_id=sent_as or _stem(name),
		total=_amount(_text(body, f"{general}/ImportoTotaleDocumento")),
	)


def _references(body: ElementTree.Element, rows: Sequence[InvoiceRow]) -> Iterator[Reference]:
	found: set[str] = set()
	for block in _REFERENCES:
		for element in _all(body, f"DatiGenerali/{block}"):
			cup, cig = (normalised(_text(element, name)) for name in ("CodiceCUP", "CodiceCIG"))
			if cup or cig:
				found |= {cup, cig}
				numbers = (_whole(one.text or "") for one in _children(element, "RiferimentoNumeroLinea"))
				yield Reference(cup, cig, tuple(number for number in numbers if number), block)
	# Words come last, and only for what the fields do not say.
	places = [
		("Causale", (), one.text or "") for one in _all(body, "DatiGenerali/DatiGeneraliDocumento/Causale")
	]
	for row, element in zip(rows, _all(body, "DatiBeniServizi/DettaglioLinee"), strict=True):
		places.append(("Descrizione", (row.number,), row.description))
		places += [
			(
				"AltriDatiGestionali",
				(row.number,),
				f"{_text(other, 'TipoDato')} {_text(other, 'RiferimentoTesto')}",
			)
			for other in _children(element, "AltriDatiGestionali")
		]
	for where, numbers, text in places:
		for cup in _CUP_IN_TEXT.findall(text.upper()):
			if cup not in found:
				yield Reference(cup, "", numbers, where)
		for cig in _CIG_IN_TEXT.findall(text):
			if cig.upper() not in found and not check_cig(cig):
				yield Reference("", cig.upper(), numbers, where)


def _alone(
	root: ElementTree.Element, bodies: Sequence[ElementTree.Element], body: ElementTree.Element
) -> bytes:
	"""The file with the header and just this body. The signature of the lot, which no longer holds, is left out."""
	part = ElementTree.Element(root.tag, root.attrib)
	part.extend(
		child for child in root if child is body or (child not in bodies and _local(child) != "Signature")
	)
	return _serialised(part)


def _serialised(root: ElementTree.Element) -> bytes:
	return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _zipped(contents: Mapping[str, bytes]) -> bytes:
	stream = BytesIO()
	with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
		for name, content in contents.items():
			archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
	return stream.getvalue()


def _known_identifier(invoice: Invoice, identifiers: Mapping[str, str]) -> str:
	# A part of a lot goes by the name of the lot: no name at the exchange system has a dash.
	name = _PART_OF_LOT.sub("", invoice.sdi_id)
	for known in (invoice.sdi_id, name):
		if known in identifiers:
			return identifiers[known]
	return name if _NAME_AT_SDI.fullmatch(name) else ""


def _damaged_archive() -> Exception:
	return refuse(
		"e-invoice-archive",
		_("The archive is damaged or incomplete."),
		_("Make it again, and attach it whole."),
	)


def _unreadable(name: str, element: str) -> Exception:
	return refuse(
		"e-invoice-element",
		_("{file} lacks {element}, or holds something else there."),
		_("Ask the supplier for the file that the exchange system delivered."),
		file=name,
		element=element,
	)


def _base(name: str) -> str:
	return name.replace("\\", "/").rsplit("/", 1)[-1]


def _stem(name: str) -> str:
	return _EXTENSIONS.sub("", _base(name))


def _amount(text: str) -> Decimal | None:
	try:
		return money(text) if text else None
	except ValueError:
		return None


def _whole(text: str) -> int | None:
	text = text.strip()
	return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _local(element: ElementTree.Element) -> str:
	return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


def _children(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
	"""Children by their local name: only the root is in a namespace, and some programs put all of them there."""
	return [child for child in element if _local(child) == name]


def _all(element: ElementTree.Element, path: str) -> list[ElementTree.Element]:
	found = [element]
	for name in path.split("/"):
		found = [child for parent in found for child in _children(parent, name)]
	return found


def _text(element: ElementTree.Element, path: str) -> str:
	found = _all(element, path)
	return " ".join((found[0].text or "").split()) if found else ""
