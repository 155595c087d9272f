"""A project with thirty read studies, and comparisons whose trainings take a fraction of a second."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from django.conf import settings
from django.db import transaction

from annotation.services.worklists import create_worklist
from core.models import Project, Role, User
from learning.models import Comparison
from learning.services.comparisons.making import ArmWish, start_comparison
from tests.factories import add_member, make_findings, make_project, make_studies
from tests.learning.world import fill, read, run_here, tiny_recipe
from workers.models import Job

STUDIES = 30


def plain(**sections: Any) -> Any:
    return tiny_recipe(**{"optimiser": {"max_epochs": 1}, "pseudolabels": {"weight": 0.0}} | sections)


def arms(*, control: str = "plain") -> list[ArmWish]:
    weighted = plain(imbalance={"class_weights": "inverse_prevalence"})
    return [ArmWish("plain", plain(), control == "plain"), ArmWish("weighted", weighted, control == "weighted")]


def begin(project: Project, **how: Any) -> Comparison:
    known: dict[str, Any] = {"user": None, "arms": arms(), "seeds": 1, "folds": 2, "findings": ["nodule"]}
    return start_comparison(project=project, **known | how)


def spread_out(comparison: Comparison) -> list[Job]:
    """Run the parent's handler; the children that wait."""
    for job in comparison.jobs.filter(state="queued"):
        run_here(job)
    return list(Job.objects.filter(parent__in=comparison.jobs.all(), state="queued").order_by("created_at"))


def finish(comparison: Comparison) -> Comparison:
    """Everything that is queued, in this process."""
    from workers.engine import claims

    for child in spread_out(comparison):
        run_here(child)
    for job in comparison.jobs.all():
        claims.settle_parent(job.pk)
    comparison.refresh_from_db()
    return comparison


def read_project() -> Project:
    project = make_project()
    make_findings(project, ["nodule", "effusion"])
    worklist = create_worklist(project=project, name="First labels", mode="unaided")
    fill(worklist, make_studies(project, STUDIES, with_truth=True, size=64))
    read(worklist, "simulated-first", STUDIES)
    return project


@pytest.fixture(scope="package")
def built_project(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Iterator[tuple[Project, Path]]:
    home = tmp_path_factory.mktemp("compared")
    with pytest.MonkeyPatch.context() as patch:
        _live_in(home, patch)
        with django_db_blocker.unblock():
            outer = transaction.atomic()
            outer.__enter__()
            project = read_project()
        yield project, home
        with django_db_blocker.unblock():
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


def _live_in(home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settings, "HOME", home)
    patch.setattr(settings, "MEDIA_ROOT", home / "media")


@pytest.fixture
def project(
    built_project: tuple[Project, Path], db: None, _own_home: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Project]:
    """Built once; rows of a test are rolled back, and its files go with them since their numbers come again."""
    project, home = built_project
    _live_in(home, monkeypatch)
    yield project
    for folder in ("comparisons", "runs"):
        shutil.rmtree(home / folder, ignore_errors=True)


@pytest.fixture
def manager(project: Project) -> User:
    return add_member(project, Role.MANAGER)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
