from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from learning.models import ModelVersion, Run
from tests.learning.world import FIRST, World, run_here, tiny_recipe
from workers import following
from workers.following import follow
from workers.models import Job


def said(*words: str, **how: Any) -> str:
    out = StringIO()
    call_command(*words, stdout=out, stderr=out, **how)
    return out.getvalue()


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    path = tmp_path / "tiny.json"
    path.write_text(tiny_recipe().model_dump_json())
    return str(path)


@pytest.fixture
def _no_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """Followed jobs run here at once: a thread or process of their own would not see the test's transaction."""

    class Here:
        began = is_running = False

        def __init__(self, job_id: Any) -> None:
            self._job_id = job_id

        def start(self) -> None:
            run_here(Job.objects.get(pk=self._job_id))

    monkeypatch.setattr(following, "_Here", Here)
    monkeypatch.setattr(follow, "__kwdefaults__", {"patience": 0.0, "pause": 0.0})


def test_train_queues_a_run_and_says_so(world: World, recipe: str) -> None:
    text = said("train", world.project.slug, "--recipe", recipe)
    run = Run.objects.latest("pk")
    assert f"Run {run.pk}" in text
    assert "Queued; a running service" in text
    assert run.job.state == "queued"


@pytest.mark.usefixtures("_no_service")
def test_train_waits_and_tells_the_figures(world: World, recipe: str) -> None:
    text = said("train", world.project.slug, "--recipe", recipe, "--wait")
    version = ModelVersion.objects.latest("pk")
    assert f"Model {world.project.slug}/{version.number}" in text
    assert "gate set: AUROC" in text
    assert "Research use only" in text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["train", "nowhere"], "No project 'nowhere'; known: "),
        (["train", "{slug}", "--recipe", "best"], "No preset or file 'best'; presets: quick"),
        (["loop", "nowhere", "status"], "No project 'nowhere'"),
        (["loop", "{slug}", "start", "--worklist", "Gone"], "No worklist 'Gone'; known: 'First labels'"),
        (["loop", "{slug}", "start", "--query", "best"], "best"),
        (["loop", "{slug}", "simulate", "--readings", "0"], "1 to 1000 readings"),
    ],
)
def test_refusals_say_what_there_is(world: World, words: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        said(*(word.format(slug=world.project.slug) for word in words))


@pytest.mark.usefixtures("_no_service")
def test_the_loop_is_stepped_simulated_shown_and_stopped(world: World) -> None:
    slug = world.project.slug
    text = said("loop", slug, "simulate", "--readings", "4", "--turns", "1", "--wait")
    assert f"{FIRST + 4} labels" in text
    text = said("loop", slug, "status")
    assert "turn 0" in text
    assert "Rule:" in text
    assert "Stopped" in said("loop", slug, "stop")
    with pytest.raises(CommandError, match="stopped"):
        said("loop", slug, "step")
    assert "running" in said("loop", slug, "start")


def test_a_job_that_fails_ends_the_command_with_its_reason(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job(kind="learning.train", label="Train", state="failed", failure="No image. Import some.", progress=0.2)
    monkeypatch.setattr(job, "refresh_from_db", lambda: None)
    lines: list[str] = []
    assert follow(job, say=lines.append).state == "failed"
    assert lines == [" 20%  Train: failed"]


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("train", "loop", "evaluate", "predict", "export_model"):
        with pytest.raises(SystemExit):
            call_command(name, "--help")
    text = capsys.readouterr().out
    assert text.count("usage:") == 5
    assert json.dumps("research use only")[1:-1] in text.lower()
