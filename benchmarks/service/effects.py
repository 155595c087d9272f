"""Effects that can be counted: one row each time a job has done what it was for. No constraint hides a second one."""

from __future__ import annotations

from uuid import UUID

from django.db import connection


def make_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_effect (job varchar(36), attempt integer)")


def add(job: UUID, attempt: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_effect (job, attempt) VALUES (%s, %s)", [str(job), attempt])


def counts() -> dict[str, int]:
    """Job id → how often its effect happened."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT job, COUNT(*) FROM bench_effect GROUP BY job")
        return dict(cursor.fetchall())
