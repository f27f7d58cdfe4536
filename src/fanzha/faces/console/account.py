"""One's own account: who one is here, the password, sign-ins, API keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from fanzha.desks import identity
from fanzha.faces.common.context import PageContext, api_permissions, signed_in
from fanzha.faces.common.sessions import limits_of
from fanzha.kit.errors import FanzhaError

router = APIRouter()
Mine = Annotated[PageContext, Depends(signed_in())]


@router.get("/account")
def account(page: Mine) -> Response:
    return _account(page)


@router.post("/account/password")
def change_password(page: Mine, present: Annotated[str, Form()] = "", chosen: Annotated[str, Form()] = "", again: Annotated[str, Form()] = "") -> Response:
    if chosen != again:
        return _account(page, 422, password_error=page.say("两次输入的新密码不一样。"))
    try:
        page.request.app.state.rates.sign_in(page.address, page.me.user_id)
        with page.services.database.work(identity.sessions.SIGN_IN) as work:
            identity.service.change_password(work, page.me.user_id, present, chosen, keep_session=_session_id(page))
    except FanzhaError as error:
        return _account(page, error.status, password_error=page.say(error.message) + page.say(error.what_to_do))
    return page.redirect("/account", page.say("密码已更改，其他登录都已退出。"))


@router.post("/account/sessions/others/revoke")
def revoke_others(page: Mine) -> Response:
    with page.work() as work:
        count = identity.sessions.revoke_other_sessions(work, keep=_session_id(page))
    return page.redirect("/account", page.say("已退出其他 {n} 处登录。", n=count))


@router.post("/account/sessions/{session_id}/revoke")
def revoke(page: Mine, session_id: str) -> Response:
    with page.work() as work:
        identity.sessions.revoke_session(work, session_id)
    return page.redirect("/account", page.say("已退出这处登录。"))


@router.post("/account/keys")
def make_key(
    page: Mine, name: Annotated[str, Form()] = "", days: Annotated[int, Form()] = 90, scopes: Annotated[list[str] | None, Form()] = None
) -> Response:
    """The key is shown in this answer and never again."""
    wanted = [permission for permission in api_permissions() if permission.name in (scopes or [])]
    try:
        with page.work() as work:
            made = identity.keys.make_key(work, name, wanted, days)
    except FanzhaError as error:
        return _account(page, error.status, key_error=page.say(error.message) + page.say(error.what_to_do))
    return _account(page, new_key=made.secret)


@router.post("/account/keys/{key_id}/revoke")
def revoke_key(page: Mine, key_id: str) -> Response:
    with page.work() as work:
        identity.keys.revoke_key(work, key_id, owner=page.me.user_id)
    return page.redirect("/account", page.say("密钥已停用。"))


def _account(page: PageContext, status: int = 200, *, password_error: str = "", key_error: str = "", new_key: str = "") -> Response:
    with page.work() as work:
        user = identity.service.get_user(work, page.me.user_id)
        own = identity.sessions.own_sessions(work, limits_of(page.services.settings))
        keys = identity.keys.keys_of(work, page.me.user_id)
    offered = [permission.name for permission in api_permissions() if page.may(permission)]
    return page.render(
        "console/account/account.html", status, user=user, sessions=own, session_id=_session_id(page), keys=keys, offered=offered,
        password_error=password_error, key_error=key_error, new_key=new_key,
    )  # fmt: skip


def _session_id(page: PageContext) -> str | None:
    return page.signed_in.session_id if page.signed_in else None
