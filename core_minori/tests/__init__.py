"""Builders and tests that need a site; tests of one DocType lie beside it."""
