"""The demo data on a site: ``bench --site SITE execute core_minori.setup.demo.make_demo``.

Every document goes through its normal insert and submit, as the user whose work it is, so that owners, Care
Assignments, drafted Cost Allocations and refusals are real. A record that is already there is left as it is: the codes
of `demo_data` say which. A part is committed as a whole; after an interruption the next run goes on from there.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from frappe import _
from frappe.model.workflow import apply_workflow
from frappe.utils import get_datetime, getdate

from core_minori.api.referrals import act
from core_minori.funding.checks import holding_up, recheck
from core_minori.minors.work_hours import bring
from core_minori.setup import demo_cases, demo_data, demo_money, demo_trust
from core_minori.setup.demo_data import DEMO_PASSWORD, EMPLOYEES, USERS
from core_minori.setup.demo_site import LOGIN, Demo, debit_or_credit, fiscal_year, leaf, root, working_as


def make_demo() -> dict[str, object]:
	"""Load the demo data on this site and print the logins; a second run creates nothing and says so.

	Returns the day the data are made for, how many documents of each DocType were created now, and the logins. Raises
	frappe.ValidationError on a site where ERPNext was not set up.
	"""
	started = time.monotonic()
	demo = Demo(_company(), demo_data.build(_first_day() or getdate()))
	with _quietly():
		for part in (*_PARTS, *demo_money.PARTS):
			part_started = time.monotonic()
			before = demo.created.total()
			part(demo)
			frappe.db.commit()  # nosemgrep: a command line function; a part is kept or lost as a whole
			made = demo.created.total() - before
			if made:
				name = part.__name__.strip("_").replace("_", " ")
				if part in demo_money.PARTS:
					name = f"{demo_money.CODE}, {name}"
				print(f"{name}: {made} in {time.monotonic() - part_started:.0f} s")
	if demo.created:
		total = demo.created.total()
		print(f"Demo data of {demo.data.today}: {total} documents in {time.monotonic() - started:.0f} s")
	else:
		print(f"The demo data of {demo.data.today} are already there: nothing was created.")
	print(logins_table())
	return {
		"day": str(demo.data.today),
		"created": dict(demo.created),
		"logins": [{"role": user.roles[0], "user": user.email, "password": DEMO_PASSWORD} for user in USERS],
	}


def logins_table() -> str:
	"""Role, address and password of the demo logins, as text."""
	rows = [("Role", "Address", "Password"), *((user.roles[0], user.email, DEMO_PASSWORD) for user in USERS)]
	widths = [max(len(row[column]) for row in rows) for column in range(3)]
	lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
	return "\n".join([lines[0], "-|-".join("-" * width for width in widths), *lines[1:]])


# --- around the parts ---------------------------------------------------------------------------------------------


def _company() -> str:
	company = frappe.defaults.get_global_default("company") or frappe.db.get_value("Company", {}, "name")
	if not company:
		frappe.throw(_("Set ERPNext up first: the demo data need a company."))
	return company


def _first_day() -> date | None:
	"""The day the demo was made for, read off its first case; None on a site without it.

	The data follow the day: built for another one, a second run would find other plans and add them.
	"""
	first = demo_data.build(demo_data.EARLIEST_DAY).cases[0]
	reported = frappe.db.get_value("Case File", {"register_code": first.code}, "reported_on")
	return getdate(reported) + (demo_data.EARLIEST_DAY - first.reported_on) if reported else None


@contextmanager
def _quietly() -> Iterator[None]:
	"""No mail, no message box, and the session's user put back."""
	user = frappe.session.user
	kept = {name: frappe.flags.get(name) for name in ("mute_emails", "mute_messages")}
	frappe.flags.update(mute_emails=True, mute_messages=True)
	try:
		frappe.set_user("Administrator")
		with warnings.catch_warnings():
			# Frappe looks for mentions in every comment, and its parser takes the names of our files for addresses.
			warnings.filterwarnings("ignore", module="frappe.desk.notifications")
			yield
	finally:
		frappe.flags.update(kept)
		frappe.set_user(user)


