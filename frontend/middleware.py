"""A refusal of the domain becomes a page (or, for HTMX, a message) with the status it carries."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render

from core.errors import DomainError
from core.models import Project, User

NOT_PAGES = ("/api/", "/dicomweb/")


def is_htmx(request: HttpRequest) -> bool:
    """Whether a part of a page is asked for, to be put in place."""
    return request.headers.get("HX-Request") == "true"


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The refusal as a page of its own; for HTMX as a message that leaves the page as it is."""
    if is_htmx(request):
        messages.error(request, error.message)
        answer = render(request, "frontend/partials/messages_now.html", status=error.status)
        answer["HX-Reswap"] = "none"
        return answer
    return render(request, "frontend/refused.html", {"error": error, "project": _project(request)}, status=error.status)


def _project(request: HttpRequest) -> Project | None:
    """The project that the address names, if it is this person's: a refused page keeps its navigation."""
    match = request.resolver_match
    if match is None or "slug" not in match.kwargs or not isinstance(request.user, User):
        return None
    return Project.objects.visible_to(request.user).filter(slug=match.kwargs["slug"]).first()


class DomainErrorPages:
    """Pages only: the API and DICOMweb answer refusals in their own formats."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError) or request.path.startswith(NOT_PAGES):
            return None
        return refusal(request, error)


class OneTimePasswords:
    """Whoever signed in with a one-time password replaces it before anything else."""

    OPEN = ("/password/", "/sign-out/", "/static/")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not getattr(request.user, "password_is_one_time", False) or request.path.startswith(self.OPEN):
            return self.get_response(request)
        if request.path.startswith(NOT_PAGES):
            said = "Replace your one-time password first (/password/)."
            return JsonResponse({"code": "one-time-password", "title": said, "status": 403}, status=403)
        return redirect("/password/")
