"""The field's words: identifiers, regions, fraud types, levels, roles, outcomes, legal bases."""
