"""Labelled images as arrays, and what can be wrong with them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

EQUIVOCAL = -1.0


class DataError(ValueError):
    """The arrays do not fit together or hold values that cannot be learned from; the message says which."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Images with what is known of them.

    images    N x H x W or N x C x H x W, float or unsigned integer, an array or a memory map.
    targets   N x F float32: 1 present, 0 absent, in between soft, NaN not assessed (masked everywhere).
    weights   N x F float32, at least 0; how much each target counts in the loss.
    patients  N patient identifiers; splits and intervals keep a patient together.
    keys      N names of the images (SOP instance UIDs).
    findings  F finding codes, in column order.
    """

    images: Any
    targets: Floats
    weights: Floats
    patients: tuple[str, ...]
    keys: tuple[str, ...]
    findings: tuple[str, ...]

    @classmethod
    def of(
        cls,
        images: Any,
        targets: npt.ArrayLike,
        *,
        patients: Sequence[str],
        findings: Sequence[str],
        keys: Sequence[str] | None = None,
        weights: npt.ArrayLike | None = None,
        uncertain: str = "ignore",
    ) -> Self:
        """Build checked examples; targets may hold -1 for equivocal, resolved by `uncertain` (see the recipe).

        >>> images = np.random.default_rng(0).random((4, 32, 32), dtype=np.float32)
        >>> few = Examples.of(images, [[1], [0], [-1], [np.nan]], patients="abcd", findings=["EFF"])
        >>> few.targets[:, 0].tolist()
        [1.0, 0.0, nan, nan]

        Raises DataError.
        """
        table = resolve_equivocal(targets, uncertain)
        shares = np.ones_like(table) if weights is None else np.asarray(weights, dtype=np.float32)
        names = [str(i) for i in range(len(table))] if keys is None else keys
        examples = cls(images, table, shares, tuple(patients), tuple(names), tuple(findings))
        examples.check()
        return examples

    def __len__(self) -> int:
        return len(self.targets)

    def check(self) -> None:
        """Raise DataError unless shapes agree and every value can be learned from (images are not read here)."""
        shape = getattr(self.images, "shape", None)
        if shape is None or len(shape) not in (3, 4):
            raise DataError(f"Images must be N x H x W or N x C x H x W; their shape is {shape}.")
        n = len(self)
        if self.targets.ndim != 2 or self.targets.shape[1] != len(self.findings):
            raise DataError(
                f"Targets must be N x F with F = {len(self.findings)} findings; their shape is {self.targets.shape}."
            )
        lengths = {"images": shape[0], "patients": len(self.patients), "keys": len(self.keys)}
        for name, length in lengths.items():
            if length != n:
                raise DataError(f"There are {n} rows of targets but {length} {name}; they must agree.")
        if self.weights.shape != self.targets.shape:
            raise DataError(f"Weights have shape {self.weights.shape}, targets {self.targets.shape}; they must agree.")
        if not (np.isfinite(self.weights).all() and (self.weights >= 0).all()):
            raise DataError("Weights must be finite and at least 0.")
        known = self.targets[~np.isnan(self.targets)]
        if known.size and (known.min() < 0 or known.max() > 1):
            raise DataError(f"Targets must lie in 0 to 1 or be NaN; found {known.min():g} to {known.max():g}.")
        if len(set(self.keys)) != n:
            raise DataError("Two images have the same key; each image may appear once.")
        if any(not patient for patient in self.patients):
            row = next(i for i, patient in enumerate(self.patients) if not patient)
            raise DataError(f"Image {self.keys[row]!r} has no patient; splits must keep patients together.")

    def take(self, rows: npt.ArrayLike) -> "Examples":
        """The given rows, in that order; images are copied out of a memory map."""
        index = np.asarray(rows, dtype=np.int64)
        return Examples(
            images=self.images[index],
            targets=self.targets[index],
            weights=self.weights[index],
            patients=tuple(self.patients[i] for i in index),
            keys=tuple(self.keys[i] for i in index),
            findings=self.findings,
        )

    def known(self) -> npt.NDArray[np.bool_]:
        """N x F, true where the target was assessed and counts."""
        return ~np.isnan(self.targets) & (self.weights > 0)

    def fingerprint(self) -> str:
        """Hash of keys, findings, targets and weights in order: two trainings on equal data have equal ones."""
        digest = hashlib.sha256(repr((self.keys, self.findings, self.patients)).encode())
        digest.update(np.ascontiguousarray(self.targets).tobytes())
        digest.update(np.ascontiguousarray(self.weights).tobytes())
        return digest.hexdigest()


def resolve_equivocal(targets: npt.ArrayLike, policy: str) -> Floats:
    """Replace -1 (equivocal) by the policy: ignore -> NaN, ones -> 1, zeros -> 0, soft -> 0.5.

    >>> resolve_equivocal([[-1.0, 1.0]], "soft").tolist()
    [[0.5, 1.0]]
    """
    values = {"ignore": np.nan, "ones": 1.0, "zeros": 0.0, "soft": 0.5}
    if policy not in values:
        raise DataError(f"Unknown policy for equivocal answers {policy!r}; known: {', '.join(values)}.")
    table = np.array(targets, dtype=np.float32)
    table[table == EQUIVOCAL] = values[policy]
    return table


def faulty_images(images: Any, *, chunk: int = 64) -> dict[int, str]:
    """Rows whose image cannot be learned from, with the reason: 'not a number' or 'constant'. Reads all pixels."""
    faults: dict[int, str] = {}
    for start in range(0, images.shape[0], chunk):
        block = np.asarray(images[start : start + chunk])
        flat = block.reshape(len(block), -1)
        low, high = flat.min(axis=1), flat.max(axis=1)
        for row in np.flatnonzero(~np.isfinite(low) | ~np.isfinite(high) | (low == high)):
            constant = bool(low[row] == high[row])
            faults[start + int(row)] = "constant" if constant else "not a number"
    return faults


def check_parts(train: Examples, val: Examples | None, extra: Examples | None) -> None:
    """Raise DataError unless the parts of one training fit together and share no patient with the validation."""
    for examples in (train, val, extra):
        if examples is None:
            continue
        examples.check()
        if examples.findings != train.findings:
            raise DataError(
                f"The findings differ: {', '.join(train.findings)} in training, "
                f"{', '.join(examples.findings)} elsewhere."
            )
    if len(train) < 2 or not train.known().any():
        raise DataError(f"Training needs at least 2 images with an assessed finding; there are {len(train)} images.")
    if val is not None:
        shared = set(train.patients) & set(val.patients)
        if shared:
            raise DataError(
                f"{len(shared)} patients are in training and in validation, among them {min(shared)!r}; "
                "split by patient."
            )
        if extra is not None and set(extra.patients) & set(val.patients):
            raise DataError("Patients of the validation set are among the pseudolabelled images; leave them out.")
