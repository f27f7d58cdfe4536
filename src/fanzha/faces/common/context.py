"""What a page or an API call knows of its request: who asks, in which language, and how to answer.

A page module of `faces/console`, `faces/field` or `faces/portal` looks like this; `create_app` finds its `router` and `NAV` by itself:

    router = APIRouter()
    NAV = NavEntry("warnings", "预警", "Warnings", "/warnings", "bell", policy.VIEW, order=20)

    @router.get("/warnings")
    def listing(page: Annotated[PageContext, Depends(signed_in(policy.VIEW))], q: str = "") -> HTMLResponse:
        with page.work() as work:
            found = warnings.search(work, q)
        return page.render("console/warnings/list.html", found=found)

    @router.post("/warnings/{warning_id}/sign")
    def sign(page: Annotated[PageContext, Depends(signed_in(policy.SIGN))], warning_id: str) -> Response:
        with page.work() as work:
            warnings.sign(work, warning_id)
        return page.redirect(f"/warnings/{warning_id}", page.say("已签收"))

Handlers are plain `def` (they run in the thread pool). CSRF is checked for every unsafe method before the handler runs. A missing permission is
answered 403, a row outside one's scope 404 (row security hides it, the desk raises its NotFound).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from fanzha.desks.identity import PasswordChangeDue, SignedIn
from fanzha.faces.common.i18n import COOKIE as LANGUAGE_COOKIE
from fanzha.faces.common.i18n import Locale, pick_locale, translate
from fanzha.faces.common.platform import Platform
from fanzha.faces.common.security import Cookies, csrf_token, pack_flash, unpack_flash
from fanzha.faces.common.sessions import visitor_of
from fanzha.faces.common.templating import Templates
from fanzha.kit.errors import Forbidden, NotSignedIn
from fanzha.store import Principal, Scope, Work
from fanzha.store.scope import NOWHERE
from fanzha.vocab.roles import Permission

FIRST_PASSWORD = "/account/first-password"  # noqa: S105 — an address
_A_YEAR = 366 * 24 * 3600

NavPermission: TypeAlias = Permission | tuple[Permission, ...] | None


@dataclass(frozen=True)
class NavEntry:
    """One entry of a face's navigation. `permission`: None for everybody signed in, several where any one suffices. Lower `order` comes first."""

    key: str
    label_zh: str
    label_en: str
    url: str
    icon: str
    permission: NavPermission = None
    order: int = 100

    def is_for(self, user: Principal) -> bool:
        wanted = self.permission if isinstance(self.permission, tuple) else (self.permission,)
        return any(permission is None or user.may(permission) for permission in wanted)


@dataclass(frozen=True)
class NavItem:
    """An entry as one page shows it."""

    key: str
    label: str
    url: str
    icon: str
    active: bool


def platform_of(request: Request) -> Platform:
    platform = request.app.state.platform
    assert isinstance(platform, Platform)
    return platform


def locale_of(request: Request) -> Locale:
    return pick_locale(request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE))


@dataclass(frozen=True)
class _Asker:
    """Shared by pages and API: who asks, and transactions in their scope."""

    request: Request
    signed_in: SignedIn | None

    @property
    def user(self) -> Principal | None:
        return self.signed_in.principal if self.signed_in else None

    @property
    def me(self) -> Principal:
        """The signed-in user.

        Raises:
            NotSignedIn: nobody is (public pages only).
        """
        if self.signed_in is None:
            raise NotSignedIn
        return self.signed_in.principal

    @property
    def services(self) -> Platform:
        """Settings, keys, database, lake, tokens, cipher."""
        return platform_of(self.request)

    @property
    def address(self) -> str:
        return self.request.client.host if self.request.client else ""

    @contextmanager
    def work(self) -> Iterator[Work]:
        """One transaction in the asker's scope. Somebody who is not signed in sees no row that is protected."""
        scope = Scope.of(self.user) if self.user else Scope(actor="anonymous", region=NOWHERE)
        with self.services.database.work(scope) as work:
            yield work


