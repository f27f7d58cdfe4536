"""Lets the demonstration's people act on the warnings that stand, each step at its own moment and as the person whose step it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from fanzha.desks import warnings
from fanzha.faces.cli.demonstration import tempers
from fanzha.faces.cli.demonstration.staff import Staff
from fanzha.faces.cli.demonstration.tempers import Move
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.errors import Conflict, InvalidInput
from fanzha.store import Principal, Scope
from fanzha.vocab.risk import RiskLevel

_PAGE = 500


def answer(platform: Platform, staff: Staff, since: datetime, until: datetime) -> tuple[int, int]:
    """Take every step that lies after `since` and up to `until`; returns how many were taken and how many were no longer possible.

    A step that is no longer possible (the warning was withdrawn, raised or called back meanwhile) is what an officer finds in life too: nothing is forced.
    """
    due = [(move, card) for card in _standing(platform) for move in _moves(card) if since < move.at <= until]
    taken = late = 0
    for move, card in sorted(due, key=lambda pair: (pair[0].at, pair[0].key)):
        if _take(platform, _actor(staff, card, move), card.id, move):
            taken += 1
        else:
            late += 1
    return taken, late


def _take(platform: Platform, actor: Principal, warning_id: str, move: Move) -> bool:
    try:
        with clock.frozen(move.at), platform.database.work(Scope.of(actor)) as work:
            move.step(work, warning_id, move.key)
    except (Conflict, InvalidInput):
        return False
    return True


def _standing(platform: Platform) -> Iterator[warnings.Card]:
    """Every open warning, in order of issue."""
    cursor = ""
    while True:
        with platform.database.work(Scope.system("demo")) as work:
            cards = warnings.queue.after(work, warnings.Filters(state="open"), cursor, _PAGE)
        yield from cards
        if len(cards) < _PAGE:
            return
        cursor = cards[-1].id


def _moves(card: warnings.Card) -> Iterator[Move]:
    """The steps by the level at which the warning was issued: an escalation raises it and changes nobody's habits."""
    level = list(RiskLevel)[min(card.level.rank + card.escalations, RiskLevel.BLUE.rank)] if card.escalations else card.level
    return tempers.moves(card.number, level, card.issued_at, card.fraud_type)


def _actor(staff: Staff, card: warnings.Card, move: Move) -> Principal:
    people = staff.grid_workers if move.by_grid else staff.officers
    return people.get(card.region, staff.duty)
