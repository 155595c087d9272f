"""What to train and how: one validated, versioned configuration, stored as JSON on the run.

This module imports neither Django nor torch, so the web process can show a form from `recipe_schema()`.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from learning.recipe_parts import (
    AugmentationPart,
    EvaluationPart,
    ImbalancePart,
    InputPart,
    NetworkPart,
    OptimiserPart,
    Part,
    PseudolabelsPart,
    RegularisationPart,
    StartPart,
    TargetsPart,
    TuningPart,
)
from learning.recipe_parts.combinations import check_blends, check_counted_once, check_features
from learning.recipe_parts.network import HAND_CRAFTED
from learning.recipe_parts.task_checks import check_task
from learning.recipe_parts.together import check_start

RECIPE_VERSION = 1


class RecipeError(ValueError):
    """The recipe cannot be used; the message names the field, its value and the remedy.

    fields   dotted field (or section) → what is wrong with it, for a form.
    """

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class Recipe(Part):
    """One complete description of a training."""

    version: Literal[1] = Field(default=1, title="Recipe version", description="Version of this format.")
    input: InputPart = Field(default=InputPart(), title="Input")
    start: StartPart = Field(default=StartPart(), title="Start")
    network: NetworkPart = Field(default=NetworkPart(), title="Network")
    tuning: TuningPart = Field(default=TuningPart(), title="Tuning")
    targets: TargetsPart = Field(default=TargetsPart(), title="Targets")
    imbalance: ImbalancePart = Field(default=ImbalancePart(), title="Imbalance")
    augmentation: AugmentationPart = Field(default=AugmentationPart(), title="Augmentation")
    regularisation: RegularisationPart = Field(default=RegularisationPart(), title="Regularisation")
    optimiser: OptimiserPart = Field(default=OptimiserPart(), title="Optimiser")
    pseudolabels: PseudolabelsPart = Field(default=PseudolabelsPart(), title="Pseudolabels")
    evaluation: EvaluationPart = Field(default=EvaluationPart(), title="Evaluation")
    precision: Literal["auto", "fp32", "bf16"] = Field(
        default="auto",
        title="Precision",
        description="auto: bfloat16 where the processor computes in it and the network is large, else 32-bit floats.",
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, title="Seed", description="Start of all random streams.")

    @model_validator(mode="after")
    def _sections_fit(self) -> Self:
        check_start(self.input, self.start, self.network, self.tuning)
        check_blends(self.augmentation, self.targets)
        check_counted_once(self.imbalance, self.targets)
        check_features(self.imbalance, self.tuning)
        check_task(self.targets, self.input, self.network, self.tuning, self.pseudolabels)
        return self


def load_recipe(data: Mapping[str, Any] | str | Path) -> Recipe:
    """Validate a mapping, or the JSON file at a path, into a `Recipe`.

    Raises RecipeError naming each wrong field with its value and what is accepted.

    >>> load_recipe({"optimiser": {"learning_rate": 0.001}}).optimiser.learning_rate
    0.001
    """
    if not isinstance(data, Mapping):
        data = _read(Path(data))
    version = data.get("version", RECIPE_VERSION)
    if isinstance(version, int) and version > RECIPE_VERSION:
        raise RecipeError(
            f"This recipe has version {version}, newer than version {RECIPE_VERSION} that this installation reads. "
            "Update RadLoop, or write the recipe for the older version."
        )
    try:
        return Recipe.model_validate(dict(data))
    except ValidationError as error:
        fields = _explain(error)
        told = " ".join(f"{where}: {what}" for where, what in fields.items())
        raise RecipeError(f"The recipe is not valid. {told}", fields) from error


def recipe_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of `Recipe`, with titles, descriptions, defaults, bounds, enums and units."""
    return Recipe.model_json_schema()


def _read(path: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"The recipe file {path} cannot be read: {error.strerror}. Check the path.") from error
    except (ValueError, RecursionError) as error:
        raise RecipeError(f"The recipe file {path} is not JSON ({error}). Correct it there.") from error
    if not isinstance(data, dict):
        raise RecipeError(f"The recipe file {path} holds a {type(data).__name__}; an object with sections is needed.")
    return data


def _explain(error: ValidationError) -> dict[str, str]:
    fields: dict[str, str] = {}
    for item in error.errors():
        where = ".".join(str(part) for part in item["loc"]) or _named_first(item["msg"])
        if item["type"] == "extra_forbidden":
            fields[where] = f"unknown field; known fields here: {', '.join(_siblings(item['loc']))}."
        elif item["type"] == "value_error":
            fields[where] = f"{item['msg'].removeprefix('Value error, ')}."
        else:
            fields[where] = f"{item['input']!r} is not accepted; {item['msg'][0].lower()}{item['msg'][1:]}."
    return fields


def _named_first(message: str) -> str:
    """The first field that a message about several sections names, so that a form can show it there."""
    for section, name in re.findall(r"\b([a-z]+)\.([a-z_0-9]+)", message):
        part = Recipe.model_fields.get(section)
        if part is not None and name in getattr(part.annotation, "model_fields", {}):
            return f"{section}.{name}"
    return "recipe"


def _siblings(location: tuple[int | str, ...]) -> list[str]:
    model: Any = Recipe
    for part in location[:-1]:
        model = model.model_fields[str(part)].annotation
    return list(model.model_fields)


