"""Several processes take the steps that one takes."""

import os
import signal

import numpy as np
import pytest
import torch

from learning.toolkit.processes import Team, parts_of
from learning.toolkit.train import TrainError, fit
from learning.toolkit.trainer import Trainer
from tests.learning.toolkit.shapes import squares, tiny_recipe

TRAIN, VAL = squares(26, seed=0, prefix="t"), squares(12, seed=1, prefix="v")
PSEUDO = squares(14, seed=2, prefix="q")
RECIPE = tiny_recipe(
    pseudolabels={"weight": 0.5}, regularisation={"dropout_hidden": 0.3}, optimiser={"max_epochs": 2, "batch_size": 8}
)


def alone_in_parts(workdir, size):
    """One process that cuts each batch as `size` processes do."""
    trainer = Trainer(TRAIN, VAL, RECIPE, workdir=workdir, extra=PSEUDO, device="cpu")
    trainer.start()
    trainer.stepper.micro_batch = -(-RECIPE.optimiser.batch_size // size)
    return trainer.run()


def test_two_processes_give_what_one_gives(tmp_path):
    one = alone_in_parts(tmp_path / "one", 2)
    seen = []
    two = fit(
        TRAIN, VAL, RECIPE, workdir=tmp_path / "two", extra=PSEUDO, device="cpu", processes=2, on_epoch=seen.append
    )
    assert len(seen) == 2  # the first process alone reports
    for name, tensor in one.model.state_dict().items():
        torch.testing.assert_close(two.model.state_dict()[name], tensor, atol=1e-5, rtol=1e-4)
    for mine, theirs in zip(one.history, two.history, strict=True):
        assert theirs.val_loss == pytest.approx(mine.val_loss, abs=1e-5)
        assert theirs.gradient_norms == pytest.approx(mine.gradient_norms, rel=1e-3)
    assert (tmp_path / "two" / "checkpoint.safetensors").exists()


def test_a_process_that_ends_is_named_and_the_others_end_too(tmp_path):
    def end_the_other(report):
        from multiprocessing import active_children

        for child in active_children():
            os.kill(child.pid, signal.SIGKILL)
            child.join()

    with pytest.raises(TrainError, match="2 processes of this training ended"):
        fit(TRAIN, VAL, RECIPE, workdir=tmp_path, device="cpu", processes=2, on_epoch=end_the_other)
    resumed = fit(TRAIN, VAL, RECIPE, workdir=tmp_path, device="cpu", resume=True)
    assert resumed.stopped_because == "finished"


def test_every_part_is_computed_by_one_process():
    rows = np.arange(13)
    for size in (1, 2, 3):
        parts = parts_of(rows, -(-13 // size))
        taken = [part for rank in range(size) for _, part in Team(rank, size).mine(parts)]
        assert sorted(np.concatenate(taken)) == list(range(13))
