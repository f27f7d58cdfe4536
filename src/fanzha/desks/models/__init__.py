"""Models desk (模型库): the trained models of detectors, where they lie, what is known of each, and how the shipped ones are made."""

from fanzha.desks.models.modelbook import (
    ModelFile,
    Readiness,
    all_models,
    bound,
    card_of,
    folder_of,
    install_at,
    next_version,
    readiness,
    ready,
    scorer,
)
from fanzha.desks.models.shipped import shipped_detectors

__all__ = [
    "ModelFile", "Readiness", "all_models", "bound", "card_of", "folder_of", "install_at", "next_version", "readiness", "ready", "scorer", "shipped_detectors",
]  # fmt: skip
