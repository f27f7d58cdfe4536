"""The steps a fraud is written in. A script reads as a case file does: who calls, what is sent, what is opened, what is paid, and when.

`at` is a span of the fraud's time up to its first payment (0 the lead-in, 1 the payment). `before_pay` instead ties a step to every payment: it begins
so many minutes before it, whichever it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.stages import Stage

Span = tuple[float, float]
Count = tuple[int, int]


class By(StrEnum):
    """What of the gang's a step is done with."""

    LINE = "line"  # a card in a SIM box in the city (GOIP)
    FOREIGN = "foreign"  # a number abroad, or spoofed to look so
    PORT = "port"  # a bulk-message port
    SITE = "site"  # a domain of its own
    APP = "app"  # a niche chat or fake-platform app of its own
    SHARE = "share"  # a screen-sharing app


@dataclass(frozen=True)
class Call:
    stage: Stage
    by: By
    seconds: Count
    at: Span = (0.0, 1.0)
    times: Count = (1, 1)
    before_pay: Span | None = None


@dataclass(frozen=True)
class Text:
    stage: Stage
    by: By
    texts: tuple[str, ...]
    at: Span = (0.0, 1.0)
    times: Count = (1, 1)
    before_pay: Span | None = None


@dataclass(frozen=True)
class Visit:
    stage: Stage
    by: By
    seconds: Count
    at: Span = (0.0, 1.0)
    times: Count = (1, 1)
    before_pay: Span | None = None


Step = Call | Text | Visit


@dataclass(frozen=True)
class Bait:
    """A small payment that comes back with a gain, to win trust (yuan)."""

    paid: Count
    gain: Span
    at: Span
    times: Count = (1, 1)


@dataclass(frozen=True)
class Victims:
    """Who is taken in: an age span, and occupations whose weight is raised."""

    ages: Count
    drawn: dict[str, float] = field(default_factory=dict)
    men: float = 1.0


@dataclass(frozen=True)
class Script:
    """One fraud type.

    `weight` is its part of all frauds; `hours` the time from lead-in to first payment, `payments` their number, `apart` the hours between two of them;
    `loss` the median in yuan with a log-normal spread. The first step of `steps` is the lure, which also goes to many who are not taken in.
    """

    type: FraudType
    weight: float
    victims: Victims
    hours: Span
    payments: Count
    apart: Span
    loss: int
    steps: tuple[Step, ...]
    spread: float = 0.8
    bait: Bait | None = None
    channel: str = "手机银行"
