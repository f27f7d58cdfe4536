"""Words of the detectors desk: where a version of a detector stands, which moves lead where, and who may confirm them. Pure.

Invariants: a detector has at most one live version; a text never changes, so a mended rule is another version; whatever turns detection on or off on
real events needs a second person, but for taking back the newest change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What decides: a condition over features alone, or one that reads a trained model's score."""

    RULE = "rule"  # 规则
    MODEL = "model"  # 模型


class Origin(StrEnum):
    """Where a version's text comes from."""

    SHIPPED = "shipped"  # 随产品发布
    LOCAL = "local"  # 本地编写


class State(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"  # 草稿
    BACKTESTED = "backtested"  # 已回测
    SHADOW = "shadow"  # 影子运行: beside the live ones, without consequence
    LIVE = "live"  # 在用
    RETIRED = "retired"  # 已停用


class MoveKind(StrEnum):
    """What somebody wants to do with a version."""

    SHADOW = "shadow"  # 影子运行
    GO_LIVE = "go_live"  # 上线
    RETIRE = "retire"  # 停用
    ROLLBACK = "rollback"  # 回滚


class MoveState(StrEnum):
    """Where a move stands. Only a waiting one can be decided, only an approved one takes effect."""

    WAITING = "waiting"  # 待审批
    APPROVED = "approved"  # 已批准，待生效
    DONE = "done"  # 已生效
    REFUSED = "refused"  # 已驳回
    WITHDRAWN = "withdrawn"  # 已撤回
    LAPSED = "lapsed"  # 已失效: when its time came the version stood elsewhere


OPEN = frozenset({MoveState.WAITING, MoveState.APPROVED})
"""A version has at most one open move."""

AFTER: Mapping[MoveKind, State] = {
    MoveKind.SHADOW: State.SHADOW,
    MoveKind.GO_LIVE: State.LIVE,
    MoveKind.RETIRE: State.RETIRED,
    MoveKind.ROLLBACK: State.LIVE,
}

_STEPS: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.BACKTESTED, State.SHADOW, State.LIVE, State.RETIRED}),
    State.BACKTESTED: frozenset({State.SHADOW, State.LIVE, State.RETIRED}),
    State.SHADOW: frozenset({State.LIVE, State.RETIRED}),
    State.LIVE: frozenset({State.RETIRED}),
    State.RETIRED: frozenset({State.SHADOW, State.LIVE}),
}

_DECISIONS: Mapping[MoveState, frozenset[MoveState]] = {
    MoveState.WAITING: frozenset({MoveState.APPROVED, MoveState.REFUSED, MoveState.WITHDRAWN}),
    MoveState.APPROVED: frozenset({MoveState.DONE, MoveState.WITHDRAWN, MoveState.LAPSED}),
}


def may_become(before: State, after: State) -> bool:
    return after in _STEPS[before]


def may_be_decided(before: MoveState, after: MoveState) -> bool:
    return after in _DECISIONS.get(before, frozenset())


@dataclass(frozen=True)
class Standing:
    """One version: its state, whether it has ever been live, and to which version taking it back leads."""

    state: State = State.DRAFT
    was_live: bool = False
    previous: int | None = None


Line = Mapping[int, Standing]
"""The versions of one detector, by number."""


def live_version(line: Line) -> int | None:
    """The number of the live version."""
    return next((number for number, each in line.items() if each.state is State.LIVE), None)


def fallback(line: Line) -> int | None:
    """The version that was live directly before the live one, to which one person may go back; None where there is none."""
    live = live_version(line)
    previous = line[live].previous if live is not None else None
    return previous if previous in line else None


def possible(line: Line, version: int, kind: MoveKind) -> bool:
    """Whether the move leads anywhere from where the version stands. Going back leads to a version that has been live and is not."""
    standing = line[version]
    if kind is MoveKind.ROLLBACK and not (standing.was_live and live_version(line) is not None):
        return False
    return may_become(standing.state, AFTER[kind])


def needs_second(line: Line, version: int, kind: MoveKind) -> bool:
    """Whether somebody else must confirm: whatever turns detection on or off, but for going back to the version that was live directly before, which
    two people have confirmed already and which must not wait when a new version misfires."""
    match kind:
        case MoveKind.SHADOW:
            return False
        case MoveKind.GO_LIVE:
            return True
        case MoveKind.RETIRE:
            return line[version].state is State.LIVE
        case MoveKind.ROLLBACK:
            return version != fallback(line)


def moved(line: Line, version: int, kind: MoveKind) -> dict[int, Standing]:
    """The versions after the move. What was live before retires; a version that goes live by a new decision remembers it, one that comes back by
    taking the newest change back keeps what it remembered.

    Raises:
        ValueError: the move is not possible; ask `possible` first.
    """
    if not possible(line, version, kind):
        msg = f"{kind} is not possible for version {version}"
        raise ValueError(msg)
    after = dict(line)
    if AFTER[kind] is not State.LIVE:
        after[version] = replace(line[version], state=AFTER[kind])
        return after
    before, taken_back = live_version(line), kind is MoveKind.ROLLBACK and version == fallback(line)
    if before is not None:
        after[before] = replace(line[before], state=State.RETIRED)
    after[version] = Standing(State.LIVE, was_live=True, previous=line[version].previous if taken_back else before)
    return after
