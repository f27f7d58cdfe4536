"""A simulated operator: takes orders on numbers over the machine interface, verifies holders, limits and restores service. A process of its own."""

from fanzha.simulator.operator.clerk import Clerk
from fanzha.simulator.operator.holders import Habits, Holders, Sim

__all__ = ["Clerk", "Habits", "Holders", "Sim"]
