"""What an installed site needs to begin with: data first (`data/`), then one function for each thing that
applies it.

This file imports nothing, so that the engine's tests and the offline command can find the data without
Frappe.
"""
