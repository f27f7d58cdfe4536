"""Features of the graph that transfers draw between accounts and calls between numbers; `engine.patterns` holds the kernels and the definitions.

A pattern is told at the event that completes it, of edges strictly before the event and, as its last leg, the event itself. Fan-in and fan-out are
window features (`payee_payers_24h`, `payer_payees_24h`), as are the SIMs of a telephone set (`device_sims_24h`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fanzha.engine.features.families import ago
from fanzha.engine.features.history import History
from fanzha.engine.features.model import Feature, Formula, Needs, Together
from fanzha.engine.kernels import Codes, Ints
from fanzha.engine.patterns import cycles, distance, passing, scatter, telephone
from fanzha.engine.patterns.graph import Graph, Pairs
from fanzha.engine.rules.expression import Type
from fanzha.engine.windows import SECOND, WINDOWS, Queries, microseconds
from fanzha.lake.schemas import EventKind

if TYPE_CHECKING:
    from fanzha.engine.features.compute import Features, Marked, View

C, T = EventKind.CALLS, EventKind.TRANSFERS
MINUTE = 60 * SECOND
BURST = timedelta(minutes=10)
MANY_SIMS = 4  # a person's telephone has one or two; a set that changes more within a day is fed with cards

_NO_EDGE = "a side is missing, or the account pays itself"
_NO_CALL = "a side is missing"
_READS: dict[EventKind, tuple[str, ...]] = {T: ("payer", "payee", "amount_fen"), C: ("caller", "callee", "seconds")}

Values = NDArray[Any]


class Net:
    """The graph of one kind's events over a whole history, and what has been found on it.

    What does not depend on marks is found from the first row asked for to the end of the history, so that days asked for one after the other are one
    pass of the kernel.
    """

    def __init__(self, history: History, kind: EventKind) -> None:
        table = history.tables[kind]
        source, target, amount = ("payer", "payee", "amount_fen") if kind is T else ("caller", "callee", None)
        self.graph = Graph.of(table.at, table.order, table.codes(source), table.codes(target), table.numbers(amount) if amount else None)
        self.rows = len(table.at)
        self._kept: dict[tuple[Any, ...], tuple[int, tuple[Values, ...]]] = {}

    @cached_property
    def pairs(self) -> Pairs:
        return self.graph.pairs()

    def found(self, span: slice, kernel: Callable[..., Any], *settings: Any) -> tuple[Values, ...]:
        """What the kernel tells of the rows of the span: kernel(events, *settings, first, last), pairs before the settings where it wants them."""
        wanted = (kernel, *settings)
        if wanted not in self._kept or self._kept[wanted][0] > span.start:
            given = (self.graph.events, self.pairs) if kernel in (scatter.scatter_gather, telephone.reciprocity) else (self.graph.events,)
            told = kernel(*given, *settings, span.start, self.rows)
            self._kept[wanted] = (span.start, told if isinstance(told, tuple) else (told,))
        first, columns = self._kept[wanted]
        return tuple(column[span.start - first : span.stop - first] for column in columns)

    def flagged(self, marked: Marked) -> NDArray[np.bool_]:
        """Which of the graph's accounts are flagged."""
        marks = np.zeros(self.graph.accounts, np.bool_)
        codes = np.flatnonzero(marked.seen.types >= 0)
        number = self.graph.number[codes[codes < len(self.graph.number)]]
        marks[number[number >= 0]] = True
        return marks

    def since(self, span: slice, window: timedelta) -> int:
        """The first row that an event of the span can look back to."""
        at = self.graph.events.at
        return int(np.searchsorted(at, at[span.start] - microseconds(window))) if span.start < span.stop else span.start


@dataclass(frozen=True)
class Asked:
    """A request: the features, which events, what is marked, and the net."""

    features: Features
    view: View
    marked: Marked | None
    net: Net

    def spread(self, values: Values, known: NDArray[np.bool_] | None = None) -> pl.Series:
        """The values, null where the event is no edge or `known` does not hold."""
        edge = self.net.graph.events.source[self.view.span] >= 0
        told = edge if known is None else edge & known
        frame = pl.DataFrame({"value": values.astype(np.int64) if values.dtype.kind in "iu" else values, "told": told})
        return frame.select(pl.when("told").then("value")).to_series()


Recipe = Callable[[Asked], pl.Series]


def _cycle_length(window: timedelta, asked: Asked) -> pl.Series:
    (length,) = asked.net.found(asked.view.span, cycles.shortest_cycle, microseconds(window))
    return asked.spread(length, length > 0)


def _widest(window: timedelta, asked: Asked) -> pl.Series:
    return asked.spread(asked.net.found(asked.view.span, scatter.scatter_gather, microseconds(window))[0])


