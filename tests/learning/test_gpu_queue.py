"""A training as it runs on a site with a GPU: queued, taken by a real Celery worker of the `gpu` queue, on CUDA."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch
from django.conf import settings

from core.models import Project
from learning.models import ModelVersion, Run
from learning.services.runs import start_run
from tests.learning.test_killed_training import project, until
from tests.learning.world import tiny_recipe

__all__ = ["project"]
ON_GPU = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="gpu: no CUDA device on this machine"),
]


@pytest.fixture
def worker(project: Project) -> Iterator[subprocess.Popen[bytes]]:
    command = ["-m", "celery", "-A", "workers.celery", "worker", "-Q", "gpu", "-c", "1", "-l", "warning"]
    process = subprocess.Popen([sys.executable, *command], cwd=settings.BASE_DIR)
    yield process
    process.terminate()
    process.wait(timeout=60)


@pytest.mark.parametrize("device", [pytest.param("cuda", marks=ON_GPU)])
def test_a_training_goes_through_the_gpu_queue(project: Project, worker: object, device: str) -> None:
    recipe = tiny_recipe(network={"name": "resnet18"}, optimiser={"max_epochs": 2})
    run = start_run(project=project, recipe=recipe, user=None)
    assert run.job.queue == "gpu"
    model = until(lambda: ModelVersion.objects.filter(run=run).first(), seconds=240)
    environment = Run.objects.get(pk=run.pk).environment
    assert environment["device"] == device
    assert environment["precision"] == ("bfloat16" if device == "cuda" else environment["precision"])
    assert model.card["findings"]
