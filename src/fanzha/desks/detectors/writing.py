"""Taking a text in as the next version of its detector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fanzha.desks.detectors import repository
from fanzha.desks.detectors.domain import Kind, Origin, State
from fanzha.desks.detectors.model import Detector, DetectorVersion
from fanzha.desks.detectors.texts import content_of, numbered, rule_of, tidy
from fanzha.engine.rules.model import Rule
from fanzha.kit import clock
from fanzha.store import Work


@dataclass(frozen=True)
class Author:
    id: str
    name: str

    @staticmethod
    def of(work: Work) -> Author:
        """Who acts in this unit of work."""
        principal = work.scope.principal
        return Author(work.actor, principal.name if principal is not None else work.actor)


def known_version(held: Sequence[DetectorVersion], text: str) -> DetectorVersion | None:
    """The version that says the same, whatever its number."""
    content = content_of(text)
    return next((each for each in held if each.content == content), None)


def add_version(work: Work, rule: Rule, author: Author, note: str, origin: Origin, region: str) -> DetectorVersion:
    """A draft under the next free number; the number in the text is kept where it is free and higher. The text is known to say something new.

    Raises:
        WrongVersion.
    """
    now = clock.now()
    if repository.detector(work, rule.id, lock=True) is None:
        work.session.add(Detector(id=rule.id, region=region, created_at=now, created_by=author.id))
        work.session.flush()
    held = repository.versions(work, rule.id)
    number = max([rule.version, *(each.version + 1 for each in held)])
    text = numbered(tidy(rule.text), number)
    taken = rule_of(text)
    version = DetectorVersion(
        detector_id=rule.id, version=number, kind=(Kind.RULE if rule.model is None else Kind.MODEL).value, origin=origin.value, text=text,
        content=content_of(text), model=rule.model, target=taken.target.value, level=taken.level.value, fraud_type=taken.fraud_type.value,
        title_zh=taken.title_zh, title_en=taken.title_en, author=author.id, author_name=author.name, note=note, created_at=now,
        state=State.DRAFT.value, state_since=now, live_from=None, live_until=None, previous=None,
    )  # fmt: skip
    work.session.add(version)
    work.session.flush()
    return version
