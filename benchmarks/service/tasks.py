"""Handlers that do nothing useful in ways that can go wrong."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from benchmarks.service import effects
from workers.engine import JobContext, defer, handler

MANY = 50
"""Attempts: chaos must not use them up."""


def _done(job: JobContext, result: dict[str, Any]) -> dict[str, Any]:
    """The effect and the end of the job share a transaction."""
    with job.fenced():
        effects.add(job.id, job.attempt)
        job.finish(result)
    return result


@handler("bench.short", max_attempts=MANY)
def short(job: JobContext) -> dict[str, Any]:
    """Works for `seconds`, looking now and then whether it should stop."""
    ends = time.monotonic() + job.payload["seconds"]
    while time.monotonic() < ends:
        time.sleep(0.02)
        job.check()
    return _done(job, {"pid": os.getpid()})


@handler("bench.steps", queue="gpu", isolated=True, max_attempts=MANY)
def steps(job: JobContext) -> dict[str, Any]:
    """Counts to `steps` in a process of its own, resuming from its checkpoint."""
    path = checkpoint_of(job.id)
    path.parent.mkdir(exist_ok=True)
    begun = done = int(path.read_text()) if path.exists() else 0
    while done < job.payload["steps"]:
        time.sleep(job.payload.get("pause", 0.05))
        done += 1
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_text(str(done))
        partial.rename(path)
        job.progress(done / job.payload["steps"], f"step {done}")
    return _done(job, {"begun_at": begun, "steps": done, "pid": os.getpid()})


@handler("bench.hog", queue="gpu", isolated=True)
def hog(job: JobContext) -> dict[str, Any]:
    """Takes memory and never looks at its job again."""
    held = bytearray(os.urandom(1024)) * (job.payload["megabytes"] * 1024)
    job.progress(0.5, f"pid {os.getpid()}")
    time.sleep(job.payload["seconds"])
    return {"bytes": len(held)}


@handler("bench.family", max_attempts=MANY)
def family(job: JobContext) -> dict[str, Any]:
    """A parent: done when the last of its children is."""
    from workers.models import Job

    me = Job.objects.get(pk=job.id)
    for number in range(job.payload["children"]):
        defer("bench.short", payload={"seconds": 0.05}, parent=me, label=f"child {number}")
    return {"children": job.payload["children"]}


def checkpoint_of(job_id: object) -> Path:
    return Path(settings.HOME) / "checkpoints" / str(job_id)
