"""Fanzha (反诈): a city's platform against telecom and online fraud."""

__version__ = "0.1.0"
