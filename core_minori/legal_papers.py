"""What the report to a prosecutor says: Italian, whoever prints it, and the facts alone."""

import frappe
from frappe.utils import format_date, get_datetime, get_fullname

from core_minori.engine.legal import PLACEMENT_403, REPORT_403
from core_minori.permissions import may_read_case

_AUTHORITY = {
	"Prosecutor at the Juvenile Court": "Procura della Repubblica presso il Tribunale per i minorenni",
	"Prosecutor at the Ordinary Court": "Procura della Repubblica presso il Tribunale ordinario",
	"Juvenile Court": "Presidenza del Tribunale per i minorenni",
	"Police": "Autorità di pubblica sicurezza",
	"Ministry of Labour": "Direzione generale dell'immigrazione, Ministero del lavoro e delle politiche sociali",
	"Social Services": "Direzione dei servizi sociali del Comune",
}
_SUBJECT = {
	"First Report of an Unaccompanied Minor": "Segnalazione di minore straniero non accompagnato (L. 47/2017)",
	REPORT_403: "Relazione sul collocamento ai sensi dell'art. 403 c.c.",
	"Crime Prosecutable Ex Officio": "Denuncia di reato perseguibile d'ufficio (art. 331 c.p.p.)",
	"Health Professional's Report": "Referto (art. 334 c.p.p.)",
	"Abandonment": "Segnalazione di situazione di abbandono (art. 9 L. 184/1983)",
	"Disappearance": "Comunicazione di scomparsa di minore (L. 203/2012)",
	"Other": "Segnalazione",
}
_QUALIFICATION = {
	"Public Official": "pubblico ufficiale",
	"Person in Charge of a Public Service": "incaricato di pubblico servizio",
	"Health Professional": "esercente una professione sanitaria",
}
_SEX = {"Male": "maschio", "Female": "femmina"}
_CERTAINTY = {
	"Documented": "documentata",
	"Declared": "dichiarata",
	"Estimated": "presunta",
	"Set by the Court": "attribuita dal Tribunale",
}


def report_to_prosecutor(name: str) -> dict:
	"""The report as its paper shows it. Raises frappe.PermissionError for who may not read it."""
	doc = frappe.get_doc("Protection Report", name)
	doc.check_permission("read")
	return {
		"sender": frappe.defaults.get_global_default("company") or "",
		"authority": _AUTHORITY.get(doc.authority, ""),
		"subject": _SUBJECT[doc.report_type],
		"danger": doc.immediate_danger,
		"protocol": doc.protocol_number,
		"transmitted_at": _moment(doc.transmitted_at),
		"noticed_at": _moment(doc.noticed_at),
		"assessed_on": _day(doc.assessed_on),
		"facts": (doc.facts or "").strip(),
		"person": _person(doc.case_file),
		"acts": _acts(doc.case_file, doc.report_type),
		"reporter": get_fullname(doc.noticed_by or doc.owner),
		"qualification": _QUALIFICATION.get(doc.qualification),
	}


def _person(case_file: str) -> list[tuple[str, str]]:
	case = frappe.db.get_value("Case File", case_file, ["minor", "facility"], as_dict=True)
	rows = [("Codice della cartella", case_file)]
	if not may_read_case(frappe.session.user, case_file, "identity"):
		return rows
	minor = frappe.get_doc("Minor", case.minor)
	born = _day(minor.birth_date)
	if born and minor.birth_date_certainty in _CERTAINTY:
		born = f"{born} (data {_CERTAINTY[minor.birth_date_certainty]})"
	guardian = frappe.get_all(
		"Guardianship",
		filters={"case_file": case_file, "to_date": ["is", "not set"]},
		fields=["guardian_name"],
		order_by="from_date desc",
		limit=1,
	)
	rows += [
		("Cognome e nome", " ".join(filter(None, (minor.family_name, minor.given_name)))),
		("Altri nomi", minor.alias),
		("Sesso", _SEX.get(minor.sex)),
		("Data di nascita", born or "non nota"),
		("Luogo di nascita", minor.birth_place),
		(
			"Cittadinanza",
			" / ".join(filter(None, map(_country, (minor.nationality, minor.second_nationality)))),
		),
		("Codice fiscale", minor.fiscal_code),
		("Dove vive", case.facility),
		("Tutore", guardian[0].guardian_name if guardian else None),
	]
	return [(label, value) for label, value in rows if value]


def _acts(case_file: str, report_type: str) -> list[tuple[str, str]]:
	"""For a report under art. 403, the placement with its minute: the term of the prosecutor runs from there."""
	if report_type != REPORT_403:
		return []
	return [
		("Collocamento ai sensi dell'art. 403 c.c.", _moment(row.acted_at))
		for row in frappe.get_all(
			"Court Act",
			filters={"case_file": case_file, "act_type": PLACEMENT_403},
			fields=["acted_at"],
			order_by="acted_at desc",
			limit=1,
		)
	]


def _country(name: str | None) -> str | None:
	return name and frappe._(name, lang="it")


def _day(value: object) -> str:
	return format_date(value, "dd/MM/yyyy") if value else ""


def _moment(value: object) -> str:
	return get_datetime(value).strftime("%d/%m/%Y, ore %H:%M") if value else ""
