"""Synthetic cases among frozen features: the SMOTE family. Never among pixels, where the mean of two is no image."""

from typing import Literal

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Kind = Literal["none", "smote", "borderline_smote", "adasyn"]
_NEIGHBOURS = 5
_AROUND = 10


def oversample(
    features: npt.ArrayLike, targets: npt.ArrayLike, kind: Kind, *, generator: np.random.Generator
) -> tuple[Numbers, Numbers]:
    """The training cases of one finding, followed by synthetic ones of its rarer side until both are equally many.

    features  N x D of training cases alone: a neighbour from elsewhere would carry its answer in.
    targets   N of 0 and 1, without gaps; classes count each on its own, as one against the others.
    kind      smote: between a rare case and one of its 5 nearest rare neighbours (Chawla et al. 2002);
              borderline_smote: only from rare cases with half or more, but not all, of their 10 nearest neighbours on
              the other side (Han et al. 2005); adasyn: the more from a rare case, the more of its neighbours are on the
              other side (He et al. 2008).

    With fewer than two rare cases nothing is made. Where no case is borderline, plain SMOTE is used.

    >>> x, y = oversample([[0.0], [1.0], [5.0], [6.0], [7.0], [8.0]], [1, 1, 0, 0, 0, 0], "smote",
    ...                   generator=np.random.default_rng(0))
    >>> len(x), int(y.sum()), bool((x[6:] <= 1).all())
    (8, 4, True)
    """
    x, y = np.asarray(features, dtype=np.float64), np.asarray(targets, dtype=np.float64)
    rare = 1.0 if (y == 1).sum() <= (y == 0).sum() else 0.0
    few = np.flatnonzero(y == rare)
    missing = len(y) - 2 * len(few)
    if kind == "none" or len(few) < 2 or missing <= 0:
        return x, y
    chance = _chances(x, y, few, kind)
    seeds = generator.choice(len(few), missing, p=chance)
    near = _nearest(x[few], x[few], min(_NEIGHBOURS, len(few) - 1))
    mates = near[seeds, generator.integers(near.shape[1], size=missing)]
    made = x[few][seeds] + generator.random((missing, 1)) * (x[few][mates] - x[few][seeds])
    return np.concatenate([x, made]), np.concatenate([y, np.full(missing, rare)])


def _chances(x: Numbers, y: Numbers, few: npt.NDArray[np.int64], kind: Kind) -> Numbers:
    """How likely each rare case is to be the start of a synthetic one."""
    plain = np.full(len(few), 1 / len(few))
    if kind == "smote":
        return plain
    around = _nearest(x[few], x, min(_AROUND if kind == "borderline_smote" else _NEIGHBOURS, len(x) - 1), skip=few)
    others = (y[around] != y[few][:, None]).mean(axis=1)
    chance = others if kind == "adasyn" else ((others >= 0.5) & (others < 1)).astype(np.float64)
    return chance / chance.sum() if chance.sum() > 0 else plain


def _nearest(
    asked: Numbers, among: Numbers, count: int, *, skip: npt.NDArray[np.int64] | None = None
) -> npt.NDArray[np.int64]:
    """Rows of `among` nearest to each of `asked`, without itself: its own row is `skip`, or the same number."""
    squares = (asked**2).sum(1)[:, None] + (among**2).sum(1)[None] - 2 * asked @ among.T
    own = np.arange(len(asked)) if skip is None else skip
    squares[np.arange(len(asked)), own] = np.inf
    return np.asarray(np.argsort(squares, axis=1, kind="stable")[:, :count])
