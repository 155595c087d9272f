"""Several images of a study as its views, so that one network gives one answer on the study (Carneiro et al. 2015)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from learning.toolkit.data import EQUIVOCAL, DataError, Examples, Floats, Indices


def by_study(examples: Examples, studies: Sequence[str], *, views: int) -> Examples:
    """Examples of single images as examples of studies, in the order in which studies first come.

    studies  N: the study of each image. Its images become views in the order given; a study with fewer than `views`
             gets absent ones (all not-a-number), one with more keeps the first.

    A study is present for a finding if any of its images is, and carries the largest weight; its key and patient are
    its first image's. Raises DataError for a study of several patients and for lists that do not fit.
    """
    if len(studies) != len(examples):
        raise DataError(f"There are {len(examples)} images but {len(studies)} studies; they must agree.")
    groups = rows_of(studies)
    for study, rows in groups.items():
        if len({examples.patients[row] for row in rows}) > 1:
            raise DataError(f"Study {study!r} holds images of several patients; correct the list of studies.")
    first = [rows[0] for rows in groups.values()]
    targets, weights = of_studies(examples.targets, examples.weights, list(groups.values()))
    return Examples(
        images=stacked(examples.images, list(groups.values()), views=views),
        targets=targets,
        weights=weights,
        patients=tuple(examples.patients[row] for row in first),
        keys=tuple(examples.keys[row] for row in first),
        findings=examples.findings,
    )


def rows_of(studies: Sequence[str]) -> dict[str, list[int]]:
    """Study → its rows, in order.

    >>> rows_of(["a", "b", "a"])
    {'a': [0, 2], 'b': [1]}
    """
    found: dict[str, list[int]] = {}
    for row, study in enumerate(studies):
        found.setdefault(study, []).append(row)
    return found


def stacked(images: Any, groups: Sequence[Sequence[int]], *, views: int) -> Floats:
    """N groups of rows to N x views x H x W in 0 to 1 (floats as they are); what is not there is not-a-number."""
    height, width = images.shape[-2:]
    table = np.full((len(groups), views, height, width), np.nan, np.float32)
    for number, rows in enumerate(groups):
        chosen: Indices = np.asarray(list(rows)[:views], np.int64)
        table[number, : len(chosen)] = _as_floats(images[chosen]).reshape(len(chosen), height, width)
    return table


class ViewList:
    """Stored images as N x V x H x W views, put together when rows are asked for.

    images  M x H x W, as stored.
    groups  N lists of rows of `images`: the views of each study, in order.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, images: Any, groups: Sequence[Sequence[int]], views: int) -> None:
        self._images = images
        self._groups = groups
        self._views = views
        self.shape = (len(groups), views, *images.shape[-2:])

    def __len__(self) -> int:
        return len(self._groups)

    def __getitem__(self, rows: int | slice | npt.ArrayLike) -> Floats:
        """V x H x W of one row, or N x V x H x W of several."""
        numbers: npt.NDArray[Any] = np.asarray(np.arange(len(self))[rows])  # type: ignore[index]
        found = stacked(self._images, [self._groups[row] for row in np.atleast_1d(numbers)], views=self._views)
        single: Floats = found[0] if numbers.ndim == 0 else found
        return single


def _as_floats(block: npt.NDArray[Any]) -> Floats:
    if np.issubdtype(block.dtype, np.integer):
        return np.asarray(block, np.float32) / np.float32(np.iinfo(block.dtype).max)
    return np.asarray(block, np.float32)


def of_studies(targets: Floats, weights: Floats, groups: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
    """Targets and weights of the images to those of studies, given the rows of each."""
    together = [_together(targets[list(rows)]) for rows in groups]
    return np.stack(together), np.stack([weights[list(rows)].max(axis=0) for rows in groups])


def _together(targets: Floats) -> Floats:
    """Of each finding present before equivocal before absent; not-a-number where no image was assessed."""
    known = ~np.isnan(targets)
    largest = np.where(known, targets, -np.inf).max(axis=0)
    doubtful = (targets == EQUIVOCAL).any(axis=0) & (largest <= 0)
    return np.where(known.any(axis=0), np.where(doubtful, EQUIVOCAL, largest), np.nan).astype(np.float32)
