"""The registry as a page: `python -m fanzha.engine.features.document` prints the table of docs/features.md."""

from __future__ import annotations

import sys

from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.model import Formula, Needs, Registry

_HEAD = (
    "| feature | on | whose | window | type, unit | meaning | 含义 | null when | needs |",
    "|-|-|-|-|-|-|-|-|-|",
)
_NEEDS = {Needs.FLAGGED: "flagged identifiers", Needs.VICTIMS: "victims found"}


def table(registry: Registry = FEATURES) -> str:
    """One Markdown row a feature, in the order of the registry."""
    return "\n".join([*_HEAD, *(_row(registry, name) for name in registry.features)])


def _row(registry: Registry, name: str) -> str:
    feature = registry[name]
    window = registry.window(name)
    hours = window.total_seconds() / 3600
    reach = "—" if not hours else f"{hours / 24:g} d" if hours > 24 else f"{hours:g} h" if hours >= 1 else f"{hours * 60:g} min"
    meaning = f"{feature.en} (`{feature.how.text}`)" if isinstance(feature.how, Formula) else feature.en
    cells = (
        f"`{name}`",
        ", ".join(registry.kinds(name)) if len(registry.kinds(name)) < 4 else "all",
        registry.key(name),
        reach,
        f"{feature.type}, {feature.unit}" if feature.unit else feature.type.value,
        meaning,
        feature.zh,
        feature.null_rule,
        ", ".join(_NEEDS[need] for need in sorted(registry.needs(name))) or "—",
    )
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
