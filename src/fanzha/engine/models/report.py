"""The report of a training as one HTML page: no scripts, nothing fetched, drawings as inline SVG."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from fanzha.engine.models.metrics import Bin

SHOWN_IMPORTANCES = 30
_SIDE, _EDGE = 320, 44
_BAR, _ROW = 300, 20

METRIC_WORDS = {
    "auc": "Area under the ROC curve (AUC)",
    "average_precision": "Average precision",
    "macro_f1": "Macro-F1",
    "accuracy": "Accuracy",
    "ece": "Expected calibration error (ECE)",
    "brier": "Brier score",
    "recall_at_precision": "Recall at the precision the desk can staff",
}

_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse}th,td{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #d8dee4}
th:first-child,td:first-child{text-align:left}svg text{font:12px system-ui,sans-serif;fill:#1b1f24}.note{color:#57606a}.scroll{overflow-x:auto}"""


@dataclass(frozen=True)
class Card:
    """What the report shows: the manifest's head, the classes, the reliability bins, and the confusion matrix (truth by decision)."""

    manifest: dict[str, Any]
    classes: tuple[str, ...]
    bins: list[Bin]
    confusion: list[list[int]]


def render(card: Card) -> str:
    """The whole page."""
    data = card.manifest["data"]
    head = f"{escape(card.manifest['kind'])} · {escape(data['file'])} · {data['labelled']} of {data['rows']} rows labelled · {len(card.classes)} classes"
    parts = [
        f"<h1>Model report</h1><p class=note>{head}<br>trained {escape(card.manifest['trained_at'])}, {card.manifest['seconds']} s</p>",
        f"<h2>Measured</h2>{_metrics(card)}",
        f"<h2>Reliability</h2>{_reliability(card.bins)}",
        f"<h2>Classes</h2>{_classes(card)}",
        f"<h2>Decisions against the truth</h2><div class=scroll>{_confusion(card)}</div>",
        f"<h2>What weighs most</h2>{_importances(card.manifest['importances'])}",
    ]
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Model report</title><style>{_STYLE}</style><body>{"".join(parts)}</body></html>\n'


def _metrics(card: Card) -> str:
    params = card.manifest["params"]
    rows = ""
    for key, words in METRIC_WORDS.items():
        found = card.manifest["metrics"][key]
        label = f"{words} ({params['precision']:.0%})" if key == "recall_at_precision" else words
        rows += f"<tr><td>{label}<td>{found['value']:.4f}<td>{found['low']:.4f} – {found['high']:.4f}</tr>"
    note = f"{_how(card.manifest)} Intervals: bootstrap over rows, {params['rounds']} rounds."
    return f"<table><tr><th>Figure<th>Value<th>95 % interval</tr>{rows}</table><p class=note>{note}</p>"


def _how(manifest: dict[str, Any]) -> str:
    """What the figures are of: a detector's manifest says it, other models are cross-validated."""
    if "measured" in manifest:
        return escape(manifest["measured"])
    return f"Cross-validated in {manifest['params']['folds']} folds; every row is scored, calibrated and decided by models that never saw it."


def _reliability(bins: list[Bin]) -> str:
    """Score against what happened; a perfect model lies on the diagonal, the area of a dot is the share of rows."""
    total = sum(each.rows for each in bins)
    size = _SIDE + 2 * _EDGE
    dots = "".join(
        f'<circle cx="{_EDGE + each.score * _SIDE:.1f}" cy="{_EDGE + (1 - each.rate) * _SIDE:.1f}" r="{3 + 14 * (each.rows / total) ** 0.5:.1f}" '
        f'fill="#0969da" fill-opacity=".6"><title>score {each.score:.3f}, happened {each.rate:.3f}, {each.rows} rows</title></circle>'
        for each in bins
    )
    line = " ".join(f"{_EDGE + each.score * _SIDE:.1f},{_EDGE + (1 - each.rate) * _SIDE:.1f}" for each in bins)
    ticks = "".join(
        f'<text x="{_EDGE + value * _SIDE}" y="{_EDGE + _SIDE + 16}" text-anchor="middle">{value}</text>'
        f'<text x="{_EDGE - 6}" y="{_EDGE + (1 - value) * _SIDE + 4}" text-anchor="end">{value}</text>'
        for value in (0, 0.25, 0.5, 0.75, 1)
    )
    return (
        f'<svg role="img" aria-label="Reliability plot" width="{size}" height="{size}" viewBox="0 0 {size} {size}">'
        f'<rect x="{_EDGE}" y="{_EDGE}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#8c959f"/>'
        f'<line x1="{_EDGE}" y1="{_EDGE + _SIDE}" x2="{_EDGE + _SIDE}" y2="{_EDGE}" stroke="#8c959f" stroke-dasharray="4 4"/>'
        f'<polyline points="{line}" fill="none" stroke="#0969da"/>{dots}{ticks}'
        f'<text x="{_EDGE + _SIDE / 2}" y="{size - 8}" text-anchor="middle">score</text><text x="8" y="{_EDGE - 12}">share that happened</text></svg>'
    )


def _classes(card: Card) -> str:
    by_class = card.manifest["metrics"]["by_class"]
    rows = "".join(f"<tr><td>{escape(name)}<td>{by_class[name]['rows']}<td>{by_class[name]['f1']:.4f}</tr>" for name in card.classes)
    return f"<table><tr><th>Class<th>Rows<th>F1</tr>{rows}</table>"


def _confusion(card: Card) -> str:
    head = "".join(f"<th>{escape(name)}" for name in card.classes)
    rows = "".join(
        f"<tr><td>{escape(name)}{''.join(f'<td>{count}' for count in row)}</tr>"
        for name, row in zip(card.classes, card.confusion, strict=True)
    )
    return f"<table><tr><th>truth \\ said{head}</tr>{rows}</table>"


def _importances(importances: dict[str, float]) -> str:
    shown = list(importances.items())[:SHOWN_IMPORTANCES]
    most = max((value for _, value in shown), default=1.0) or 1.0
    bars = "".join(
        f'<rect x="340" y="{place * _ROW + 3}" width="{max(value / most, 0) * _BAR:.1f}" height="{_ROW - 6}" fill="#0969da"/>'
        f'<text x="332" y="{place * _ROW + 15}" text-anchor="end">{escape(name[:56])}</text>'
        f'<text x="{346 + max(value / most, 0) * _BAR:.1f}" y="{place * _ROW + 15}">{value:.3f}</text>'
        for place, (name, value) in enumerate(shown)
    )
    return f'<svg role="img" aria-label="Feature importances" width="720" height="{len(shown) * _ROW + 4}">{bars}</svg>'
