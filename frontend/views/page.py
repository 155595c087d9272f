"""What all pages share: who looks, in which project, what they may do here, and how a refusal is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views import View

from core.access import ACTS, may, require, require_site_admin
from core.errors import DomainError, Invalid, NotFound
from core.models import Project, User
from frontend.middleware import is_htmx


class Page(View):
    """A page at one address: GET shows it, POST does what its hidden field `act` names, then shows it again."""

    template = ""
    partial = ""
    """What HTMX gets instead of the whole page; empty: always the whole page."""
    acts: Mapping[str, tuple[str, str]] = {}
    """Value of `act` → (method that does it, act of core.access that it needs; empty: whoever may open the page)."""
    person: User

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if isinstance(request.user, User):
            self.person = request.user

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.open()
        return super().dispatch(request, *args, **kwargs)

    def open(self) -> None:
        """Look up what the address names. Raises NotFound or NotAllowed."""

    def get(self, request: HttpRequest, **_: Any) -> HttpResponseBase:
        return self.show()

    def post(self, request: HttpRequest, **_: Any) -> HttpResponseBase:
        """Raises Invalid for an act that the page does not have; every other refusal is shown on the page."""
        try:
            method, act = self.acts[request.POST.get("act", "")]
        except KeyError:
            raise Invalid("This page has no such button any more. Load it again.") from None
        try:
            self.allow(act)
            answer = getattr(self, method)()
        except NotFound:
            raise
        except DomainError as error:
            messages.error(request, error.message)
            return self.show(status=error.status)
        return answer if isinstance(answer, HttpResponseBase) else redirect(request.get_full_path())

    def allow(self, act: str) -> None:
        """Raises NotAllowed unless the person may do this here."""

    def context(self) -> dict[str, Any]:
        return {}

    def show(self, status: int = 200) -> HttpResponse:
        template = self.partial if self.partial and is_htmx(self.request) else self.template
        return render(self.request, template, self.context(), status=status)


class ProjectPage(Page):
    """A page of a project. Strangers get 404, members whose role does not include `needs` get 403."""

    needs = "read"
    project: Project

    def open(self) -> None:
        self.project = project_of(self.person, self.kwargs["slug"])
        require(self.person, self.needs, self.project)

    def allow(self, act: str) -> None:
        require(self.person, act or self.needs, self.project)

    def context(self) -> dict[str, Any]:
        return {"project": self.project, "may": {act: may(self.person, act, self.project) for act in ACTS}}


class SitePage(Page):
    """A page for site admins alone."""

    def open(self) -> None:
        require_site_admin(self.person)


def project_of(user: User, slug: str) -> Project:
    """Raises NotFound for a project that is not there or not this person's."""
    project = Project.objects.visible_to(user).filter(slug=slug).first()
    if project is None:
        raise NotFound("There is no such project, or you are not a member of it.")
    return project
