"""The rules that can be asked in flight, and which of them fire for one event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fanzha.engine.rules.model import SUBJECTS, Rule
from fanzha.engine.rules.reasons import Language
from fanzha.engine.rules.scorer import MODEL_SCORE
from fanzha.engine.rules.together import Hits, compile_together
from fanzha.engine.screening.events import Columns, Event
from fanzha.engine.screening.state import State, horizons
from fanzha.engine.screening.values import Scored, Values, unsupported
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
    """Rules compiled for single events: all rules of one kind, side and model in one function that reads no feature, and no score, it need not."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        judged = [(rule, why_not(rule)) for rule in sorted(rules, key=lambda rule: rule.id)]
        self.rules: tuple[Rule, ...] = tuple(rule for rule, why in judged if why is None)
        self.left: tuple[Left, ...] = tuple(Left(rule.id, rule.version, why) for rule, why in judged if why is not None)
        groups: dict[tuple[EventKind, str, str | None], list[Rule]] = defaultdict(list)
        for rule in self.rules:
            groups[rule.on, rule.subject, rule.model].append(rule)
        self._groups: dict[EventKind, list[tuple[str, Sequence[Rule], Hits]]] = {kind: [] for kind in SUBJECTS}
        for (kind, side, _), mine in groups.items():
            self._groups[kind].append((side, mine, compile_together([rule.condition for rule in mine], lazy=True)))

    def wanted(self) -> dict[str, int]:
        """The sources to keep, and how far back in microseconds."""
        return horizons(name for rule in self.rules for name in rule.inputs)

    def fire(self, state: State, event: Event, columns: Columns) -> list[Fired]:
        """What fires, from every side that has a token. The event itself is not yet among the past."""
        found: list[Fired] = []
        for side, rules, hits in self._groups[event.kind]:
            if event.side(side) is None:
                continue
            scorer = rules[0].scorer
            values = Values(state, event, columns, side) if scorer is None else Scored(state, event, columns, side, scorer)
            found += [_fired(rules[place], values) for place in hits(values)]
        return found


def why_not(rule: Rule) -> str | None:
    """Why a rule cannot be asked in flight; None where it can."""
    if rule.model is not None and rule.scorer is None:
        return f"the model {rule.model} is not loaded"
    return next((why for name in sorted(rule.inputs) if (why := unsupported(name))), None)


def _fired(rule: Rule, values: Values) -> Fired:
    told = values[rule.fraud_type_from] if rule.fraud_type_from else None
    shown = {name: values[name] for name in (*rule.inputs, *((MODEL_SCORE,) if rule.model is not None else ()))}
    return Fired(
        rule.id, rule.version, rule.level, rule.score_of(shown), FraudType(told) if isinstance(told, str) else rule.fraud_type,
        rule.reason(shown, Language.ZH), rule.reason(shown, Language.EN),
    )  # fmt: skip
