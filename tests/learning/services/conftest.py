"""One small world for all tests of this folder; each test's changes to it are rolled back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from django.conf import settings
from django.db import transaction

from tests.learning.world import World, build_world


def _live_in(home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settings, "HOME", home)
    patch.setattr(settings, "MEDIA_ROOT", home / "media")


@pytest.fixture(scope="package")
def built_world(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Iterator[World]:
    home = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch:
        _live_in(home, patch)
        with django_db_blocker.unblock():
            outer = transaction.atomic()
            outer.__enter__()
            world = build_world(home)
        yield world
        with django_db_blocker.unblock():
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


@pytest.fixture
def world(built_world: World, db: None, _own_home: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    _live_in(built_world.home, monkeypatch)
    built_world.loop.refresh_from_db()
    built_world.main.refresh_from_db()
    runs = set((built_world.home / "runs").iterdir())
    yield built_world
    # rows are rolled back and their numbers come again: what was written for them must not
    for folder in set((built_world.home / "runs").iterdir()) - runs:
        shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
