"""Annotation's jobs."""

from __future__ import annotations

from typing import Any

from workers.engine import JobContext, handler


@handler("annotation.import", queue="cpu")
def import_uploaded(job: JobContext) -> dict[str, Any]:
    from annotation.services.imports import run_import

    return run_import(job=job)


@handler("annotation.gaze", queue="cpu")
def read_gaze(job: JobContext) -> dict[str, Any]:
    from annotation.services.gaze import read_upload

    return read_upload(job=job)
