"""What stays on the device is what was read, and checkpoints are written as seldom as they are dear."""

from types import SimpleNamespace

import numpy as np
import pytest
from torch import nn

from learning.recipe_parts import InputPart
from learning.toolkit.averaging import WeightAverage
from learning.toolkit.kept import KeptReader
from learning.toolkit.readers import make_reader
from learning.toolkit.resume import SHARE_WRITING, Progress, Saving

RNG = np.random.default_rng(3)
STORED = {
    "one channel": (RNG.integers(0, 4000, (9, 40, 32), dtype=np.uint16), InputPart(size=32)),
    "three channels": (RNG.integers(0, 4000, (9, 32, 32), dtype=np.uint16), InputPart(size=32, channels=3)),
    "a volume": (RNG.normal(0, 300, (9, 8, 32, 32)).astype(np.float32), InputPart(size=32, volume="3d", depth=8)),
}


class Counting:
    """A reader that remembers which rows were read."""

    def __init__(self, reader):
        self.reader, self.read = reader, []

    def __len__(self):
        return len(self.reader)

    def batch(self, rows, device="cpu"):
        self.read += rows.tolist()
        return self.reader.batch(rows, device)


@pytest.mark.parametrize("kind", STORED)
def test_kept_cases_are_those_read_bit_for_bit_and_in_their_order_in_memory(kind):
    reader = make_reader(*STORED[kind])
    kept = KeptReader(reader)
    for rows in ([4, 1], [1, 2, 4], [8, 0, 3, 5], [6, 7], [7, 0, 8, 8, 2]):
        plain, again = (one.batch(np.array(rows)) for one in (reader, kept))
        assert plain.equal(again)
        assert plain.stride() == again.stride()


def test_each_case_is_read_once():
    reader = Counting(make_reader(*STORED["one channel"]))
    kept = KeptReader(reader)
    for rows in ([0, 1, 2], [2, 3, 4], [5, 6, 7, 8], [8, 3, 1]):
        kept.batch(np.array(rows))
    assert sorted(reader.read) == list(range(9))


def test_what_was_taken_can_be_altered_without_harm():
    kept = KeptReader(make_reader(*STORED["one channel"]))
    rows = np.arange(9)
    first = kept.batch(rows).clone()
    kept.batch(rows).zero_()
    assert kept.batch(rows).equal(first)


def test_where_all_would_not_fit_none_is_kept():
    reader = Counting(make_reader(*STORED["one channel"]))
    kept = KeptReader(reader, room=9 * 32 * 32 * 4 - 1)
    for _ in range(2):
        kept.batch(np.arange(9))
    assert kept.kept is None
    assert len(reader.read) == 18


def test_a_checkpoint_is_due_when_the_last_one_was_a_hundredth_of_the_time_since(tmp_path, monkeypatch):
    now = [100.0]
    saving = Saving(tmp_path / "c", "x", clock=lambda: now[0])
    assert saving.is_due(), "the first epoch is always written"
    monkeypatch.setattr("learning.toolkit.resume.write_checkpoint", lambda *what: now.__setitem__(0, now[0] + 0.5))
    parts = SimpleNamespace(
        micro_batch=4, average=WeightAverage(), state=dict, optimiser=SimpleNamespace(state_dict=lambda: {"state": {}})
    )
    saving.write(nn.Linear(1, 1), {}, parts, parts, parts, Progress())
    assert not saving.is_due()
    now[0] += 0.5 / SHARE_WRITING - 0.01
    assert not saving.is_due()
    now[0] += 0.02
    assert saving.is_due()
