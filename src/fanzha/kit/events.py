"""Reactions across desks. A handler runs at once, in the publisher's transaction: both happen or neither does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar


@dataclass(frozen=True)
class Event:
    """Something that has happened, in the past tense, with what a listener needs."""


E = TypeVar("E", bound=Event)


class Events:
    """Which handlers listen to which event. Filled once by bootstrap."""

    def __init__(self) -> None:
        self._handlers: dict[type[Event], list[Callable[[Any, Any], None]]] = defaultdict(list)

    def on(self, kind: type[E], handler: Callable[[Any, E], None]) -> None:
        """Call `handler(work, event)` whenever an event of exactly this kind is published."""
        self._handlers[kind].append(handler)

    def publish(self, work: object, event: Event) -> None:
        """Run every handler in the order of registration; an exception stops the transaction."""
        for handler in self._handlers[type(event)]:
            handler(work, event)
