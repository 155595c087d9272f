"""A model as one safetensors file with its card: everything to use it elsewhere, nothing that can execute."""

import json
import os
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from learning.recipe import Recipe
from learning.statement import STATEMENT
from learning.toolkit.calibrate import Matrix, OperatingPoint
from learning.toolkit.fingerprints import TrainingPrint
from learning.toolkit.nets import Network, build_network
from learning.toolkit.nets.norms import as_stored
from learning.toolkit.task_scaling import scale_task
from learning.toolkit.weights import WEIGHTS, ModelFileError

_CARD, _SALT, _SEEN = "radloop_card", "radloop_salt", "seen/"
_SETS = ("keys", "patients", "pixels")


class ModelCard(BaseModel):
    """What a model is, for people and for programs. `recipe` also says which network and which input it needs."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)

    version: Literal[1] = 1
    name: str = Field(max_length=200)
    findings: tuple[str, ...] = Field(min_length=1, max_length=1000)
    recipe: Recipe
    temperatures: tuple[float, ...] | None = None
    shifts: tuple[float, ...] | None = None
    points: tuple[OperatingPoint, ...] | None = None
    metrics: dict[str, Any] = {}
    lineage: dict[str, Any] = {}
    n_images: int = 0
    n_patients: int = 0
    created: str = ""
    statement: Literal[
        "Research use only. Not a medical device; not for diagnosis or for decisions about patients."
    ] = STATEMENT
    seen: TrainingPrint | None = Field(None, exclude=True)

    def calibrated(self, probabilities: Matrix) -> Matrix:
        """N x F probabilities with the card's temperatures and shifts applied; shifts alone correct a prevalence."""
        if self.temperatures is None and self.shifts is None:
            return probabilities
        temperatures = np.ones(len(self.findings)) if self.temperatures is None else self.temperatures
        shifts = 0.0 if self.shifts is None else self.shifts
        return scale_task(self.recipe.targets.kind, probabilities, temperatures, shifts)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, without the hashes of the training set."""
        return self.model_dump(mode="json")


def save_model(path: Path, model: Network, card: ModelCard) -> None:
    """Write weights, card and training hashes to `path`, atomically. Raises ModelFileError if they disagree."""
    if card.findings != model.findings or card.recipe.network.name != model.name or card.recipe.input != model.input:
        raise ModelFileError("The card's findings, network or input differ from the model's; write the model's own.")
    for name, values in (("temperatures", card.temperatures), ("shifts", card.shifts), ("points", card.points)):
        if values is not None and len(values) != len(card.findings):
            raise ModelFileError(f"The card has {len(values)} {name} for {len(card.findings)} findings.")
    tensors = {WEIGHTS + name: t.detach().cpu().contiguous() for name, t in model.state_dict().items()}
    header = {_CARD: json.dumps(card.as_dict())}
    if card.seen is not None:
        header[_SALT] = card.seen.salt
        tensors |= {_SEEN + name: torch.tensor(sorted(getattr(card.seen, name)), dtype=torch.int64) for name in _SETS}
    partial = path.with_name(path.name + ".partial")
    save_file(tensors, partial, metadata=header)
    with partial.open("rb+") as stream:
        os.fsync(stream.fileno())
    partial.replace(path)


def read_card(path: Path) -> ModelCard:
    """The card alone, without building the network. Raises ModelFileError."""
    return _read(path)[0]


def load_model(path: Path) -> tuple[Network, ModelCard]:
    """The network in evaluation mode, and its card.

    Raises ModelFileError when the file is damaged, foreign, of a newer version, or not what its card says.
    """
    card, tensors = _read(path)
    model = build_network(as_stored(card.recipe, tensors), card.findings, seed=0)
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise ModelFileError(f"The weights in {path.name} do not fit the network on its card: {error}") from error
    if not all(torch.isfinite(t).all() for t in tensors.values() if t.is_floating_point()):
        raise ModelFileError(f"The weights in {path.name} hold values that are not numbers; export the model again.")
    return model.eval(), card


def _read(path: Path) -> tuple[ModelCard, dict[str, torch.Tensor]]:
    try:
        with safe_open(path, framework="pt") as stream:
            header = stream.metadata() or {}
            card = _card(path, header)
            names = list(stream.keys())
            seen = {name: stream.get_tensor(_SEEN + name) for name in _SETS if _SEEN + name in names}
            weights = {
                name.removeprefix(WEIGHTS): stream.get_tensor(name) for name in names if name.startswith(WEIGHTS)
            }
    except (SafetensorError, OSError) as error:
        raise ModelFileError(
            f"{path.name} is not a model file of RadLoop, or it is damaged ({error}). Only safetensors files written "
            "by the export are read; anything that could execute code is refused."
        ) from error
    if len(seen) == len(_SETS) and _SALT in header:
        sets = {name: frozenset(np.asarray(values).tolist()) for name, values in seen.items()}
        card = card.model_copy(update={"seen": TrainingPrint(salt=header[_SALT], **sets)})
    return card, weights


def _card(path: Path, header: dict[str, str]) -> ModelCard:
    if _CARD not in header:
        raise ModelFileError(f"{path.name} is a safetensors file without a RadLoop card; it was written elsewhere.")
    try:
        data = json.loads(header[_CARD])
        version = data.get("version")
        if isinstance(version, int) and version > 1:
            raise ModelFileError(f"{path.name} has card version {version}; this installation reads 1. Update RadLoop.")
        return ModelCard.model_validate(data)
    except (ValidationError, ValueError, AttributeError, RecursionError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"The card in {path.name} is not valid: {error}") from error
