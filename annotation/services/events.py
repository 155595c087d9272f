"""What happens around a save and a submit, for apps that stand above this one. They add to the lists when ready."""

from __future__ import annotations

from collections.abc import Callable

from annotation.models import Reading, ReadingVersion
from annotation.services.content import Content

SUBMITTED: list[Callable[[ReadingVersion], None]] = []
"""After the commit."""
CHECKED: list[Callable[[Reading, Content], None]] = []
"""Before a save, when the content itself is sound. Raises Invalid with the remedy."""
WRITTEN: list[Callable[[ReadingVersion, Content], object]] = []
"""In the transaction of a submit, when the version and its lines are there; not of re-reads."""
