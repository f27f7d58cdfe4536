"""Failures as people and programs should see them: a page with a plain sentence, or `application/problem+json` (RFC 9457). Never a stack trace."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from starlette.exceptions import HTTPException

from fanzha.desks.identity import PasswordChangeDue
from fanzha.faces.common.context import FIRST_PASSWORD, PageContext
from fanzha.faces.common.i18n import Locale, translate
from fanzha.faces.common.sessions import API, visitor_of
from fanzha.kit.errors import FanzhaError, InvalidInput, NotFound, NotSignedIn, Unavailable

_log = logging.getLogger("fanzha.faces")

SIGN_IN_PAGE = "/sign-in"
_TITLES = {
    400: "这个请求看不懂", 401: "请先登录", 403: "没有权限", 404: "没有找到", 405: "不能这样操作", 409: "状态已变",
    413: "内容太大", 422: "填写有误", 429: "操作太频繁", 503: "暂时不可用",
}  # fmt: skip
_BROKEN = "出错了"
_BUSY_SECONDS = 5
_HOLE = re.compile(r"\{(\w+)\}")


class DatabaseBusy(Unavailable):
    """The database is busy or does not answer; nothing was changed."""

    code = "database_busy"
    remedy = "Wait a moment and repeat the step."


class Problem(BaseModel):
    """A failure of an API call (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    remedy: str | None = None
    params: dict[str, object] | None = None


_MEDIA = "application/problem+json"
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": description, "content": {_MEDIA: {"schema": Problem.model_json_schema()}}}
    for status, description in {
        401: "Neither a valid key nor a session.", 403: "The role or the key's scopes do not include this.", 404: "Not there, or not yours to see.",
        409: "The state has changed meanwhile.", 413: "Too much was sent.", 422: "The input is not valid.", 429: "Too many requests; see Retry-After.",
        500: "Something broke.", 503: "A part of the platform is not available.",
    }.items()
}  # fmt: skip


