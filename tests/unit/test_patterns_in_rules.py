"""A rule may name the patterns of the account graph, and a run over days finds them."""

from __future__ import annotations

import pytest

from fanzha.engine.rules.examples import run_tests
from fanzha.engine.rules.model import Stage, read_rule

RING = """\
id: money_comes_back
version: 1
on: transfers
subject: payer
target: account
fraud_type: other
level: yellow
owner: desk
title: {zh: 资金回流, en: Money comes back}
when: |
  WHEN
reason: {zh: "回路{cycle_length_7d}个账户", en: "a cycle of {cycle_length_7d} accounts"}
tests:
  - name: a ring of three within a week
    fires: [c]
    transfers:
      - {at: "2026-03-01 10:00", payer: a, payee: b, amount_fen: 500000}
      - {at: "2026-03-02 10:00", payer: b, payee: c, amount_fen: 495000}
      - {at: "2026-03-02 12:00", payer: c, payee: a, amount_fen: 490000}
  - name: the legs in the wrong order
    fires: []
    transfers:
      - {at: "2026-03-01 10:00", payer: b, payee: c, amount_fen: 500000}
      - {at: "2026-03-02 10:00", payer: a, payee: b, amount_fen: 495000}
      - {at: "2026-03-02 12:00", payer: c, payee: a, amount_fen: 490000}
"""


@pytest.mark.parametrize("when", ["cycle_through_7d", "cycle_length_7d <= 3 AND passes_through_24h OR cycle_length_7d = 3"])
def test_a_rule_over_cycles(when: str) -> None:
    rule = read_rule(RING.replace("WHEN", when))
    assert rule.stage() is Stage.SUSPECTS
    assert [outcome.passed for outcome in run_tests(rule)] == [True, True]


def test_a_rule_over_the_way_to_a_flagged_account_waits_for_the_marks() -> None:
    text = RING.partition("tests:")[0].replace("cycle_length_7d", "payee_hops_to_flagged_7d")
    rule = read_rule(text.replace("WHEN", "payee_hops_to_flagged_7d <= 2") + """\
tests:
  - name: the payee pays a flagged account
    fires: [a, m]
    flagged: {f: loan}
    transfers:
      - {at: "2026-03-01 10:00", payer: m, payee: f, amount_fen: 500000}
      - {at: "2026-03-02 10:00", payer: a, payee: m, amount_fen: 500000}
  - name: it paid before
    fires: []
    flagged: {f: loan}
    transfers:
      - {at: "2026-03-01 10:00", payer: a, payee: m, amount_fen: 500000}
""")
    assert [outcome.passed for outcome in run_tests(rule)] == [True, True]
