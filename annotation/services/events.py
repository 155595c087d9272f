"""What happens after a submit, for apps that stand above this one. They add to the list when they are ready."""

from __future__ import annotations

from collections.abc import Callable

from annotation.models import ReadingVersion

SUBMITTED: list[Callable[[ReadingVersion], None]] = []
