"""Links that no victim can name: accounts that the money of a report or case reached, and the telephone sets behind the numbers it names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from fanzha.desks import funds
from fanzha.desks.series import linkables, taking
from fanzha.desks.series.domain import SharedLink
from fanzha.desks.series.keys import linking_texts
from fanzha.engine.linking.kinds import Shared
from fanzha.kit import clock
from fanzha.lake.lake import Lake
from fanzha.lake.schemas import EventKind
from fanzha.lake.tokens import Tokens
from fanzha.store import Work
from fanzha.vocab.identifiers import Kind

LEAST_SHARE = 0.1
"""Of the stolen money, that an account must have got for it to say something about who did it: less may be a mule's groceries."""
LOOK_BACK = timedelta(days=10)
"""Days of calls in which the telephone set of a number that a report names is looked for."""
TAKEN_WITHIN = timedelta(days=3)


def reached(shown: funds.View, tokens: Tokens) -> list[SharedLink]:
    """Accounts of a trace that got at least a tenth of the stolen money. Where following stops by what the account is (a merchant, a payment institution, cash),
    everybody's money goes, and a victim's own account is no lead: neither links."""
    found, of = shown.found, shown.trace.report_id or shown.trace.case_id
    if found is None or of is None:
        return []
    got: dict[str, int] = defaultdict(int)
    for flow in found.flows:
        got[flow.payee] += flow.fen
    own = {facts.account for facts in found.accounts if facts.tier == 0}
    least = LEAST_SHARE * found.summary["stolen_fen"]
    chosen = [account for account, fen in sorted(got.items()) if fen >= least and account not in own and not _is_end(shown, account)]
    texts = linking_texts([(Kind.BANK_ACCOUNT.value, tokens.open(account)[1]) for account in chosen])
    return [SharedLink(of, Shared.MONEY, text[1], f"trace:{shown.trace.id}") for text in texts if text is not None]


def _is_end(shown: funds.View, account: str) -> bool:
    known = shown.accounts.get(account)
    return known is not None and known.kind is not None


def follow_money(work: Work, trace_id: str, tokens: Tokens) -> int:
    """What the newest result of a trace says, in place of what its earlier ones said; returns how many links are of its own."""
    shown = funds.service.view(work, trace_id)
    return taking.replace_links(work, f"trace:{trace_id}", reached(shown, tokens))


def find_devices(work: Work, lake: Lake, tokens: Tokens) -> list[str]:
    """Link what has been taken in lately by the telephone sets (IMEI) from which the numbers it names called: several numbers of one SIM box (多卡宝、GOIP) are one
    hand. Returns the linkables that may have got a link. Repeatable."""
    now = clock.now()
    named = _numbers(work, now - TAKEN_WITHIN, tokens)
    if not named:
        return []
    today = clock.local_day(now)
    calls = lake.scan(EventKind.CALLS, today - LOOK_BACK, today).filter(pl.col("imei").is_not_null() & pl.col("caller").is_in(pl.Series(list(named)).implode()))
    pairs = calls.select("caller", "imei").unique().sort("caller", "imei").collect()
    links = [SharedLink(of, Shared.DEVICE, tokens.open(imei)[1], "calls") for caller, imei in pairs.iter_rows() for of in named[caller]]
    return sorted({link.of for link in links}) if taking.add_links(work, links) else []


def _numbers(work: Work, since: datetime, tokens: Tokens) -> Mapping[str, Sequence[str]]:
    """Token of a number → the reports and cases, taken in since then, that name it."""
    told = [each for each in linkables.named(work, linkables.taken_since(work, since)) if each.kind == Kind.PHONE.value]
    texts = linking_texts([(each.kind, each.value) for each in told])
    found: dict[str, Any] = defaultdict(list)
    for each, text in zip(told, texts, strict=True):
        if text is not None:
            found[tokens.seal(Kind.PHONE.value, each.value)].append(each.linkable_id)
    return found