def _by_code(doctype: str, field_name: str = "register_code", prefix: str = "DEMO-") -> dict[str, str]:
	"""Names of the demo's records that are there, by their code."""
	rows = frappe.get_all(doctype, filters={field_name: ["like", f"{prefix}%"]}, fields=["name", field_name])
	return {row[field_name]: row.name for row in rows}


# --- parts --------------------------------------------------------------------------------------------------------


def _users(demo: Demo) -> None:
	workspaces = set(frappe.get_all("Workspace", pluck="name"))
	for user in USERS:
		if frappe.db.exists("User", user.email):
			continue
		demo.insert(
			"User",
			{
				"email": user.email,
				"first_name": user.given_name,
				"last_name": user.family_name,
				"language": "it",
				"send_welcome_email": 0,
				"new_password": DEMO_PASSWORD,
				"default_workspace": user.workspace if user.workspace in workspaces else None,
				"roles": [{"role": role} for role in user.roles],
			},
			no_welcome_mail=True,
			ignore_password_policy=True,
		)


def _organisations(demo: Demo) -> None:
	today = demo.data.today
	with working_as("coordinator"):
		for organisation in demo_data.ORGANISATIONS:
			if frappe.db.exists("Network Organisation", organisation.name):
				continue
			# Only what is invented has signed: the demo says nothing of that kind about real organisations.
			signed = organisation.invented and organisation.agreement != "missing"
			demo.insert(
				"Network Organisation",
				{
					"organisation_name": organisation.name,
					"organisation_type": organisation.kind,
					"province": organisation.province,
					"agreement_signed_on": today - timedelta(days=700) if signed else None,
					# An expired agreement expires in the last part: until then referrals could be sent.
					"agreement_expires_on": None,
					"users": [
						{"user": LOGIN[key], "role_in_organisation": "Operatore"}
						for key in organisation.users
					],
				},
			)
		for facility in demo_data.FACILITIES:
			if not frappe.db.exists("Facility", facility.name):
				demo.insert(
					"Facility",
					{
						"facility_name": facility.name,
						"organisation": facility.organisation,
						"reception_level": facility.level,
						"city": facility.city,
						"places": facility.places,
					},
				)


def _company_masters(demo: Demo) -> None:
	"""Fiscal years, accounts, cost centers, items, suppliers: under the company's own roots, whatever their names."""
	days = [invoice.document_date for invoice in demo.data.invoices]
	days += [invoice.registered_on for invoice in demo.data.invoices]
	days += [entry.posted_on for entry in demo.data.entries]
	for year in range(min(days).year, max(days).year + 1):
		fiscal_year(demo, year)
	_accounts(demo)
	parent = root("Cost Center", "parent_cost_center", company=demo.company)
	for project in demo_data.PROJECTS:
		name = frappe.db.get_value("Cost Center", {"cost_center_name": project.code, "company": demo.company})
		if not name:
			name = demo.insert(
				"Cost Center",
				{"cost_center_name": project.code, "parent_cost_center": parent, "company": demo.company},
			).name
		demo.cost_centers[project.code] = name
	uom = frappe.db.get_single_value("Stock Settings", "stock_uom") or frappe.db.get_value("UOM", {}, "name")
	item_group, supplier_group = leaf("Item Group"), leaf("Supplier Group")
	for item in demo_data.ITEMS:
		if not frappe.db.exists("Item", item.code):
			demo.insert(
				"Item",
				{
					"item_code": item.code,
					"item_name": item.name,
					"item_group": item_group,
					"stock_uom": uom,
					"is_stock_item": 0,
					"is_sales_item": 0,
					"item_defaults": [
						{"company": demo.company, "expense_account": demo.accounts[item.account]}
					],
				},
			)
	for supplier in demo.data.suppliers:
		if not frappe.db.exists("Supplier", {"supplier_name": supplier.name}):
			demo.insert(
				"Supplier",
				{
					"supplier_name": supplier.name,
					"supplier_group": supplier_group,
					"supplier_type": "Company",
					"country": "Italy",
					"tax_id": supplier.tax_id,
				},
			)


