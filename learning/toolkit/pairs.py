"""Two studies of one patient as one case: the later and the earlier image, with what is known of the time between."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from learning.recipe import Recipe
from learning.recipe_parts import InputPart
from learning.toolkit.augment import augment
from learning.toolkit.data import DataError, Examples, Indices
from learning.toolkit.images import ImageReader
from learning.toolkit.rows import Drawn, Rows

Doubles = npt.NDArray[np.float64]



def _scaled_days(days: Doubles) -> Doubles:
    return np.asarray(np.log1p(np.maximum(days, 0)) / np.log1p(365.0) - 0.5)


def _scaled_age(years: Doubles) -> Doubles:
    return (years - 50) / 25


_SCALES: dict[str, Callable[[Doubles], Doubles]] = {"days": _scaled_days, "age": _scaled_age}
"""To about -1 to 1, by fixed rules: nothing is learned of the cases that judge."""


@dataclass(frozen=True, slots=True, eq=False)
class PairImages:
    """An array of pairs: rows can be taken, and readers know what to do with it.

    now, before   N x H x W (or N x 1 x H x W) stored images.
    covariates    N x K, NaN where not known; `names` says what they are, in order: days between, age in years.
    """

    now: Any
    before: Any
    covariates: npt.NDArray[np.float32]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if tuple(self.now.shape) != tuple(self.before.shape):
            raise DataError(f"The later images have shape {self.now.shape}, the earlier {self.before.shape}.")
        if self.covariates.shape != (self.now.shape[0], len(self.names)):
            needed = (self.now.shape[0], len(self.names))
            raise DataError(f"Covariates have shape {self.covariates.shape}, not {needed}.")
        unknown = [name for name in self.names if name not in _SCALES]
        if unknown:
            raise DataError(f"Unknown covariate {unknown[0]!r}; known: {', '.join(_SCALES)}.")

    @property
    def shape(self) -> tuple[int, ...]:
        """N x 2 x H x W."""
        return (int(self.now.shape[0]), 2, *(int(length) for length in self.now.shape[-2:]))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> "PairImages":
        return PairImages(self.now[rows], self.before[rows], self.covariates[rows], self.names)

    def told(self) -> npt.NDArray[np.float32]:
        """N x 2K: each covariate about -1 to 1, 0 where it is not known, then 1 where it is not."""
        missing = ~np.isfinite(self.covariates)
        scaled = [_SCALES[name](self.covariates[:, i].astype(np.float64)) for i, name in enumerate(self.names)]
        values = np.where(missing, 0.0, np.stack(scaled, axis=1)) if scaled else np.zeros((len(self), 0))
        return np.concatenate([values, missing], axis=1).astype(np.float32)


class PairReader:
    """Both images as the network wants them, and behind them a constant plane per covariate and per flag."""

    def __init__(self, images: PairImages, spec: InputPart) -> None:
        self._now, self._before = ImageReader(images.now, spec), ImageReader(images.before, spec)
        self._told = images.told()

    def __len__(self) -> int:
        return len(self._told)

    def batch(self, rows: Indices, device: torch.device | str = "cpu") -> torch.Tensor:
        """B x (2C + 2K) x size x size."""
        both = [reader.batch(rows, device) for reader in (self._now, self._before)]
        told = torch.from_numpy(self._told[rows]).to(device)[:, :, None, None]
        return torch.cat([*both, told.expand(-1, -1, *both[0].shape[2:])], dim=1)


class PairRows(Rows):
    """Both images of a pair are altered alike; covariates are not."""

    def __init__(self, examples: Examples, recipe: Recipe, device: torch.device) -> None:
        super().__init__(examples, recipe, device)
        self.planes = 2 * recipe.input.network_channels

    def draw(self, part: Indices, generator: torch.Generator) -> Drawn:
        """See `Rows`."""
        batch = self.reader.batch(part, self.device)
        altered = augment(
            batch[:, : self.planes].contiguous(), self.recipe.augmentation, generator=generator
        )
        return torch.cat([altered, batch[:, self.planes :]], dim=1), self.targets[part], self.weights[part]
