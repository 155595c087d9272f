"""What a handler sees of its job."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from core.models import User
from workers.engine import claims
from workers.engine.errors import JobStopped
from workers.models import Job, JobLine

_LOOK_AGAIN = 1.0  # seconds between looks at the row


class JobContext:
    """One attempt at one job. What it changes is fenced: `WHERE attempt = mine`."""

    def __init__(self, job: Job) -> None:
        self.id: UUID = job.pk
        self.attempt: int = job.attempt
        self.payload: dict[str, Any] = job.payload
        self.project_id: int | None = job.project_id
        self.created_by_id: int | None = job.created_by_id
        self._stopped = False
        self._looked_at = time.monotonic()
        self._said: tuple[float, str] = (-1.0, "")

    def created_by(self) -> User | None:
        """Who asked for it; None for work that the service gave itself."""
        if self.created_by_id is None:
            return None
        return User.objects.filter(pk=self.created_by_id).first()

    def should_stop(self) -> bool:
        """Cancelled, or the lease went to somebody else. Cheap: asks the database at most once a second."""
        if not self._stopped and time.monotonic() - self._looked_at > _LOOK_AGAIN:
            self._looked_at = time.monotonic()
            self._stopped = not claims.mine(self.id, self.attempt).exists()
        return self._stopped

    def check(self) -> None:
        """Raise JobStopped when it is time to stop."""
        if self.should_stop():
            raise JobStopped

    def progress(self, fraction: float, message: str = "", *, seconds_left: float | None = None) -> None:
        """Say how far it is, 0 to 1, in words a person understands. Raises JobStopped when it is time to stop."""
        fraction = min(1.0, max(0.0, fraction))
        if message == self._said[1] and abs(fraction - self._said[0]) < 0.005:
            return self.check()
        self._said = (fraction, message)
        changed = claims.mine(self.id, self.attempt).update(
            progress=fraction, message=message[:200], seconds_left=seconds_left, heartbeat_at=Now(),
            lease_expires_at=Now() + claims.lease(),
        )
        self._looked_at = time.monotonic()
        if not changed:
            self._stopped = True
            raise JobStopped

    def tell_parents(
        self, parents: Sequence[UUID], fraction: float, message: str, *, seconds_left: float | None = None
    ) -> None:
        """How far the whole work is, on those of these rows that wait for children. They have no lease to renew."""
        claims.told_by_children(parents, min(1.0, max(0.0, fraction)), message[:200], seconds_left)

    def log(self, text: str) -> None:
        """Add a line to the job's log. No PHI. A lost attempt may still speak: the line carries its number."""
        JobLine.objects.create(job_id=self.id, attempt=self.attempt, text=text[:500])

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """A transaction that only this attempt can commit: the row is locked and checked first."""
        with transaction.atomic():
            if not claims.renew(self.id, self.attempt):
                self._stopped = True
                raise JobStopped
            yield

    def finish(self, result: dict[str, Any] | None = None) -> None:
        """End the job; inside `fenced()` the effect and the state share a transaction."""
        if not claims.finish(self.id, self.attempt, result):
            self._stopped = True
            raise JobStopped