def _accounts(demo: Demo) -> None:
	wanted = {key: (name, "Expense") for key, name in demo_data.ACCOUNTS.items()}
	wanted["payroll"] = ("Progetti - personale da liquidare", "Liability")
	for key, (name, root_type) in wanted.items():
		account = frappe.db.get_value("Account", {"account_name": name, "company": demo.company})
		if not account:
			parent = root("Account", "parent_account", company=demo.company, root_type=root_type)
			account = demo.insert(
				"Account", {"account_name": name, "parent_account": parent, "company": demo.company}
			).name
		demo.accounts[key] = account
	for kind in ("Bank", "Cash"):
		demo.accounts[kind.lower()] = leaf("Account", company=demo.company, account_type=kind)


def _funded_projects(demo: Demo) -> None:
	with working_as("funding_officer"):
		for project in demo_data.PROJECTS:
			if not frappe.db.exists("Funded Project", project.code):
				shares = demo_data.partner_shares(project.code)
				demo.insert(
					"Funded Project",
					{
						"project_code": project.code,
						"title": project.title,
						"programme": project.programme,
						"start_date": project.start,
						"end_date": project.end,
						"company": demo.company,
						"cost_center": demo.cost_centers[project.code],
						"status": "Closed" if project.end < demo.data.today else "Active",
						"cup": project.cup,
						"cig": project.cig,
						"progressive_number": project.progressive_number,
						"specific_objective": project.specific_objective,
						"national_objective": project.national_objective,
						"letter": project.letter,
						"legal_act": project.legal_act,
						"description": project.description,
						"partners": [
							{
								"organisation": partner.organisation,
								"role": partner.role,
								"notes": partner.notes,
								"budget_share": float(shares[partner.organisation]),
							}
							for partner in project.partners
						],
						"sources": [
							{"source_type": source, "percent": percent} for source, percent in project.sources
						],
					},
				)
			demo.projects[project.code] = frappe.db.get_value("Funded Project", project.code, "project")
		present = set(frappe.get_all("FAMI Budget Line", pluck="name"))
		for line in demo.data.lines:
			if line.name not in present:
				demo.insert(
					"FAMI Budget Line",
					{
						"funded_project": line.project,
						"line_code": line.line_code,
						"title": line.title,
						"chapter": line.chapter,
						"partner": line.partner,
						"cost_method": line.cost_method,
						"unit": line.unit,
						"quantity": float(line.quantity),
						"unit_cost": float(line.unit_cost),
						"amount": float(line.amount),
						"register_code": line.register_code,
					},
				)


def _employees(demo: Demo) -> None:
	first, last = date(2020, 1, 1), date(demo.data.today.year + 1, 12, 31)
	calendar = "Festività nazionali (demo)"
	if not frappe.db.exists("Holiday List", calendar):
		demo.insert(
			"Holiday List",
			{
				"holiday_list_name": calendar,
				"from_date": first,
				"to_date": last,
				"holidays": [
					{"holiday_date": day, "description": name}
					for day, name in demo_data.holidays_of(first.year, last.year)
				],
			},
		)
	for activity in demo_data.ACTIVITIES:
		if not frappe.db.exists("Activity Type", activity):
			demo.insert("Activity Type", {"activity_type": activity})
	people = {user.key: user for user in USERS}
	for employee in EMPLOYEES:
		user = people[employee.user]
		if frappe.db.exists("Employee", {"user_id": user.email}):
			continue
		if not frappe.db.exists("Designation", employee.designation):
			demo.insert("Designation", {"designation_name": employee.designation})
		demo.insert(
			"Employee",
			{
				"first_name": user.given_name,
				"last_name": user.family_name,
				"gender": user.gender,
				"date_of_birth": employee.born,
				"date_of_joining": employee.joined,
				"company": demo.company,
				"status": "Active",
				"designation": employee.designation,
				"holiday_list": calendar,
				"user_id": user.email,
				# ERPNext's own would narrow every DocType that names an employee: training sessions too.
				"create_user_permission": 0,
			},
		)
		_own_hours_only(demo, employee.user)


