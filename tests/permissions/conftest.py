"""The small project is built once for the whole table; what a call changes is undone before the next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from tests.permissions.calls import Caller
from tests.permissions.project import build


@pytest.fixture(autouse=True, scope="module")
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One home for the whole table: nothing that a row does outlives the row."""
    home = tmp_path_factory.mktemp("permissions")
    with pytest.MonkeyPatch.context() as patch:
        for name, place in (("HOME", home), ("MEDIA_ROOT", home / "media"), ("BROKER_FOLDER", home / "broker")):
            patch.setattr(settings, name, place)
        yield


@pytest.fixture(scope="module")
def _caller(_own_home: None, django_db_setup: None, django_db_blocker: Any) -> Iterator[Caller]:
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        made = Caller(build())
    yield made
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)


@pytest.fixture
def caller(_caller: Caller, db: None) -> Caller:
    return _caller
