"""A model card (Mitchell et al. 2019) as data: what the model is for, what it learned from, how good it is, where its limits are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.models.metrics import Bin, Measured
from fanzha.engine.models.operating import Point
from fanzha.engine.models.recipes import Recipe


@dataclass(frozen=True)
class FeatureUse:
    """One feature of a model, its meaning in words, and its share of the gain."""

    name: str
    zh: str
    en: str
    share: float


@dataclass(frozen=True)
class ModelCard:
    """Everything a page or a reviewer needs; `figures` by name (auc, average_precision, recall_at_precision, ece, brier) with 95 % intervals.

    Figures are of a subject and day of the days from `measured_from` on; `bins` are those of the reliability plot, none for a model trained before they
    were kept. Who approved a detector with this model stands in the detector's life.
    """

    reference: str
    recipe: Recipe
    source: str
    source_zh: str
    source_en: str
    facts: Mapping[str, Any]
    trained_at: str
    first_day: str
    last_day: str
    measured_from: str
    rows: int
    positive_rows: int
    positive_subjects: int
    labels: int
    unlabelled: str
    negatives_kept: float
    staffed_precision: float
    figures: Mapping[str, Measured]
    points: tuple[Point, ...]
    bins: tuple[Bin, ...]
    features: tuple[FeatureUse, ...]
    limits_zh: tuple[str, ...]
    limits_en: tuple[str, ...]
    libraries: Mapping[str, str]

    @property
    def simulated(self) -> bool:
        """Whether it learned from the simulated city alone."""
        return self.source == "simulator"

    @staticmethod
    def of(manifest: Mapping[str, Any]) -> ModelCard:
        """The card of a detector model's manifest."""
        recipe, data, told, params = Recipe.from_json(manifest["detector"]), manifest["data"], manifest["provenance"], manifest["params"]
        figures = {name: Measured(**value) for name, value in manifest["metrics"].items() if name != "by_class"}
        limits = [*_LIMITS, *(_SIMULATED if told["source"] == "simulator" else _SELECTED)]
        return ModelCard(
            reference=f"{recipe.name}@{manifest['detector']['version']}",
            recipe=recipe,
            source=told["source"],
            source_zh=told["zh"],
            source_en=told["en"],
            facts=told["facts"],
            trained_at=manifest["trained_at"],
            negatives_kept=params["negatives_kept"],
            staffed_precision=params["precision"],
            figures=figures,
            points=tuple(Point(**point) for point in manifest["operating_points"]),
            bins=tuple(Bin(**each) for each in manifest.get("reliability", ())),
            features=tuple(_use(name, share) for name, share in manifest["importances"].items()),
            limits_zh=tuple(zh for zh, _ in limits),
            limits_en=tuple(en for _, en in limits),
            libraries=manifest["libraries"],
            **{name: data[name] for name in _DATA},
        )


_DATA = ("first_day", "last_day", "measured_from", "rows", "positive_rows", "positive_subjects", "labels", "unlabelled")

_LIMITS = (
    (
        "只看特征所及的行为；没有留下通话、短信、上网或付款记录的诈骗，模型看不见。",
        "It sees behaviour that its features tell; a fraud that leaves no call, message, visit or payment is invisible to it.",
    ),
    (
        "得分是线索不是结论，任何措施都须有人核实并有法律依据。",
        "A score is a lead, not a verdict: every measure needs a person's check and a legal basis.",
    ),
)
_SIMULATED = (
    (
        "只用模拟城市训练；模拟城市的诈骗更容易识别，也远多于真实城市，得分在真实数据上偏高。先回测、再影子运行，用本地结果重新训练后再上线。",
        "Trained on the simulated city alone, where frauds are easier and more frequent: backtest it, run it as a shadow and train it on local outcomes first.",
    ),
)
_SELECTED = (
    (
        "结果多来自被预警或报案的人，未预警也未报案的受害人没有标签。",
        "Outcomes come mostly from people who were warned or reported; victims who were neither have no label.",
    ),
)


def _use(name: str, share: float) -> FeatureUse:
    feature = FEATURES.features.get(name)
    return FeatureUse(name, feature.zh if feature else name, feature.en if feature else name, share)
