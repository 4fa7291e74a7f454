"""doc_events on DocTypes of Frappe and ERPNext, one file a DocType."""
