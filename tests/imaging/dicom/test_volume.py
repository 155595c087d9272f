"""A series becomes a volume: sorted by position, and what is wrong with it is named."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from imaging.dicom.volume import Assembled, Slice, assemble

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)


def stack(positions: Sequence[float], orientation: tuple[float, ...] = AXIAL, shear: float = 0.0) -> list[Slice]:
    """Slices at these distances along the normal; `shear` moves each along the columns by that share."""
    normal = np.cross(orientation[:3], orientation[3:])
    made = []
    for number, at in enumerate(positions):
        place = normal * at + np.array(orientation[3:]) * at * shear
        made.append(Slice(f"s{number}", (place[0], place[1], place[2]), orientation, (0.7, 0.8), 64, 48))
    return made


def assembled(slices: Sequence[Slice]) -> Assembled:
    volume = assemble(slices)
    assert volume is not None
    return volume


@pytest.mark.parametrize("orientation", [AXIAL, SAGITTAL])
def test_slices_in_any_order_are_sorted_along_the_normal(orientation: tuple[float, ...]) -> None:
    slices = stack([0, 2.5, 5, 7.5, 10], orientation)
    random.Random(3).shuffle(slices)
    volume = assembled(slices)
    assert volume.sop_uids == ["s0", "s1", "s2", "s3", "s4"]
    assert volume.spacing_mm == (2.5, 0.7, 0.8)
    assert volume.issues == []


ISSUES = [
    ("a gap", stack([0, 1, 2, 5, 6, 7]), "1 gaps: about 2 slices are missing."),
    ("a repeated position", stack([0, 1, 1, 2, 3]), "1 slices repeat a position; the first of each is used."),
    ("uneven steps", stack([0, 1, 2.2, 3, 4]), "Uneven spacing: 0.80 to 1.20 mm."),
    ("a tilted gantry", stack([0, 1, 2, 3], shear=0.3), "The gantry is tilted by 16.7°"),
]


@pytest.mark.parametrize(("slices", "issue"), [row[1:] for row in ISSUES], ids=[row[0] for row in ISSUES])
def test_what_is_wrong_is_named(slices: list[Slice], issue: str) -> None:
    issues = assembled(slices).issues
    assert len(issues) == 1, issues
    assert issues[0].startswith(issue)


def test_mixed_orientations_are_named() -> None:
    slices = [*stack([0, 1, 2]), Slice("odd", (0, 0, 3), (0.99, 0.1, 0, -0.1, 0.99, 0), (0.7, 0.8), 64, 48)]
    assert "do not share one orientation" in assembled(slices).issues[0]


NO_VOLUMES = [
    ("one slice", stack([0])),
    ("none", []),
    ("two sizes", [*stack([0, 1]), Slice("big", (0, 0, 2), AXIAL, (0.7, 0.8), 128, 128)]),
    ("an orientation that is none", stack([0, 1], (1.0, 0.0, 0.0, 1.0, 0.0, 0.0))),
]


@pytest.mark.parametrize("slices", [row[1] for row in NO_VOLUMES], ids=[row[0] for row in NO_VOLUMES])
def test_what_is_no_volume_stays_single_images(slices: list[Slice]) -> None:
    assert assemble(slices) is None


def test_a_localiser_repeated_at_one_position_is_no_volume_of_spacing_zero() -> None:
    volume = assemble(stack([5, 5, 5]))
    assert volume is None or volume.spacing_mm[0] > 0
