"""What a rule may ask about: studies as the things in them that can hang."""

from __future__ import annotations

from dataclasses import dataclass

PROJECTIONS = frozenset({"CR", "DX", "IO", "MG", "PX", "RG"})
"""Modalities of which every image hangs for itself, whatever series it came in; of others a series hangs as a stack."""


@dataclass(frozen=True)
class Hangable:
    """One image of a projection modality, or one stack. Empty text: the header does not say."""

    series: str
    modality: str
    image: str = ""
    """SOP instance UID of a projection image; empty: the whole series."""
    body_part: str = ""
    view: str = ""
    side: str = ""
    """L, R or B (both)."""
    words: frozenset[str] = frozenset()
    """Of the series description."""
    images: int = 1
    plane: str = ""
    """axial, sagittal or coronal, for stacks."""


@dataclass(frozen=True)
class StudyFacts:
    """A study with what can hang of it, in the order in which the room lists it. `days`: how long before the case."""

    uid: str
    hangables: tuple[Hangable, ...]
    days: int = 0
