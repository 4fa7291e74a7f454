"""The rules of the domain as functions over plain values.

Nothing here imports frappe, and nothing reads a clock, a file or a database that it was not handed: the desk
and the offline command call the same functions, so that a rule exists once.
"""
