"""What there is to train on, before anything is frozen."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from core.errors import Invalid
from core.models import Project
from learning.recipe import CostEstimate, Recipe, RecipeError, estimate_cost
from learning.services.snapshots import labelled_images


@dataclass(frozen=True)
class Forecast:
    """Cost of one training on what is labelled now."""

    images: int
    studies: int
    cost: CostEstimate

    def as_dict(self) -> dict[str, object]:
        """JSON-ready, flat."""
        return {"images": self.images, "studies": self.studies, **asdict(self.cost)}


def forecast(*, project: Project, recipe: Recipe, sources: Sequence[str]) -> Forecast:
    """What training `recipe` on the project's labels would take here. Raises Invalid when nothing is labelled."""
    images = labelled_images(project=project, sources=sources, findings=recipe.targets.findings)
    number = sum(images.values())
    try:
        cost = estimate_cost(recipe, n_images=number, threads=os.cpu_count() or 1, n_patients=len(images))
    except RecipeError as error:
        raise Invalid(str(error)) from None
    return Forecast(number, len(images), cost)
