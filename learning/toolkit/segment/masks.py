"""Images with masks: what is known of each pixel."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from learning.toolkit.data import DataError, Examples

UNKNOWN = 255
"""Value of a pixel of which nobody said whether the finding is there: masked in loss and figures."""

Masks = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class MaskExamples(Examples):
    """Examples whose answers are masks; `targets` says of each whether there is any of the finding.

    masks    N x F x H x W (volumes: N x F x D x H x W) uint8: 1 there, 0 not there, 255 not known; the images' grid.
    spacing  N x 2 (volumes: N x 3) millimetres between pixels, in the order of the axes; 1 where it is not known.
    """

    masks: Masks
    spacing: npt.NDArray[np.float64]

    @classmethod
    def of_masks(
        cls,
        images: Any,
        masks: npt.ArrayLike,
        *,
        patients: Sequence[str],
        findings: Sequence[str],
        keys: Sequence[str] | None = None,
        spacing: npt.ArrayLike | None = None,
    ) -> Self:
        """Checked examples; an image whose pixels are all unknown for a finding is not assessed for it.

        >>> masks = np.zeros((2, 1, 8, 8), np.uint8)
        >>> masks[0, 0, 2:4], masks[1, 0, :4] = 1, 255
        >>> MaskExamples.of_masks(np.ones((2, 8, 8)), masks, patients="ab", findings=["heart"]).targets.tolist()
        [[1.0], [0.0]]

        Raises DataError.
        """
        table = np.asarray(masks, dtype=np.uint8)
        if table.ndim < 4:
            raise DataError(f"Masks must be N x F x H x W or N x F x D x H x W; their shape is {table.shape}.")
        names = tuple(str(i) for i in range(len(table))) if keys is None else tuple(keys)
        axes = table.ndim - 2
        apart = np.ones((len(table), axes)) if spacing is None else np.asarray(spacing, dtype=np.float64)
        targets = presence(table)
        examples = cls(
            images, targets, np.ones_like(targets), tuple(patients), names, tuple(findings), table, apart
        )
        examples.check()
        return examples

    def check(self) -> None:
        """Raise DataError unless masks, images and spacing fit together."""
        Examples.check(self)
        shape = tuple(self.images.shape)
        grid = shape[-(self.masks.ndim - 2) :]
        if self.masks.shape != (shape[0], len(self.findings), *grid):
            raise DataError(
                f"Masks have shape {self.masks.shape}; images of shape {shape} and {len(self.findings)} findings need "
                f"{(shape[0], len(self.findings), *grid)}."
            )
        if not np.isin(self.masks, (0, 1, UNKNOWN)).all():
            raise DataError(f"Masks hold 0, 1, or {UNKNOWN} for not known; other values are there.")
        if self.spacing.shape != (len(self), len(grid)) or not (self.spacing > 0).all():
            raise DataError(f"Spacing must be N x {len(grid)} lengths above 0; its shape is {self.spacing.shape}.")

    def take(self, rows: npt.ArrayLike) -> "MaskExamples":
        """The given rows, in that order."""
        index = np.asarray(rows, dtype=np.int64)
        plain = Examples.take(self, index)
        return MaskExamples(
            plain.images, plain.targets, plain.weights, plain.patients, plain.keys, plain.findings,
            self.masks[index], self.spacing[index],
        )

    def fingerprint(self) -> str:
        """Of the masks too: two trainings on equal masks have equal ones."""
        digest = hashlib.sha256(Examples.fingerprint(self).encode())
        digest.update(np.ascontiguousarray(self.masks).tobytes())
        return digest.hexdigest()


def presence(masks: Masks) -> npt.NDArray[np.float32]:
    """N x F: 1 where any pixel is marked, 0 where none of the known ones is, NaN where nothing is known."""
    flat = masks.reshape(*masks.shape[:2], -1)
    found = (flat == 1).any(axis=2).astype(np.float32)
    return np.where((flat == UNKNOWN).all(axis=2), np.float32(np.nan), found)