def _scatter_gathers(window: timedelta, asked: Asked) -> pl.Series:
    return asked.spread(asked.net.found(asked.view.span, scatter.scatter_gather, microseconds(window))[1])


def _gather_scatter(window: timedelta, asked: Asked) -> pl.Series:
    (width,) = asked.net.found(asked.view.span, scatter.gather_scatter, microseconds(window), scatter.MOST_LEGS)
    return asked.spread(width)


def _amount_known(asked: Asked) -> NDArray[np.bool_]:
    return asked.features.history.tables[T].rows["amount_fen"][asked.view.span].is_not_null().to_numpy()


def _held(window: timedelta, asked: Asked) -> Ints:
    settings = (microseconds(window), passing.TOLERANCE_PERCENT, passing.MOST_LEGS)
    return asked.net.found(asked.view.span, passing.pass_through, *settings)[0]


def _passes(window: timedelta, asked: Asked) -> pl.Series:
    return asked.spread(_held(window, asked) >= 0, _amount_known(asked))


def _held_minutes(window: timedelta, asked: Asked) -> pl.Series:
    held = _held(window, asked)
    return asked.spread(held / MINUTE, _amount_known(asked) & (held >= 0))


def _hops(kernel: Callable[..., Codes], window: timedelta, asked: Asked) -> pl.Series:
    assert asked.marked is not None, "hops to flagged accounts are asked for without marks"
    span, net = asked.view.span, asked.net
    hops = kernel(net.graph.events, net.flagged(asked.marked), microseconds(window), net.since(span, window), span.start, span.stop)
    return asked.spread(hops, hops >= 0)


def _reciprocity(window: timedelta, asked: Asked) -> pl.Series:
    called, returned = asked.net.found(asked.view.span, telephone.reciprocity, microseconds(window))
    return asked.spread(returned / np.maximum(called, 1), called > 0)


def _burst(window: timedelta, asked: Asked) -> pl.Series:
    history, span = asked.features.history, asked.view.span
    table, line = history.tables[C], asked.features.line("short_calls_made")
    queries = Queries.of(table.codes("caller")[span], table.at[span], table.order[span])
    asking, lines = (queries.key, queries.at, queries.order), (line.key, line.at, line.order)
    return queries.spread(telephone.largest_burst(*asking, *lines, microseconds(BURST), microseconds(window)))


_RECIPES: dict[str, Recipe] = {}
_NETS: WeakKeyDictionary[History, dict[EventKind, Net]] = WeakKeyDictionary()


def find(features: Features, view: View, marked: Marked | None, names: frozenset[str]) -> Mapping[str, pl.Series]:
    """The named graph features of the view's events."""
    nets = _NETS.setdefault(features.history, {})
    if view.kind not in nets:
        nets[view.kind] = Net(features.history, view.kind)
    asked = Asked(features, view, marked, nets[view.kind])
    return {name: _RECIPES[name](asked) for name in sorted(names)}


# ---- the catalogue


def _feature(name: str, kind: EventKind, type_: Type, unit: str, words: tuple[str, str], null: str, key: str, window: timedelta, recipe: Recipe,
             needs: frozenset[Needs] = frozenset()) -> Feature:  # fmt: skip
    _RECIPES[name] = recipe
    return Feature(name, type_, unit, *words, null, Together(find, key, (kind,), window, {kind: _READS[kind]}, needs))


def graph() -> Iterator[Feature]:
    """All features of this module, in the order of the registry."""
    for window in ("24h", "7d"):
        yield from _cycles(window)
        yield from _scatters(window)
    for window in ("1h", "24h"):
        yield from _passing(window)
    yield from _distances()
    yield from _calls()


def _cycles(window: str) -> Iterator[Feature]:
    zh, en = ago(window)
    yield _feature(f"cycle_length_{window}", T, Type.NUMBER, "accounts",
                   (f"资金回路长度：{zh}由收款账户出发、按时间先后经2至6个账户，本笔转账使其回到起点的最短回路",
                    f"accounts in the shortest cycle, of 2 to 6, that the transfer closes: the payee's money came to the payer {en}, leg after leg"),
                   f"{_NO_EDGE}; no such cycle", "payer and payee", WINDOWS[window], partial(_cycle_length, WINDOWS[window]))  # fmt: skip
    yield Feature(f"cycle_through_{window}", Type.BOOLEAN, "", f"本笔转账使{zh}流出的资金回到起点（2至6个账户的回路）",
                  f"the transfer closes a cycle of 2 to 6 accounts begun {en}", "never", Formula(f"cycle_length_{window} IS NOT NULL"))  # fmt: skip


