"""What the shipped model detectors look at. A recipe names features of the registry, so training, backtest and live read the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.model import Needs
from fanzha.engine.rules.model import SUBJECTS, Target
from fanzha.kit.errors import InvalidInput
from fanzha.lake.schemas import EventKind


class InvalidRecipe(InvalidInput):
    """A model cannot be trained on these features."""

    code = "invalid_recipe"
    remedy = "Name features that this kind of event has and that the stage of the detector knows; docs/features.md lists them."


@dataclass(frozen=True)
class Recipe:
    """One model detector: what it scores, seen from which side, by which features, and what for.

    Raises:
        InvalidRecipe: a feature that such events do not have, or that is not known when the detector runs: flagged identifiers are unknown while suspect
            numbers and accounts are found by behaviour, and a victim model cannot know the victims of its own day.
    """

    name: str
    on: EventKind
    subject: str
    target: Target
    features: tuple[str, ...]
    purpose_zh: str
    purpose_en: str

    def __post_init__(self) -> None:
        if self.subject not in SUBJECTS.get(self.on, ()):
            raise InvalidRecipe(f"{self.on} have no {self.subject}.", recipe=self.name)
        known = FEATURES.on(self.on)
        lacking = [name for name in self.features if name not in known]
        if lacking or not self.features:
            raise InvalidRecipe(f"{self.on} have no feature {', '.join(lacking) or 'at all'} here.", recipe=self.name)
        late = [name for name in self.features if FEATURES.needs(name) - self._marks]
        if late:
            raise InvalidRecipe(f"{', '.join(late)} is not known yet when a model for a {self.target} runs.", recipe=self.name)

    @property
    def _marks(self) -> frozenset[Needs]:
        return frozenset({Needs.FLAGGED}) if self.target is Target.VICTIM else frozenset()

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "features": list(self.features)}

    @staticmethod
    def from_json(document: Mapping[str, Any]) -> Recipe:
        """The recipe in a manifest: what a challenger is trained by."""
        words = {name: str(document[name]) for name in ("name", "subject", "purpose_zh", "purpose_en")}
        return Recipe(on=EventKind(document["on"]), target=Target(document["target"]), features=tuple(document["features"]), **words)


def _over(stems: Sequence[str], windows: Sequence[str] = ("1h", "24h", "7d"), ending: str = "") -> tuple[str, ...]:
    return tuple(f"{stem}_{window}{ending}" for stem in stems for window in windows)


CALLER_NUMBERS = Recipe(
    "caller_numbers",
    EventKind.CALLS,
    "caller",
    Target.NUMBER,
    (
        "hour", "seconds", "caller_foreign", "caller_short_share_24h", "caller_dispersion_24h",
        *_over(("caller_calls", "caller_callees", "caller_seconds", "caller_short_calls", "caller_received", "caller_received_from")),
        *_over(("device_calls", "device_sims"), ("24h", "7d")),
    ),
    "按呼叫行为识别涉诈主叫号码（境外冒充、猫池、群呼）。",
    "Tell callers that defraud by how they call: from abroad, out of SIM boxes, many strangers one after another.",
)  # fmt: skip

PAYEE_ACCOUNTS = Recipe(
    "payee_accounts",
    EventKind.TRANSFERS,
    "payee",
    Target.ACCOUNT,
    (
        "hour", "amount_fen", "same_bank", "pair_payments_30d",
        *_over(("payee_receipts", "payee_payers", "payee_payments")),
        *_over(("payee_received", "payee_paid"), ending="_fen"),
        "payer_received_1h_fen", "payer_received_24h_fen", "payer_sources_24h", "payer_payees_1h", "payer_payees_24h",
    ),
    "按收付行为识别收款的涉案账户（收款卡、过渡卡、取现卡）。",
    "Tell accounts that take and pass on victims' money by how money comes in and goes out.",
)  # fmt: skip

VICTIM_PAYMENTS = Recipe(
    "victim_payments",
    EventKind.TRANSFERS,
    "payer",
    Target.VICTIM,
    (
        "hour", "amount_fen", "same_bank", "new_payee", "amount_ratio_30d",
        "payments_24h", "paid_24h_fen", "inflow_24h_fen", "payments_30d", "paid_30d_fen",
        "payer_received_1h_fen", "payer_sources_24h", "payee_receipts_24h", "payee_payers_24h", "payee_payers_7d", "payee_received_7d_fen",
        "payee_paid_24h_fen", "foreign_call_seconds_24h", "foreign_calls_24h", "scam_texts_7d", "scam_text_types_7d", "remote_app_visits_24h",
        "flagged_call_seconds_1h", "flagged_call_seconds_24h", "flagged_calls_24h", "flagged_callers_7d", "on_flagged_call", "flagged_messages_7d",
        "flagged_visits_24h", "flagged_visits_7d", "minutes_since_flagged_contact", "flagged_payments_24h", "other_flagged",
    ),
    "识别正在被骗的人发出的转账：通话、短信、上网与付款合起来看。",
    "Tell payments of people who are being defrauded, from their calls, messages, visits and payments together.",
)  # fmt: skip

SHIPPED = (CALLER_NUMBERS, PAYEE_ACCOUNTS, VICTIM_PAYMENTS)
