"""Reading rule files, reasons in words, examples in files, and what a stretch of days finds."""

from __future__ import annotations

from datetime import date

import pytest

from fanzha.engine.detection import DAY, REACH, Known, detect, reach
from fanzha.engine.evidence import MOST, evidence
from fanzha.engine.features.history import History
from fanzha.engine.persons import PERSONS_SCHEMA
from fanzha.engine.rules.examples import KINDS, _persons, _table, run_tests
from fanzha.engine.rules.expression import Type
from fanzha.engine.rules.model import Fault, InvalidRule, Rule, Stage, read_rule
from fanzha.engine.rules.reasons import Language, faults, fill
from fanzha.lake.schemas import EventKind
from fanzha.vocab.fraud_types import FraudType

GOOD = """\
id: long_call
version: 3
on: calls
subject: callee
target: victim
fraud_type: authority
level: red
owner: desk
title: {zh: 长通话, en: Long call}
when: |
  seconds >= 600
  AND other_flagged
reason: {zh: "通话{seconds:minutes}分钟", en: "{seconds:minutes} minutes"}
tests:
  - name: long
    fires: [a]
    flagged: {bad: authority}
    calls: [{at: "2026-03-01 10:00", caller: bad, callee: a, seconds: 900}]
  - name: short
    fires: []
    flagged: {bad: authority}
    calls: [{at: "2026-03-01 10:00", caller: bad, callee: a, seconds: 9}]
"""


def refused(old: str, new: str) -> tuple[Fault, ...]:
    assert old in GOOD
    with pytest.raises(InvalidRule) as wrong:
        read_rule(GOOD.replace(old, new), "file.yaml")
    assert "file.yaml" in str(wrong.value)
    return wrong.value.faults


def test_a_good_rule() -> None:
    rule = read_rule(GOOD)
    assert (rule.id, rule.version, rule.on, rule.fraud_type, rule.score) == ("long_call", 3, EventKind.CALLS, FraudType.AUTHORITY, 0.9)
    assert rule.inputs == {"seconds", "other_flagged"}
    assert rule.stage() is Stage.VICTIMS
    assert rule.reason({"seconds": 900}, Language.ZH) == "通话15分钟"
    assert [outcome.passed for outcome in run_tests(rule)] == [True, True]


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "reason"),
    [
        ("id: long_call", "id: Long-Call", 1, 1, "An id is"),
        ("version: 3", "version: 0", 2, 1, "A version is"),
        ("version: 3", "version: 3\nmood: good", 3, 1, "mood is not a part"),
        ("version: 3\n", "", 1, 1, "version is missing"),
        ("on: calls", "on: letters", 3, 1, "letters is not one of"),
        ("on: calls", "on: accounts", 3, 1, "Rules run on"),
        ("subject: callee", "subject: payer", 4, 1, "The subject of calls"),
        ("target: victim", "target: account", 5, 1, "Accounts are found on transfers"),
        ("level: red", "level: purple", 7, 1, "purple is not one of"),
        ("owner: desk", "owner: desk\nscore: 7", 9, 1, "A score is"),
        ("owner: desk", "owner: desk\nfraud_type_from: seconds", 9, 1, "not a feature that holds"),
        ("title: {zh: 长通话, en: Long call}", "title: 长通话", 9, 1, "a text under zh"),
        ("  AND other_flagged", "  AND no_such", 12, 7, "no feature named no_such"),
        ("when: |\n  seconds >= 600\n  AND other_flagged", "when: seconds >= x", 10, 18, "no feature named x"),
        ("when: |\n  seconds >= 600\n  AND other_flagged", "when: [1]", 10, 1, "The condition is a text"),
        ("when: |\n  seconds >= 600\n  AND other_flagged", "when: 1 < 2", 10, 1, "reads no feature"),
        ("seconds >= 600", "amount_fen >= 600", 11, 3, "no feature named amount_fen"),
        ("{seconds:minutes}分钟", "{second}分钟", 13, 10, "no feature named second"),
        ("{seconds:minutes}分钟", "{seconds:hours}分钟", 13, 10, "no format named hours"),
        ("{seconds:minutes}分钟", "{other_flagged:yuan}", 13, 10, "not a number"),
        ("fires: [a]", "fires: []", 14, 1, "an example that fires"),
        ("    fires: [a]\n", "", 14, 1, "Tests are a list"),
        ("id: long_call", "id: [long_call", 2, 8, "not YAML"),
        ("id: long_call", "id: 2026-02-30", 1, 5, "cannot be what it looks like"),
        ("id: long_call", "id: !!int ten", 1, 5, "cannot be what it looks like"),
        ("id: long_call", "id: long\x00call", 1, 9, "a character that YAML does not allow"),
        ("id: long_call", "id: &a long_call\nowner: *a", 2, 8, "references"),
    ],
)
def test_a_bad_rule_is_refused_with_its_place(old: str, new: str, line: int, column: int, reason: str) -> None:
    found = refused(old, new)
    assert any(reason in fault.reason and (fault.line, fault.column) == (line, column) for fault in found), found


