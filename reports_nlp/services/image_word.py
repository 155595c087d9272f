"""What the image model says of a study: the app that has models stands above this one and answers here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from core.models import Project


@dataclass(frozen=True)
class ImageWord:
    """A model's word on one finding of one study; `probability` is of presence, `threshold` the model's own."""

    probability: float
    threshold: float
    model: str

    @property
    def is_present(self) -> bool:
        return self.probability >= self.threshold


Words = Mapping[tuple[int, str], ImageWord]
"""(study, finding code) → word, where there is one."""
PROVIDERS: list[Callable[[Project, Iterable[int]], Words]] = []
"""Who can say what the image shows. The app above adds itself when it is ready."""


def image_words(*, project: Project, studies: Iterable[int]) -> dict[tuple[int, str], ImageWord]:
    """Empty while no model reads images in this project. The caller asks who may see it: it is a machine's word."""
    chosen = list(studies)
    found: dict[tuple[int, str], ImageWord] = {}
    for provider in PROVIDERS:
        found |= provider(project, chosen)
    return found
