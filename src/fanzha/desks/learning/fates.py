"""What answers to warnings, measures and appeals tell, as backtests read it: the sources that they do not read themselves."""

from __future__ import annotations

from collections.abc import Iterator

from fanzha.desks.detection import outcomes
from fanzha.desks.learning import repository
from fanzha.desks.learning.domain import Source, Verdict
from fanzha.store import Work

ENOUGH = 0.5
"""From this weight on a label teaches and measures."""


def answered(work: Work) -> Iterator[outcomes.Fate]:
    """Everybody whose warning was answered "dissuaded" or found not to fit, under the person's token and the phone's; every account and number of which a
    measure or an appeal tells enough to teach."""
    for label in repository.answers(work, (Source.WARNING.value, Source.MEASURE.value, Source.APPEAL.value)):
        if label.weight < ENOUGH:
            continue
        for token in dict.fromkeys(each for each in (label.subject_token, label.phone_token) if each):
            yield outcomes.Fate(token, label.verdict == Verdict.POSITIVE, label.happened_at, label.known_at, label.source)
