"""The web application: all faces behind one door.

Routers are found, not listed: every module in `faces/console`, `faces/field`, `faces/portal` and `faces/api` that has a `router` is mounted (in order of
its name), and its `NAV` (an entry or a tuple of them) joins that face's navigation.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import RedirectResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from fanzha import __version__
from fanzha.faces.common import assets, errors
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.limits import Limits, RateLimit, RateLimits
from fanzha.faces.common.middleware import BodyLimit, Frame, check_csrf
from fanzha.faces.common.platform import Platform
from fanzha.faces.common.sessions import Sessions
from fanzha.faces.common.templating import Templates
from fanzha.store import Principal
from fanzha.vocab.roles import Role

ON_FOOT = frozenset({Role.FIELD_OFFICER, Role.GRID_WORKER})
_HASHED = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Face:
    """A package of page or API modules and the address it stands under."""

    name: str
    prefix: str
    in_schema: bool = False


FACES = (Face("api", "/api/v1", in_schema=True), Face("field", "/field"), Face("portal", "/portal"), Face("console", ""))


@dataclass(frozen=True)
class Found:
    """A module's contribution to a face."""

    face: Face
    module: str
    router: APIRouter
    nav: tuple[NavEntry, ...]


class Navigation:
    """The navigation of each face, by the address of a page."""

    def __init__(self, found: list[Found]) -> None:
        self._faces = {face.prefix: _in_order([entry for one in found if one.face == face for entry in one.nav]) for face in FACES}

    def of(self, path: str) -> list[NavEntry]:
        """The entries of the face that this address belongs to."""
        prefix = next((prefix for prefix in self._faces if prefix and (path == prefix or path.startswith(prefix + "/"))), "")
        return self._faces[prefix]

    def home(self, user: Principal) -> str:
        """Where somebody starts: people on foot at the field pages, everybody else at the first page of the console that is theirs."""
        if user.roles <= ON_FOOT:
            return "/field"
        return next((entry.url for entry in self._faces[""] if entry.is_for(user)), "/account")


def create_app(platform: Platform, limits: Limits | None = None) -> FastAPI:
    """Build the application on an opened platform."""
    # A redirect for a trailing slash would be built from the Host header, which the caller chooses.
    app = FastAPI(title="Fanzha", version=__version__, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    found = find_routers()
    rates = RateLimits(limits or Limits())
    app.state.platform, app.state.templates, app.state.rates = platform, Templates(), rates
    app.state.navigation = Navigation(found)
    for one in found:
        responses = errors.RESPONSES if one.face.in_schema else None
        app.include_router(
            one.router, prefix=one.face.prefix, dependencies=[Depends(check_csrf)], include_in_schema=one.face.in_schema, responses=responses
        )
    app.add_api_route("/", _home, include_in_schema=False)
    app.mount("/static", _Static(directory=assets.STATIC, check_dir=False), name="static")
    errors.install(app)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit, settings=platform.settings)
    app.add_middleware(RateLimit, rates=rates)
    app.add_middleware(Sessions, platform=platform)
    app.add_middleware(Frame, settings=platform.settings)
    return app


def find_routers() -> list[Found]:
    """Every page and API module, in order of face and name."""
    found = []
    for face in FACES:
        package = import_module(f"fanzha.faces.{face.name}")
        for info in sorted(iter_modules(package.__path__), key=lambda info: info.name):
            module = import_module(f"{package.__name__}.{info.name}")
            router = getattr(module, "router", None)
            if isinstance(router, APIRouter):
                found.append(Found(face, module.__name__, router, _entries(getattr(module, "NAV", ()))))
    return found


def _in_order(entries: list[NavEntry]) -> list[NavEntry]:
    return sorted(entries, key=lambda entry: (entry.order, entry.key))


def _entries(nav: NavEntry | tuple[NavEntry, ...]) -> tuple[NavEntry, ...]:
    return (nav,) if isinstance(nav, NavEntry) else tuple(nav)


def _home(page: Annotated[PageContext, Depends(signed_in())]) -> Response:
    """Go to where this user starts."""
    navigation: Navigation = page.request.app.state.navigation
    return RedirectResponse(navigation.home(page.me), 303)


class _Static(StaticFiles):
    """Built files carry their content's hash in the name and never change."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200 and "-" in path and not path.startswith("maps/"):
            response.headers["Cache-Control"] = _HASHED
        return response
