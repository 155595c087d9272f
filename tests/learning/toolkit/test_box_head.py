"""Boxes learned from readers' boxes, on the maps of a classifier."""

from __future__ import annotations

import numpy as np
import pytest

from learning.recipe import load_recipe
from learning.toolkit.box_head import FEW, BoxHead, maps_of
from learning.toolkit.data import DataError
from learning.toolkit.detection import Corners, TaughtImage
from learning.toolkit.nets import build_network

SIZE, CELLS, CHANNELS = 64, 8, 4


def scene(number: int) -> tuple[np.ndarray, Corners]:
    """Maps of a square whose brightness in the first channel is its size, at a place drawn by number; and its box."""
    draw = np.random.default_rng(number)
    half = float(draw.uniform(6, 14))
    x, y = draw.uniform(half, SIZE - half, 2)
    maps = draw.normal(0, 0.05, (CHANNELS, CELLS, CELLS)).astype(np.float32)
    centres = (np.arange(CELLS) + 0.5) * SIZE / CELLS - 0.5
    away_x, away_y = centres[None, :] - x, centres[:, None] - y
    near = np.exp(-(away_x**2 + away_y**2) / (2 * half**2))
    maps[0] += near
    maps[1] += near * away_x / half
    maps[2] += near * away_y / half
    maps[3] += half / 10
    return maps, (x - half, y - half, 2 * half, 2 * half)


def scenes(first: int, count: int) -> tuple[np.ndarray, list[Corners]]:
    found = [scene(number) for number in range(first, first + count)]
    return np.stack([maps for maps, _ in found]), [box for _, box in found]


def overlap(a: Corners, b: Corners) -> float:
    wide = max(0.0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    high = max(0.0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    return wide * high / (a[2] * a[3] + b[2] * b[3] - wide * high)


def taught(boxes: list[Corners], finding: str = "nodule") -> list[TaughtImage]:
    return [TaughtImage({finding: (box,)}) for box in boxes]


@pytest.fixture(scope="module")
def head() -> BoxHead:
    maps, boxes = scenes(0, 60)
    return BoxHead.fit(maps, taught(boxes), size=SIZE)


def test_place_and_size_are_found_on_images_it_has_not_seen(head: BoxHead) -> None:
    maps, boxes = scenes(1000, 50)
    met = [overlap(mine, true) for mine, true in zip(head.place(maps, "nodule"), boxes, strict=True)]
    assert np.mean([one >= 0.5 for one in met]) >= 0.9


def test_boxes_that_lie_anywhere_teach_nothing() -> None:
    maps, boxes = scenes(0, 60)
    shuffled = BoxHead.fit(maps, taught(boxes[7:] + boxes[:7]), size=SIZE)
    unseen, true = scenes(1000, 50)
    met = [overlap(mine, box) for mine, box in zip(shuffled.place(unseen, "nodule"), true, strict=True)]
    assert np.mean([one >= 0.5 for one in met]) <= 0.3


def test_a_finding_with_few_boxes_is_left_to_others() -> None:
    maps, boxes = scenes(0, FEW)
    both: list[tuple[str, ...]] = [("nodule",), *[("nodule", "heart")] * (FEW - 1)]
    marked = [TaughtImage(dict.fromkeys(codes, (box,))) for codes, box in zip(both, boxes, strict=True)]
    assert BoxHead.fit(maps, marked, size=SIZE).findings == ("nodule",)


def test_boxes_stand_where_the_finding_is_likely_and_inside_the_square(head: BoxHead) -> None:
    maps, _ = scenes(2000, 4)
    likely = np.array([[0.9, 0.2], [0.05, 0.9], [0.5, 0.9], [0.4, 0.9]])
    found = head.boxes(50 * maps, likely, ("nodule>=1", "nodule>=2"), least=0.4)
    assert [(box.row, box.column) for box in found] == [(0, 0), (2, 0), (3, 0)]
    for box in found:
        assert min(box.x, box.y) >= -0.5
        assert max(box.x + box.w, box.y + box.h) <= SIZE - 0.5
        assert min(box.w, box.h) >= 1


def test_a_box_between_all_cells_belongs_to_the_nearest() -> None:
    maps, _ = scenes(0, FEW)
    head = BoxHead.fit(maps, taught([(4.5, 4.5, 2.0, 2.0)] * FEW), size=SIZE)
    assert overlap(head.place(maps[:1], "nodule")[0], (4.5, 4.5, 2.0, 2.0)) > 0.9


def test_maps_are_those_of_the_network_and_no_finer_than_sixteen_cells() -> None:
    recipe = load_recipe({"input": {"size": 256}})
    model = build_network(recipe, ("nodule",), seed=0)
    assert maps_of(model, np.ones((2, 256, 256), np.uint16)).shape == (2, 64, 16, 16)


def test_what_has_no_maps_of_single_images_is_refused() -> None:
    recipe = load_recipe({"network": {"name": "histogram"}, "tuning": {"kind": "frozen"}})
    with pytest.raises(DataError, match="no maps"):
        maps_of(build_network(recipe, ("nodule",), seed=0), np.ones((2, 64, 64), np.uint16))
    with pytest.raises(DataError, match="3 images"):
        BoxHead.fit(np.zeros((2, 4, 8, 8), np.float32), [TaughtImage({})] * 3, size=SIZE)
