"""A rule, and how one is read from YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

import yaml

from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.model import Needs, Registry
from fanzha.engine.rules import explain, reasons
from fanzha.engine.rules.expression import InvalidExpression, Node, Type, names, parse
from fanzha.engine.rules.places import Document, Path
from fanzha.engine.rules.scorer import MODEL_REASONS, MODEL_SCORE, REFERENCE, Models, Scorer
from fanzha.kit.errors import InvalidInput
from fanzha.lake.schemas import EventKind
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.risk import RiskLevel


class Target(StrEnum):
    """What a rule looks for."""

    VICTIM = "victim"  # a person who may be about to lose money: 潜在被害人
    NUMBER = "number"  # a suspect phone number: 涉诈号码
    ACCOUNT = "account"  # a suspect bank or payment account: 涉诈账户


class Stage(StrEnum):
    """When in a day's evaluation a rule runs. What one stage finds, the next may use."""

    SUSPECTS = "suspects"  # numbers and accounts by their behaviour alone
    VICTIMS = "victims"
    AFTERMATH = "aftermath"  # numbers and accounts by what victims and flagged contacts tell


SUBJECTS: dict[EventKind, tuple[str, ...]] = {
    EventKind.CALLS: ("caller", "callee"),
    EventKind.MESSAGES: ("sender", "receiver"),
    EventKind.VISITS: ("visitor",),
    EventKind.TRANSFERS: ("payer", "payee"),
}

