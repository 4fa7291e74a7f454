"""Trust in the demo data: who answers for the data, and what was practised."""

from datetime import datetime, time, timedelta

import frappe

from core_minori import retention
from core_minori.setup.demo_site import LOGIN, Demo, working_as

_CONTROLLER = {
	"controller": "Cooperativa sociale Esempio (inventata)",
	"controller_contact": "privacy@example.test",
	"officer": "Studio Montesardi (inventato)",
	"officer_contact": "rpd@example.test",
}
EXERCISE = "Esercitazione: portatile di servizio smarrito"


def controller(demo: Demo) -> None:
	"""Names and contacts that the papers of a breach carry; what somebody wrote stays."""
	with working_as("protection_officer"):
		settings = frappe.get_doc("Core Minori Settings")
		missing = {field: value for field, value in _CONTROLLER.items() if not settings.get(field)}
		if missing:
			settings.update(missing)
			settings.save()


def breach_exercise(demo: Demo) -> None:
	"""A breach as it was practised, from its discovery to its closing: notified within the 72 hours, nobody concerned."""
	if frappe.db.exists("Data Breach", {"title": EXERCISE}):
		return
	discovered = datetime.combine(demo.data.today - timedelta(days=45), time(9, 20))
	with working_as("protection_officer"):
		demo.insert(
			"Data Breach",
			{
				"title": EXERCISE,
				"exercise": 1,
				"kind": "Confidentiality",
				"risk": "Possible",
				"happened_from": discovered - timedelta(hours=15),
				"happened_to": discovered + timedelta(hours=1),
				"discovered_at": discovered,
				"description": (
					"Un portatile di servizio è rimasto sul treno con la sessione aperta. L'operatrice se ne accorge la"
					" mattina dopo e avvisa il coordinamento."
				),
				"consequences": "Chi avesse trovato il portatile avrebbe potuto leggere le cartelle seguite dall'operatrice.",
				"measures": (
					"Sessioni chiuse e password cambiata entro un'ora; portatile bloccato da remoto; disco già cifrato."
					" Ripassata con l'équipe la regola di chiudere la sessione."
				),
				"people_count": 6,
				"people_categories": "Minori stranieri non accompagnati in accoglienza",
				"records_count": 40,
				"data_categories": "Identità, cartella sociale, piano educativo",
				"user": LOGIN["educator"],
				"seen_from": discovered - timedelta(hours=15),
				"seen_to": discovered + timedelta(hours=1),
				"notified_at": discovered + timedelta(hours=26),
				"notification_kind": "Preliminary",
				"completed_at": discovered + timedelta(days=5),
				"protocol": "ESERCITAZIONE",
				"closed_at": discovered + timedelta(days=6),
			},
		)


def requests_of_persons(demo: Demo) -> None:
	"""Requests about data at every point of their way: in progress, overdue, extended and refused with its reason."""
	if frappe.db.exists("Data Request", {}):
		return
	today = demo.data.today

	def ago(days: int) -> str:
		return str(today - timedelta(days=days))

	verified = {"identity_verified_on": ago(9), "identity_document": "Permesso di soggiorno visto in sede"}
	cases = frappe.get_all(
		"Case File", filters={"closed_on": ["is", "not set"]}, pluck="name", order_by="name"
	)
	rows = (
		{"request_type": "Access", "requester": "Guardian", "received_on": ago(10), **verified},
		{"request_type": "Rectification", "requester": "The Person", "received_on": ago(40)},
		{
			"request_type": "Portability",
			"requester": "The Person",
			"received_on": ago(20),
			**verified,
			"extended_on": ago(5),
			"extension_reason": "Il fascicolo va letto con i professionisti che lo hanno scritto",
		},
		{
			"request_type": "Erasure",
			"requester": "Lawyer",
			"received_on": ago(60),
			"identity_verified_on": ago(58),
			"identity_document": "Delega e documento visti in sede",
			"answered_on": ago(35),
			"outcome": "Not Satisfied",
			"refusal_reason": "Il fascicolo si conserva nell'interesse pubblico: GDPR art. 17(3)(b) e (d)",
		},
	)
	with working_as("coordinator"):
		for case, values in zip(cases, rows, strict=False):
			demo.insert("Data Request", {"case_file": case, **values})


def retention_proposals(demo: Demo) -> None:
	"""What the daily run would propose today."""
	if proposed := len(retention.propose_due()):
		demo.created["Retention Action"] += proposed


PARTS = (controller, breach_exercise, requests_of_persons, retention_proposals)
