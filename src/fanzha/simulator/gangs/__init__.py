"""Gangs: what each kind of fraud does step by step, what a gang owns, and how its money is laundered."""
