"""Whitelisted methods: thin, typed, POST for writes."""
