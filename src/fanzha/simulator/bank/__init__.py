"""A simulated bank: takes orders over the machine interface, as a real one would, with balances, delays and faults. A process of its own."""

from fanzha.simulator.bank.book import Account, Book
from fanzha.simulator.bank.faults import Faults
from fanzha.simulator.bank.teller import Teller

__all__ = ["Account", "Book", "Faults", "Teller"]