SCORES: dict[RiskLevel, float] = {RiskLevel.RED: 0.9, RiskLevel.YELLOW: 0.7, RiskLevel.BLUE: 0.5, RiskLevel.GREEN: 0.3}


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a rule file. Lines and columns count from 1."""

    line: int
    column: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.reason}"


class InvalidRule(InvalidInput):
    """The rule is not valid."""

    code = "invalid_rule"
    remedy = "Mend the places named; docs/rules.md says what a rule may hold."

    def __init__(self, name: str, faults: list[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{name}: " + "; ".join(map(str, faults)), name=name)


@dataclass(frozen=True)
class Rule:
    """One version of one rule. `text` is the file it was read from, `tests` its examples as plain data.

    A model detector is a rule with a `model` (name@version), whose condition may read `model_score`. It runs once `bound` to the model itself.
    """

    id: str
    version: int
    on: EventKind
    subject: str
    target: Target
    fraud_type: FraudType
    fraud_type_from: str | None
    level: RiskLevel
    score: float
    when: str
    title_zh: str
    title_en: str
    reason_zh: str
    reason_en: str
    owner: str
    tests: tuple[Mapping[str, Any], ...]
    text: str
    model: str | None = None
    scorer: Scorer | None = field(default=None, compare=False, repr=False)

    def __hash__(self) -> int:
        return hash(self.text)  # the text says everything; the tests are plain data, which has no hash

    @cached_property
    def condition(self) -> Node:
        """The condition's tree."""
        return parse(self.when, _readable(FEATURES.on(self.on), self.model))

    @cached_property
    def inputs(self) -> frozenset[str]:
        """The registry's features whose values the condition, the reasons, the fraud type or the bound model need."""
        shown = reasons.names_in(self.reason_zh) | reasons.names_in(self.reason_en)
        read = names(self.condition) | shown | ({self.fraud_type_from} if self.fraud_type_from else set())
        return (read - {MODEL_SCORE, MODEL_REASONS}) | frozenset(self.scorer.features if self.scorer else ())

    def stage(self, registry: Registry = FEATURES) -> Stage:
        """Victims after suspects; numbers and accounts that need flagged contacts or victims last."""
        if self.target is Target.VICTIM:
            return Stage.VICTIMS
        return Stage.AFTERMATH if any(registry.needs(name) for name in self.inputs) else Stage.SUSPECTS

    def reason(self, values: Mapping[str, Any], language: reasons.Language) -> str:
        """Why the rule fired, in words. A model's reasons are worked out here, for few events fire."""
        template = self.reason_zh if language is reasons.Language.ZH else self.reason_en
        if self.scorer is not None and MODEL_REASONS in reasons.names_in(template):
            told = explain.in_words(self.scorer.explain(values), language)
            values = {**values, MODEL_REASONS: told}
        return reasons.fill(template, values, language)

    def score_of(self, values: Mapping[str, Any]) -> float:
        """A finding's score: the model's of the event where the rule has one, else the rule's."""
        told = values.get(MODEL_SCORE) if self.model is not None else None
        return self.score if told is None else round(float(told), 4)

    def scored(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """One event's features, with the model's score beside them where the rule has a model."""
        return row if self.scorer is None else {**row, MODEL_SCORE: self.scorer.single(row)}


_REQUIRED = ("id", "version", "on", "subject", "target", "fraud_type", "level", "when", "title", "reason", "owner", "tests")
_OPTIONAL = ("fraud_type_from", "score", "model")
_ID = re.compile(r"[a-z][a-z0-9_]{2,60}")

E = TypeVar("E", bound=StrEnum)


def _readable(features: Mapping[str, Type], model: object) -> dict[str, Type]:
    """What a condition may read: the features, and with a model its score."""
    return {**features, MODEL_SCORE: Type.NUMBER} if model is not None else dict(features)


def bind(rule: Rule, models: Models) -> Rule:
    """The rule with its model, ready to run; a rule without one as it is.

    Raises:
        ModelNotFound: the model is not there.
        InvalidRule: the model scores other events, or another side of them.
    """
    if rule.model is None:
        return rule
    scorer = models.scorer(rule.model)
    if (scorer.on, scorer.subject) != (rule.on, rule.subject):
        fits = f"{rule.model} scores the {scorer.subject} of {scorer.on}, not the {rule.subject} of {rule.on}."
        raise InvalidRule(rule.id, [Fault(*Document(rule.text).place(("model",)), fits)])
    return replace(rule, scorer=scorer)


def read_rule(text: str, name: str = "rule") -> Rule:
    """The rule in a YAML text.

    Raises:
        InvalidRule: with every fault found, each with its line and column.
    """
    try:
        document = Document(text)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark
        raise InvalidRule(
            name, [Fault(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, f"not YAML: {wrong.problem}")]
        ) from wrong
    except yaml.reader.ReaderError as wrong:
        before = text[: wrong.position]
        column = wrong.position - (before.rfind("\n") + 1) + 1
        raise InvalidRule(name, [Fault(before.count("\n") + 1, column, "a character that YAML does not allow")]) from wrong
    except RecursionError as wrong:
        raise InvalidRule(name, [Fault(1, 1, "nested too deep")]) from wrong
    return _Reader(document, text, name).read()


class _Reader:
    """Collects every fault before giving up."""

    def __init__(self, document: Document, text: str, name: str) -> None:
        self._document = document
        self._data: dict[str, Any] = document.value if isinstance(document.value, dict) else {}
        self._text = text
        self._name = name
        self._faults: list[Fault] = []

    def read(self) -> Rule:
        self._check_keys()
        on = self._word("on", EventKind)
        target = self._word("target", Target)
        level = self._word("level", RiskLevel)
        fraud_type = self._word("fraud_type", FraudType)
        features = FEATURES.on(on) if on in SUBJECTS else {}
        self._check_identity()
        self._check_model()
        self._check_subject(on, target)
        self._check_condition(features)
        self._check_words("title", {})
        self._check_words("reason", features)
        self._check_type_source(features)
        self._check_tests()
        if self._faults or on is None or target is None or level is None or fraud_type is None:
            raise InvalidRule(self._name, sorted(self._faults, key=lambda fault: (fault.line, fault.column)))
        return self._build(on, target, level, fraud_type)

    def _build(self, on: EventKind, target: Target, level: RiskLevel, fraud_type: FraudType) -> Rule:
        data = self._data
        return Rule(
            id=data["id"],
            version=data["version"],
            on=on,
            subject=data["subject"],
            target=target,
            fraud_type=fraud_type,
            fraud_type_from=data.get("fraud_type_from"),
            level=level,
            score=float(data.get("score", SCORES[level])),
            when=data["when"],
            title_zh=data["title"]["zh"],
            title_en=data["title"]["en"],
            reason_zh=data["reason"]["zh"],
            reason_en=data["reason"]["en"],
            owner=data["owner"],
            tests=tuple(data.get("tests", ())),
            text=self._text,
            model=data.get("model"),
        )

    # ---- checks

    def _fault(self, path: Path, reason: str) -> None:
        self._faults.append(Fault(*self._document.place(path), reason))

    def _check_keys(self) -> None:
        for key in _REQUIRED:
            if key not in self._data and not (key == "tests" and "model" in self._data):
                self._fault((), f"{key} is missing.")
        for key in self._data:
            if key not in _REQUIRED + _OPTIONAL:
                self._fault((key,), f"{key} is not a part of a rule.")

    def _word(self, key: str, words: type[E]) -> E | None:
        value = self._data.get(key)
        if value in [word.value for word in words]:
            return words(value)
        if key in self._data:
            self._fault((key,), f"{value} is not one of {', '.join(words)}.")
        return None

    def _check_identity(self) -> None:
        identifier, version, score = self._data.get("id", "none"), self._data.get("version", 1), self._data.get("score", 0.5)
        if not isinstance(identifier, str) or not _ID.fullmatch(identifier):
            self._fault(("id",), "An id is 3 to 61 small letters, digits and _, and begins with a letter.")
        if type(version) is not int or version < 1:
            self._fault(("version",), "A version is a whole number from 1.")
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
            self._fault(("score",), "A score is a number from 0 to 1.")
        if not isinstance(self._data.get("owner", "someone"), str):
            self._fault(("owner",), "The owner is a name.")

    def _check_model(self) -> None:
        model = self._data.get("model", "none@1")
        if not isinstance(model, str) or not REFERENCE.fullmatch(model):
            self._fault(("model",), "A model is named name@version, such as caller_numbers@1.")

    def _check_subject(self, on: EventKind | None, target: Target | None) -> None:
        if on is None or "subject" not in self._data:
            return
        if on not in SUBJECTS:
            self._fault(("on",), f"Rules run on {', '.join(SUBJECTS)}.")
        elif self._data["subject"] not in SUBJECTS[on]:
            self._fault(("subject",), f"The subject of {on} is one of {', '.join(SUBJECTS[on])}.")
        if target is Target.ACCOUNT and on is not EventKind.TRANSFERS:
            self._fault(("target",), "Accounts are found on transfers.")
        if target is Target.NUMBER and on is EventKind.TRANSFERS:
            self._fault(("target",), "Numbers are found on calls, messages and visits.")

    def _check_condition(self, features: Mapping[str, Type]) -> None:
        when = self._data.get("when")
        if not isinstance(when, str):
            if "when" in self._data:
                self._fault(("when",), "The condition is a text; write it after `when: |`.")
            return
        if not features:
            return
        try:
            condition = parse(when, _readable(features, self._data.get("model")))
        except InvalidExpression as wrong:
            self._faults.append(Fault(*self._document.inside(("when",), wrong.line, wrong.column), wrong.reason))
            return
        if not names(condition):
            self._fault(("when",), "The condition reads no feature, so it is the same for every event.")
        if "model" in self._data and MODEL_SCORE not in names(condition):
            self._fault(("when",), f"The condition of a rule with a model reads {MODEL_SCORE}.")

    def _check_words(self, key: str, features: Mapping[str, Type]) -> None:
        words = self._data.get(key)
        if key not in self._data:
            return
        if (
            not isinstance(words, dict)
            or set(words) != {"zh", "en"}
            or not all(isinstance(each, str) and each.strip() for each in words.values())
        ):
            self._fault((key,), f"The {key} has a text under zh and one under en.")
            return
        shown = {**_readable(features, self._data["model"]), MODEL_REASONS: Type.TEXT} if features and "model" in self._data else features
        for language, template in words.items():
            for reason in reasons.faults(template, shown) if features or key == "title" else []:
                self._fault((key, language), reason)

    def _check_type_source(self, features: Mapping[str, Type]) -> None:
        source = self._data.get("fraud_type_from")
        if source is not None and features and features.get(source) is not Type.TEXT:
            self._fault(("fraud_type_from",), f"{source} is not a feature that holds a fraud type.")

    def _check_tests(self) -> None:
        tests = self._data.get("tests")
        if "tests" not in self._data:
            return
        if "model" in self._data:
            self._fault(("tests",), "A rule with a model has no examples: what it says of a made-up one changes with each version; its card is its proof.")
            return
        if not isinstance(tests, list) or not all(isinstance(test, dict) and isinstance(test.get("fires"), list) for test in tests):
            self._fault(("tests",), "Tests are a list; each has a name, events and `fires`: the subjects expected, none for [].")
            return
        if not any(test["fires"] for test in tests) or all(test["fires"] for test in tests):
            self._fault(("tests",), "Tests need an example that fires and one that does not.")


def marks_needed(rule: Rule, registry: Registry = FEATURES) -> frozenset[Needs]:
    """What beside the events the rule depends on."""
    return frozenset().union(*(registry.needs(name) for name in rule.inputs))
