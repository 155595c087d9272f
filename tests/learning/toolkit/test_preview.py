"""The preview's picture: planes and windows side by side, the same when nothing is altered."""

import numpy as np
import pytest

from learning.recipe import load_recipe
from learning.toolkit.preview import TILE, sheet

RNG = np.random.default_rng(1)


@pytest.mark.parametrize(("input", "shape", "squares"), [
    ({}, (32, 32), 1),
    ({"channels": 3}, (32, 32), 1),
    ({"windows": "lung, mediastinum", "normalise": "window"}, (32, 32), 2),
    ({"volume": "2.5d"}, (3, 32, 32), 3),
    ({"volume": "slices", "depth": 16}, (16, 32, 32), 9),
])
def test_planes_and_windows_stand_side_by_side(input: dict[str, object], shape: tuple[int, ...], squares: int):
    recipe = load_recipe({"input": {"size": 32} | input, "augmentation": {"kind": "none"}})
    picture = sheet(RNG.normal(0, 600, (1, *shape)).astype(np.float32), recipe, stored=np.zeros((1, 8, 8), np.uint16))
    seen = picture[:, TILE + 10 : 2 * TILE + 10, 0]
    side = int(np.ceil(np.sqrt(squares)))
    small = TILE // side
    filled = [
        seen[r * small : (r + 1) * small, c * small : (c + 1) * small].any() for r in range(side) for c in range(side)
    ]
    assert sum(filled) == squares
    assert np.array_equal(seen, picture[:, 2 * TILE + 20 : 3 * TILE + 20, 0])
    assert not picture[:, :TILE].any()
