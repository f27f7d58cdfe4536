"""Link all reports and cases anew, and bring the series into line: what analysts have settled stays, what they have told apart stays apart.

Reading, linking and writing are three steps, and only reading and writing hold a transaction. A decision that falls in between makes the linking start again,
so that it never overwrites what a person has just settled. Repeatable: the same cases and decisions give the same series.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from fanzha.desks.series import linking_input, linking_output, series_queries
from fanzha.desks.series.linking_input import SCOPE, Step
from fanzha.desks.series.linking_output import Relinked
from fanzha.engine.linking.kinds import Settings
from fanzha.engine.linking.link import link
from fanzha.kit.errors import Conflict
from fanzha.store import Database

__all__ = ["SCOPE", "DecidedMeanwhile", "Relinked", "relink"]

TRIES = 3


class DecidedMeanwhile(Conflict):
    """Series were decided about while they were being linked anew."""

    code = "series_decided_meanwhile"
    remedy = "The job runs again by itself."


def _unwatched(name: str) -> AbstractContextManager[object]:
    return nullcontext(name)


def relink(database: Database, settings: Settings | None = None, step: Step = _unwatched) -> Relinked:
    """Link everything anew. `step` is told the name of each step, and stands around it.

    Raises:
        DecidedMeanwhile: analysts were quicker, several times; nothing was changed.
    """
    for _ in range(TRIES):
        given = linking_input.read(database, step)
        with step("link"):
            linked = link(given.cases, settings, given.held)
        with database.work(SCOPE) as work:
            series_queries.lock(work)
            if series_queries.latest_decision(work) == given.decision:
                return linking_output.write(work, given, linked, step)
    raise DecidedMeanwhile
