"""What the demo's cases are made of besides their plans: interviews, assessments, guardians, papers, people, contacts,
meetings.

Everything is invented and follows from the case it belongs to, so that two builds of one day are equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

import frappe

from core_minori.api.assessments import take_step
from core_minori.setup.demo_data import DemoCase
from core_minori.setup.demo_site import LOGIN, Demo, working_as

_STORIES = (
	"Racconta di avere lasciato il paese con uno zio e di avere viaggiato da solo dalla Libia in poi.",
	"Ha frequentato la scuola fino a dodici anni, poi ha lavorato con il padre in officina.",
	"È partito con un cugino; si sono persi alla frontiera e lo cerca ancora.",
	"Ha vissuto con la nonna; la madre lavora in un altro paese e telefona la domenica.",
)
_TIES = (
	"Sente la madre una volta alla settimana. Un cugino maggiorenne vive in un'altra città.",
	"Non ha contatti con la famiglia dal viaggio. Chiede di ritrovare il fratello.",
	"I genitori sono informati e d'accordo con il percorso in Italia.",
)
_WISHES = (
	"Vuole imparare bene la lingua e poi un mestiere.",
	"Chiede di restare vicino al cugino e di andare a scuola.",
	"Vorrebbe giocare a calcio e prendere la licenza media.",
)
_CONTACTS = (
	("Visit", "Facility", "Visita in struttura: stanza in ordine, orari rispettati."),
	("Phone Call", "Facility", "Aggiornamento con la struttura sulla frequenza del corso."),
	("Phone Call", "Guardian", "Concordato l'incontro con la tutrice."),
	("Meeting in the Office", "Minor", "Colloquio sul corso e sui documenti."),
	("E-mail", "School", "Chiesta la pagella intermedia."),
)
_DECISIONS = (
	"Iscrizione al corso di lingua del secondo livello",
	"Appuntamento per la tessera sanitaria",
	"Incontro con la tutrice sui progetti per i diciotto anni",
	"Ricerca di un tirocinio nel quartiere",
)
_DIMENSION_SCORES = (2, 3, 2, 1, 4, 3, 2, 3)
# Papers and the days after the report on which they are asked for.
_PAPERS = (
	("Health Card", 12),
	("Request of Residence Permit", 20),
	("School Certificate", 25),
	("Fiscal Code Card", 15),
)


def case_records(demo: Demo) -> None:
	"""The records of the team on each case, each as its author; a case that has some already is left as it is."""
	known = {
		*frappe.get_all("Contact Log", pluck="case_file"),
		*frappe.get_all(  # who came yesterday has nothing else yet
			"Protection Report",
			filters={"report_type": "First Report of an Unaccompanied Minor"},
			pluck="case_file",
		),
	}
	dimensions = frappe.get_all(
		"Assessment Dimension", filters={"disabled": 0}, pluck="name", order_by="position"
	)
	for place, case in enumerate(demo.data.cases):
		name = demo.cases[case.code]
		if name in known or case.closed_on:
			continue
		dice = Random(case.code)
		for user, doctype, values in _records(case, name, place, dimensions, demo.data.today, dice):
			with working_as(user):
				doc = demo.insert(doctype, {"case_file": name, **values})
			if doctype == "Risk Assessment" and place % 3:
				for step, key in (("Propose", user), ("Approve", "coordinator")):
					with working_as(key):
						take_step(doc.name, step)


def _records(
	case: DemoCase, name: str, place: int, dimensions: list[str], today: date, dice: Random
) -> Iterator[tuple[str, str, dict[str, object]]]:
	"""(author, DocType, values), in the order in which it happened."""
	author, reported = case.social_worker, case.reported_on
	yield from _first_report(case, author, place)
	yield from _first_interview(case, author, place, today)
	if place % 4 != 3:
		yield from _assessments(case, author, place, dimensions, today)
	if "guardian_appointed_on" in case.facts:
		day = case.facts["guardian_appointed_on"]
		yield (
			author,
			"Guardianship",
			{
				"guardian_kind": "Volunteer Guardian",
				"guardian_name": f"Tutrice di esempio {place + 1}",
				"from_date": day,
				"requested_on": reported + timedelta(days=2),
				"court": "Tribunale per i minorenni",
				"guarded_minors": 1 + place % 3,
			},
		)
	if case.kind in ("Unaccompanied Minor", "Minor in a Family"):
		yield from _papers(author, place, reported, today)
	if case.kind in ("Unaccompanied Minor", "Minor in a Family", "Parent") and place % 2 == 0:
		yield (
			author,
			"Support Person",
			{
				"relation": dice.choice(("Uncle or Aunt", "Cousin", "Volunteer", "Teacher")),
				"person_name": f"Persona di esempio {place + 1}",
				"role": "Protective",
				"reference_adult": 1,
			},
		)
	yield from _contacts(author, place, reported, today, dice)
	if place % 5 == 0:
		held = max(reported + timedelta(days=10), today - timedelta(days=20 + place))
		yield (
			author,
			"Case Meeting",
			{
				"held_at": datetime.combine(min(held, today - timedelta(days=1)), time(15)),
				"meeting_type": "Team Meeting",
				"place": "Sede dell'équipe",
				"participants": [
					{"user": LOGIN[author], "role": "Social Worker"},
					{"user": LOGIN["educator"], "role": "Educator"},
				],
				"minutes": "L'équipe ha riletto il percorso e concordato i prossimi passi.",
				"decisions": [
					{
						"decision": _DECISIONS[(place // 5) % len(_DECISIONS)],
						"responsible": LOGIN[author],
						"due_on": today + timedelta(days=3 + place % 9),
					}
				],
			},
		)


def _first_report(case: DemoCase, author: str, place: int) -> Iterator[tuple[str, str, dict[str, object]]]:
	entry = case.facts.get("reception_entry")
	if case.kind != "Unaccompanied Minor" or not entry:
		return
	yield (
		author,
		"Protection Report",
		{
			"report_type": "First Report of an Unaccompanied Minor",
			"noticed_at": entry,
			"facts": "Minore solo, accolto in struttura.",
			"authority": "Prosecutor at the Juvenile Court",
			"transmitted_at": entry + timedelta(hours=30 if place % 9 == 5 else 4),
			"protocol_number": f"{place + 1}/{entry.year}",
		},
	)


def _first_interview(
	case: DemoCase, author: str, place: int, today: date
) -> Iterator[tuple[str, str, dict[str, object]]]:
	if "interview_on" not in case.facts:
		return
	sent = case.facts["interview_on"].date() + timedelta(days=3)
	yield (
		author,
		"Minor Interview",
		{
			"interview_type": "First Interview",
			"held_at": case.facts["interview_on"],
			"concluded": 1,
			"language": case.country.language,
			"mediator_present": 1,
			"guardian_present": int(place % 3 > 0),
			"absence_reason": "" if place % 3 else "Tutela non ancora aperta.",
			"attendees": [
				{"role": "Social Worker", "user": LOGIN[author]},
				{"role": "Cultural Mediator", "user": LOGIN["mediator"]},
			],
			"personal_history": _STORIES[place % len(_STORIES)],
			"family_ties": _TIES[place % len(_TIES)],
			"vulnerability": "Stanchezza per il viaggio; dorme poco. Nessun'altra condizione riferita.",
			"protection_facts": "Minore senza adulti di riferimento sul territorio.",
			"involvement": "Informato nella sua lingua sui diritti e sui passi successivi; ha fatto domande.",
			"minor_opinion": _WISHES[place % len(_WISHES)],
			"sent_to_municipality_on": sent if sent <= today else None,
			"sent_to_prosecutor_on": sent if sent <= today and place % 6 else None,
		},
	)


def _assessments(
	case: DemoCase, author: str, place: int, dimensions: list[str], today: date
) -> Iterator[tuple[str, str, dict[str, object]]]:
	"""At intake, and again after four months: most dimensions better by one."""
	first = case.reported_on + timedelta(days=6)
	days = [day for day in (first, first + timedelta(days=120)) if day < today]
	for time_round, day in enumerate(days):
		scores = [_DIMENSION_SCORES[(place + at) % len(_DIMENSION_SCORES)] for at in range(len(dimensions))]
		yield (
			author,
			"Risk Assessment",
			{
				"assessed_on": day,
				"occasion": "Review" if time_round else "Intake",
				"scores": [
					{
						"dimension": dimension,
						"score": str(max(1, score - time_round * (at % 3 != 2))),
					}
					for at, (dimension, score) in enumerate(zip(dimensions, scores, strict=True))
				],
				"factors": [
					{
						"kind": "Risk",
						"factor": ("Isolation", "Debt of the Journey", "Neglect", "Witnessed Violence")[
							place % 4
						],
						"weight": "Low" if time_round else "Medium",
					},
					{"kind": "Protective", "factor": "Own Resources", "weight": "Medium"},
				],
			},
		)


def _papers(
	author: str, place: int, reported: date, today: date
) -> Iterator[tuple[str, str, dict[str, object]]]:
	"""What was asked for in the first weeks; who came long ago holds a permit that ends one day."""
	for at, (kind, after) in enumerate(_PAPERS):
		asked = reported + timedelta(days=after)
		if asked > today or (place + at) % 7 == 6:
			continue
		values: dict[str, object] = {"document_type": kind, "status": "Requested", "requested_on": asked}
		if kind == "Request of Residence Permit":
			values["permit_type"] = "Minor Age"
		yield author, "Personal Document", values
	issued = reported + timedelta(days=70)
	if issued < today:
		yield (
			author,
			"Personal Document",
			{
				"document_type": "Residence Permit",
				"status": "Held",
				"permit_type": "Minor Age",
				"issued_on": issued,
				"expires_on": max(
					issued + timedelta(days=1), today + timedelta(days=(place * 37) % 300 - 20)
				),
			},
		)


def _contacts(
	author: str, place: int, reported: date, today: date, dice: Random
) -> Iterator[tuple[str, str, dict[str, object]]]:
	day, count = reported + timedelta(days=3), 0
	while day < today and count < 4:
		kind, whom, summary = _CONTACTS[(place + count) % len(_CONTACTS)]
		yield (
			author,
			"Contact Log",
			{
				"contact_at": datetime.combine(day, time(9 + dice.randrange(8), 15 * dice.randrange(4))),
				"contact_type": kind,
				"contact_with": whom,
				"summary": summary,
			},
		)
		day += timedelta(days=(today - reported).days // 4 + 1)
		count += 1
