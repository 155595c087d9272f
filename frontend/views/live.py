"""A part of a page that renews itself: HTMX asks with what it has seen, and gets an answer only when that is old."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from frontend.views.page import ProjectPage


class LivePart(ProjectPage):
    """GET `?seen=SIGNATURE` answers 204 while nothing has changed."""

    http_method_names = ["get", "options"]

    def get(self, request: HttpRequest, **_: Any) -> HttpResponseBase:
        context = self.context()
        if request.GET.get("seen") == context["seen"]:
            return HttpResponse(status=204)
        answer = render(request, self.template, context)
        answer["Cache-Control"] = "no-store"
        return answer


def signature(*what: Any) -> str:
    """Changes when any of this does."""
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()[:16]
