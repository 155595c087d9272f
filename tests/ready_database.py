"""A migrated SQLite database, made once per state of the migrations and copied from then on: migrating takes 10 s.

Lies in build/, under a hash of what it is made of; an older one goes when a new one is made.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from django.apps import apps
from django.conf import settings

FOLDER = Path(__file__).resolve().parents[1] / "build" / "test-database"


def path() -> Path:
    """Where the database for the migrations as they are now is, or would be."""
    digest = hashlib.sha256()
    for part in _made_of():
        digest.update(len(part).to_bytes(8, "big") + part)
    return FOLDER / f"{digest.hexdigest()[:20]}.sqlite3"


def _made_of() -> Iterator[bytes]:
    yield version("django").encode()
    yield repr(settings.INSTALLED_APPS).encode()
    for app in apps.get_app_configs():
        # What `migrate` writes besides: permissions and content types, which follow from the models.
        yield repr(sorted((model.__name__, model._meta.default_permissions) for model in app.get_models())).encode()
        for file in sorted(Path(app.path, "migrations").glob("*.py")):
            yield file.name.encode()
            yield file.read_bytes()


def lay(target: Path) -> bool:
    """Copy it to `target`; False where there is none yet."""
    if not path().exists():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path(), target)
    return True


def keep(migrated: Path) -> None:
    """Keep a copy of a database that was just migrated. Of several at once the last one stays; they are equal."""
    if path().exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for older in FOLDER.glob("*.sqlite3"):
        older.unlink(missing_ok=True)
    draft = FOLDER / f".{os.getpid()}"
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(migrated)) as source:
        source.execute("VACUUM INTO ?", [str(draft)])
    os.replace(draft, path())
