"""Who asks: the session's person, or a token's. Nobody gets 401, so that a client can tell it from 403."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from core.models import User
from core.services.tokens import owner_of


class Session(SessionAuthentication):
    """Django's session, with CSRF protection."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class Token(BaseAuthentication):
    """`Authorization: Bearer rl_…`, for notebooks and scripts: no cookie, so nothing to forge across sites."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """None for requests without the header, which the session may know. Raises AuthenticationFailed."""
        kind, _, secret = get_authorization_header(request).partition(b" ")
        if kind.lower() != b"bearer":
            return None
        user = owner_of(secret.strip().decode("ascii", errors="replace"))
        if user is None:
            raise AuthenticationFailed(
                "This access token is unknown, revoked or expired. Make a new one on the page “Access tokens”."
            )
        return user, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document describes it."""

    target_class = "core.api.authentication.Session"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document describes it."""

    target_class = "core.api.authentication.Token"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
