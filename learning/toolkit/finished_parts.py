"""What a finished training of a cross-validation leaves behind: predictions, not its checkpoint of many megabytes."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from learning.recipe import Recipe
from learning.toolkit.data import Examples, Floats
from learning.toolkit.search import Trial


@dataclass(frozen=True, slots=True)
class PartResult:
    """len(held) x F probabilities, the epoch kept, the trials of its search; of masks, len(held) x F x 3 scores."""

    probabilities: Floats
    kept_epoch: int
    trials: tuple[Trial, ...] = ()
    mask_scores: npt.NDArray[np.float64] | None = None


class FinishedParts:
    """Results by the number of the training, for one recipe and one set of examples."""

    def __init__(self, folder: Path, recipe: Recipe, examples: Examples, *, resume: bool) -> None:
        self._folder = folder
        told = f"{recipe.model_dump_json()}\n{examples.fingerprint()}"
        self._key = hashlib.sha256(told.encode()).hexdigest()
        self._resume = resume

    def read(self, number: int) -> PartResult | None:
        """The result of an earlier attempt; None where there is none or it belongs to other data."""
        path = self._path(number)
        if not self._resume or not path.exists():
            return None
        with np.load(path, allow_pickle=False) as kept:
            state = json.loads(str(kept["state"]))
            if state["key"] != self._key:
                return None
            trials = tuple(Trial(**trial) for trial in state["trials"])
            scores = kept.get("mask_scores", None)
            return PartResult(kept["probabilities"], state["kept_epoch"], trials, scores)

    def write(self, number: int, result: PartResult, *, finished: Path) -> None:
        """Keep the result, then remove the folder of the training that gave it."""
        trials = [{"settings": trial.settings, "value": trial.value} for trial in result.trials]
        state = json.dumps({"key": self._key, "kept_epoch": result.kept_epoch, "trials": trials})
        partial = self._path(number).with_suffix(".partial.npz")
        partial.parent.mkdir(parents=True, exist_ok=True)
        scores: dict[str, Any] = {} if result.mask_scores is None else {"mask_scores": result.mask_scores}
        np.savez(partial, probabilities=result.probabilities, state=np.array(state), **scores)
        partial.replace(self._path(number))
        shutil.rmtree(finished, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self._folder / f"part-{number}.npz"
