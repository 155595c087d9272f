"""What a run started from and what was tuned, for its page and its model's card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from learning.models import ModelVersion
from learning.recipe import Recipe
from learning.recipe_parts.families import FAMILIES, family_of
from learning.services.public_weights import weights_named

if TYPE_CHECKING:
    from learning.toolkit.data import Examples
    from learning.toolkit.domain import Alike
    from learning.toolkit.reports import FitResult


def start_story(
    recipe: Recipe, fit: FitResult, examples: Examples, parent: ModelVersion | None
) -> dict[str, dict[str, Any]]:
    """`domain` of the images, `start` (empty from scratch) and `tuning`, JSON-ready."""
    from learning.toolkit.domain import Domain
    from learning.toolkit.tuning import words_of

    domain = Domain.of(examples.images, recipe.input)
    tuning = {"words": words_of(recipe, fit.model), **fit.chosen}
    return {"domain": domain.as_dict(), "start": _start(recipe, fit, domain, parent, len(examples)), "tuning": tuning}


def _start(
    recipe: Recipe, fit: FitResult, domain: Any, parent: ModelVersion | None, labels: int
) -> dict[str, Any]:
    from learning.toolkit.domain import Domain, rule_of_thumb

    if fit.start is None:
        return {}
    told: dict[str, Any] = fit.start.as_dict()
    if parent is not None:
        source = Domain.from_dict(parent.card.get("metrics", {}).get("domain"))
        told |= {"from": f"{parent.project.name}: {parent}", "lineage": _lineage(parent)}
        if source is not None:
            told |= {
                "alike": domain.alike(source), "distance": round(domain.distance(source), 2),
                "rule": rule_of_thumb(domain.alike(source), labels),
            }
        return told
    weights, family = weights_named(recipe.start.weights), FAMILIES[family_of(recipe.start.weights)]
    alike: Alike = "very different" if family.source == "natural photographs" else "different"
    return told | {
        "from": weights.name, "publisher": weights.publisher, "licence": weights.licence, "sha256": weights.sha256,
        "source": family.source, "rule": rule_of_thumb(alike, labels),
    }


def _lineage(version: ModelVersion) -> str:
    """`model 5, from model 2, from model 1`."""
    names, seen = [str(version)], {version.pk}
    while version.parent is not None and version.parent.pk not in seen:
        version = version.parent
        seen.add(version.pk)
        names.append(str(version))
    return ", from ".join(names)
