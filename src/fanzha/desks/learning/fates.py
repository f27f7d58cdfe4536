"""What answers to warnings tell, as backtests read it: the one source that they do not read themselves."""

from __future__ import annotations

from collections.abc import Iterator

from fanzha.desks.detection import outcomes
from fanzha.desks.learning import repository
from fanzha.desks.learning.domain import Source, Verdict
from fanzha.store import Work


def answered(work: Work) -> Iterator[outcomes.Fate]:
    """Everybody whose warning was answered "dissuaded" or found not to fit; under the person's token and the phone's."""
    for label in repository.answers(work, (Source.WARNING.value,)):
        for token in dict.fromkeys(each for each in (label.subject_token, label.phone_token) if each):
            yield outcomes.Fate(token, label.verdict == Verdict.POSITIVE, label.happened_at, label.known_at, label.source)
