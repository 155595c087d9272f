"""The form of a comparison: which recipes, which of them is the control arm, seeds, folds and margin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from annotation.models import Finding
from core.errors import Invalid
from core.models import Project, User
from frontend.forms.saved_recipes import in_short
from learning.models import ArmKind, ComparisonArm, Run, RunPurpose, SavedRecipe
from learning.recipe import PRESETS, RecipeError, load_recipe
from learning.selectors.snapshot_preview import SOURCE_NAMES, preview_snapshot
from learning.services.comparisons.making import ArmWish
from learning.services.comparisons.wishes import wish_of

PASTED = "pasted"
OFFERED = 12
DEFAULTS = {"seeds": 3, "folds": 5, "margin": 0.02}


def arms_from(project: Project, asked: Any) -> list[ArmWish]:
    """The recipes that were ticked, then the pasted one. Raises Invalid saying what is wrong with which."""
    control = asked.get("control", "")
    arms = [_ticked(project, value, value == control) for value in _values(asked, "arms")]
    text = asked.get("pasted", "").strip()
    if text:
        name = asked.get("pasted_name", "").strip() or "pasted recipe"
        arms.append(wish_of(project, recipe=_parsed(text), name=name, is_control=control == PASTED))
    if control and len(arms) > 1 and not any(arm.is_control for arm in arms):
        raise Invalid("The recipe that is chosen as the control arm takes no part: tick it, or choose another.")
    return arms


def _values(asked: Any, name: str) -> list[str]:
    """Several fields of a form, or one with commas in an address."""
    found = asked.getlist(name) if hasattr(asked, "getlist") else []
    return [value for text in found for value in text.split(",") if value]


def _ticked(project: Project, value: str, is_control: bool) -> ArmWish:
    kind, _, which = value.partition(":")
    if kind == "preset":
        return wish_of(project, preset=which, is_control=is_control)
    if kind == "saved" and which.isdigit():
        saved = SavedRecipe.objects.filter(project=project, pk=int(which)).first()
        if saved is None:
            raise Invalid("A recipe that was ticked has been removed meanwhile. Load the page again.")
        return wish_of(project, saved=saved.name, is_control=is_control)
    if kind in ("run", "arm") and which.isdigit():
        return wish_of(project, **{kind: int(which)}, is_control=is_control)  # type: ignore[arg-type]
    raise Invalid(f"{value[:40]!r} is no recipe of this page. Load it again.")


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Invalid(f"The pasted recipe is not JSON ({error}). Correct it there.") from None
    if not isinstance(found, dict):
        raise Invalid("The pasted recipe must be an object with sections, in braces.")
    return found


def settings_from(asked: Any) -> dict[str, Any]:
    """Name, seeds, folds, margin, findings and sources. Raises Invalid for what is no number."""
    sources = [kind for kind in _values(asked, "sources") if kind in SOURCE_NAMES]
    return {
        "name": asked.get("name", ""),
        "seeds": int(posted_numbers(asked, "seeds", whole=True, default=DEFAULTS["seeds"])),
        "folds": int(posted_numbers(asked, "folds", whole=True, default=DEFAULTS["folds"])),
        "margin": posted_numbers(asked, "margin", whole=False, default=DEFAULTS["margin"]),
        "findings": _values(asked, "findings"), "sources": sources or ["reader"],
    }


def posted_numbers(asked: Any, name: str, *, whole: bool, default: float) -> float:
    """One number of the form. Raises Invalid naming the field."""
    text = str(asked.get(name, "")).strip().replace(",", ".")
    if not text:
        return default
    try:
        return int(text) if whole else float(text)
    except ValueError:
        kind = "a whole number" if whole else "a number"
        raise Invalid(f"{name.replace('_', ' ').capitalize()} must be {kind}, not {text[:20]!r}.") from None


def choices_of(person: User, project: Project, asked: Any) -> dict[str, Any]:
    """What the page offers, with what was chosen before."""
    ticked = _values(asked, "arms")
    preview = preview_snapshot(project=project, sources=_values(asked, "sources") or ["reader"])
    return {
        "presets": [_choice(f"preset:{n}", n, r.model_dump(mode="json"), ticked) for n, r in PRESETS.items()],
        "saved": [
            _choice(f"saved:{s.pk}", s.name, s.recipe, ticked)
            for s in SavedRecipe.objects.visible_to(person).filter(project=project)
        ],
        "earlier": _earlier(person, project, ticked),
        "findings": Finding.objects.active().filter(project=project), "chosen_findings": _values(asked, "findings"),
        "sources": _values(asked, "sources") or ["reader"], "preview": preview, "control": asked.get("control", ""),
        "form": {name: asked.get(name, value) for name, value in DEFAULTS.items()}
        | {name: asked.get(name, "") for name in ("name", "pasted", "pasted_name")},
    }


def _earlier(person: User, project: Project, ticked: list[str]) -> list[dict[str, Any]]:
    """Recipes of the newest runs and of arms of comparisons, each once."""
    runs = Run.objects.visible_to(person).filter(project=project).exclude(purpose=RunPurpose.FOREIGN)
    runs = runs.only("pk", "recipe", "recipe_name")[:40]
    arms = ComparisonArm.objects.filter(comparison__project=project, kind=ArmKind.RECIPE).select_related("comparison")
    found = [_choice(f"run:{r.pk}", f"run {r.pk}", r.recipe, ticked, r.recipe_name) for r in runs]
    found += [
        _choice(f"arm:{a.pk}", a.name, a.recipe, ticked, f"of {a.comparison.name}") for a in arms.order_by("-pk")[:40]
    ]
    shown: dict[str, dict[str, Any]] = {}
    for one in found:
        key = json.dumps(one.pop("recipe"), sort_keys=True)
        if one["words"] and (key not in shown or one["is_ticked"]):
            shown[key] = one
    chosen = list(shown.values())
    return [one for one in chosen if one["is_ticked"]] + [o for o in chosen if not o["is_ticked"]][:OFFERED]


def _choice(value: str, name: str, recipe: dict[str, Any], ticked: list[str], origin: str = "") -> dict[str, Any]:
    try:
        words = in_short(load_recipe(recipe))
    except RecipeError:
        words = ""
    is_ticked = value in ticked
    return {"value": value, "name": name, "words": words, "is_ticked": is_ticked, "recipe": recipe, "origin": origin}
