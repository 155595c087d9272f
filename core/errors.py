"""One error type per kind of remedy. Each carries its HTTP status; core.api.exceptions translates once."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """Base of every refusal the domain makes. `message` says what was wrong and what to do."""

    status = 400
    code = "refused"

    def __init__(self, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class Invalid(DomainError):
    """The request itself is wrong: change it and send it again."""

    code = "invalid"


class NotSignedIn(DomainError):
    """Nobody is signed in, or the session has ended: sign in and ask again."""

    status = 401
    code = "not-signed-in"


class NotAllowed(DomainError):
    """The person may not do this; a manager can change their role."""

    status = 403
    code = "not-allowed"


class NotFound(DomainError):
    """It does not exist, or not for this person."""

    status = 404
    code = "not-found"


class Conflict(DomainError):
    """Somebody (or another tab) was first: look at both versions, then decide."""

    status = 409
    code = "conflict"


class Gone(DomainError):
    """It was there and has been withdrawn or has expired."""

    status = 410
    code = "gone"