def _own_hours_only(demo: Demo, key: str) -> None:
	"""ERPNext's role Employee reads everybody's timesheets and birth dates: staff see their own alone."""
	needs_all = {"Timesheet": ("coordinator", "funding_officer"), "Employee": ("training_secretary",)}
	for doctype in needs_all:
		if key in needs_all["Timesheet"] or key in needs_all[doctype]:
			continue
		demo.insert(
			"User Permission",
			{
				"user": LOGIN[key],
				"allow": "Employee",
				"for_value": frappe.db.get_value("Employee", {"user_id": LOGIN[key]}),
				"apply_to_all_doctypes": 0,
				"applicable_for": doctype,
			},
		)


def _cases(demo: Demo) -> None:
	demo.cases = _by_code("Case File")
	people = _by_code("Minor")
	for case in demo.data.cases:
		if case.code in demo.cases:
			continue
		with working_as(case.social_worker):
			if case.code not in people:
				people[case.code] = demo.insert(
					"Minor",
					{
						"given_name": case.given_name,
						"family_name": case.family_name,
						"sex": case.sex,
						"birth_date": case.birth_date,
						"birth_date_certainty": case.birth_certainty,
						"nationality": case.country.name,
						"birth_country": case.country.name,
						"languages": case.country.language,
						"arrival_date": case.arrival_date,
						"fiscal_code": case.fiscal_code,
						"register_code": case.code,
					},
				).name
			name = demo.insert(
				"Case File",
				{
					"minor": people[case.code],
					"beneficiary_type": case.kind,
					"project": case.project,
					"reported_on": case.reported_on,
					"living_arrangement": case.living,
					"facility": case.facility,
					"family_case": demo.cases.get(case.family_of),
					"emersion_channel": case.channel,
					"victim_status": case.victim_status,
					"closed_on": case.closed_on,
					"closure_reason": case.closure_reason,
					"register_code": case.code,
					**{
						field: moment
						for field, moment in case.facts.items()
						if field not in demo_data.ACTS and field != demo_data.REPORT_403
					},
				},
			).name
			_court_records(demo, name, case.facts)
		demo.cases[case.code] = name
	_care_assignments(demo)


def _court_records(demo: Demo, case: str, facts: Mapping[str, date | datetime]) -> None:
	"""What courts and prosecutors did in a case, and what went to them."""
	for field, (act_type, authority) in demo_data.ACTS.items():
		if field in facts:
			demo.insert(
				"Court Act",
				{
					"case_file": case,
					"act_type": act_type,
					"authority": authority,
					"acted_at": facts[field],
				},
			)
	if sent := facts.get(demo_data.REPORT_403):
		demo.insert(
			"Protection Report",
			{
				"case_file": case,
				"report_type": "Art. 403 Report",
				"noticed_at": facts["art_403_placed_at"],
				"qualification": "Person in Charge of a Public Service",
				"authority": "Prosecutor at the Juvenile Court",
				"transmitted_at": sent,
				"protocol_number": f"{sent:%Y}/{sent:%j%H}",
			},
		)


def _care_assignments(demo: Demo) -> None:
	"""All of them still open at the end: who writes the year's documents must follow the case while they are written."""
	present = {
		(row.case_file, row.user, row.care_role): row.name
		for row in frappe.get_all("Care Assignment", fields=["name", "case_file", "user", "care_role"])
	}
	author = {case.code: case.social_worker for case in demo.data.cases}
	with working_as("coordinator"):
		for assignment in demo.data.assignments:
			case, user = demo.cases[assignment.case], LOGIN[assignment.user]
			handed_over = (
				assignment.care_role == "Social Worker" and assignment.user != author[assignment.case]
			)
			name = present.get((case, user, assignment.care_role))
			if name:
				# The case's author got theirs on opening the case, with today's day.
				day = frappe.db.get_value("Care Assignment", name, "from_date")
				if day == getdate() and day != assignment.from_date:
					frappe.db.set_value("Care Assignment", name, "from_date", assignment.from_date)
				continue
			demo.insert(
				"Care Assignment",
				{
					"case_file": case,
					"user": user,
					"care_role": assignment.care_role,
					"is_referent": int(assignment.is_referent),
					"from_date": assignment.from_date,
					"to_date": assignment.to_date if handed_over else None,
					"reason": assignment.reason,
				},
			)


