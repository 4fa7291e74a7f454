"""Where a member of the staff lands after logging in."""

import frappe
from frappe.model.document import Document

from core_minori.permissions import (
	COORDINATOR,
	EDUCATOR,
	EVALUATOR,
	FACILITY_CONTACT,
	FUNDING_OFFICER,
	MEDIATOR,
	PARTNER,
	PROTECTION_OFFICER,
	PSYCHOLOGIST,
	SOCIAL_WORKER,
	TRAINING_SECRETARY,
	UNIT_MANAGER,
)

WORKSPACE_OF: dict[str, str] = {
	COORDINATOR: "Minors",
	UNIT_MANAGER: "Minors",
	SOCIAL_WORKER: "Minors",
	PSYCHOLOGIST: "Minors",
	EDUCATOR: "Minors",
	MEDIATOR: "Minors",
	FACILITY_CONTACT: "Minors",
	FUNDING_OFFICER: "Funding",
	PARTNER: "Network",
	TRAINING_SECRETARY: "Training",
	EVALUATOR: "Governance",
	PROTECTION_OFFICER: "Governance",
}


def set_first_workspace(doc: Document, method: str | None = None) -> None:
	"""Give a user of ours the workspace of their first role, unless one was chosen."""
	if doc.default_workspace:
		return
	roles = {row.role for row in doc.roles}
	for role, workspace in WORKSPACE_OF.items():
		if role in roles and frappe.db.exists("Workspace", workspace):
			doc.default_workspace = workspace
			return
