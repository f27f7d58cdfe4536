"""The kinds of order there are. A desk that adds its own (numbers, cards) calls `register` once, before anything is requested.

Codes of six digits are those of the platform messages (DOMAIN §8, D); codes that begin with FZ are ours, because the vocabulary names none.
"""

from __future__ import annotations

from collections.abc import Mapping

from fanzha.desks.controls.domain import Effect, OrderKind, Unit
from fanzha.desks.controls.errors import UnknownOrderKind

_FUNDS = ("atfl:20", "procedure:239")
_RELEASE = ("procedure:247", "atfl:20", "atfl:32")
_FROZEN = frozenset({"freeze", "receive_only", "total_block"})

_kinds: dict[str, OrderKind] = {}


def register(*kinds: OrderKind) -> None:
    """Make kinds known; the same key twice must be the same kind, and no two kinds share key or, for one mode, message code."""
    for kind in kinds:
        if _kinds.setdefault(kind.key, kind) != kind:
            msg = f"two order kinds {kind.key}"
            raise ValueError(msg)


def by_key(key: str) -> OrderKind:
    """Raises UnknownOrderKind."""
    if key not in _kinds:
        raise UnknownOrderKind(kind=key)
    return _kinds[key]


def registered() -> Mapping[str, OrderKind]:
    """In the order of registration."""
    return _kinds


register(
    OrderKind("query_transactions", "交易明细查询", "Query of transactions", Effect.ASK, "100301", "100302", ("atfl:20",)),
    OrderKind("query_holder", "开户人查询", "Query of the account holder", Effect.ASK, "100303", "100304", ("atfl:20",)),
    OrderKind("query_accounts", "名下全部账户查询", "Query of all accounts of the holder", Effect.ASK, "100309", "100310", ("atfl:20",)),
    OrderKind(
        "stop", "紧急止付", "Emergency stop-payment", Effect.IMPOSE, "100101", "100102", ("atfl:20",), Unit.HOURS, slot="stop", counted="stop",
        must_match=True, has_amount=True, extended_by="stop_extend", released_by="stop_release",
    ),
    OrderKind(
        "stop_extend", "止付延期", "Extension of a stop-payment", Effect.EXTEND, "100105", "100106", ("atfl:20",), Unit.HOURS, counted="stop",
        acts_on=frozenset({"stop"}),
    ),
    OrderKind("stop_release", "止付解除", "Lifting of a stop-payment", Effect.RELEASE, "100103", "100104", _RELEASE, acts_on=frozenset({"stop"})),
    OrderKind(
        "freeze", "冻结", "Freeze", Effect.IMPOSE, "100201", "100202", _FUNDS, Unit.MONTHS, mode="01", slot="freeze", has_amount=True, may_queue=True,
        may_be_major=True, extended_by="freeze_renew", released_by="freeze_release",
    ),
    OrderKind(
        "receive_only", "只收不付", "Receive only", Effect.IMPOSE, "100201", "100202", _FUNDS, Unit.MONTHS, mode="02", slot="freeze", may_queue=True,
        extended_by="freeze_renew", released_by="freeze_release",
    ),
    OrderKind(
        "total_block", "不收不付", "Total block", Effect.IMPOSE, "100201", "100202", _FUNDS, Unit.MONTHS, mode="03", slot="freeze", may_queue=True,
        extended_by="freeze_renew", released_by="freeze_release",
    ),
    OrderKind("freeze_renew", "续冻", "Renewal of a freeze", Effect.EXTEND, "100205", "100206", ("procedure:243",), Unit.MONTHS, acts_on=_FROZEN, may_be_major=True),
    OrderKind("freeze_release", "解冻", "Unfreezing", Effect.RELEASE, "100203", "100204", _RELEASE, acts_on=_FROZEN),
    OrderKind(
        "noncounter", "暂停非柜面业务", "Suspension of non-counter business", Effect.IMPOSE, "FZ0101", "FZ0102",
        ("atfl:31", "atfl:18", "joint_punishment:12", "payment_261"), Unit.MONTHS, slot="noncounter", extended_by="noncounter_renew",
        released_by="noncounter_release",
    ),
    OrderKind(
        "noncounter_renew", "延长暂停非柜面业务", "Longer suspension of non-counter business", Effect.EXTEND, "FZ0105", "FZ0106",
        ("atfl:31", "joint_punishment:12"), Unit.MONTHS, acts_on=frozenset({"noncounter"}),
    ),
    OrderKind(
        "noncounter_release", "恢复非柜面业务", "Resumption of non-counter business", Effect.RELEASE, "FZ0103", "FZ0104", ("atfl:32", "atfl:31"),
        acts_on=frozenset({"noncounter"}),
    ),
)  # fmt: skip
