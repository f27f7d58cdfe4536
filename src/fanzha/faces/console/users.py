"""Users: who works with the platform in one's area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import JSONResponse, Response

from fanzha.desks import identity
from fanzha.desks.identity import User, UserState, policy
from fanzha.desks.identity.errors import BadUser, LoginTaken
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.kit.errors import FanzhaError
from fanzha.kit.paging import PageRequest
from fanzha.store import Work
from fanzha.vocab.roles import Role

router = APIRouter()
NAV = NavEntry("users", "用户", "Users", "/users", "users", policy.MANAGE_USERS, order=900)
Manager = Annotated[PageContext, Depends(signed_in(policy.MANAGE_USERS))]


@dataclass
class UserForm:
    """What the form of one user sends."""

    login: str
    name: str
    phone: str
    org_id: str
    roles: list[str]
    oidc_subject: str
    remove_phone: bool

    @property
    def role_set(self) -> frozenset[Role]:
        """Raises BadUser: an unknown role."""
        try:
            return frozenset(Role(role) for role in self.roles)
        except ValueError as error:
            raise BadUser from error

    @property
    def new_phone(self) -> str | None:
        """None: leave it."""
        return "" if self.remove_phone else self.phone.strip() or None

    @staticmethod
    def of(user: User | None) -> UserForm:
        if user is None:
            return UserForm("", "", "", "", [], "", False)
        return UserForm(user.login, user.name, "", user.org_id, list(user.roles), user.oidc_subject or "", False)


def user_form(
    login: Annotated[str, Form()] = "", name: Annotated[str, Form()] = "", phone: Annotated[str, Form()] = "", org_id: Annotated[str, Form()] = "",
    roles: Annotated[list[str] | None, Form()] = None, oidc_subject: Annotated[str, Form()] = "", remove_phone: Annotated[bool, Form()] = False,
) -> UserForm:  # fmt: skip
    return UserForm(login, name, phone, org_id, roles or [], oidc_subject.strip(), remove_phone)


Sent = Annotated[UserForm, Depends(user_form)]


@router.get("/users")
def listing(
    page: Manager, q: str = "", role: str = "", org: str = "", state: str = "", number: Annotated[int, Query(alias="page", ge=1)] = 1
) -> Response:  # fmt: skip
    with page.work() as work:
        found = identity.service.search_users(
            work, words=q, role=Role(role) if role in set(Role) else None, org_id=org or None,
            state=UserState(state) if state in set(UserState) else None, page=PageRequest(number),
        )  # fmt: skip
        organisations = _organisations(work)
    return page.render("console/users/list.html", found=found, organisations=organisations)


@router.get("/users/new")
def new(page: Manager) -> Response:
    return _form(page, None, UserForm.of(None))


@router.post("/users")
def create(page: Manager, sent: Sent) -> Response:
    """The first password is shown in this answer and never again."""
    try:
        with page.work() as work:
            org = identity.service.organisation(work, sent.org_id)
            made = identity.service.create_user(
                work, login=sent.login, name=sent.name, org=org, roles=sent.role_set, phone=sent.new_phone, oidc_subject=sent.oidc_subject
            )
    except FanzhaError as error:
        return _form(page, None, sent, error)
    if made.first_password is None:
        return _form(page, None, sent, LoginTaken())
    return page.render("console/users/password.html", user=made.user, password=made.first_password)


@router.get("/users/{user_id}")
def edit(page: Manager, user_id: str) -> Response:
    with page.work() as work:
        user = identity.service.get_user(work, user_id)
    return _form(page, user, UserForm.of(user))


@router.post("/users/{user_id}")
def change(page: Manager, user_id: str, sent: Sent) -> Response:
    with page.work() as work:
        user = identity.service.get_user(work, user_id)
    try:
        with page.work() as work:
            org = identity.service.organisation(work, sent.org_id)
            identity.service.update_user(
                work, user_id, name=sent.name, phone=sent.new_phone, org=org, roles=sent.role_set, oidc_subject=sent.oidc_subject
            )
    except FanzhaError as error:
        return _form(page, user, sent, error)
    return page.redirect(f"/users/{user_id}", page.say("已保存。"))


@router.post("/users/{user_id}/disable")
def disable(page: Manager, user_id: str) -> Response:
    with page.work() as work:
        identity.service.set_state(work, user_id, UserState.DISABLED)
    return page.redirect(f"/users/{user_id}", page.say("已停用，其全部登录和密钥立即失效。"))


@router.post("/users/{user_id}/enable")
def enable(page: Manager, user_id: str) -> Response:
    with page.work() as work:
        identity.service.set_state(work, user_id, UserState.ACTIVE)
    return page.redirect(f"/users/{user_id}", page.say("已启用。"))


@router.post("/users/{user_id}/reset-password")
def reset_password(page: Manager, user_id: str) -> Response:
    """The new first password is shown in this answer and never again."""
    with page.work() as work:
        password = identity.service.reset_password(work, user_id)
        user = identity.service.get_user(work, user_id)
    return page.render("console/users/password.html", user=user, password=password)


@router.post("/users/{user_id}/reveal-phone")
def reveal_phone(page: Manager, user_id: str, purpose: Annotated[str, Form()] = "") -> Response:
    with page.work() as work:
        value = identity.service.reveal_phone(work, user_id, purpose)
    return JSONResponse({"value": value})


@router.post("/users/{user_id}/keys/{key_id}/revoke")
def revoke_key(page: Manager, user_id: str, key_id: str) -> Response:
    with page.work() as work:
        identity.keys.revoke_key(work, key_id, owner=user_id)
    return page.redirect(f"/users/{user_id}", page.say("密钥已停用。"))


def _form(page: PageContext, user: User | None, form: UserForm, error: FanzhaError | None = None) -> Response:
    with page.work() as work:
        organisations = _organisations(work)
        keys = identity.keys.keys_of(work, user.id) if user else []
    said = page.say(error.message) + page.say(error.what_to_do) if error else ""
    return page.render("console/users/form.html", error.status if error else 200, user=user, form=form, error=said, organisations=organisations, keys=keys)


def _organisations(work: Work) -> list[tuple[str, str]]:
    """Those that the actor may put users into."""
    found = identity.service.organisations(work, region=work.scope.region)
    return [(org.id, f"{org.name} {org.region}".strip()) for org in found]