def test_all_faults_are_told_at_once() -> None:
    assert len(refused("version: 3\non: calls\nsubject: callee", "version: x\non: calls\nsubject: payee")) == 2


@pytest.mark.parametrize("text", ["", "- a list", "just words", "[" * 5000, "a: &a [*a]", "\x07", "2026-02-30: {? [] : 1}"])
def test_what_is_no_rule_at_all(text: str) -> None:
    with pytest.raises(InvalidRule):
        read_rule(text)


def test_an_example_with_an_unknown_column_is_refused() -> None:
    rule = read_rule(GOOD.replace("seconds: 900", "secnds: 900"))
    with pytest.raises(InvalidRule) as wrong:
        run_tests(rule)
    assert "long" in str(wrong.value)


def test_on_is_a_word_not_a_boolean() -> None:
    assert read_rule(GOOD).on is EventKind.CALLS


def test_reasons_say_values_in_words() -> None:
    values = {"n": 1234567, "half": 2.5, "fen": 123450, "share": 0.875, "yes": True, "kind": "loan", "gone": None, "word": "mobile"}
    template = "{n} {half} {fen:yuan} {share:percent} {half:times} {yes} {kind:type} {gone} {word}"
    assert fill(template, values, Language.ZH) == "1,234,567 2.5 1,234.50 88% 2.5 是 虚假贷款 — mobile"
    assert fill("{yes} {kind:type} {word:type}", values, Language.EN) == "yes Fake loans mobile"
    assert faults("{n} { x", {"n": Type.NUMBER}) == ["A brace stands alone."]
    assert faults("{n:type}", {"n": Type.NUMBER}) == ["n is not a fraud type."]


def small_history(kind: EventKind, events: list[dict[str, object]]) -> History:
    return History({each: _table(each, events if each is kind else []) for each in KINDS}, _persons({}))


def first_each(rule: Rule, history: History, days: int = 1) -> list[tuple[str, str]]:
    first = date(2026, 3, 1)
    found, _ = detect(history, [rule], {"bad": FraudType.LOAN}, Known.nothing(), first, first + DAY * (days - 1))
    return [(each.subject, each.event_id) for each in found]


def test_one_finding_a_subject_and_day_at_the_first_event() -> None:
    calls: list[dict[str, object]] = [
        {"at": "2026-03-01 23:59", "caller": "bad", "callee": "a", "seconds": 700, "event_id": "late"},
        {"at": "2026-03-01 10:00", "caller": "bad", "callee": "a", "seconds": 700, "event_id": "first"},
        {"at": "2026-03-02 00:00", "caller": "bad", "callee": "a", "seconds": 700, "event_id": "next"},
        {"at": "2026-03-02 08:00", "caller": "bad", "callee": None, "seconds": 700, "event_id": "nobody"},
    ]
    assert first_each(read_rule(GOOD), small_history(EventKind.CALLS, calls), 2) == [("a", "first"), ("a", "next")]


def test_evidence_is_bounded_ends_with_the_anchor_and_never_comes_after_it() -> None:
    calls: list[dict[str, object]] = [{"at": "2026-03-01 08:00", "caller": "bad", "callee": "a", "seconds": 5, "repeat": 40, "every": 30}]
    calls.append({"at": "2026-03-01 09:00", "caller": "bad", "callee": "a", "seconds": 700, "event_id": "anchor"})
    calls.append({"at": "2026-03-01 09:30", "caller": "bad", "callee": "a", "seconds": 700, "event_id": "after"})
    history = small_history(EventKind.CALLS, calls)
    found, marks = detect(history, [read_rule(GOOD)], {"bad": FraudType.LOAN}, Known.nothing(), date(2026, 3, 1), date(2026, 3, 1))
    (behind,) = evidence(history, found, marks)
    assert len(behind) == MOST
    assert behind[-1].event_id == "anchor"
    assert [each.at for each in behind] == sorted(each.at for each in behind)


def test_how_far_history_must_reach() -> None:
    rule = read_rule(GOOD)
    assert reach([rule], EventKind.CALLS) == REACH
    paying = GOOD.replace("on: calls\nsubject: callee", "on: transfers\nsubject: payer").replace(
        "seconds >= 600\n  AND other_flagged", "new_payee"
    )
    month = read_rule(paying.replace("{seconds:minutes}", "{amount_fen:yuan}"))
    assert reach([month], EventKind.TRANSFERS) == 31 * DAY
    assert reach([month], EventKind.CALLS) == REACH
    assert set(PERSONS_SCHEMA) == {"subject", "person", "phone", "region"}
