import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.utils import get_datetime, getdate

from core_minori.case_lists import full_names
from core_minori.engine.casework import DECISION_OF
from core_minori.engine.periods import check_order
from core_minori.messages import by_rule, in_site_language
from core_minori.permissions import may_read_case
from core_minori.records import ProtectedDocument


class CaseMeeting(ProtectedDocument):
	"""A meeting of the team on one case. Each decision that somebody answers for is one task of theirs."""

	@by_rule
	def validate(self) -> None:
		check_order(
			("When", get_datetime(self.held_at)),
			("Next Meeting", get_datetime(self.next_meeting_at) if self.next_meeting_at else None),
		)
		self.name_participants()
		self.check_decisions()
		self.keep_tasks()

	def on_update(self) -> None:
		self.bring_tasks_in_line()

	def name_participants(self) -> None:
		"""An operator has a name already; without either the row says nothing."""
		names = full_names(row.user for row in self.participants if row.user and not row.participant)
		for row in self.participants:
			if row.user and not row.participant:
				row.participant = names.get(row.user)
			if not row.user and not (row.participant or "").strip():
				frappe.throw(_("Participants, row {0}: choose an operator or write a name.").format(row.idx))

	def check_decisions(self) -> None:
		"""Who answers for a decision can read the case, and a task has a day."""
		for row in self.decisions:
			if not row.responsible:
				continue
			if not may_read_case(row.responsible, self.case_file, "work"):
				frappe.throw(
					_(
						"Decisions, row {0}: {1} does not follow this case. Choose a colleague who does, or give them a Care Assignment."
					).format(row.idx, row.responsible)
				)
			if not row.due_on:
				frappe.throw(_("Decisions, row {0}: write by when it is due.").format(row.idx))

	def keep_tasks(self) -> None:
		"""Which task belongs to which decision is written here only: a browser could name anybody's task."""
		before = self.get_doc_before_save()
		tasks = {row.name: row.todo for row in before.decisions} if before else {}
		for row in self.decisions:
			row.todo = tasks.get(row.name)

	def bring_tasks_in_line(self) -> None:
		"""One task for each decision with a responsible: made, moved, done or cancelled with it."""
		before = self.get_doc_before_save()
		kept = {row.todo for row in self.decisions if row.todo}
		asked = dict(
			frappe.get_all(
				"ToDo",
				filters={"name": ["in", list(kept) or [""]]},
				fields=["name", "allocated_to"],
				as_list=True,
			)
		)
		for row in before.decisions if before else ():
			if row.todo and row.todo not in kept:
				_bring(row.todo, status="Cancelled")
		for row in self.decisions:
			status = "Closed" if row.done_on else "Open"
			if row.todo and row.responsible == asked.get(row.todo):
				_bring(row.todo, status=status, date=getdate(row.due_on))
				continue
			if row.todo:
				_bring(row.todo, status="Cancelled")
				row.db_set("todo", None, update_modified=False)
			if row.responsible and not row.done_on:
				row.db_set("todo", self.new_task(row), update_modified=False)

	def new_task(self, row: Document) -> str:
		"""A task for who answers for this decision. It says which meeting and case, and not what was decided."""
		text = in_site_language()(DECISION_OF).format(meeting=self.name, case=self.case_file)
		todo = frappe.get_doc(
			{
				"doctype": "ToDo",
				"reference_type": self.doctype,
				"reference_name": self.name,
				"description": text,
				"date": row.due_on,
				"allocated_to": row.responsible,
				"assigned_by": frappe.session.user,
				"priority": "Medium",
			}
		).insert(ignore_permissions=True)
		if row.responsible != frappe.session.user:
			enqueue_create_notification(
				[row.responsible],
				{
					"type": "Alert",
					"document_type": self.doctype,
					"document_name": self.name,
					"subject": text,
					"from_user": frappe.session.user,
				},
			)
		return todo.name


def follow_task(doc: Document, method: str | None = None) -> None:
	"""Hook on_update of ToDo: a task that is done, reopened or moved takes its decision with it."""
	if doc.reference_type != "Case Meeting" or not doc.reference_name:
		return
	meeting = frappe.get_doc("Case Meeting", doc.reference_name)
	row = next((row for row in meeting.decisions if row.todo == doc.name), None)
	if not row or doc.status == "Cancelled":
		return
	done_on = (row.done_on or getdate()) if doc.status == "Closed" else None
	due_on = getdate(doc.date) if doc.date else row.due_on
	if (getdate(row.done_on) if row.done_on else None, getdate(row.due_on)) == (
		getdate(done_on) if done_on else None,
		getdate(due_on),
	):
		return
	row.update({"done_on": done_on, "due_on": due_on})
	# Who does a task reads the meeting, and may have no right to write it.
	meeting.save(ignore_permissions=True)


def _bring(name: str, **values: object) -> None:
	"""Set these values of a task, if it has others; a task that somebody threw away is left alone."""
	if not frappe.db.exists("ToDo", name):
		return
	todo = frappe.get_doc("ToDo", name)
	if all(str(todo.get(field) or "") == str(value or "") for field, value in values.items()):
		return
	todo.update(values)
	todo.save(ignore_permissions=True)


def on_doctype_update() -> None:
	"""The meetings of today and of the coming days."""
	frappe.db.add_index("Case Meeting", ["case_file", "held_at"])
	frappe.db.add_index("Case Meeting", ["next_meeting_at"])
