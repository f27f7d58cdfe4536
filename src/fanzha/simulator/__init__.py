"""A city that never was: people, phones, accounts, ordinary life and gangs, with the truth beside it. Same plan, same city, to the last row."""

from fanzha.simulator.plan import ImpossiblePlan, Plan
from fanzha.simulator.world import Summary, simulate

__all__ = ["ImpossiblePlan", "Plan", "Summary", "simulate"]