def _scatters(window: str) -> Iterator[Feature]:
    (zh, en), span = ago(window), WINDOWS[window]
    yield _feature(f"scatter_gather_width_{window}", T, Type.NUMBER, "accounts",
                   (f"先分散后集中：{zh}同一来源账户经多少个账户（含付款账户）汇入收款账户，取最多者，不足2为0",
                    f"intermediaries, the payer among them, through which money of one account reached the payee {en}; the most; 0 under two"),
                   _NO_EDGE, "payer and payee", span, partial(_widest, span))  # fmt: skip
    yield _feature(f"scatter_gathers_{window}", T, Type.NUMBER, "accounts",
                   (f"{zh}经2个以上账户（含付款账户）汇入收款账户的来源账户数",
                    f"accounts whose money reached the payee through two or more, the payer among them, {en}"),
                   _NO_EDGE, "payer and payee", span, partial(_scatter_gathers, span))  # fmt: skip
    yield _feature(f"gather_scatter_width_{window}", T, Type.NUMBER, "accounts",
                   (f"先集中后分散：{zh}付款账户先收自多少个账户、后付给多少个账户（含本笔），取较小者，按最佳分界",
                    f"accounts that first paid the payer and accounts it then paid, this one included, {en}: the smaller, at the best moment between"),
                   _NO_EDGE, "payer", span, partial(_gather_scatter, span))  # fmt: skip


def _passing(window: str) -> Iterator[Feature]:
    (zh, en), span = ago(window), WINDOWS[window]
    percent = passing.TOLERANCE_PERCENT
    yield _feature(f"passes_through_{window}", T, Type.BOOLEAN, "",
                   (f"快进快出：{zh}自某笔收款至本笔，付款账户转出与转入相差不超过{percent}%",
                    f"from some receipt {en} to this payment, what left the paying account is within {percent} % of what came in"),
                   f"{_NO_EDGE}; the amount is missing", "payer", span, partial(_passes, span))  # fmt: skip
    yield _feature(f"pass_through_minutes_{window}", T, Type.NUMBER, "min",
                   (f"快进快出的停留时间：{zh}内最短一段的时长", f"minutes that the money stayed: the shortest such stretch begun {en}"),
                   f"{_NO_EDGE}; the amount is missing; nothing passed through", "payer", span, partial(_held_minutes, span))  # fmt: skip


def _distances() -> Iterator[Feature]:
    (zh, en), span, marked = ago("7d"), WINDOWS["7d"], frozenset({Needs.FLAGGED})
    null = f"{_NO_EDGE}; none within {distance.FARTHEST}"
    yield _feature("payer_hops_from_flagged_7d", T, Type.NUMBER, "transfers",
                   (f"{zh}涉诈账户的资金经几笔转账到达付款账户，0为其本身涉诈",
                    f"transfers, one after the other {en}, from the nearest flagged account to the payer; 0: it is flagged"),
                   null, "payer", span, partial(_hops, distance.hops_from_flagged, span), marked)  # fmt: skip
    yield _feature("payee_hops_to_flagged_7d", T, Type.NUMBER, "transfers",
                   (f"{zh}收款账户的资金经几笔转账到达涉诈账户，0为其本身涉诈",
                    f"transfers, one after the other {en}, from the payee to the nearest flagged account; 0: it is flagged"),
                   null, "payee", span, partial(_hops, distance.hops_to_flagged, span), marked)  # fmt: skip


def _calls() -> Iterator[Feature]:
    for window in ("24h", "7d"):
        (zh, en), span = ago(window), WINDOWS[window]
        yield _feature(f"caller_reciprocity_{window}", C, Type.NUMBER, "share",
                       (f"{zh}主叫拨打过的号码中也曾呼叫主叫的占比", f"share of the numbers the caller called that also called the caller, both {en}"),
                       f"{_NO_CALL}; the caller called nobody {en}", "caller", span, partial(_reciprocity, span))  # fmt: skip
    zh, en = ago("24h")
    day, minutes = WINDOWS["24h"], int(BURST.total_seconds()) // 60
    yield _feature("caller_short_burst_24h", C, Type.NUMBER, "events",
                   (f"{zh}主叫任意{minutes}分钟内未接或15秒内挂断的最多次数（响一声、批量试拨）",
                    f"most calls of the caller not answered or under 15 s within any {minutes} minutes that end {en}"),
                   "the caller is missing", "caller", day + BURST, partial(_burst, day))  # fmt: skip
    yield Feature("sim_box_24h", Type.BOOLEAN, "", f"{zh}该终端（IMEI）用过{MANY_SIMS}张以上的卡（IMSI），疑为多卡设备（GOIP、猫池）",
                  f"{MANY_SIMS} or more SIMs (IMSI) called from the telephone set (IMEI) {en}: a SIM box", "the event does not name the set",
                  Formula(f"device_sims_24h >= {MANY_SIMS}"))  # fmt: skip
