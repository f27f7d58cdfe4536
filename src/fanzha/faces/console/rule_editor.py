"""The rule editor: a text that is checked while it is written, with the features beside it. What is saved is a draft; a draft never changes anything."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, Response

from fanzha.desks.detection import backtests
from fanzha.desks.detectors import policy, service
from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.model import Feature
from fanzha.engine.rules.model import SUBJECTS
from fanzha.faces.common.context import PageContext, signed_in
from fanzha.faces.common.i18n import N_
from fanzha.faces.console import rule_faults
from fanzha.faces.console.backtests import DAYS, newest_days
from fanzha.kit.errors import FanzhaError
from fanzha.lake.schemas import EventKind

router = APIRouter()
Writer = Annotated[PageContext, Depends(signed_in(policy.EDIT))]
Text = Annotated[str, Form(max_length=100_000)]
Note = Annotated[str, Form(max_length=1000)]
Days = Annotated[int, Form(ge=1, le=366)]

_STARTERS = Path(__file__).parent / "starters"
STARTERS = {
    "transfers": N_("付款人可能正在被骗（转账）"), "accounts": N_("可疑的收款账户（转账）"), "calls": N_("可疑的主叫号码（通话）"),
    "answered": N_("接到可疑电话的人（通话）"), "messages": N_("收到可疑短信的人（短信）"), "visits": N_("访问涉诈网站的人（上网访问）"),
}  # fmt: skip
MOST_FEATURES = 60


@dataclass(frozen=True)
class Origin:
    """What the editor starts from: `key` names its copy on the device, `detector` is '' for a new rule."""

    key: str
    text: str
    detector: str = ""
    version: int | None = None


@router.get("/rule-editor")
def edit(page: Writer, source: Annotated[str, Query(alias="from")] = "", version: int | None = None, starter: str = "") -> Response:
    """A copy of a detector's version (`from`, `version`), or a template."""
    return _page(page, _copy(page, source, version) if source else Origin("new", starter_text(starter if starter in STARTERS else "transfers")))


@router.post("/rule-editor/check")
def check(page: Writer, text: Text = "") -> HTMLResponse:
    """What is wrong with the text as it stands, or what its examples come to. Nothing is stored."""
    return _checked(page, text)


@router.get("/rule-editor/features")
def features(page: Writer, on: str = "", q: str = "") -> HTMLResponse:
    """The features of one kind of event that hold all the words."""
    return page.render("console/rule_editor/features.html", **_listed(on, q))


@router.post("/rule-editor")
def save(page: Writer, text: Text = "", note: Note = "", key: Annotated[str, Form()] = "", then: Annotated[str, Form()] = "", days: Days = DAYS) -> Response:
    """Keep the text as a draft, and with `then=backtest` try it on the last days. What cannot be kept comes back as it was typed, with what is wrong."""
    try:
        with page.work() as work:
            kept = service.submit(work, text, note)
            detector_id, version = kept.detector_id, kept.version
    except FanzhaError as error:
        if error.status >= 500:
            raise
        if page.is_fragment:
            return _checked(page, text, error)
        return _page(page, Origin(key or "new", text), error)
    return _tried(page, detector_id, version, days) if then == "backtest" else page.redirect(_address(detector_id, version), page.say("已保存为草稿。"))


def _tried(page: PageContext, detector_id: str, version: int, days: int) -> Response:
    """A backtest of what was just saved; where there is nothing to try it on, it stays saved."""
    first, last = newest_days(page.services.lake, days)
    try:
        with page.work() as work:
            asked = backtests.request(work, page.services.lake, detector_id, version, first, last)
            address = f"/backtests/{asked.id}"
    except FanzhaError as error:
        if error.status >= 500:
            raise
        return page.redirect(_address(detector_id, version), f"{page.say('已保存为草稿，但不能回测：')}{page.say(error.message)}", tone="warning")
    return page.redirect(address, page.say("已保存为草稿。"))


def _address(detector_id: str, version: int) -> str:
    return f"/detectors/{detector_id}?version={version}"


def _copy(page: PageContext, detector_id: str, version: int | None) -> Origin:
    with page.work() as work:
        detail = service.get(work, detector_id)
        copied = service.version_of(work, detector_id, version) if version is not None else detail.live or detail.versions[0]
        return Origin(detector_id, copied.text, detector_id, copied.version)


def _page(page: PageContext, origin: Origin, error: FanzhaError | None = None) -> HTMLResponse:
    on = _kind_in(origin.text)
    values = _result(page, origin.text) | _listed(on, "")
    status = 422 if error is not None else 200
    return page.render("console/rule_editor/page.html", status, origin=origin, error=error, starters=STARTERS, kinds=list(SUBJECTS), days=DAYS, **values)


def _checked(page: PageContext, text: str, error: FanzhaError | None = None) -> HTMLResponse:
    return page.render("console/rule_editor/result.html", 422 if error is not None else 200, error=error, **_result(page, text))


def _result(page: PageContext, text: str) -> dict[str, Any]:
    checked = service.check(text)
    return {"checked": checked, "faults": rule_faults.shown(checked.faults, page.locale)}


@cache
def starter_text(name: str) -> str:
    """A rule to begin with. Its first line says what it is for and is left out."""
    return (_STARTERS / f"{name}.yaml").read_text("utf-8").split("\n", 1)[1]


def _kind_in(text: str) -> str:
    """The kind of event that the text names, as far as it can be read."""
    lines = (line.split(":", 1)[1].split("#")[0].strip() for line in text.splitlines() if line.startswith("on:"))
    return next((word for word in lines if word in set(EventKind)), EventKind.TRANSFERS.value)


def _listed(on: str, words: str) -> dict[str, Any]:
    """The features of this kind of event that hold all the words, the first of them; `more` is how many are left out."""
    kind = EventKind(on) if on in set(SUBJECTS) else EventKind.TRANSFERS
    wanted = words.casefold().split()[:10]
    fitting = [feature for feature in map(FEATURES.__getitem__, FEATURES.on(kind)) if all(word in _searched(feature) for word in wanted)]
    return {"on": kind.value, "found": fitting[:MOST_FEATURES], "more": max(0, len(fitting) - MOST_FEATURES)}


def _searched(feature: Feature) -> str:
    return f"{feature.name} {feature.zh} {feature.en}".casefold()
