"""A report taken at the desk (接警): one typed in, where no list brings it."""

from __future__ import annotations

from dataclasses import replace

from fanzha.desks.cases import policy, record, repository, service
from fanzha.desks.cases.domain import ReportRow
from fanzha.desks.cases.errors import BadPart, ReportNumberTaken
from fanzha.desks.cases.model import Report
from fanzha.kit import clock
from fanzha.kit.ids import stable_id
from fanzha.lake.tokens import Tokens
from fanzha.store import Work
from fanzha.vocab import regions

SOURCE = "manual"


def receive(work: Work, given: ReportRow, tokens: Tokens, *, key: str) -> Report:
    """Take the report in; without a number it gets one of its day and `key`. Sent twice under one key it is taken once.

    Raises:
        Forbidden, BadPart, ReportNumberTaken: another report is held under this number.
    """
    record.require(work, policy.WRITE)
    region = _region(work, given.region)
    if not given.narrative.strip():
        raise BadPart("The narrative is empty or longer than 50,000 characters.")
    if given.happened_at is not None and given.happened_at > given.received_at:
        raise BadPart("The fraud cannot have happened after it was reported.")
    number = given.report_no.strip() or f"{clock.local_day(given.received_at):%Y%m%d}-{stable_id(work.actor, key)[:8].upper()}"
    taken = service.import_many(work, [replace(given, source=SOURCE, report_no=number, region=region)], tokens)
    for refused in taken.refused:
        raise ReportNumberTaken(number=number) if refused.reason == "conflicting_duplicate" else BadPart(_SAID[refused.reason])
    report = repository.by_id(work, stable_id("report", SOURCE, number))
    assert report is not None
    return report


_SAID = {
    "no_report_number": "The case number or the narrative is too long.",
    "negative_loss": "A sum cannot be negative or above ten trillion yuan.",
    "future_time": "A time lies in the future.",
    "past_time": "A time lies outside the years 1900 to 2999.",
    "unknown_region": "The region does not exist, or several have its name.",
}


def _region(work: Work, typed: str) -> str:
    principal = work.scope.principal
    region = regions.resolve(typed) if typed.strip() else (principal.region if principal else "")
    if region is None:
        raise BadPart(_SAID["unknown_region"])
    if not record.holds_region(work, region):
        raise BadPart("The region lies outside your area.")
    return region
