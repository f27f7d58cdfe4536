"""Signing in and out, the first password, and sign-in through one's organisation."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import RedirectResponse, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer

from fanzha.desks import identity
from fanzha.desks.identity import oidc
from fanzha.desks.identity.domain import NewSession, SignInResult
from fanzha.desks.identity.errors import LockedOut, SignInByOrganisationFailed, SignInRefused
from fanzha.faces.common.context import FIRST_PASSWORD, PageContext, anyone, signed_in_change_due
from fanzha.faces.common.limits import RateLimits, TooFast
from fanzha.faces.common.security import Cookies, safe_next
from fanzha.faces.common.sessions import limits_of, visitor_of
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError, NotFound
from fanzha.settings import Settings

router = APIRouter()
_DEPARTURE_SECONDS = 600

Anyone = Annotated[PageContext, Depends(anyone())]
Either = Annotated[PageContext, Depends(signed_in_change_due())]


@router.get("/sign-in")
def sign_in_page(page: Anyone, next: str = "") -> Response:  # noqa: A002 — the name in the address
    if page.user is not None:
        return RedirectResponse(safe_next(next), 303)
    return _form(page, next)


@router.post("/sign-in")
def sign_in(page: Anyone, login: Annotated[str, Form()] = "", password: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "") -> Response:  # noqa: A002
    """Every attempt counts against the address and the user name; five failures in a row close the login for a growing while."""
    rates: RateLimits = page.request.app.state.rates
    try:
        rates.sign_in(page.address, login.strip().lower())
    except TooFast as error:
        return _form(page, next, login, error)
    with page.services.database.work(identity.sessions.SIGN_IN) as work:
        result = identity.sessions.sign_in(work, login, password, limits_of(page.services.settings), address=page.address, agent=_agent(page))
    if result.session is None:
        return _form(page, next, login, _refusal(result))
    return _enter(page, result.session, next)


@router.post("/sign-out")
def sign_out(page: Either) -> Response:
    _end_present_session(page)
    response = RedirectResponse("/sign-in", 303)
    _cookies(page).drop(response, _cookies(page).session)
    return response


@router.get(FIRST_PASSWORD)
def first_password_page(page: Either) -> Response:
    return _first_password(page)


@router.post(FIRST_PASSWORD)
def first_password(
    page: Either, present: Annotated[str, Form()] = "", chosen: Annotated[str, Form()] = "", again: Annotated[str, Form()] = ""
) -> Response:
    if chosen != again:
        return _first_password(page, 422, page.say("两次输入的新密码不一样。"))
    signed_in = page.signed_in
    assert signed_in is not None
    try:
        page.request.app.state.rates.sign_in(page.address, page.me.user_id)
        with page.services.database.work(identity.sessions.SIGN_IN) as work:
            identity.service.change_password(work, page.me.user_id, present, chosen, keep_session=signed_in.session_id)
    except FanzhaError as error:
        return _first_password(page, error.status, _words(page, error))
    return page.redirect("/", page.say("密码已更改。"))


@router.get("/sign-in/oidc")
def oidc_depart(page: Anyone, next: str = "") -> Response:  # noqa: A002
    departure = oidc.depart(_client(page))
    response = RedirectResponse(departure.address, 303)
    packed = _departures(page).dumps([departure.state, departure.nonce, departure.verifier, safe_next(next)])
    _cookies(page).put(response, _cookies(page).name("oidc"), packed, _DEPARTURE_SECONDS)
    return response


@router.get("/sign-in/oidc/callback")
def oidc_arrive(page: Anyone, state: str = "", code: Annotated[str, Query(max_length=4096)] = "") -> Response:
    client = _client(page)
    try:
        remembered = _departures(page).loads(page.request.cookies.get(_cookies(page).name("oidc"), ""), max_age=_DEPARTURE_SECONDS)
    except BadSignature as error:
        raise SignInByOrganisationFailed from error
    departure = oidc.Departure("", *remembered[:3])
    subject = oidc.arrive(client, departure, state=state, code=code)
    with page.services.database.work(identity.sessions.SIGN_IN) as work:
        session = oidc.sign_in(work, subject, limits_of(page.services.settings), address=page.address, agent=_agent(page))
    if session is None:
        raise SignInByOrganisationFailed("Your organisation knows you, this platform does not.", remedy="Ask an administrator to enter your subject.")
    response = _enter(page, session, remembered[3])
    _cookies(page).drop(response, _cookies(page).name("oidc"))
    return response


def oidc_client(settings: Settings) -> oidc.Client | None:
    """How this platform is known to the issuer, where one is set."""
    if not settings.oidc_issuer or not settings.oidc_client_id:
        return None
    secret = settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret else ""
    return oidc.Client(settings.oidc_issuer, settings.oidc_client_id, secret, settings.address + "/sign-in/oidc/callback")


def _client(page: PageContext) -> oidc.Client:
    client: oidc.Client | None = getattr(page.request.app.state, "oidc", None) or oidc_client(page.services.settings)
    if client is None:
        raise NotFound
    return client


def _departures(page: PageContext) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(page.services.keys.cookies, salt="oidc")


def _form(page: PageContext, target: str, login: str = "", error: FanzhaError | None = None) -> Response:
    has_oidc = oidc_client(page.services.settings) is not None
    values = {"next": safe_next(target, ""), "login": login, "error": _words(page, error) if error else None, "oidc": has_oidc}
    wait = error.params.get("retry_after") if error else None
    return page.render("console/signin/sign_in.html", error.status if error else 200, headers={"Retry-After": str(wait)} if wait else None, **values)


def _first_password(page: PageContext, status: int = 200, error: str = "") -> Response:
    with page.work() as work:
        login = identity.service.get_user(work, page.me.user_id).login
    return page.render("console/signin/first_password.html", status, login=login, error=error)


def _refusal(result: SignInResult) -> FanzhaError:
    if result.locked_until is None:
        return SignInRefused()
    seconds = max(1, math.ceil((result.locked_until - clock.now()).total_seconds()))
    return LockedOut(retry_after=seconds, minutes=math.ceil(seconds / 60))


def _words(page: PageContext, error: FanzhaError) -> str:
    said = page.say(error.message) + page.say(error.what_to_do)
    return said.format_map(error.params) if "{" in said else said


def _enter(page: PageContext, session: NewSession, target: str) -> Response:
    """Whoever signs in gets a fresh token; a session that this browser still had ends."""
    _end_present_session(page)
    response = RedirectResponse(FIRST_PASSWORD if session.must_change_password else safe_next(target), 303)
    cookies = _cookies(page)
    cookies.put(response, cookies.session, session.token, page.services.settings.session_hours * 3600)
    cookies.drop(response, cookies.visitor)
    return response


def _end_present_session(page: PageContext) -> None:
    found = visitor_of(page.request).signed_in
    if found is not None and found.session_id is not None:
        with page.work() as work:
            identity.sessions.sign_out(work, found.session_id)


def _cookies(page: PageContext) -> Cookies:
    return Cookies.of(page.services.settings)


def _agent(page: PageContext) -> str:
    return page.request.headers.get("user-agent", "")
