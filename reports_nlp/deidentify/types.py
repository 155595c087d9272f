"""What was removed from a text. Positions count characters of the text as given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What stood there; the placeholder is the name in brackets."""

    NAME = "NAME"
    DATE = "DATE"
    TIME = "TIME"
    AGE = "AGE"
    ID = "ID"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    URL = "URL"
    PLACE = "PLACE"
    INSTITUTION = "INSTITUTION"


class Removed(NamedTuple):
    """`original[start:end]` is gone."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """`placeholders[i]` (start, end) of `text` stands for `removed[i]` of the original, which is held nowhere."""

    text: str
    removed: tuple[Removed, ...] = ()
    placeholders: tuple[tuple[int, int], ...] = ()

    def counts(self) -> dict[str, int]:
        """How many of each kind: all that may be logged."""
        found: dict[str, int] = {}
        for one in self.removed:
            found[one.kind] = found.get(one.kind, 0) + 1
        return found
