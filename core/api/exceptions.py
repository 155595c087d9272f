"""The one place where a refusal becomes an HTTP answer (RFC 9457 problem details)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.errors import DomainError

CONTENT_TYPE = "application/problem+json"
CODES = {
    401: "not-signed-in", 403: "not-allowed", 404: "not-found", 405: "wrong-method", 406: "not-acceptable",
    415: "wrong-media-type", 429: "too-many",
}
TITLES = {
    401: "Sign in first; the session may have ended.",
    404: "There is nothing at this address, or you may not see it.",
}


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Called by REST framework for whatever a view raises; None lets it become a 500."""
    body = problem_of(error)
    if body is None:
        return None
    set_rollback()
    headers = {}
    if body["status"] == 401:
        headers["WWW-Authenticate"] = "Session"
    return Response(body, status=body["status"], content_type=CONTENT_TYPE, headers=headers)


def problem_page(error: DomainError) -> HttpResponse:
    """The same answer for views that are not REST framework's."""
    return JsonResponse(problem_of(error), status=error.status, content_type=CONTENT_TYPE)


def problem_of(error: Exception) -> dict[str, Any] | None:
    """`{code, title, status, …}`; `fields` names what is wrong with which field. None for an unforeseen error."""
    if isinstance(error, DomainError):
        return {"code": error.code, "title": error.message, "status": error.status, **error.detail}
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.ValidationError):
        return {"code": "invalid", "title": _sentence(error.detail), "status": 400, "fields": error.detail}
    if isinstance(error, exceptions.APIException):
        status = error.status_code
        is_explained = isinstance(error, exceptions.AuthenticationFailed)  # says what is wrong with a token
        title = str(error.detail) if is_explained else TITLES.get(status) or str(error.detail)
        return {"code": CODES.get(status, "refused"), "title": title, "status": status}
    return None


def _sentence(detail: Any) -> str:
    """The first complaint, with the name of its field."""
    if isinstance(detail, dict):
        name, rest = next(iter(detail.items()))
        inner = _sentence(rest)
        return inner if name == "non_field_errors" else f"{name}: {inner}"
    if isinstance(detail, list):
        return _sentence(next((item for item in detail if item), "The request is not valid."))
    return str(detail)
