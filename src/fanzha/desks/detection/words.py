"""One line about an event, in Chinese and English, in which every identifier is masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fanzha.engine.evidence import Behind
from fanzha.kit.money import format_yuan
from fanzha.lake.schemas import EventKind
from fanzha.lake.tokens import Tokens
from fanzha.vocab import identifiers
from fanzha.vocab.fraud_types import ENTRIES, FraudType
from fanzha.vocab.identifiers import Kind

UNKNOWN = "?"


class Describer:
    """Opens tokens to mask them; remembers each, so that a run opens a token once."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._known: dict[str, str] = {}

    def masked(self, token: str | None) -> str:
        """The identifier with its middle hidden."""
        if token is None:
            return UNKNOWN
        if token not in self._known:
            kind, value = self._tokens.open(token)
            self._known[token] = identifiers.mask(Kind(kind), value)
        return self._known[token]

    def lines(self, event: Behind) -> tuple[str, str]:
        """(Chinese, English)."""
        row = event.row
        match event.kind:
            case EventKind.CALLS:
                return self._call(row)
            case EventKind.MESSAGES:
                return self._message(row)
            case EventKind.VISITS:
                return self._visit(row)
            case _:
                payer, payee, yuan = self.masked(row["payer"]), self.masked(row["payee"]), format_yuan(row["amount_fen"] or 0)
                return f"{payer} 向 {payee} 转账 {yuan} 元", f"{payer} paid {payee} {yuan} yuan"

    def _call(self, row: Mapping[str, Any]) -> tuple[str, str]:
        caller, callee = self.masked(row["caller"]), self.masked(row["callee"])
        minutes, seconds = divmod(row["seconds"] or 0, 60)
        if not row["seconds"]:
            return f"{caller} 呼叫 {callee}，未接通", f"{caller} called {callee}, no answer"
        return f"{caller} 呼叫 {callee}，通话 {minutes} 分 {seconds} 秒", f"{caller} called {callee} for {minutes} min {seconds} s"

    def _message(self, row: Mapping[str, Any]) -> tuple[str, str]:
        sender, receiver = self.masked(row["sender"]), self.masked(row["receiver"])
        zh, en = f"{sender} 发短信给 {receiver}", f"{sender} sent {receiver} a message"
        if row["text_type"] in set(FraudType):
            entry = ENTRIES[FraudType(row["text_type"])]
            phrases = "、".join(row["text_phrases"] or ())
            return f"{zh}，含“{entry.zh}”话术：{phrases}", f"{en} with phrases of “{entry.en}”: {phrases}"
        return zh, en

    def _visit(self, row: Mapping[str, Any]) -> tuple[str, str]:
        visitor, seconds = self.masked(row["visitor"]), row["seconds"] or 0
        what = self.masked(row["app"] or row["host"] or row["domain"])
        return f"{visitor} 访问 {what}，{seconds} 秒", f"{visitor} visited {what} for {seconds} s"
