"""Terms that people read and Frappe's own generator of `locale/main.pot` does not find.

Two kinds: texts in our data files, read by the extractors below (`babel_extractors.csv` names them), and words that
reach `_()` only as a value, or that Frappe shows on our pages without an Italian word of its own: those are listed here.
`make translations` and `tests/offline/test_translations.py` use it; of all this a site only reads `READ_FIELDS`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

# What babel expects of an extractor: line (none for JSON), function, text, comments for the translator.
Found = tuple[None, str, str, list[str]]

# Fields of the records in setup/data whose text a person reads: they are stored in the language of the site.
READ_FIELDS = ("title", "description", "source", "article", "base", "note", "indicator")


def _(text: str, context: str | None = None) -> str:
	"""Mark a text for the catalogue."""
	return text


def records(fileobj: BinaryIO, *_arguments: object, **_options: object) -> Iterator[Found]:
	"""Titles, descriptions and sources of the records an installation starts with."""
	for record in json.load(fileobj):
		rows = [row for value in record.values() if isinstance(value, list) for row in value]
		for row in (record, *rows):
			for field in READ_FIELDS:
				if row.get(field):
					yield None, "_", row[field], [f"Value of {field} in setup/data"]


def workflow(fileobj: BinaryIO, *_arguments: object, **_options: object) -> Iterator[Found]:
	"""Names of workflows, of their states and of their actions, in fixtures."""
	for record in json.load(fileobj):
		yield None, "_", record["name"], [f"Name of a {record['doctype']}"]


def modules(fileobj: BinaryIO, *_arguments: object, **_options: object) -> Iterator[Found]:
	"""Names of the modules."""
	for line in fileobj.read().decode().split("\n"):
		if line.strip():
			yield None, "_", line.strip(), ["Name of a module"]


def number_card(fileobj: BinaryIO, *_arguments: object, **_options: object) -> Iterator[Found]:
	"""Labels of number cards."""
	yield None, "_", json.load(fileobj)["label"], ["Label of a number card"]


def dashboard_chart(fileobj: BinaryIO, *_arguments: object, **_options: object) -> Iterator[Found]:
	"""Names of charts."""
	yield None, "_", json.load(fileobj)["chart_name"], ["Name of a chart"]


def print_format(fileobj: BinaryIO, *_arguments: object, **_options: object) -> Iterator[Found]:
	"""Names of print formats."""
	yield None, "_", json.load(fileobj)["name"], ["Name of a print format"]


# Words of the engine that reach `_()` as a value: steps and states of a referral, states of a deadline, severities.
ENGINE_TERMS = (
	_("FatturaPA 1.2, 2.1.2-2.1.6"),
	_("Funding reference, rule 20"),
	_("Funding reference, rules 18 and 19"),
	_("Funding reference, rules 5, 6 and 8"),
	_("Ages of the services (6-18) and L. 47/2017 art. 13"),
	_("L. 47/2017 art. 13"),
	_("L. 47/2017, art. 11"),
	_("SIM"),
	_("Kind of Violence"),
	_("Monitoring Sheet"),
	_("Send"),
	_("Accept"),
	_("Reject"),
	_("Start"),
	_("Complete"),
	_("Revoke"),
	_("Open"),
	_("Due Soon"),
	_("Overdue"),
	_("Waiting"),
	_("Term Passed"),
	_("Done"),
	_("Done Late"),
	_("Cancelled"),
	_("Inform"),
	_("Warn"),
	_("Block"),
)

# Whose rule a finding quotes.
SOURCES = (
	_("No double funding: funding reference, rule 8"),
	_("Agenzia delle Entrate, codice fiscale (arithmetic: python-stdnum)"),
	_("Agenzia delle Entrate, partita IVA (arithmetic: python-stdnum)"),
	_("ISO 13616 (arithmetic: python-stdnum)"),
	_("opencup.gov.it: 15 characters; shape observed on real codes, no public check character"),
	_("ANAC; shapes: dirittoprocessualetelematico.it 08/2024; arithmetic confirmed on real codes"),
	_("L. 47/2017"),
	_("GDPR art. 6-9"),
	_("GDPR art. 28"),
	_("GDPR art. 5(1)(e)"),
	_("GDPR art. 12(4)"),
	_("GDPR art. 12(6)"),
	_("GDPR art. 15, 18"),
	_("GDPR art. 17(3); D.Lgs. 42/2004 art. 21"),
	_("D.Lgs. 42/2004 art. 21"),
)

# What reports are grouped by, and the names of their filters in the workbook.
REPORT_TERMS = (
	_("Chapter"),
	_("Partner"),
	_("Project"),
	_("Voucher"),
	_("Area"),
	_("Profession"),
	_("Organisation"),
	_("From Date"),
	_("To Date"),
)

# One English word, another Italian one in this place: the context is the DocType (or report) that shows it.
IN_CONTEXT = (
	_("Start", context="Training Session"),
	_("Start", context="Referral"),
	_("Claimed", context="Reimbursement Claim"),
	_("Complete", context="Referral"),
	_("Done", context="Referral"),
	_("To", context="Referral"),
	_("From", context="Care Assignment"),
	_("To", context="Care Assignment"),
	_("Item", context="FAMI Budget Line"),
	_("Legal", context="Training Session"),
	_("Planned", context="Training Session"),
	_("Lead", context="Funded Project Partner"),
	_("Target", context="PEI Objective"),
	_("Progress", context="PEI Objective"),
	_("Group", context="PEI Intervention"),
	_("Created", context="Register Import"),
	_("Contact", context="Minor"),
	_("Reception", context="Case File"),
	_("Line", context="Funding Reconciliation"),
)

# Words of Frappe on our pages for which its own Italian of version 15 has none.
OF_FRAPPE = (
	_("1 Day"),
	_("1 hour"),
	_("30 minutes"),
	_("4 hours"),
	_("Add / Remove Columns"),
	_("Add Tags"),
	_("Add a Filter"),
	_("Add a Row"),
	_("Add a row above the current row"),
	_("Add a row at the bottom"),
	_("Add a row at the top"),
	_("Add a row below the current row"),
	_("All Submissions"),
	_("Amendment Not Allowed"),
	_("Apply Filters"),
	_("Apps"),
	_("Are you sure you want to remove the {0} filter?"),
	_("Assign To User Group"),
	_("Assign a user"),
	_("Assigning..."),
	_("At least one column is required to show in the grid."),
	_("Attachment Limit Reached"),
	_("Automatic"),
	_(
		"Automatically applied a filter for recent data. You can disable this behavior from the list view settings."
	),
	_("Bulk Edit"),
	_("Bulk Operation Failed"),
	_("Bulk Operation Successful"),
	_("Cancel All"),
	_("Cannot Update After Submit"),
	_("Cannot cancel {0}."),
	_("Cannot submit {0}."),
	_("Choose a color"),
	_("Choose an icon"),
	_("Clear Assignment"),
	_("Clear all filters"),
	_("Click to sort by {0}"),
	_("Column Width"),
	_("Column width cannot be zero."),
	_("Compare Versions"),
	_("Configure Columns"),
	_("Connection Lost"),
	_("Connections"),
	_("Copy error to clipboard"),
	_("Copy to Clipboard"),
	_("Count of linked documents"),
	_("Create New Kanban Board"),
	_("Create a Reminder"),
	_("Create a new ..."),
	_("Dark Theme"),
	_("Dashboard View"),
	_("Data Clipped"),
	_("Deadlock Occurred"),
	_("Delete {0} item permanently?"),
	_("Deleting {0} records..."),
	_("Deleting {0}..."),
	_("Descendants Of (inclusive)"),
	_("Document Saved"),
	_("Document Unlocked"),
	_("Document has been cancelled"),
	_("Document has been submitted"),
	_("Document is in draft state"),
	_("Document {0} {1} does not exist"),
	_("Duplicate current row"),
	_("Edit Filters"),
	_("Edit Full Form"),
	_("Events"),
	_("Excellent"),
	_("Export all matching rows?"),
	_("Export all {0} rows?"),
	_("File type of {0} is not allowed"),
	_("Filter based on {0}"),
	_("Filters {0}"),
	_("Filters:"),
	_("Find '{0}' in ..."),
	_("Following fields have invalid values:"),
	_("Following fields have missing values"),
	_("Frappe Light"),
	_("Gantt View"),
	_("Generate Random Password"),
	_("Graph"),
	_("Greater Than"),
	_("Greater Than Or Equal To"),
	_("Grid Shortcuts"),
	_("Grouped by <span style='font-weight:600;'>{0}</b>"),
	_("Hide Saved"),
	_("Hide Tags"),
	_("Include filters"),
	_("Incorrect value in row {0}:"),
	_("Incorrect value:"),
	_("Install {0} from Marketplace"),
	_("Installed Apps"),
	_("Insufficient Permission Level for {0}"),
	_("Invalid Values"),
	_("Kanban View"),
	_("Last 14 Days"),
	_("Last 30 Days"),
	_("Last 6 Months"),
	_("Last 7 Days"),
	_("Last 90 Days"),
	_("Less Than"),
	_("Less Than Or Equal To"),
	_("Light Theme"),
	_("Liked by me"),
	_("List View"),
	_("Lists"),
	_("Load More Communications"),
	_("Log out"),
	_("Looks like you haven’t received any notifications."),
	_("Map View"),
	_("Mark all as read"),
	_("Maximum Attachment Limit of {0} has been reached for {1} {2}."),
	_("Maximum attachment limit of {0} has been reached."),
	_("Move cursor to above row"),
	_("Move cursor to below row"),
	_("Move cursor to next column"),
	_("Move cursor to previous column"),
	_("My Profile"),
	_("My Settings"),
	_("Navigate to main content"),
	_("Next 14 Days"),
	_("Next 30 Days"),
	_("Next 6 Months"),
	_("Next 7 Days"),
	_("Next Document"),
	_("Next Month"),
	_("Next Quarter"),
	_("Next Week"),
	_("Next Year"),
	_("No Data..."),
	_("No Letterhead"),
	_("No New notifications"),
	_("No Results found"),
	_("No filters selected"),
	_("No new notifications"),
	_("No {0} Found"),
	_("No {0} found with matching filters. Clear filters to see all {0}."),
	_("No."),
	_("Not Permitted to read {0}"),
	_("Not allowed via controller permission check"),
	_("Nothing New"),
	_("Nothing left to redo"),
	_("Nothing left to undo"),
	_("On or After"),
	_("On or Before"),
	_("Password cannot be filtered"),
	_("Please set the document name"),
	_("Previous Document"),
	_("Previous Submission"),
	_("Print document"),
	_("Recents"),
	_("Redo"),
	_("Redo last action"),
	_("Reload List"),
	_("Reload Report"),
	_("Remind At"),
	_("Remind Me"),
	_("Remind Me In"),
	_("Reminder set at {0}"),
	_("Remove column"),
	_("Report View"),
	_("Report initiated, click to view status"),
	_("Report {0} deleted"),
	_("Report {0} saved"),
	_("Request Timeout"),
	_("Reset sorting"),
	_("Reset to default"),
	_("Rest of the day"),
	_("Save the document."),
	_("Search for {0}"),
	_("Search or type a command ({0})"),
	_("See all Activity"),
	_("Select Kanban"),
	_("Select two versions to view the diff."),
	_("Server failed to process this request because of a concurrent conflicting request. Please try again."),
	_("Server was too busy to process this request. Please try again."),
	_("Show Fieldname (click to copy on clipboard)"),
	_("Show Saved"),
	_("Show all activity"),
	_("Sort Ascending"),
	_("Sort Descending"),
	_("Strong"),
	_("Switch Theme"),
	_("Tags"),
	_("Templates"),
	_("The count shown is an estimated count. Click here to see the accurate count."),
	_("The total column width cannot be more than 10."),
	_("The value you pasted was {0} characters long. Max allowed characters is {1}."),
	_("Theme Changed"),
	_("There are no upcoming events for you."),
	_("There is nothing new to show you right now."),
	_(
		"This document can not be deleted right now as it's being modified by another user. Please try again after some time."
	),
	_(
		"This document has unsaved changes which might not appear in final PDF. <br> Consider saving the document before printing."
	),
	_("This document is currently locked and queued for execution. Please try again after some time."),
	_("This form is not editable due to a Workflow."),
	_("This report contains {0} rows and is too big to display in browser, you can {1} this report instead."),
	_("This value is fetched from {0}'s {1} field"),
	_("Timeless Night"),
	_("Toggle Full Width"),
	_("Toggle Theme"),
	_("Tomorrow"),
	_("Translate Data"),
	_("Translate values"),
	_("Tree View"),
	_("Try Again"),
	_("Type a reply / comment"),
	_("Undo"),
	_("Undo last action"),
	_("Update {0} records"),
	_("Updating related fields..."),
	_("User Changed"),
	_("Uses system's theme to switch between light and dark mode"),
	_("Weak"),
	_("What's New"),
	_("Workspace"),
	_("Workspace <b>{0}</b> does not exist"),
	_("You Liked"),
	_("You are not permitted to access this resource. Login to access"),
	_("You attached {0}"),
	_("You cancelled this document"),
	_("You cancelled this document {1}"),
	_("You changed the value of {0}"),
	_("You changed the value of {0} {1}"),
	_("You changed the values for {0}"),
	_("You changed the values for {0} {1}"),
	_("You changed {0} to {1}"),
	_("You created this"),
	_("You created this document {0}"),
	_("You do not have Read or Select Permissions for {}"),
	_("You do not have permission to access {0}: {1}."),
	_("You have not entered a value. The field will be set to empty."),
	_("You haven't created a {0} yet"),
	_("You last edited this"),
	_("You need the '{0}' permission on {1} {2} to perform this action."),
	_("You removed attachment {0}"),
	_("You submitted this document"),
	_("You submitted this document {0}"),
	_("You viewed this"),
	_("You've logged in as another user from another tab. Refresh this page to continue using system."),
	_("added rows for {0}"),
	_("ascending"),
	_("descending"),
	_("removed rows for {0}"),
	_("this form"),
	_("{0} Liked"),
	_("{0} Not allowed to change {1} after submission from {2} to {3}"),
	_("{0} Workspace"),
	_("{0} attached {1}"),
	_("{0} cancelled this document"),
	_("{0} cancelled this document {1}"),
	_(
		"{0} cannot be amended because it is not cancelled. Please cancel the document before creating an amendment."
	),
	_("{0} changed the value of {1}"),
	_("{0} changed the value of {1} {2}"),
	_("{0} changed the values for {1}"),
	_("{0} changed the values for {1} {2}"),
	_("{0} changed {1} to {2}"),
	_("{0} created this"),
	_("{0} created this document {1}"),
	_("{0} from {1} to {2}"),
	_("{0} from {1} to {2} in row #{3}"),
	_("{0} is between {1} and {2}"),
	_("{0} is equal to {1}"),
	_("{0} is greater than or equal to {1}"),
	_("{0} is greater than {1}"),
	_("{0} is less than or equal to {1}"),
	_("{0} is less than {1}"),
	_("{0} is like {1}"),
	_("{0} is not equal to {1}"),
	_("{0} is not like {1}"),
	_("{0} is not one of {1}"),
	_("{0} is not set"),
	_("{0} is one of {1}"),
	_("{0} is set"),
	_("{0} is within {1}"),
	_("{0} last edited this"),
	_("{0} must be beginning with '{1}'"),
	_("{0} must be equal to '{1}'"),
	_("{0} must be none of {1}"),
	_("{0} must be {1} {2}"),
	_("{0} removed attachment {1}"),
	_("{0} submitted this document"),
	_("{0} submitted this document {1}"),
	_("{0} viewed this"),
	_("{count} cell copied"),
	_("{count} cells copied"),
	_("{count} row selected"),
	_("{count} rows selected"),
)
