"""Detectors desk (模型管理): rules and models that detect, their versions, and who let which of them run when."""

from fanzha.desks.detectors import policy, service
from fanzha.desks.detectors.domain import Kind, MoveKind, MoveState, Origin, State
from fanzha.desks.detectors.events import DetectorsChanged
from fanzha.desks.detectors.model import Detector, DetectorVersion, Move
from fanzha.desks.detectors.moving import CHANNEL
from fanzha.desks.detectors.reading import live_rules, live_version, next_change, shadow_rules
from fanzha.desks.detectors.shipping import register_shipped
from fanzha.desks.detectors.texts import fingerprint, rule_of

__all__ = [
    "CHANNEL",
    "Detector",
    "DetectorVersion",
    "DetectorsChanged",
    "Kind",
    "Move",
    "MoveKind",
    "MoveState",
    "Origin",
    "State",
    "fingerprint",
    "live_rules",
    "live_version",
    "next_change",
    "policy",
    "register_shipped",
    "rule_of",
    "service",
    "shadow_rules",
]