def _consents_and_records(demo: Demo) -> None:
	present = {
		(row.case_file, row.purpose, row.organisation or "")
		for row in frappe.get_all("Consent", fields=["case_file", "purpose", "organisation"])
	}
	author = {case.code: case.social_worker for case in demo.data.cases}
	for consent in demo.data.consents:
		if (demo.cases[consent.case], consent.purpose, consent.organisation) in present:
			continue
		with working_as(author[consent.case]):
			demo.insert(
				"Consent",
				{
					"case_file": demo.cases[consent.case],
					"purpose": consent.purpose,
					"organisation": consent.organisation,
					"outcome": consent.outcome,
					"given_by": consent.given_by,
					"given_on": consent.given_on,
					"valid_until": consent.valid_until,
					"withdrawn_on": consent.withdrawn_on,
					"language": consent.language,
					"mediator_present": int(consent.mediator_present),
					"withheld": consent.withheld,
				},
			)
	noted = {
		(row.case_file, row.record_type)
		for row in frappe.get_all("Clinical Record", fields=["case_file", "record_type"])
	}
	for record in demo.data.records:
		if (demo.cases[record.case], record.record_type) in noted:
			continue
		with working_as(author[record.case] if record.record_type == "Health" else "psychologist"):
			demo.insert(
				"Clinical Record",
				{
					"case_file": demo.cases[record.case],
					"record_type": record.record_type,
					"recorded_on": record.recorded_on,
					"content": record.content,
				},
			)


def _plans(demo: Demo) -> None:
	present = _by_code("PEI")
	for plan in demo.data.plans:
		if plan.code in present:
			continue
		with working_as(plan.author):
			doc = demo.insert(
				"PEI",
				{
					"case_file": demo.cases[plan.case],
					"drafted_on": plan.drafted_on,
					"review_due_on": plan.review_due_on,
					"register_code": plan.code,
					"objectives": [dict(row) for row in plan.objectives],
					"interventions": [dict(row) for row in plan.interventions],
					"signatures": [dict(row) for row in plan.signatures],
					**plan.texts,
				},
			)
		for action, who in demo_data.PLAN_ACTIONS[plan.state]:
			with working_as(plan.author if who == "author" else who):
				doc = apply_workflow(frappe.get_doc("PEI", doc.name), action)


def _referrals(demo: Demo) -> None:
	present = _by_code("Referral")
	consents = {
		(row.case_file, row.organisation): row.name
		for row in frappe.get_all(
			"Consent",
			filters={"purpose": "Sharing with an Organisation"},
			fields=["name", "case_file", "organisation"],
		)
	}
	receivers = {
		organisation.name: organisation.users[0]
		for organisation in demo_data.ORGANISATIONS
		if organisation.users
	}
	for referral in demo.data.referrals:
		if referral.code in present:
			continue
		case = demo.cases[referral.case]
		with working_as(referral.author):
			doc = demo.insert(
				"Referral",
				{
					"case_file": case,
					"to_organisation": referral.organisation,
					"service_requested": referral.service,
					"urgency": referral.urgency,
					"age_band": referral.age_band,
					"language_needed": referral.language,
					"shared_information": referral.shared,
					"legal_basis": referral.legal_basis,
					"consent": consents.get((case, referral.organisation)) if referral.consent else None,
					"answer_due_on": referral.answer_due_on,
					"register_code": referral.code,
				},
			)
		for action, __, side, note in referral.steps:
			override = referral.override_reason if action == "Send" else ""
			sender = "coordinator" if override else referral.author
			with working_as(sender if side == "sender" else receivers[referral.organisation]):
				act(doc.name, action, reason=note or None, override_reason=override or None)
		_date_back(doc.name, [moment for __, moment, __, __ in referral.steps])


def _date_back(referral: str, moments: list[datetime]) -> None:
	"""The steps were taken just now; a year's worth of them must not all lie on one day."""
	events = frappe.get_all("Referral Event", {"parent": referral}, ["name", "status"], order_by="idx")
	fields = {"Sent": "sent_on", "Accepted": "answered_on", "Rejected": "answered_on", "Done": "ended_on"}
	fields["Revoked"] = "ended_on"
	for event, moment in zip(events, moments, strict=True):
		frappe.db.set_value("Referral Event", event.name, "at", moment, update_modified=False)
		if event.status in fields:
			frappe.db.set_value("Referral", referral, fields[event.status], moment, update_modified=False)


