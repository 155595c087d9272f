"""What every test may ask for, and the promise that nothing required is skipped in silence."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from urllib.parse import urlparse

import pytest
from django.conf import settings
from django.core.cache import cache

from tests import ready_database

REQUIRED = set(os.environ.get("RADLOOP_REQUIRE", "").split())


def absent(what: str, reason: str) -> None:
    """Skip and say why; fail instead where the run demands that nothing is skipped (RADLOOP_REQUIRE)."""
    if what in REQUIRED:
        pytest.fail(f"{what} is required in this run: {reason}", pytrace=False)
    pytest.skip(f"{what}: {reason}")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        absent("chromium", "no Chromium on this machine; apt-get install chromium")
    assert path is not None
    return path


def _answers(url: str, default_port: int) -> bool:
    address = urlparse(url)
    try:
        socket.create_connection((address.hostname or "127.0.0.1", address.port or default_port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """Address of a Postgres database whose server may create others (RADLOOP_TEST_POSTGRES)."""
    url = os.environ.get("RADLOOP_TEST_POSTGRES", "")
    if not url or not _answers(url, 5432):
        absent("postgres", "set RADLOOP_TEST_POSTGRES=postgres://user@127.0.0.1:5432/postgres")
    return url


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Address of a Redis database that tests may empty (RADLOOP_TEST_REDIS)."""
    url = os.environ.get("RADLOOP_TEST_REDIS", "")
    if not url or not _answers(url, 6379):
        absent("redis", "set RADLOOP_TEST_REDIS=redis://127.0.0.1:6379/9")
    return url


@pytest.fixture(scope="session")
def shared_data() -> Path | None:
    """Folder with real images and reports, None without RADLOOP_DATA; tests then use what they make."""
    path = os.environ.get("RADLOOP_DATA")
    return Path(path) if path else None


@pytest.fixture(scope="session", autouse=True)
def _quick_flush() -> None:
    from tests import quick_flush

    quick_flush.install()


def _sqlite_file() -> Path | None:
    database = settings.DATABASES["default"]
    return Path(database["TEST"]["NAME"]) if database["ENGINE"] == "core.sqlite" else None


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest) -> bool:
    """With a migrated database at hand, that is taken up instead of making one."""
    file = _sqlite_file()
    return bool(request.config.getvalue("reuse_db")) or (file is not None and ready_database.lay(file))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    file = _sqlite_file()
    if file is not None:
        ready_database.keep(file)
        os.environ["RADLOOP_MIGRATED"] = str(ready_database.path())


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files written by one test are not seen by the next."""
    monkeypatch.setattr(settings, "HOME", tmp_path / "home")
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path / "home" / "media")
    monkeypatch.setattr(settings, "BROKER_FOLDER", tmp_path / "home" / "broker")
    (tmp_path / "home").mkdir()
    cache.clear()
