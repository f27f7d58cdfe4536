"""To whom a warning goes: the station that leads, the grid that supports; a text message where nothing else is planned."""

from __future__ import annotations

from collections.abc import Collection

from fanzha.desks.warnings import steps
from fanzha.desks.warnings.domain import Action, State
from fanzha.desks.warnings.model import Assignment, Outbox, WarningOrder
from fanzha.desks.warnings.organisations import OrgRef, Responsible
from fanzha.desks.warnings.plan import Channel
from fanzha.kit import clock
from fanzha.store import Work
from fanzha.vocab.notice_numbers import NoticeOf, grouped, notice_number

LEAD, SUPPORT, SUPERVISE = "lead", "support", "supervise"

_SMS = "【反诈中心】您可能正遭遇电信网络诈骗，请勿转账、勿共享屏幕、勿透露验证码。有疑问请拨打96110，本短信不含链接，无需回复。预警编号{number}，有异议可凭编号申诉。"


def text_of(warning_id: str) -> str:
    """The text message of a warning: no link and no reply asked for (12381 practice, DOMAIN §5); its notice number, by which the person can object (art. 32)."""
    return _SMS.format(number=grouped(notice_number(NoticeOf.WARNING, warning_id)))


class Dispatcher:
    """Sends warnings to where they belong."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._responsible = Responsible(work)

    def start(self, warning: WarningOrder) -> None:
        """The first step of a new warning: to people, or only a text message. Where no organisation is responsible it stays `issued`, in the city's queue."""
        self.text(warning)
        if warning.channels == [Channel.SMS.value]:
            steps.take(self._work, warning, Action.INFORM, live=False)
        else:
            self.dispatch(warning, live=False)

    def dispatch(self, warning: WarningOrder, *, org: OrgRef | None = None, reason: str = "", live: bool = True) -> None:
        """Hand the warning to the police body responsible for its region (or to `org`) and to the grid beside it."""
        lead = org or self._responsible.lead(warning.region)
        if lead is None:
            return
        self.assign(warning, lead, LEAD)
        warning.lead_org_id, warning.lead_kind = lead.id, lead.kind.value
        grid = self._responsible.grid(warning.region) if warning.region_known else None
        if grid is not None:
            self.assign(warning, grid, SUPPORT)
        warning.dispatched_at = clock.now()
        if warning.state_now in {State.ISSUED, State.INFORMED}:
            steps.take(self._work, warning, Action.DISPATCH, reason=reason, detail={"lead": lead.name, "grid": grid.name if grid else None}, live=live)

    def assign(self, warning: WarningOrder, org: OrgRef, role: str) -> None:
        self._work.session.add(
            Assignment(warning_id=warning.id, assignee_org_id=org.id, assignee_org_name=org.name, role=role, **steps.signature(self._work))
        )

    def supervisor(self, warning: WarningOrder, rung: int) -> OrgRef | None:
        return self._responsible.above(warning.region, rung)

    def text(self, warning: WarningOrder, *, before: Collection[str] = ()) -> None:
        """Record the text message where the plan asks for one and did not `before`."""
        if Channel.SMS.value not in warning.channels or Channel.SMS.value in before:
            return
        self._work.session.add(
            Outbox(warning_id=warning.id, channel=Channel.SMS.value, recipient=warning.subject_phone, body=text_of(warning.id), **steps.signature(self._work))
        )
