"""Where a run's weights come from: nothing, an earlier model that the person may see, or public weights."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

from core.errors import Invalid
from core.models import Project, User
from learning.models import ModelVersion
from learning.recipe import Recipe
from learning.services.public_weights import checked_path, weights_named
from learning.toolkit.domain import Domain

_REFERENCE = re.compile(r"^(?:(?P<slug>[\w-]+?)[ /])?(?:model )?(?P<number>\d+)$")


def parent_of(project: Project, recipe: Recipe, user: User | None = None) -> ModelVersion | None:
    """The model that the recipe starts from: `model 3` of this project, or `chest-2 model 3` of another.

    Another project's model is found only if `user` may see that project. Raises Invalid naming the project's models.
    """
    if recipe.start.kind != "checkpoint":
        return None
    match = _REFERENCE.match(recipe.start.model.strip())
    found = None
    if match:
        models = ModelVersion.objects.filter(project=project)
        slug = match["slug"]
        if slug and slug not in ("model", project.slug):
            models = ModelVersion.objects.visible_to(user) if user is not None else ModelVersion.objects.none()
            models = models.filter(project__slug=slug)
        found = models.filter(number=int(match["number"])).first()
    if found is None:
        numbers = ModelVersion.objects.filter(project=project).values_list("number", flat=True)
        known = ", ".join(f"model {n}" for n in numbers)
        raise Invalid(
            f"No model {recipe.start.model!r} that you may see; this project has: {known or 'none'}. A model of "
            "another project is written 'PROJECT model 3'."
        )
    return found


def check_weights(recipe: Recipe) -> None:
    """Raises Invalid when the recipe starts from public weights that this site lacks or that another network takes."""
    if recipe.start.kind != "weights":
        return
    weights = weights_named(recipe.start.weights)
    if weights.network != recipe.network.name:
        raise Invalid(
            f"{weights} were added for network {weights.network}, not for {recipe.network.name}. Choose that network, "
            "or other weights."
        )
    checked_path(weights)


def start_file(recipe: Recipe, parent: ModelVersion | None) -> Path | None:
    """The file to start from; None from scratch. Raises Invalid when public weights are missing or have changed."""
    if parent is not None:
        return Path(settings.HOME) / parent.path
    return checked_path(weights_named(recipe.start.weights)) if recipe.start.kind == "weights" else None


def models_to_start_from(user: User, project: Project) -> list[tuple[str, str]]:
    """Reference and description of each model that the person may start from, this project's first.

    Of another project's model it is said how alike its images and those of this project's newest model look.
    """
    mine = list(ModelVersion.objects.filter(project=project).select_related("parent"))
    others = ModelVersion.objects.visible_to(user).exclude(project=project).select_related("project", "parent__project")
    here = mine[0] if mine else None
    own = [(str(v), _words(v)) for v in mine]
    return own + [(f"{v.project.slug} {v}", f"{_words(v)}, of {v.project.name}{_alike(v, here)}") for v in others]


def _alike(version: ModelVersion, here: ModelVersion | None) -> str:
    """`, images alike`; empty where either model did not keep what its images look like."""
    if here is None:
        return ""
    there, own = (Domain.from_dict(v.card.get("metrics", {}).get("domain")) for v in (version, here))
    return "" if there is None or own is None else f", images {there.alike(own)}"


def _words(version: ModelVersion) -> str:
    """`candidate, 120 images, from model 2`."""
    parts = [version.get_state_display().partition(":")[0], f"{version.card.get('n_images', 0):,} images"]
    if version.parent is not None:
        parts.append(f"from {version.parent}")
    return ", ".join(parts)
