"""From a request to the person, and from an address to a row that this person may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from rest_framework.request import Request

from core.access import require
from core.errors import Invalid, NotFound
from core.models import Project, User

Row = TypeVar("Row", bound=Model)


def person(request: Request) -> User:
    """The signed-in user; the permission class has refused everybody else before."""
    assert isinstance(request.user, User)
    return request.user


def project_for(user: User, slug: str, act: str = "read") -> Project:
    """The project, if the person may do this act in it. Raises NotFound for strangers, NotAllowed for members."""
    project = Project.objects.visible_to(user).filter(slug=slug).first()
    if project is None:
        raise NotFound("There is no such project, or you are not a member of it.")
    require(user, act, project)
    return project


def number_in(params: Mapping[str, str], name: str, *, default: int) -> int:
    """A whole number from the query string. Raises Invalid naming it."""
    text = params.get(name, "")
    if not text:
        return default
    try:
        return int(text)
    except ValueError:
        raise Invalid(f"`{name}` must be a whole number, not {text[:40]!r}.") from None


def one(rows: QuerySet[Row], pk: int | UUID) -> Row:
    """The row of a `visible_to(user)` queryset. Raises NotFound when it is not there, or not for this person."""
    found = rows.filter(pk=pk).first()
    if found is None:
        name = rows.model._meta.verbose_name
        raise NotFound(f"There is no such {name}, or you may not see it.")
    return found