def _training_sessions(demo: Demo) -> None:
	present = _by_code("Training Session")
	employees = {
		row.user_id: row.name for row in frappe.get_all("Employee", fields=["name", "user_id"]) if row.user_id
	}
	with working_as("training_secretary"):
		for session in demo.data.sessions:
			if session.code in present:
				continue
			demo.insert(
				"Training Session",
				{
					"title": session.title,
					"training_area": str(session.area),
					"project": session.project,
					"held_on": session.held_on,
					"start_time": session.start_time.isoformat(),
					"hours": float(session.hours),
					"status": session.status,
					"place": session.place,
					"trainer": session.trainer,
					"approach": session.approach,
					"register_code": session.code,
					"attendance": [
						{
							"operator_name": name,
							"profession": profession,
							"organisation": organisation,
							"employee": employees.get(LOGIN[user]) if user else None,
							"present": int(present_),
							"hours": float(hours),
						}
						for name, profession, organisation, user, present_, hours in session.attendance
					],
				},
			)


def _purchase_invoices(demo: Demo) -> None:
	present = _codes_in("Purchase Invoice", "remarks")
	suppliers = dict(frappe.get_all("Supplier", fields=["supplier_name", "name"], as_list=True))
	items = {item.code: item for item in demo_data.ITEMS}
	refuses_doubles = frappe.db.get_single_value("Accounts Settings", "check_supplier_invoice_uniqueness")
	with working_as("funding_officer"):
		for invoice in demo.data.invoices:
			if invoice.code in present:
				continue
			# The desk refuses a line to a cost outside its project's days: the accountant books it all the same.
			refused = invoice.mistake == "outside-window"
			# Where ERPNext refuses a number twice, somebody in a hurry changes it a little.
			retyped = refuses_doubles and invoice.mistake == "duplicate-number"
			codes = [
				text
				for text in (invoice.cup and f"CUP {invoice.cup}", invoice.cig and f"CIG {invoice.cig}")
				if text
			]
			place = {
				"cost_center": demo.cost_centers[invoice.project],
				"project": demo.projects[invoice.project],
			}
			doc = demo.insert(
				"Purchase Invoice",
				{
					"company": demo.company,
					"supplier": suppliers[invoice.supplier],
					"bill_no": f"{invoice.number}-2" if retyped else invoice.number,
					"bill_date": invoice.document_date,
					"set_posting_time": 1,
					"posting_date": invoice.registered_on,
					"due_date": invoice.registered_on + timedelta(days=30),
					"remarks": " ".join([invoice.code, *codes]),
					**place,
					"items": [
						{
							"item_code": row.item,
							"qty": 1,
							"rate": float(row.amount),
							"expense_account": demo.accounts[items[row.item].account],
							"fami_budget_line": None if refused else row.line or None,
							**place,
						}
						for row in invoice.rows
					],
				},
			)
			doc.submit()


def _payments(demo: Demo) -> None:
	present = _codes_in("Payment Entry", "reference_no")
	invoices = {
		row.remarks.split()[0]: row.name
		for row in frappe.get_all(
			"Purchase Invoice", {"remarks": ["like", "DEMO-%"], "docstatus": 1}, ["name", "remarks"]
		)
	}
	with working_as("funding_officer"):
		for invoice in demo.data.invoices:
			if not invoice.paid_on or invoice.code in present:
				continue
			payment = get_payment_entry(
				"Purchase Invoice",
				invoices[invoice.code],
				bank_account=demo.accounts["bank"],
				reference_date=invoice.paid_on,
			)
			payment.update(
				{
					"posting_date": invoice.paid_on,
					"reference_no": invoice.code,
					"reference_date": invoice.paid_on,
				}
			)
			payment.insert()
			payment.submit()
			demo.created["Payment Entry"] += 1


