"""Make briefings: what a region's day or week came to, once, and into the inboxes of the units in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from fanzha.desks import cases, identity, indicators, learning, series
from fanzha.desks.indicators import Answer
from fanzha.desks.series import HotValue
from fanzha.desks.sharing import repository
from fanzha.desks.sharing.domain import RECIPIENTS, AcrossSeries, BriefingKind, Content, NewTrick, Period, Rise, period_before
from fanzha.desks.sharing.numbers import Numbers
from fanzha.desks.sharing.rising import chance_of, is_rising
from fanzha.kit import clock
from fanzha.kit.ids import stable_id
from fanzha.lake.tokens import Tokens
from fanzha.store import Database, Scope, Work
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.organisations import OrgKind

SCOPE = Scope.system("sharing")
CATCH_UP = 7
"""Days back that are made up for after a standstill."""
BASELINE = {BriefingKind.DAILY: 7, BriefingKind.WEEKLY: 4}
"""How many periods before say what is usual."""
_SERIES, _TRICKS = 20, 20


def make_due(database: Database, tokens: Tokens, home_region: str) -> list[str]:
    """Every briefing that is due and missing, the oldest first, each in a transaction of its own; returns their ids. Repeatable at any time.

    Of days before the first report there is nothing to say: they get none.
    """
    with database.work(SCOPE) as work:
        now = clock.to_local(clock.now())
        today = now.date() if now.hour >= Numbers(work, home_region).whole("briefing_hour") else now.date() - timedelta(days=1)
        regions = _regions(work, home_region)
        oldest = _oldest(work, home_region)
    days = [today - timedelta(days=back) for back in range(CATCH_UP - 1, -1, -1)]
    periods = [period_before(BriefingKind.DAILY, day) for day in days] + [period_before(BriefingKind.WEEKLY, today)]
    made = []
    for period in (each for each in periods if oldest is not None and each.last >= oldest):
        for region in regions:
            with database.work(SCOPE) as work:
                briefing = make(work, tokens, region, period)
                made += [briefing] if briefing else []
    return made


def make(work: Work, tokens: Tokens, region: str, period: Period) -> str | None:
    """One briefing and its receipts; None where it is there already, or nobody is there to send it to."""
    recipients = _recipients(work, region)
    if not recipients or repository.exists(work, region, period):
        return None
    briefing, numbers = stable_id("briefing", period.kind, region, period.first), Numbers(work, region)
    found = series.service.hot(work, region, *_span(period), least=numbers.whole("hot_reports"), most=3 * numbers.whole("hot_most"))
    told = [_item(work, tokens, each) for each in found]
    items = [row for row in told if row is not None][: numbers.whole("hot_most")]
    row = {
        "id": briefing, "kind": period.kind.value, "region": region, "first_day": period.first, "last_day": period.last,
        "content": content(work, region, period).as_json(), "made_at": clock.now(),
    }  # fmt: skip
    receipts = [
        {"briefing_id": briefing, "org_id": org.id, "org_name": org.name, "region": org.region, "sent_at": clock.now()} for org in recipients
    ]
    numbered = [{"briefing_id": briefing, "position": place, **item} for place, item in enumerate(items, 1)]
    if not repository.add(work, row, numbered, receipts):
        return None
    work.audit("briefing.sent", f"briefing:{briefing}", {"region": region, "kind": period.kind, "day": str(period.first), "units": len(receipts)})
    return briefing


def content(work: Work, region: str, period: Period) -> Content:
    """The figures of the period beside those of the one before."""
    (now, before) = (_counts(work, region, each) for each in (period, period.before))
    ordered = sorted(now.items(), key=lambda each: (-each[1][0], each[0]))
    periods, usual = _baseline(work, region, period)
    by_type = [
        Rise(kind, reports, before.get(kind, (0, 0))[0], usual.get(kind, 0) / periods if periods else None, chance_of(reports, usual.get(kind, 0), periods))
        for kind, (reports, _) in ordered
    ]
    numbers = Numbers(work, region)
    bar = {"least": numbers.share("rising_reports"), "growth": numbers.share("rising_share"), "error": numbers.share("rising_error")}
    rising = [each for each in by_type if each.fraud_type != "other" and is_rising(each.reports, usual.get(each.fraud_type, 0), periods, **bar)]
    rising.sort(key=lambda each: (each.chance, each.fraud_type))
    reports, reports_before, loss, loss_before = (sum(counts[place] for counts in side.values()) for place in (0, 1) for side in (now, before))
    return Content(reports, reports_before, loss, loss_before, by_type, rising, _tricks(work, period), _across(work, region, period))


def _span(period: Period) -> tuple[datetime, datetime]:
    return clock.local_midnight(period.first), clock.local_midnight(period.last + timedelta(days=1))


def _counts(work: Work, region: str, period: Period) -> dict[str, tuple[int, int]]:
    """Fraud type → (reports, fen lost)."""
    return {each.key: (each.reports, each.loss_fen) for each in cases.service.by_type(work, *_span(period), region)}


def _baseline(work: Work, region: str, period: Period) -> tuple[int, dict[str, int]]:
    """(periods of the same length just before, reports of each fraud type in all of them together): as many as there are data for, at most `BASELINE`."""
    length = period.last - period.first + timedelta(days=1)
    oldest = _oldest(work, region)
    held = (period.first - oldest) // length if oldest else 0
    periods = max(0, min(BASELINE[period.kind], held))
    since = clock.local_midnight(period.first - periods * length)
    found = cases.service.by_type(work, since, clock.local_midnight(period.first), region) if periods else []
    return periods, {each.key: each.reports for each in found}


def _oldest(work: Work, region: str) -> date | None:
    """The day of the region's first report."""
    at = work.session.scalar(select(func.min(cases.Report.received_at)).where(cases.Report.region.startswith(region)))
    return clock.to_local(at).date() if at else None


