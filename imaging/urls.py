"""Addresses of the imaging API, below /api/."""

from __future__ import annotations

from django.urls import URLPattern, path

from imaging.api import hanging, headers

urlpatterns: list[URLPattern] = [
    path("projects/<slug:slug>/hanging/", hanging.hanging, name="hanging"),
    path("projects/<slug:slug>/hanging/try/", hanging.try_hanging, name="hanging-try"),
    path("instances/<str:sop_uid>/header/", headers.header, name="instance-header"),
]
