"""Addresses of the imaging API, below /api/."""

from __future__ import annotations

from django.urls import URLPattern, path

from imaging.api import headers

urlpatterns: list[URLPattern] = [
    path("instances/<str:sop_uid>/header/", headers.header, name="instance-header"),
]
