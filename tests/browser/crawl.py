"""Which pages there are and who reaches them: the app's own routes, walked by following links as each role."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx
from fastapi.routing import APIRoute
from starlette.routing import compile_path

from fanzha.faces.common.app import find_routers


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a" and values.get("href") and "download" not in values:
            self.found.append(str(values["href"]))


def sign_in(client: httpx.Client, login: str, password: str) -> None:
    """Have the client carry the user's session."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    assert token is not None
    answer = client.post("/sign-in", data={"csrf_token": token[1], "login": login, "password": password})
    assert "sign-in" not in answer.url.path, f"{login} could not sign in: {answer.status_code}"


def page_routes() -> dict[str, re.Pattern[str]]:
    """Path template → pattern of its paths, for everything outside the API that answers GET; plain paths before those with parameters."""
    found = {"/": re.compile("/")}
    for one in find_routers():
        for route in one.router.routes:
            if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and one.face.name != "api":
                template = one.face.prefix + route.path
                found[template] = compile_path(template)[0]
    return dict(sorted(found.items(), key=lambda item: "{" in item[0]))


def template_of(routes: dict[str, re.Pattern[str]], path: str) -> str | None:
    """The path template that a path belongs to, the first that matches."""
    return next((template for template, pattern in routes.items() if pattern.fullmatch(path)), None)


@dataclass
class Walk:
    """Path template → one address of it that answered with a page."""

    pages: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def walk(routes: dict[str, re.Pattern[str]], client: httpx.Client, starts: Iterable[str] = ("/",)) -> Walk:
    """Follow links from the start; each path template is opened once, the first two of its addresses at most where the first is no page."""
    found, queue, seen = Walk(), list(starts), set[str]()
    while queue:
        address = queue.pop(0)
        path = urlsplit(address).path
        template = template_of(routes, path)
        if path in seen or template is None or template in found.pages:
            continue
        seen.add(path)
        queue += _open(client, address, template, found)
    return found


def _open(client: httpx.Client, address: str, template: str, found: Walk) -> list[str]:
    with client.stream("GET", address) as answer:
        if answer.status_code >= 400:
            found.failures.append(f"{address}: {answer.status_code}")
            return []
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return []
        answer.read()
    here = str(answer.url)
    if urlsplit(here).path == urlsplit(address).path:
        found.pages[template] = address
    parser = _Links()
    parser.feed(answer.text)
    links = [urljoin(here, link) for link in parser.found]
    inside = [link for link in links if urlsplit(link).netloc == urlsplit(here).netloc]
    return [urlsplit(link)._replace(scheme="", netloc="", fragment="").geturl() for link in [here, *inside]]
