"""What differs between Frappe 15 and 16, in one place."""

import frappe

IS_V16: bool = int(frappe.__version__.split(".")[0]) >= 16

# A has_permission hook that has nothing against a document that is not ours answers with this: on 15 None lets
# the next hook speak and True would silence it, on 16 None refuses.
NO_OBJECTION: bool | None = True if IS_V16 else None
