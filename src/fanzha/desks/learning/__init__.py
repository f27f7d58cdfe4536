"""Learning desk (学习): outcomes become labels, labels tell how good each detector is, and what has changed becomes a challenger."""

from fanzha.desks.learning import policy, service
from fanzha.desks.learning.domain import Delay, Figure, Interval, Selection, Source, SubjectKind, Verdict, Window
from fanzha.desks.learning.fates import answered
from fanzha.desks.learning.lagging import Lag
from fanzha.desks.learning.metrics import DetectorFigures
from fanzha.desks.learning.model import Label, LabelDetector

__all__ = [
    "Delay", "DetectorFigures", "Figure", "Interval", "Label", "LabelDetector", "Lag", "Selection", "Source", "SubjectKind", "Verdict", "Window", "answered",
    "policy", "service",
]  # fmt: skip
