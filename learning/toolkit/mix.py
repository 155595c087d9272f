"""Do new images come from other scanners, sites or people than those a model learned from?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learning.toolkit.data import DataError
from learning.toolkit.multiplicity import holm

MIX_P = 0.01
"""A mix differs where chance explains it with less than this probability, adjusted over the attributes (Holm)."""
MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Mix:
    """One attribute before and after.

    groups   name, images before, images after; the commonest of the new images first.
    p_value  permutation test of Pearson's chi-squared, adjusted over all attributes.
    unseen   groups of the new images that the model was not made with.
    """

    attribute: str
    groups: tuple[tuple[str, int, int], ...]
    p_value: float
    unseen: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return self.p_value < MIX_P

    @property
    def sentence(self) -> str:
        """For the page."""
        before, after = sum(m for _, m, _ in self.groups), sum(n for _, _, n in self.groups)
        shares = ", ".join(f"{name}: {n} (was {m})" for name, m, n in self.groups[:MOST_NAMED])
        rest = len(self.groups) - MOST_NAMED
        more = f" and {rest} more" if rest > 0 else ""
        told = f"{self.attribute.capitalize()} of {after} new images, of {before} before: {shares}{more}; "
        told += f"p = {self.p_value:.3f}, adjusted."
        if not self.unseen:
            return told
        named = ", ".join(self.unseen[:MOST_NAMED])
        return f"{told} Never seen in training: {named}{' and others' if len(self.unseen) > MOST_NAMED else ''}."


def mixes(
    before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]], *, permutations: int = 2000, seed: int = 0
) -> list[Mix]:
    """Every attribute of both sides (name → group of each image; empty: not known) that has at least two groups.

    >>> mixes({"site": ["a"] * 30}, {"site": ["a"] * 15 + ["b"] * 15})[0].unseen
    ('b',)

    Raises DataError for a side without images of an attribute that the other side has.
    """
    rng = np.random.default_rng(seed)
    made = []
    for attribute in before:
        if attribute not in after:
            raise DataError(f"The new images have no {attribute}.")
        old, new = (Counter(value for value in side[attribute] if value) for side in (before, after))
        names = sorted(old | new, key=lambda name: (-new[name], name))
        if len(names) < 2 or not old or not new:
            continue
        table = np.array([[old[name] for name in names], [new[name] for name in names]])
        groups = tuple((name, old[name], new[name]) for name in names)
        made.append((attribute, groups, _p_value(table, permutations, rng), tuple(n for n in names if not old[n])))
    adjusted = holm([p for _, _, p, _ in made])
    return [Mix(a, g, p, unseen) for (a, g, _, unseen), p in zip(made, adjusted, strict=True)]


def _p_value(table: npt.NDArray[np.int64], permutations: int, rng: np.random.Generator) -> float:
    """Both margins fixed: the images before are drawn from all of them without replacement (Freeman-Halton's null)."""
    totals, n_before = table.sum(axis=0), int(table[0].sum())
    share = n_before / totals.sum()
    drawn = rng.multivariate_hypergeometric(totals, n_before, size=permutations)
    values = [_distance(side, totals, share) for side in (table[:1], drawn)]
    return float((1 + (values[1] >= values[0][0] - 1e-12).sum()) / (1 + permutations))


def _distance(before: npt.NDArray[np.int64], totals: npt.NDArray[np.int64], share: float) -> npt.NDArray[np.float64]:
    """Pearson's chi-squared of each row of counts, but for a factor that the margins fix."""
    expected = totals * share
    return np.asarray(((before - expected) ** 2 / expected).sum(axis=1), dtype=np.float64)
