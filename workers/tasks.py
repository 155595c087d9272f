"""The one Celery task: a wake-up for a job row."""

from __future__ import annotations

from celery import shared_task

from workers.engine.runner import run_job


@shared_task(name="workers.run", ignore_result=True)  # type: ignore[untyped-decorator]
def run(job_id: str) -> None:
    run_job(job_id)