def _tricks(work: Work, period: Period) -> list[NewTrick]:
    since, until = _span(period)
    fresh = [row for row in learning.service.tricks(work, since) if row.first_known_at < until]
    return [NewTrick(row.fraud_type, row.cases, clock.to_local(row.first_known_at).isoformat(), row.first_warned_at is not None) for row in fresh[:_TRICKS]]


def _across(work: Work, region: str, period: Period) -> list[AcrossSeries]:
    since, until = _span(period)
    found = series.service.across_counties(work, region, since, until, _SERIES)
    return [AcrossSeries(each.number, each.fraud_type, each.cases, each.loss_fen, series.reading.by_county(each.by_region)) for each in found]


def _item(work: Work, tokens: Tokens, found: HotValue) -> dict[str, Any] | None:
    """None where the registry knows it to be harmless."""
    verdict = indicators.service.check(work, found.value, found.kind)
    if verdict.answer is Answer.KNOWN_GOOD:
        return None
    told = {tokens.seal(kind.value, found.value) for kind in (found.kind, identifiers.token_kind(found.kind))}
    if found.host:
        told.add(tokens.seal(Kind.DOMAIN.value, found.host))
    masked = found.value if found.kind is Kind.DOMAIN else identifiers.mask(found.kind, found.value)
    return {
        "kind": found.kind.value, "masked": masked, "fraud_type": found.fraud_type, "reports": found.reports, "counties": found.counties,
        "tokens": sorted(told), "retracted_at": None,
    }  # fmt: skip


def _regions(work: Work, home_region: str) -> list[str]:
    """The area that the platform serves, and each county in it that has a police body."""
    counties = {org.region for org in identity.service.organisations(work, kind=OrgKind.POLICE_COUNTY, region=home_region)}
    return [home_region, *sorted(counties - {home_region})]


def _recipients(work: Work, region: str) -> Sequence[identity.Organisation]:
    return [org for kind in RECIPIENTS for org in identity.service.organisations(work, kind=kind, region=region)]
