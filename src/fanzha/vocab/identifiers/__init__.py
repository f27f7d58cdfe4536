"""Identifiers of the field. See docs/architecture.md for the contract."""
