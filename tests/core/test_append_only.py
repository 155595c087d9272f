"""The triggers that architecture.md promises are in the database after the last migration."""

from __future__ import annotations

import pytest
from django.db import connection

PROMISED = {
    "core_auditevent_no_update", "core_auditevent_no_delete", "annotation_observation_no_update",
    "annotation_observation_no_delete", "annotation_region_no_update",
}


@pytest.mark.django_db
def test_later_migrations_have_not_dropped_a_trigger() -> None:
    # SQLite rebuilds a table to change it and drops its triggers silently: such a migration must put them back.
    source = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal" if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(source)
        present = {row[0] for row in cursor.fetchall()}
    assert present >= PROMISED
