"""The pixel store: every image once, whole rows only, for several processes, and nothing left of who withdrew."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from imaging import pixels
from imaging.models import Instance
from imaging.pixels import PixelStore, fit, instance_pixels, place, stores
from tests import factories

SIZE = 32


@pytest.fixture
def instances(transactional_db: None) -> list[Instance]:
    factories.make_studies(factories.make_project(), 3)
    return list(Instance.objects.order_by("pk"))


def test_images_are_decoded_once_and_read_back_in_any_order(
    instances: list[Instance], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[str] = []
    real = pixels.instance_pixels

    def counted(instance: Instance, size: int) -> np.ndarray:
        decoded.append(instance.sop_uid)
        return real(instance, size)

    monkeypatch.setattr(pixels, "instance_pixels", counted)
    store, told = PixelStore(SIZE), []
    store.ensure(instances, told.append)
    store.ensure(instances)
    assert sorted(decoded) == sorted(i.sop_uid for i in instances)
    assert told[-1] == 1.0
    backwards = list(reversed(instances))
    rows = store.rows([i.sop_uid for i in backwards])
    assert rows.shape == (3, SIZE, SIZE)
    for number, instance in enumerate(backwards):
        assert np.array_equal(rows[number], instance_pixels(instance, SIZE))
    assert np.array_equal(rows[[2, 0]], np.stack([rows[2], rows[0]]))


def test_an_image_that_was_not_stored_is_missed_loudly(instances: list[Instance]) -> None:
    with pytest.raises(KeyError):
        PixelStore(SIZE).rows([instances[0].sop_uid])


def test_sizes_have_stores_of_their_own_within_bounds() -> None:
    assert PixelStore(32).folder != PixelStore(64).folder
    for size in (8, 4096):
        with pytest.raises(ValueError, match="outside"):
            PixelStore(size)


def _torn_row(store: PixelStore) -> None:
    with (store.folder / "pixels.u16").open("ab") as file:
        file.write(b"\x01" * 777)


def _torn_line(store: PixelStore) -> None:
    with (store.folder / "index").open("a") as file:
        file.write('["2.25.99", ')


def _row_without_line(store: PixelStore) -> None:
    with (store.folder / "pixels.u16").open("ab") as file:
        file.write(b"\x02" * (SIZE * SIZE * 2))


@pytest.mark.parametrize("tear", [_torn_row, _torn_line, _row_without_line])
def test_what_a_killed_writer_leaves_harms_nobody(instances: list[Instance], tear: object) -> None:
    store = PixelStore(SIZE)
    store.ensure(instances[:1])
    tear(store)  # type: ignore[operator]
    index = PixelStore(SIZE).ensure(instances)
    assert set(index) == {i.sop_uid for i in instances}
    rows = store.rows([i.sop_uid for i in instances])
    for number, instance in enumerate(instances):
        assert np.array_equal(rows[number], instance_pixels(instance, SIZE))


WRITER = """
import sys
from pathlib import Path
from django.conf import settings
settings.configure(HOME=Path(sys.argv[1]), MEDIA_ROOT=sys.argv[1], INSTALLED_APPS=[])
import types
sys.modules["imaging.models"] = types.SimpleNamespace(Instance=object, Volume=object)
import numpy as np
from imaging import pixels
pixels.instance_pixels = lambda instance, size: np.full((size, size), instance.value, np.uint16)
wanted = [types.SimpleNamespace(sop_uid=f"2.25.{n}", value=n) for n in range(200)]
order = np.random.default_rng(int(sys.argv[2])).permutation(200)
pixels.PixelStore(16).ensure([wanted[n] for n in order])
"""


@pytest.fixture
def writers(tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    root = Path(__file__).parents[2]
    started = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(settings.HOME), str(seed)], cwd=root) for seed in range(3)
    ]
    yield started
    for process in started:
        process.kill()
        process.wait()


def test_writers_at_the_same_time_write_every_image_once(writers: list[subprocess.Popen[bytes]]) -> None:
    assert [process.wait(120) for process in writers] == [0, 0, 0]
    store = PixelStore(16)
    index = store.index()
    assert len(index) == 200
    assert (store.folder / "pixels.u16").stat().st_size == 200 * 16 * 16 * 2
    rows = store.rows([f"2.25.{n}" for n in range(200)])
    assert all((rows[n] == n).all() for n in range(200))


def test_a_forgotten_image_leaves_no_pixel_in_any_store(instances: list[Instance]) -> None:
    current, earlier = PixelStore(SIZE), PixelStore(SIZE, version="0")
    for store in (current, earlier):
        store.ensure(instances)
    before = current.rows([instances[1].sop_uid])[0].copy()
    for store in stores():
        store.forget([instances[0].sop_uid])
    for store in (current, earlier):
        raw = np.fromfile(store.folder / "pixels.u16", np.uint16).reshape(-1, SIZE, SIZE)
        assert not raw[0].any()
        assert set(store.index()) == {i.sop_uid for i in instances[1:]}
    assert np.array_equal(current.rows([instances[1].sop_uid])[0], before)
    PixelStore(SIZE).forget(["2.25.404"])


PLACES = [(64, 64, 32), (100, 50, 32), (31, 64, 32), (7, 5, 32), (2500, 2000, 64)]


@pytest.mark.parametrize(("rows", "columns", "size"), PLACES)
def test_the_aspect_ratio_is_kept_and_a_box_finds_its_way_back(rows: int, columns: int, size: int) -> None:
    image = np.zeros((rows, columns), np.float32)
    top, left, height, width = rows // 4, columns // 4, max(1, rows // 2), max(1, columns // 2)
    image[top : top + height, left : left + width] = 1
    square = fit(image, size)
    bright = np.argwhere(square > 32767)
    (y0, x0), (y1, x1) = bright.min(axis=0), bright.max(axis=0)
    box = place(rows, columns, size).to_image(x0 - 0.5, y0 - 0.5, x1 - x0 + 1, y1 - y0 + 1)
    tolerance = 1.5 * max(rows, columns) / size
    assert box == pytest.approx((left - 0.5, top - 0.5, width, height), abs=tolerance)


def test_making_smaller_averages_so_that_fine_noise_does_not_alias() -> None:
    checks = np.indices((64, 64)).sum(axis=0) % 2
    assert (fit(checks.astype(np.float32), 32) == 32768).all()
