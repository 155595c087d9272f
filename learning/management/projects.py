"""What the learning commands share: refusals as the command line shows them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError

from core.errors import DomainError

MODEL_HELP = "PROJECT/NUMBER, a database id, or an exported .safetensors file"
FOLDER_HELP = "folder (or zip) of images, at any depth"


@contextmanager
def refusals(*, exit_codes: dict[type[DomainError], int] | None = None) -> Iterator[None]:
    """A refusal of the domain ends the command with its sentence, without a traceback."""
    try:
        yield
    except DomainError as error:
        code = next((c for kind, c in (exit_codes or {}).items() if isinstance(error, kind)), 1)
        raise CommandError(error.message, returncode=code) from None
