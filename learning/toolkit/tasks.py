"""What the columns of a table of targets mean: findings, classes that exclude each other, levels of a grade, change.

A finding with K grades has K + 1 levels: 0 is absent, level g + 1 is present with grade g. One without grades has two.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learning.toolkit.data import EQUIVOCAL, DataError, Floats

NONE = "none"
"""The class of cases on which every finding of a set is absent."""
WORSE = "worse"
_NAME = re.compile(r"^(?P<code>.+?)(?P<how>>=|=|:)(?P<rest>\d+|worse)$")

Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A finding that is to be learned: its code, and how many levels it has above absent (1 without grades)."""

    code: str
    levels: int = 1


@dataclass(frozen=True, slots=True)
class Said:
    """An answer on one case: 1 present, 0 absent, -1 equivocal; the grade's index where one was given."""

    state: float
    grade: int | None = None


def columns_of(kind: str, asked: Sequence[Asked], *, none_class: bool = True) -> Columns:
    """Names of the columns of a task.

    binary, segmentation  a column per finding.
    multiclass    a column per finding and one for none of them; of a single graded finding, one per level (`CODE=k`).
    ordinal       `CODE>=k` for every level k above absent; a finding without grades keeps its own name.
    progression   `CODE:worse`.

    >>> columns_of("ordinal", [Asked("opacity", 3), Asked("effusion")])
    ('opacity>=1', 'opacity>=2', 'opacity>=3', 'effusion')

    Raises DataError where the findings do not make such a task.
    """
    if kind == "ordinal":
        if all(one.levels < 2 for one in asked):
            raise DataError("None of the findings has grades, so there is no grade to learn; choose 'binary'.")
        return tuple(name for one in asked for name in _levels(one))
    if kind == "progression":
        return tuple(f"{one.code}:{WORSE}" for one in asked)
    codes = tuple(one.code for one in asked)
    if kind != "multiclass":
        return codes
    if len(asked) == 1:
        if asked[0].levels < 2:
            raise DataError("Classes need two or more findings that exclude each other, or one finding with grades.")
        return tuple(f"{codes[0]}={k}" for k in range(asked[0].levels + 1))
    if NONE in codes:
        none_class = False
    return (*codes, NONE) if none_class else codes


def asked_by(columns: Sequence[str]) -> tuple[str, list[Asked]]:
    """Kind of task and findings that columns of these names stand for; plain codes are binary.

    >>> asked_by(["opacity>=1", "opacity>=2", "effusion"])
    ('ordinal', [Asked(code='opacity', levels=2), Asked(code='effusion', levels=1)])
    """
    hows = {match["how"] for match in map(_NAME.match, columns) if match}
    if "=" in hows:
        return "multiclass", [Asked(finding_of(columns[0]), len(columns) - 1)]
    if ":" in hows:
        return "progression", [Asked(finding_of(column)) for column in columns]
    if ">=" in hows:
        return "ordinal", [Asked(code, len(places)) for code, places in groups_of(columns).items()]
    if NONE in columns:
        return "multiclass", [Asked(column) for column in columns if column != NONE]
    return "binary", [Asked(column) for column in columns]


def encode_columns(columns: Sequence[str], said: Mapping[str, Said]) -> dict[str, float]:
    """Column → target of one case, for columns of these names; nothing of change, which needs two studies."""
    kind, asked = asked_by(columns)
    if kind == "progression":
        return {}
    found = encode(kind, asked, {one.code: said[one.code] for one in asked if one.code in said})
    return {name: value for name, value in found.items() if name in columns}


def _levels(one: Asked) -> Columns:
    return (one.code,) if one.levels < 2 else tuple(f"{one.code}>={k}" for k in range(1, one.levels + 1))


def encode(kind: str, asked: Sequence[Asked], said: Mapping[str, Said], *, none_class: bool = True) -> dict[str, float]:
    """Column → target of one case; columns that nothing is known of are left out (masked), -1 is equivocal.

    >>> encode("ordinal", [Asked("opacity", 3)], {"opacity": Said(1.0, 1)})
    {'opacity>=1': 1.0, 'opacity>=2': 1.0, 'opacity>=3': 0.0}

    Raises DataError for a grade that the finding does not have.
    """
    for one in asked:
        grade = said[one.code].grade if one.code in said else None
        if grade is not None and not 0 <= grade < max(one.levels, 1) and one.levels > 1:
            raise DataError(f"{one.code} has grades 0 to {one.levels - 1}; an answer has grade {grade}.")
    if kind == "ordinal":
        return {name: value for one in asked if one.code in said for name, value in _encode_levels(one, said[one.code])}
    if kind == "multiclass":
        return _encode_classes(asked, said, columns_of(kind, asked, none_class=none_class))
    return {one.code: said[one.code].state for one in asked if one.code in said}