@dataclass(frozen=True)
class PageContext(_Asker):
    """A page's request."""

    @property
    def locale(self) -> Locale:
        return locale_of(self.request)

    @property
    def csrf_token(self) -> str:
        return csrf_token(self.services.keys, visitor_of(self.request).binding)

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asks for a piece of the page."""
        return "hx-request" in self.request.headers and "hx-boosted" not in self.request.headers

    def may(self, permission: Permission) -> bool:
        return self.user is not None and self.user.may(permission)

    def say(self, text: str, **params: object) -> str:
        """A Chinese sentence in the page's language."""
        return translate(self.locale, text, **params)

    def render(self, template: str, status: int = 200, *, headers: Mapping[str, str] | None = None, **values: object) -> HTMLResponse:
        """A page or a fragment. Every template also gets `page`, `nav`, `csrf_token`, `flashes`, `url`, `status`."""
        cookies = Cookies.of(self.services.settings)
        packed = self.request.cookies.get(cookies.flash)
        flashes = [] if self.is_fragment else unpack_flash(self.services.keys, packed)
        shared: dict[str, object] = {"page": self, "nav": self._nav(), "csrf_token": self.csrf_token, "flashes": flashes, "url": _address(self.request), "status": status}
        body = _templates(self.request).render(template, locale=self.locale, **(shared | values))
        response = HTMLResponse(body, status, headers=dict(headers or {}))
        if packed and not self.is_fragment:
            cookies.drop(response, cookies.flash)
        self._keep_language(response)
        return response

    def redirect(self, url: str, flash: str | None = None, *, tone: str = "success") -> Response:
        """Go to a page of ours after a step (303), with a sentence shown there once. htmx is told by `HX-Redirect`."""
        response: Response = Response(status_code=200, headers={"HX-Redirect": url}) if self.is_fragment else RedirectResponse(url, 303)
        if flash:
            cookies = Cookies.of(self.services.settings)
            cookies.put(response, cookies.flash, pack_flash(self.services.keys, tone, flash), 120)
        self._keep_language(response)
        return response

    def _keep_language(self, response: Response) -> None:
        if "lang" in self.request.query_params:
            response.set_cookie(LANGUAGE_COOKIE, self.locale, max_age=_A_YEAR, path="/", samesite="lax", secure=self.services.settings.secure_cookies)

    def _nav(self) -> list[NavItem]:
        user = self.user
        if user is None:
            return []
        path, english = self.request.url.path, self.locale is Locale.EN
        entries: list[NavEntry] = self.request.app.state.navigation.of(path)
        return [
            NavItem(entry.key, entry.label_en if english else entry.label_zh, entry.url, entry.icon, _is_at(path, entry.url))
            for entry in entries
            if entry.is_for(user)
        ]


@dataclass(frozen=True)
class ApiContext(_Asker):
    """An API call's request; `key_id` names the API key, None where a session cookie was used."""

    @property
    def key_id(self) -> str | None:
        return self.signed_in.key_id if self.signed_in else None


class Gate:
    """A dependency that lets in whoever may; kept on the route so that tests can walk all gates."""

    def __init__(self, permission: Permission | None, *, public: bool = False, change_due: bool = False) -> None:
        self.permission = permission
        self.public = public
        self._change_due = change_due

    def admit(self, request: Request) -> SignedIn | None:
        found = visitor_of(request).signed_in
        if self.public:
            return found
        if found is None:
            raise NotSignedIn
        if found.must_change_password and not self._change_due:
            raise PasswordChangeDue
        if self.permission is not None and not found.principal.may(self.permission):
            raise Forbidden("Your role does not include this.", remedy="Ask an administrator if you need it.", permission=self.permission.name)
        return found


class PageGate(Gate):
    async def __call__(self, request: Request) -> PageContext:
        return PageContext(request, self.admit(request))


class ApiGate(Gate):
    async def __call__(self, request: Request) -> ApiContext:
        return ApiContext(request, self.admit(request))


def signed_in(permission: Permission | None = None) -> PageGate:
    """For `Depends`: a page for those who have the permission; None: for everybody signed in."""
    return PageGate(permission)


def signed_in_change_due() -> PageGate:
    """For `Depends`: the page of the first password, and signing out."""
    return PageGate(None, change_due=True)


def anyone() -> PageGate:
    """For `Depends`: a public page; `page.user` may be None."""
    return PageGate(None, public=True)


_api_permissions: dict[str, Permission] = {}


def api_access(permission: Permission | None = None) -> ApiGate:
    """For `Depends`: an API call, by `Authorization: Bearer fz_…` or the session cookie (then with `X-CSRF-Token` for unsafe methods)."""
    if permission is not None:
        _api_permissions[permission.name] = permission
    return ApiGate(permission)


def api_anyone() -> ApiGate:
    """For `Depends`: a public API call."""
    return ApiGate(None, public=True)


def api_permissions() -> list[Permission]:
    """Every permission that some API call asks for: what an API key can be given."""
    return sorted(_api_permissions.values(), key=lambda permission: permission.name)


def _templates(request: Request) -> Templates:
    templates = request.app.state.templates
    assert isinstance(templates, Templates)
    return templates


def _address(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def _is_at(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))