class BodyTooLarge(HTTPException):
    """Too much was sent. An HTTPException so that the form parser lets it through."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(413, f"More than {limit_bytes // 2**20} MB were sent.")


def install(app: FastAPI) -> None:
    """Register the handlers of expected failures."""

    async def expected(request: Request, error: Exception) -> Response:
        assert isinstance(error, FanzhaError)
        return answer(request, error)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _answer(request, error.status_code, f"http_{error.status_code}", _sentence(error), "", headers=error.headers)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return _invalid(request, error)

    async def unstorable(request: Request, error: Exception) -> Response:
        # PostgreSQL refuses NUL characters and numbers beyond its types; whatever reaches it so came from outside.
        _log.warning("request %s: the database refused a value", request_id(request), exc_info=error)
        return answer(request, InvalidInput("A value is too large or holds characters that cannot be stored.", remedy="Go back and check your entries."))

    app.add_exception_handler(DataError, unstorable)
    app.add_exception_handler(FanzhaError, expected)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)


def answer(request: Request, error: FanzhaError) -> Response:
    """An expected failure."""
    if not is_api(request):
        if isinstance(error, PasswordChangeDue):
            return _go(request, FIRST_PASSWORD)
        if isinstance(error, NotSignedIn) and type(error) is NotSignedIn:
            return _go(request, _sign_in_address(request))
    if error.status >= 500:
        _log.error("request %s failed: %s", request_id(request), error, exc_info=error)
    wait = error.params.get("retry_after")
    headers = {"Retry-After": str(wait)} if wait is not None else None
    params = error.params if isinstance(error, InvalidInput) else {}
    return _answer(request, error.status, error.code, error.message, error.what_to_do, params=params, headers=headers)


def broken(request: Request, error: Exception) -> Response:
    """An unexpected failure: logged with everything, told with nothing but the request's id.

    A lost connection, a deadlock and a pool without a free connection took the whole transaction back: the step may be repeated.
    """
    if isinstance(error, OperationalError | PoolExhausted):
        busy = DatabaseBusy(retry_after=_BUSY_SECONDS)
        busy.__cause__ = error
        return answer(request, busy)
    number = request_id(request)
    _log.error("request %s %s %s broke", number, request.method, request.url.path, exc_info=error)
    return _answer(request, 500, "broken", "Something broke. The failure has been logged.", "Tell your administrator this number: {id}", params={"id": number})


def request_id(request: Request) -> str:
    return str(request.scope.get("state", {}).get("request_id", ""))


def is_api(request: Request) -> bool:
    return request.url.path.startswith(API)


def _invalid(request: Request, error: RequestValidationError) -> Response:
    places = [{"place": ".".join(str(part) for part in one["loc"]), "problem": one["msg"]} for one in error.errors()]
    if any(one["loc"][:1] == ("path",) for one in error.errors()) and not is_api(request):
        return answer(request, NotFound())
    said = "; ".join(f"{one['place']}: {one['problem']}" for one in places[:5])
    if is_api(request):
        return _answer(request, 422, "invalid_input", f"The input is not valid: {said}", "", params={"places": places})
    return _answer(request, 422, "invalid_input", "Something in the form or the address is missing or misspelt.", "Go back and check your entries.")


def _answer(
    request: Request, status: int, code: str, text: str, remedy: str, *, params: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    if is_api(request):
        return _problem(request, status, code, text, remedy, params or {}, headers)
    page = PageContext(request, visitor_of(request).signed_in)
    title = page.say(_TITLES.get(status, _BROKEN))
    said, advice = _in_words(page.locale, text, params), _in_words(page.locale, remedy, params)
    return page.render("error.html", status, headers=headers, title=title, text=said, remedy=advice, back=_came_from(request))


def _came_from(request: Request) -> str:
    """The page of ours whose form was sent; '' where none is known. Only its path and query: nobody is led elsewhere."""
    said = urlsplit(request.headers.get("referer", ""))
    if request.method == "GET" or said.netloc != request.headers.get("host", "") or not said.path.startswith("/") or said.path.startswith("//"):
        return ""
    return f"{said.path}?{said.query}" if said.query else said.path


def _problem(
    request: Request, status: int, code: str, text: str, remedy: str, params: Mapping[str, object], headers: Mapping[str, str] | None
) -> JSONResponse:
    body: dict[str, object] = {"type": f"urn:fanzha:problem:{code}", "title": code.replace("_", " "), "status": status, "detail": text, "code": code}
    if remedy:
        body["remedy"] = remedy.format_map(dict(params)) if "{" in remedy else remedy
    if params:
        body["params"] = {key: value if isinstance(value, (int, float, bool, list, dict)) else str(value) for key, value in params.items()}
    body["request_id"] = request_id(request)
    more = dict(headers or {}) | ({"WWW-Authenticate": "Bearer"} if status == 401 else {})
    return JSONResponse(body, status, headers=more, media_type=_MEDIA)


def _in_words(locale: Locale, text: str, params: Mapping[str, object] | None) -> str:
    if not text:
        return ""
    said = translate(locale, text)
    # A message may quote what a user sent, braces included: only known names are filled in.
    return _HOLE.sub(lambda hole: str(params[hole[1]]) if hole[1] in params else hole[0], said) if params else said


def _sentence(error: HTTPException) -> str:
    known = {404: NotFound.__doc__ or "", 405: "This address does not take this kind of request.", 413: error.detail}
    return known.get(error.status_code, "The request could not be understood.")


def _go(request: Request, address: str) -> Response:
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def _sign_in_address(request: Request) -> str:
    """Back to the page after signing in; not to a step, which must be taken anew."""
    if request.method != "GET" or request.url.path == "/" or "hx-request" in request.headers:
        return SIGN_IN_PAGE
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{SIGN_IN_PAGE}?next={quote(request.url.path + query, safe='')}"
