"""Does a model serve every group equally well: figures by group, and which groups stand out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from learning.toolkit.bootstrap import Estimate, estimate, patient_weights
from learning.toolkit.evaluation import check_predictions
from learning.toolkit.multiplicity import bootstrap_p, holm
from learning.toolkit.ranks import Array, RankedCases

LEAST_OF_A_CLASS = 5
"""Positive and negative cases that a group needs on each side, else its figure says more about chance."""


@dataclass(frozen=True, slots=True)
class Subgroup:
    """One finding in one group: its AUROC, and how far it is from that of all other cases together.

    difference  this group minus the rest, with its interval; p_value is adjusted over all groups (Holm).
    reason      why there is no figure; None where there is one.
    """

    attribute: str
    group: str
    finding: str
    n: int
    n_positive: int
    n_patients: int
    auroc: Estimate | None
    difference: Estimate | None
    p_value: float | None
    reason: str | None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def by_subgroup(
    probabilities: npt.ArrayLike, targets: npt.ArrayLike, groups: Mapping[str, Sequence[str]], *,
    findings: Sequence[str], patients: Sequence[str], replicates: int = 500, seed: int = 0,
) -> list[Subgroup]:
    """Figures of N x F probabilities by every attribute in `groups` (name → N group names; empty: not known).

    An attribute with one group alone tells nothing and is left out. Intervals draw patients, the same ones for a group
    and for the rest. Raises DataError as `evaluate` does.
    """
    p, t = check_predictions(probabilities, targets, findings, patients)
    made: list[tuple[Subgroup, float | None]] = []
    for attribute, values in groups.items():
        names = np.asarray([str(value) for value in values])
        known = sorted(set(names) - {""})
        if len(known) < 2:
            continue
        for group in known:
            inside = names == group
            rest = (names != group) & (names != "")
            for column, finding in enumerate(findings):
                made.append(_one(
                    attribute, group, finding, p[:, column], t[:, column], (inside, rest), patients, replicates, seed
                ))
    adjusted = iter(holm([value for _, value in made if value is not None]))
    return [one if value is None else replace(one, p_value=next(adjusted)) for one, value in made]


def _one(
    attribute: str, group: str, finding: str, p: Array, t: Array, sides: tuple[Array, Array], patients: Sequence[str],
    replicates: int, seed: int,
) -> tuple[Subgroup, float | None]:
    """The subgroup, and its p-value before adjustment."""
    hard = (t == 0) | (t == 1)
    inside, rest = sides[0] & hard, sides[1] & hard
    n, n_positive = int(inside.sum()), int((t[inside] == 1).sum())
    few = min(n_positive, n - n_positive)
    bare = Subgroup(
        attribute, group, finding, n, n_positive, len({patients[int(row)] for row in np.flatnonzero(inside)}),
        auroc=None, difference=None, p_value=None,
        reason=f"{n_positive} present and {n - n_positive} absent; {LEAST_OF_A_CLASS} of each are needed.",
    )
    if few < LEAST_OF_A_CLASS:
        return bare, None
    cases = [_ranked(p, t, side) for side in (inside, rest)]
    values = [float(_area(case, np.ones((1, len(p))))[0]) for case in cases]
    blocks = [
        np.stack([_area(case, weights) for case in cases])
        for weights in patient_weights(patients, replicates=replicates, seed=seed)
    ]
    drawn = np.concatenate(blocks, axis=1)
    gap = values[0] - values[1] if np.isfinite(values[1]) else None
    found = replace(
        bare, auroc=estimate(values[0], drawn[0]), difference=estimate(gap, drawn[0] - drawn[1]), reason=None
    )
    return found, None if gap is None else bootstrap_p(drawn[0] - drawn[1])


_Case = tuple[Array, RankedCases] | None


def _ranked(p: Array, t: Array, side: Array) -> _Case:
    positive = t[side] == 1
    return (side, RankedCases(p[side], positive)) if positive.any() and not positive.all() else None


def _area(case: _Case, weights: Array) -> Array:
    return np.full(len(weights), np.nan) if case is None else case[1].auroc(weights[:, case[0]])


def age_band(years: int | None) -> str:
    """Band of an age in years, empty where it is not known.

    >>> age_band(17), age_band(40), age_band(None)
    ('under 18', '40 to 64', '')
    """
    if years is None:
        return ""
    for limit, name in ((18, "under 18"), (40, "18 to 39"), (65, "40 to 64")):
        if years < limit:
            return name
    return "65 and over"