def _journal_entries(demo: Demo) -> None:
	present = _codes_in("Journal Entry", "user_remark")
	with working_as("funding_officer"):
		for entry in demo.data.entries:
			if entry.code in present:
				continue
			place = {"cost_center": demo.cost_centers[entry.project], "project": demo.projects[entry.project]}
			rows = [
				{
					"account": demo.accounts[row.item],
					**debit_or_credit(row.amount),
					"fami_budget_line": row.line or None,
					**place,
				}
				for row in entry.rows
			]
			total = sum(row.amount for row in entry.rows)
			if total:
				rows.append(
					{"account": demo.accounts[entry.against.lower()], **debit_or_credit(-total), **place}
				)
			doc = demo.insert(
				"Journal Entry",
				{
					"voucher_type": "Journal Entry",
					"company": demo.company,
					"posting_date": entry.posted_on,
					"user_remark": f"{entry.code} {entry.remark}",
					"accounts": rows,
				},
			)
			doc.submit()


def _cost_allocations(demo: Demo) -> None:
	"""The funding officer confirmed the drafts of the costs older than three months that no check holds up."""
	ours = {"budget_line": ["in", [line.name for line in demo.data.lines]]}
	before = demo.data.today - timedelta(days=90)
	with working_as("funding_officer"):
		if frappe.db.count("Cost Allocation", {**ours, "docstatus": 1}):
			return
		drafts = {**ours, "docstatus": 0, "posting_date": ["<", before]}
		names = frappe.get_all("Cost Allocation", drafts, pluck="name", order_by="name")
		recheck(names)  # what was booked later may speak against an earlier cost: the same paper twice
		for name in names:
			doc = frappe.get_doc("Cost Allocation", name)
			if not holding_up([row.as_dict() for row in doc.findings]):
				doc.submit()
				demo.created["Cost Allocation confirmed"] += 1


def _staff_costs(demo: Demo) -> None:
	"""What an hour of who works with cases costs, and the lines they are assigned to."""
	employees = _employee_by_user()
	lines = {(line.project, line.title): line.name for line in demo.data.lines}
	joined = {employee.user: employee.joined for employee in EMPLOYEES}
	with working_as("funding_officer"):
		for user, title in demo_data.STAFF_LINES.items():
			employee = employees[LOGIN[user]]
			if not frappe.db.exists("Staff Cost Rate", {"employee": employee}):
				demo.insert(
					"Staff Cost Rate",
					{
						"employee": employee,
						"valid_from": joined[user],
						"method": "Annual Cost by Standard Hours",
						"programme": demo_data.project("ROMA-MSNA").programme,
						"part_time_percent": 100,
						"annual_cost": float(demo_data.annual_cost_of(user)),
						"daily_hours": 8,
						"source_note": "Busta paga inventata",
					},
				)
			for code in demo_data.STAFF_PROJECTS:
				if frappe.db.exists("Staff Assignment", {"employee": employee, "funded_project": code}):
					continue
				project = demo_data.project(code)
				demo.insert(
					"Staff Assignment",
					{
						"employee": employee,
						"funded_project": code,
						"budget_line": lines[code, title],
						"role_title": title,
						"from_date": project.start,
						"to_date": project.end,
					},
				)


def _groups(demo: Demo) -> None:
	present = set(frappe.get_all("Intervention Group", pluck="title"))
	for group in demo.data.groups:
		if group.title in present:
			continue
		with working_as(group.user):
			demo.insert(
				"Intervention Group",
				{
					"title": group.title,
					"intervention_type": group.kind,
					"project": group.project,
					"usual_start": "09:00:00",
					"usual_hours": 2,
					"place": "Sala Mappamondo",
					"operators": [{"user": LOGIN[group.user]}],
					"members": [
						{"case_file": demo.cases[case], "from_date": from_date, "to_date": to_date}
						for case, from_date, to_date in group.members
					],
				},
			)


