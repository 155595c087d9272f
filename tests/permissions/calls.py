"""Calling every address as every kind of person, and finding the addresses that there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from rest_framework.test import APIClient

from frontend.views.page import Page
from tests.factories import signed_in
from tests.permissions.bodies import BODIES, HEADERS
from tests.permissions.project import SmallProject

COLUMNS = ("anonymous", "stranger", "annotator", "reviewer", "researcher", "manager", "site_admin")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NOT_PAGES = ("api/", "dicomweb/")
BY_FUNCTION = {"imaging.dicomweb.stow.studies": ("GET", "POST")}
"""Views that are functions answer GET, but for these."""
Key = tuple[str, str, str]
"""Method, route, and for a page the value of its button."""


@dataclass(frozen=True)
class Row:
    """A line of the table; the statuses in the order of COLUMNS."""

    method: str
    path: str
    statuses: tuple[int, ...]


class Caller:
    """One signed-in client per kind of person; what a call changes is undone before the next."""

    def __init__(self, project: SmallProject) -> None:
        self._names = project.names
        team = project.team
        people = [None, team.stranger, team.annotator, team.reviewer, team.researcher, team.manager, team.admin]
        self._clients = [signed_in(person) for person in people]
        self._cookies = [{name: cookie.value for name, cookie in c.cookies.items()} for c in self._clients]
        for client in self._clients:
            client.raise_request_exception = False

    def address(self, path: str) -> str:
        return path.partition("#")[0].format(**self._names)

    def statuses(self, method: str, path: str) -> tuple[int, ...]:
        statuses = []
        for client, cookies in zip(self._clients, self._cookies, strict=True):
            client.cookies = SimpleCookie(cookies)  # the row before may have signed out
            statuses.append(self._status(client, method, path))
        return tuple(statuses)

    def _status(self, client: APIClient, method: str, path: str) -> int:
        body, sent = asked(method, path, self._names)
        with transaction.atomic():
            answer = getattr(client, method.lower())(self.address(path), body, **sent)
            transaction.set_rollback(True)
        return int(answer.status_code)


def asked(method: str, path: str, names: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Body of the table's call, and how the client sends it."""
    is_page = not path.startswith(("/api/", "/dicomweb/"))
    body = _filled(BODIES.get((method, path), {}), names)
    sent: dict[str, Any] = {"headers": HEADERS.get((method, path), {})}
    if method != "GET":
        is_form = is_page or any(hasattr(value, "read") for value in body.values())
        sent["format"] = "multipart" if is_form else "json"
    if is_page and method == "POST":
        body = {"act": path.partition("#")[2], **body}
    return body, sent


def _filled(value: Any, names: dict[str, Any]) -> Any:
    """Placeholders in bodies are names of the project, too; files are read from their start."""
    if isinstance(value, dict):
        return {key.format(**names): _filled(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, names) for item in value]
    if hasattr(value, "seek"):
        value.seek(0)
    return value.format(**names) if isinstance(value, str) else value


def key_of(method: str, address: str, path: str) -> Key:
    """What a row of the table is about."""
    route = resolve(address).route
    is_page = not route.startswith(NOT_PAGES) and method == "POST"
    return method, route, path.partition("#")[2] if is_page else ""


def calls_that_need_a_row() -> set[Key]:
    """Every method of every address, and every button of every page."""
    return {key for route, view in _views(get_resolver()) for key in _keys(route, view)}


def _views(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, Any]]:
    for part in resolver.url_patterns:
        route = before + str(part.pattern)
        if isinstance(part, URLPattern):
            yield route, part.callback
        else:
            yield from _views(part, route)


def _keys(route: str, view: Any) -> Iterator[Key]:
    of_class = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if of_class is None:
        for method in BY_FUNCTION.get(f"{view.__module__}.{view.__qualname__}", ("GET",)):
            yield method, route, ""
        return
    methods = [m for m in METHODS if m.lower() in of_class.http_method_names and hasattr(of_class, m.lower())]
    if not issubclass(of_class, Page):
        is_page = not route.startswith(NOT_PAGES)
        yield from ((m, route, "") for m in methods if not (is_page and m == "PUT"))  # Django's forms take PUT as POST
        return
    if "GET" in methods:
        yield "GET", route, ""
    if "POST" in methods:
        yield from (("POST", route, act) for act in of_class.acts)
