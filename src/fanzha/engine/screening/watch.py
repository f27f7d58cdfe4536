"""The rules that can be asked in flight, and which of them fire for one event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fanzha.engine.rules.model import SUBJECTS, Rule
from fanzha.engine.rules.reasons import Language
from fanzha.engine.rules.together import Hits, compile_together
from fanzha.engine.screening.events import Columns, Event
from fanzha.engine.screening.state import State, horizons
from fanzha.engine.screening.values import Values, unsupported
from fanzha.lake.schemas import EventKind
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.risk import RiskLevel


@dataclass(frozen=True)
class Fired:
    """One rule that fired, with its reasons in words."""

    rule_id: str
    version: int
    level: RiskLevel
    score: float
    fraud_type: FraudType
    reason_zh: str
    reason_en: str


@dataclass(frozen=True)
class Left:
    """A rule that is not asked in flight, and why."""

    rule_id: str
    version: int
    why: str


class Watch:
    """Rules compiled for single events: all rules of one kind and side in one function that reads no feature it need not."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        judged = [(rule, why_not(rule)) for rule in sorted(rules, key=lambda rule: rule.id)]
        self.rules: tuple[Rule, ...] = tuple(rule for rule, why in judged if why is None)
        self.left: tuple[Left, ...] = tuple(Left(rule.id, rule.version, why) for rule, why in judged if why is not None)
        groups: dict[tuple[EventKind, str], list[Rule]] = defaultdict(list)
        for rule in self.rules:
            groups[rule.on, rule.subject].append(rule)
        self._groups: Mapping[EventKind, Sequence[tuple[str, Sequence[Rule], Hits]]] = {
            kind: [(side, mine, compile_together([rule.condition for rule in mine], lazy=True)) for side in sides if (mine := groups.get((kind, side)))]
            for kind, sides in SUBJECTS.items()
        }

    def wanted(self) -> dict[str, int]:
        """The sources to keep, and how far back in microseconds."""
        return horizons(name for rule in self.rules for name in rule.inputs)

    def fire(self, state: State, event: Event, columns: Columns) -> list[Fired]:
        """What fires, from every side that has a token. The event itself is not yet among the past."""
        found: list[Fired] = []
        for side, rules, hits in self._groups[event.kind]:
            if event.side(side) is None:
                continue
            values = Values(state, event, columns, side)
            found += [_fired(rules[place], values) for place in hits(values)]
        return found


def why_not(rule: Rule) -> str | None:
    """Why a rule cannot be asked in flight; None where it can."""
    if rule.model is not None:
        return f"the model {rule.model} scores in batch only"
    return next((why for name in sorted(rule.inputs) if (why := unsupported(name))), None)


def _fired(rule: Rule, values: Values) -> Fired:
    told = values[rule.fraud_type_from] if rule.fraud_type_from else None
    shown = {name: values[name] for name in rule.inputs}
    return Fired(
        rule.id, rule.version, rule.level, rule.score, FraudType(told) if isinstance(told, str) else rule.fraud_type,
        rule.reason(shown, Language.ZH), rule.reason(shown, Language.EN),
    )  # fmt: skip