def _encode_levels(one: Asked, said: Said) -> list[tuple[str, float]]:
    names = _levels(one)
    if len(names) == 1 or said.state == EQUIVOCAL:
        return [(names[0], said.state)]  # of a doubtful finding no grade above the first is known either
    if said.state == 0:
        return [(name, 0.0) for name in names]
    if said.grade is None:
        return [(names[0], 1.0)]
    return [(name, float(said.grade + 1 >= k)) for k, name in enumerate(names, start=1)]


def _encode_classes(asked: Sequence[Asked], said: Mapping[str, Said], names: Columns) -> dict[str, float]:
    """One class is 1 and all others 0; nothing where the answers do not single out one class."""
    if len(asked) == 1:
        level = level_of(said.get(asked[0].code))
        return {} if level is None else {name: float(k == level) for k, name in enumerate(names)}
    states = {one.code: said[one.code].state for one in asked if one.code in said}
    present = [code for code, state in states.items() if state == 1]
    if len(present) == 1:
        return {name: float(name == present[0]) for name in names}
    if not present and NONE in names and len(states) == len(asked) and set(states.values()) == {0.0}:
        return {name: float(name == NONE) for name in names}
    return {}


def level_of(said: Said | None) -> int | None:
    """0 absent, grade + 1 where it is present; None where that is not known."""
    if said is None or said.state not in (0.0, 1.0):
        return None
    if said.state == 0:
        return 0
    return None if said.grade is None else said.grade + 1


def worse(before: Said | None, now: Said | None, levels: int) -> float | None:
    """1 where the level rose between two studies, 0 where it did not, None where either is not known.

    >>> worse(Said(1.0, 0), Said(1.0, 2), levels=3)
    1.0
    """
    if before is None or now is None or EQUIVOCAL in (before.state, now.state):
        return None
    if levels < 2:
        return float(now.state > before.state)
    first, second = level_of(before), level_of(now)
    if now.state == 0 or (before.state == 0 and now.state == 1):
        return float(now.state > before.state)  # known without a grade
    return None if first is None or second is None else float(second > first)


def finding_of(column: str) -> str:
    """The finding that a column speaks of.

    >>> finding_of("opacity>=2"), finding_of("effusion")
    ('opacity', 'effusion')
    """
    match = _NAME.match(column)
    return match["code"] if match else column


def groups_of(columns: Sequence[str]) -> dict[str, list[int]]:
    """Finding → its columns, in order: the levels of an ordinal finding stand together.

    >>> groups_of(["opacity>=1", "opacity>=2", "effusion"])
    {'opacity': [0, 1], 'effusion': [2]}
    """
    found: dict[str, list[int]] = {}
    for place, column in enumerate(columns):
        found.setdefault(finding_of(column), []).append(place)
    return found


def presence_columns(columns: Sequence[str]) -> dict[str, int]:
    """Finding → the column that says whether there is any of it; none for change, nor for grades as classes.

    >>> presence_columns(["opacity>=1", "opacity>=2", "effusion", "none"])
    {'opacity': 0, 'effusion': 2}
    """
    found: dict[str, int] = {}
    for place, column in enumerate(columns):
        match = _NAME.match(column)
        if match is None and column != NONE:
            found[column] = place
        elif match is not None and match["how"] == ">=" and match["rest"] == "1":
            found[match["code"]] = place
    return found


def level_probabilities(cumulative: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """N x K probabilities of reaching levels 1 to K, to N x (K + 1) of being at each level; rows sum to 1.

    >>> level_probabilities([[0.9, 0.4]]).round(6).tolist()
    [[0.1, 0.5, 0.4]]
    """
    table = np.asarray(cumulative, dtype=np.float64)
    table = np.minimum.accumulate(table, axis=1)  # monotone but for rounding
    ends = np.concatenate([np.ones((len(table), 1)), table, np.zeros((len(table), 1))], axis=1)
    return np.asarray(ends[:, :-1] - ends[:, 1:])


def levels_from(targets: Floats | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """N x K cumulative targets to N levels, NaN where any is not known or soft."""
    table = np.asarray(targets, dtype=np.float64)
    known = ((table == 0) | (table == 1)).all(axis=1)
    return np.where(known, table.sum(axis=1), np.nan)
