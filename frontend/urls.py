"""Every page, one list per area: an area adds its module to frontend/routes and its name here."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver

AREAS = ("room", "admin_pages", "report_pages", "learning_pages")

urlpatterns: list[URLPattern | URLResolver] = [
    pattern
    for area in AREAS
    if find_spec(f"frontend.routes.{area}") is not None
    for pattern in import_module(f"frontend.routes.{area}").urlpatterns
]
