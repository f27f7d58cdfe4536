"""The fraud type of a narrative and how far it had gone: phrases chosen by hand beside what `learned` counted from told tricks; both give the reasons.

Each different phrase counts once with its weight for its type; the sums become shares (softmax). The first words of a narrative say how the trick began, which
tells the type better than the money talk at its end, so a phrase there counts half as much again. The logarithms of both are added with the weights below and
become the confidence; they were set on the development narratives, so that above `NEEDS_HUMAN` at least .95 are right (docs/benchmarks/extract.md).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import ahocorasick_rs
import numpy as np

from fanzha.engine.reading.learned import TYPES, Floats, Weighed, shipped
from fanzha.engine.reading.model import Amount, Judgement, Mention, MoneyRole, Role
from fanzha.kit.shipped import load_yaml
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.stages import Stage

NEEDS_HUMAN = 0.6
MOST_REASONS = 6
_MARKS = re.compile(r"[^\w]|_")
_SHARPNESS = 0.75
_BY_LEARNED = 5.0
_BY_PHRASES = 0.625
_FLOOR = 1e-3
_LEAST = 0.3
"""Below this confidence nothing is claimed: the type is OTHER."""
_ENOUGH_PHRASES = 3
_BEGINNING = 0.45
_OTHER_PRIOR = 2.2
_NONE_PAID = "none_paid"
_CONTACTS = frozenset({Kind.QQ, Kind.WECHAT, Kind.IM, Kind.APP})


@dataclass(frozen=True)
class Phrases:
    """Phrases with a tag (a type or a stage) and a weight, ready to match."""

    words: tuple[str, ...]
    tags: tuple[tuple[tuple[str, float], ...], ...]
    automaton: ahocorasick_rs.AhoCorasick

    def find(self, text: str) -> dict[int, int]:
        """The first place of every phrase in a plain text."""
        found: dict[int, int] = {}
        for number, start, _ in self.automaton.find_matches_as_indexes(text, overlapping=True):
            found.setdefault(number, start)
        return found


def plain(folded: str) -> str:
    """Lower case without blanks and marks."""
    return _MARKS.sub("", folded).lower()


def judge(folded: str, mentions: Sequence[Mention], amounts: Sequence[Amount], *, human_below: float = NEEDS_HUMAN) -> Judgement:
    """Type, stage and their reasons. `human_below`: the confidence under which a person must look."""
    text = plain(folded)
    scores, said = _scores(text)
    weighed = shipped().weigh(text)
    shares = _together(_shares(scores), weighed)
    ranked = [TYPES[place] for place in np.argsort(-shares, kind="stable")]
    confidence = round(float(shares.max()), 3)
    sure = confidence >= _LEAST
    best, runner_up = (ranked[0], ranked[1]) if sure else (FraudType.OTHER, ranked[0])
    stage, stage_reasons = _stage(text, mentions, amounts)
    needs_human = confidence < human_below or not sure
    return Judgement(best, confidence, _reasons(said.get(best, []), weighed, best), None if runner_up is best else runner_up, stage, stage_reasons, needs_human)


def _together(shares: dict[FraudType, float], weighed: Weighed) -> Floats:
    """Phrases and learned weights as one share a type, in the order of `TYPES`."""
    phrases = np.log(np.array([shares[kind] for kind in TYPES]) + _FLOOR)
    added = _BY_LEARNED * shipped().logs(weighed) + _BY_PHRASES * phrases
    grown = np.exp(added - added.max())
    return np.asarray(grown / grown.sum(), dtype=np.float64)


def _reasons(said: list[tuple[str, float]], weighed: Weighed, kind: FraudType) -> tuple[str, ...]:
    """The weightiest phrases first; where they are few, learned words that are in none of them."""
    phrases = [words for words, weight in sorted(said, key=lambda one: -one[1]) if weight > 0][:MOST_REASONS]
    if len(phrases) >= _ENOUGH_PHRASES:
        return tuple(phrases)
    learned = [words for words in shipped().reasons(weighed, kind) if not any(words in phrase or phrase in words for phrase in phrases)]
    return tuple([*phrases, *learned][:MOST_REASONS])


def _scores(text: str) -> tuple[dict[FraudType, float], dict[FraudType, list[tuple[str, float]]]]:
    phrases = _type_phrases()
    beginning = max(40, int(len(text) * _BEGINNING))
    scores: dict[FraudType, float] = {}
    reasons: dict[FraudType, list[tuple[str, float]]] = {}
    hits = phrases.find(text)
    covered = {phrases.words[number] for number in hits}
    for number, place in hits.items():
        words = phrases.words[number]
        factor = 1.5 if place < beginning else 1.0
        factor *= 0.4 if any(words != longer and words in longer for longer in covered) else 1.0
        for tag, weight in phrases.tags[number]:
            kind = FraudType(tag)
            scores[kind] = scores.get(kind, 0.0) + weight * factor
            reasons.setdefault(kind, []).append((words, weight * factor))
    return scores, reasons


def _shares(scores: dict[FraudType, float]) -> dict[FraudType, float]:
    """Softmax; phrases beyond the first few add little, since one trick is told at greater length than another."""
    raised = {kind: _SHARPNESS * math.copysign(abs(scores.get(kind, 0.0)) ** 0.9, scores.get(kind, 0.0)) for kind in FraudType}
    raised[FraudType.OTHER] = _SHARPNESS * _OTHER_PRIOR
    top = max(raised.values())
    grown = {kind: math.exp(value - top) for kind, value in raised.items()}
    total = sum(grown.values())
    return {kind: value / total for kind, value in grown.items()}


def _stage(text: str, mentions: Sequence[Mention], amounts: Sequence[Amount]) -> tuple[Stage, tuple[str, ...]]:
    """The farthest stage that the text tells of."""
    phrases = _stage_phrases()
    said: dict[str, list[str]] = {}
    for number in phrases.find(text):
        for tag, _ in phrases.tags[number]:
            said.setdefault(tag, []).append(phrases.words[number])
    unpaid = said.get(_NONE_PAID)
    paid = [amount.raw for amount in amounts if amount.role in (MoneyRole.LOST, MoneyRole.FEE)]
    coins = any(mention.kind is Kind.CRYPTO and mention.role is Role.SUSPECT for mention in mentions)
    if not unpaid and (said.get(Stage.LAUNDERING.value) or (coins and paid)):
        return Stage.LAUNDERING, tuple(said.get(Stage.LAUNDERING.value, paid))[:MOST_REASONS]
    if paid:
        return Stage.TRANSFER, tuple(paid)[:MOST_REASONS]
    contact = any(mention.kind in _CONTACTS for mention in mentions)
    if said.get(Stage.GROOMING.value) or contact:
        return Stage.GROOMING, tuple((unpaid or []) + said.get(Stage.GROOMING.value, []))[:MOST_REASONS]
    return Stage.LEAD_IN, tuple((unpaid or []) + said.get(Stage.LEAD_IN.value, []))[:MOST_REASONS]


@cache
def _type_phrases() -> Phrases:
    document = _document("types.yaml")
    return build({kind: {str(words): float(weight) for weight, group in groups.items() for words in group} for kind, groups in document.items()})


@cache
def _stage_phrases() -> Phrases:
    return build({stage: dict.fromkeys(map(str, words), 1.0) for stage, words in _document("stages.yaml").items()})


def build(tagged: dict[str, dict[str, float]]) -> Phrases:
    """`tagged`: tag → phrase → weight. A phrase may stand under several tags."""
    by_words: dict[str, list[tuple[str, float]]] = {}
    for tag, group in tagged.items():
        for words, weight in group.items():
            by_words.setdefault(plain(words), []).append((tag, weight))
    known = tuple(by_words)
    automaton = ahocorasick_rs.AhoCorasick(list(known), matchkind=ahocorasick_rs.MatchKind.Standard)
    return Phrases(known, tuple(tuple(by_words[one]) for one in known), automaton)


def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = load_yaml(resources.files("fanzha.engine.reading").joinpath(name))
    return document
