"""Reading narratives (警情文本): identifiers, money, times, platforms, fraud type and stage, all on this machine. The contract stands in docs/reading.md."""

from fanzha.engine.reading.amounts import Money, parse_amount
from fanzha.engine.reading.judging import NEEDS_HUMAN
from fanzha.engine.reading.model import Amount, Judgement, Mention, Moment, MoneyRole, PlatformMention, Precision, Reading, Role
from fanzha.engine.reading.narrative import MOST_CHARACTERS, NarrativeTooLong, loss_of, read_narrative
from fanzha.engine.reading.telling import as_document

__all__ = [
    "MOST_CHARACTERS", "NEEDS_HUMAN", "Amount", "Judgement", "Mention", "Moment", "Money", "MoneyRole", "NarrativeTooLong", "PlatformMention", "Precision",
    "Reading", "Role", "as_document", "loss_of", "parse_amount", "read_narrative",
]  # fmt: skip
