"""Appeals desk (申诉): reason, remedy and answer for whoever a measure hits; what was wrong is lifted everywhere and counted."""

from fanzha.desks.appeals import entering, filing, handling, policy, rates, reading, relief, remedies, targets
from fanzha.desks.appeals.domain import Origin, State, Target, Track, Verdict
from fanzha.desks.appeals.events import AppealDecided, AppealFiled
from fanzha.desks.appeals.filing import Filed
from fanzha.desks.appeals.model import Appeal
from fanzha.desks.appeals.relief import Ordered
from fanzha.desks.appeals.repository import Filters
from fanzha.desks.appeals.targets import Measure

__all__ = [
    "Appeal", "AppealDecided", "AppealFiled", "Filed", "Filters", "Measure", "Ordered", "Origin", "State", "Target", "Track", "Verdict", "entering", "filing",
    "handling", "policy", "rates", "reading", "relief", "remedies", "targets",
]  # fmt: skip
