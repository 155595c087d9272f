"""What a run started from and what was tuned, for its page and its model's card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from learning.models import ModelVersion
from learning.recipe import Recipe
from learning.recipe_parts.families import FAMILIES, family_of
from learning.services.public_weights import weights_named

if TYPE_CHECKING:
    from learning.toolkit.crossfit import Outcome
    from learning.toolkit.data import Examples
    from learning.toolkit.domain import Alike
    from learning.toolkit.reports import FitResult


def start_story(
    recipe: Recipe, outcome: Outcome, examples: Examples, parent: ModelVersion | None
) -> dict[str, dict[str, Any]]:
    """`domain` of the images, `start` (empty from scratch) and `tuning`, JSON-ready."""
    from learning.toolkit.domain import Domain
    from learning.toolkit.tuning import words_of

    fit, domain = outcome.fit, Domain.of(examples.images, recipe.input)
    tuning = {"words": words_of(recipe, fit.model), **fit.chosen}
    start = _start(recipe, fit, domain, parent, len(examples))
    if start and parent is not None:
        start |= _seen_before(parent, examples, outcome)
    return {"domain": domain.as_dict(), "start": start, "tuning": tuning}


def _seen_before(parent: ModelVersion, examples: Examples, outcome: Outcome) -> dict[str, Any]:
    """How many of the held-out patients the model that this one continues has learned from."""
    from learning.services.gate import model_path
    from learning.toolkit.export import read_card

    print_ = read_card(model_path(parent)).seen
    if print_ is None:
        return {}
    rows = sorted({int(row) for row in outcome.rows})
    patients = [examples.patients[row] for row in rows]
    found = print_.overlap(keys=[examples.keys[row] for row in rows], patients=patients)
    seen = len({patients[place] for place in (*found.patients, *found.images)})
    return {"held_out_seen": seen, "held_out": len(set(patients))}


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