PRESETS: dict[str, Recipe] = {
    name: load_recipe(settings)
    for name, settings in {
        "quick": {
            "input": {"size": 64},
            "regularisation": {"dropout_hidden": 0.2},
            "optimiser": {"max_epochs": 20, "patience": 6},
        },
        "small-data": {
            "imbalance": {"class_weights": "inverse_prevalence"},
            "regularisation": {"weight_decay": 0.05},
            "optimiser": {"max_epochs": 60, "patience": 15},
        },
        "balanced": {
            "input": {"size": 128},
            "imbalance": {"class_weights": "inverse_prevalence"},
            "pseudolabels": {"weight": 0.5},
            "optimiser": {"max_epochs": 40, "patience": 10},
        },
        "thorough": {
            "input": {"size": 224},
            "network": {"name": "densenet121"},
            "imbalance": {"class_weights": "inverse_prevalence"},
            "optimiser": {"learning_rate": 0.0003, "max_epochs": 30, "patience": 8, "batch_size": 16},
        },
    }.items()
}

# Seconds per image for one training step on one thread of a 2-core server processor in 32-bit floats, and the
# side in pixels at which it was measured; cost grows with the area. Volumes were measured at 16 slices.
_TRAIN_SECONDS = {
    "small_cnn": (0.0022, 96),
    "resnet18": (0.035, 128),
    "resnet50": (0.075, 128),
    "densenet121": (0.24, 224),
    "small_cnn3d": (0.02, 96),
    "resnet10_3d": (0.22, 96),
    "resnet18_3d": (0.43, 96),
    "resnet34_3d": (0.7, 96),
    "resnet50_3d": (0.63, 96),
    "histogram": (0.0003, 96),
    "hog": (0.004, 96),
    "lbp": (0.004, 96),
    "radiomics": (0.012, 96),
}
_OUTLINE_SECONDS = 0.006
"""The expanding path of a U-Net at 64 px; the same whatever the network below it."""
_START_SECONDS = dict.fromkeys(_TRAIN_SECONDS, 8.0) | dict.fromkeys(("small_cnn", "small_cnn3d", *HAND_CRAFTED), 3.0)
_SLICES = 16
_VALIDATION_SHARE = 1 / 3  # a forward pass costs about a third of a training step


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """Expected time of one run, in seconds: likely, at best (early stop), at worst (busy machine)."""

    seconds: float
    low: float
    high: float
    basis: str


def estimate_cost(recipe: Recipe, *, n_images: int, threads: int, n_patients: int | None = None) -> CostEstimate:
    """Estimate the training time of `recipe` on `n_images` labelled images with `threads` processor threads.

    n_patients  whom leave-one-patient-out leaves out; None: as many as images.

    >>> estimate_cost(PRESETS["quick"], n_images=500, threads=2).seconds < 60
    True
    """
    if n_images < 1 or threads < 1:
        raise RecipeError(f"A cost needs at least 1 image and 1 thread, not {n_images} and {threads}.")
    if recipe.network.name == "small_cnn":
        threads = 1  # however many there are: its layers are too small to be shared out
    per_image, side = _TRAIN_SECONDS[recipe.network.name]
    per_image *= (recipe.input.size / side) ** 2 * _planes(recipe.input) / threads**0.75
    if recipe.targets.kind == "segmentation":
        per_image += _OUTLINE_SECONDS * (recipe.input.size / 64) ** 2 * _planes(recipe.input) / threads**0.75
    elif recipe.targets.kind == "progression":
        per_image *= 2
    patients = n_images if n_patients is None else n_patients
    train = max(1, round(n_images * (1 - recipe.evaluation.judging_share(patients))))
    epochs: float = recipe.optimiser.max_epochs
    if recipe.optimiser.max_steps is not None:
        epochs = recipe.optimiser.max_steps / math.ceil(train / recipe.optimiser.batch_size)
    if recipe.tuning.kind == "frozen":
        epochs = _VALIDATION_SHARE  # each image passes once; the classifiers on them cost next to nothing
    step_cost = 2 if recipe.pseudolabels.weight > 0 else 1
    epoch_seconds = per_image * (train * step_cost + (n_images - train) * _VALIDATION_SHARE)
    parts, searches = recipe.evaluation.parts(patients), recipe.evaluation.searches(patients)
    inner = 1 - 1 / recipe.evaluation.inner_folds
    repeats = parts + (parts > 1) + searches * inner
    climbs = recipe.tuning.inner_folds + 1 if recipe.tuning.kind == "incremental" else 1
    repeats *= climbs
    start = _START_SECONDS[recipe.network.name]
    seconds = start + repeats * epochs * epoch_seconds
    shortest = min(epochs, recipe.optimiser.patience + 1) if recipe.optimiser.patience else epochs
    low = start + repeats * shortest * epoch_seconds / 2
    high = start + repeats * epochs * epoch_seconds * 2.5
    if recipe.optimiser.seconds is not None:
        cap = repeats * (recipe.optimiser.seconds + epoch_seconds) + start
        seconds, low, high = min(seconds, cap), min(low, cap), min(high, cap)
    is_frozen = recipe.tuning.kind == "frozen"
    length = "each read once" if is_frozen else f"at most {math.ceil(epochs)} epochs"
    case = "volume" if recipe.input.is_volume and recipe.input.volume != "views" else "image"
    basis = (
        f"{per_image * 1000:.2g} ms per {case} and step for {recipe.network.name} at {recipe.input.size} px on "
        f"{threads} thread{'s' if threads > 1 else ''}, {train} training {case}s, {length}"
        + (f", {parts} trainings that judge and one on everything" if parts > 1 else "")
        + (f", {searches} trainings of trials" if searches else "")
        + (f", each {climbs} times to choose how many stages learn" if climbs > 1 else "")
    )
    return CostEstimate(seconds=seconds, low=low, high=high, basis=basis)


def _planes(input: InputPart) -> float:
    """What a case costs beside one image, or beside a volume of 16 slices where the network reads volumes."""
    if input.volume == "3d":
        return input.depth / _SLICES
    return float(input.planes) if input.is_bag else 1.0