def _interventions(demo: Demo) -> None:
	"""What the team did with cases and groups, each by its operator; known again by operator and start."""
	_groups(demo)
	groups = dict(frappe.get_all("Intervention Group", fields=["title", "name"], as_list=True))
	present = _held()
	for row in demo.data.interventions:
		if (LOGIN[row.user], row.starts) in present:
			continue
		operators = [{"user": LOGIN[row.user]}]
		if row.second:
			operators.append({"user": LOGIN[row.second[0]], "hours": float(row.second[1])})
		values = {
			"intervention_type": row.kind,
			"status": row.status,
			"starts_at": row.starts,
			"hours": float(row.hours),
			"project": row.project or None,
			"operators": operators,
		}
		if row.group:
			values |= {
				"mode": "Group",
				"intervention_group": groups[row.group],
				"participants": [
					{"case_file": demo.cases[case], "attendance": attendance}
					for case, attendance in row.attendance
				],
			}
		else:
			values |= {
				"mode": "Individual",
				"case_file": demo.cases[row.case],
				"outcome": row.outcome or None,
			}
		with working_as(row.user):
			demo.insert("Intervention", values)


def _held() -> set[tuple[str, datetime]]:
	"""Operator and start of every intervention that is there."""
	return {
		(user, get_datetime(starts))
		for user, starts in frappe.db.sql(
			"""select operator.user, held.starts_at from `tabIntervention` held
			join `tabIntervention Operator` operator on operator.parent = held.name
			where operator.parenttype = 'Intervention'"""
		)
	}


def _employee_by_user() -> dict[str, str]:
	return {
		row.user_id: row.name for row in frappe.get_all("Employee", fields=["name", "user_id"]) if row.user_id
	}


def _timesheets(demo: Demo) -> None:
	"""Each writes the hours that are no work with cases; those with cases come from the interventions, and it is signed."""
	present = _codes_in("Timesheet", "note")
	employees = _employee_by_user()
	drafts = {}
	for sheet in demo.data.timesheets:
		if sheet.code in present:
			continue
		with working_as(sheet.user):
			doc = demo.insert(
				"Timesheet",
				{
					"company": demo.company,
					"employee": employees[LOGIN[sheet.user]],
					"note": sheet.code,
					"time_logs": [
						{
							"activity_type": activity,
							"from_time": start,
							"to_time": start + timedelta(hours=float(hours)),
							"hours": float(hours),
							"project": demo.projects[project],
						}
						for start, hours, activity, project in sheet.logs
					],
				},
			)
		drafts[doc.name] = sheet.logs[0][0].date().replace(day=1)
	for month in sorted(set(drafts.values())):
		left_out = bring(month).left_out
		if left_out:
			frappe.throw("<br>".join(row["why"] for row in left_out))
	with working_as("funding_officer"):
		for name in drafts:
			frappe.get_doc("Timesheet", name).submit()


def _ends(demo: Demo) -> None:
	"""What would have stood in the way of writing the year: assignments of closed cases end, an agreement expires."""
	with working_as("coordinator"):
		for assignment in demo.data.assignments:
			if not assignment.to_date:
				continue
			doc = frappe.get_doc(
				"Care Assignment",
				{
					"case_file": demo.cases[assignment.case],
					"user": LOGIN[assignment.user],
					"care_role": assignment.care_role,
				},
			)
			if not doc.to_date:
				doc.to_date = assignment.to_date
				doc.save()
		for organisation in demo_data.ORGANISATIONS:
			if organisation.agreement != "expired":
				continue
			doc = frappe.get_doc("Network Organisation", organisation.name)
			if not doc.agreement_expires_on:
				doc.agreement_expires_on = demo.data.today - timedelta(days=20)
				doc.save()


def _codes_in(doctype: str, field_name: str) -> set[str]:
	"""Demo codes that stand first in a free text: ERPNext's own DocTypes have no field for them."""
	texts: Iterable[str] = frappe.get_all(
		doctype, filters={field_name: ["like", "DEMO-%"], "docstatus": ["<", 2]}, pluck=field_name
	)
	return {text.split()[0] for text in texts}


_PARTS: tuple[Callable[[Demo], None], ...] = (
	_users,
	_organisations,
	_company_masters,
	_funded_projects,
	_employees,
	_cases,
	_consents_and_records,
	demo_cases.case_records,
	_plans,
	_referrals,
	_training_sessions,
	_purchase_invoices,
	_payments,
	_journal_entries,
	_cost_allocations,
	_staff_costs,
	_interventions,
	_timesheets,
	_ends,
	*demo_trust.PARTS,
)
