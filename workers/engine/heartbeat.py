"""Keeping a lease while the work goes on."""

from __future__ import annotations

import logging
import threading
import time

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import close_old_connections, connection

from workers.engine import claims
from workers.models import Job

logger = logging.getLogger(__name__)


def close_stale_connections() -> None:
    """Before a piece of work: a connection that the server has dropped is opened anew. Not inside a transaction."""
    if not connection.in_atomic_block:
        close_old_connections()


def pause() -> float:
    """Seconds between beats: a lease survives two that fail."""
    return max(0.05, settings.JOB_LEASE_SECONDS / 3)


def still_mine(job: Job, *, renew: bool) -> bool:
    """Whether this attempt may go on. A database that does not answer says neither yes nor no: the lease decides."""
    try:
        return claims.renew(job.pk, job.attempt) if renew else claims.mine(job.pk, job.attempt).exists()
    except DatabaseTrouble as error:
        logger.warning("job %s: no heartbeat (%s); tried again", job.pk, type(error).__name__)
        if not connection.in_atomic_block:
            connection.close()
        return True


class Heartbeat:
    """Renews the lease from a thread while the handler runs in this process."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        # Inside a caller's transaction no other connection sees the row, and on SQLite the beat would wait for its end.
        self._is_needed = not connection.in_atomic_block

    def _beat(self) -> None:
        try:
            while not self._done.wait(pause()):
                if not still_mine(self._job, renew=True):
                    return
        finally:
            connection.close()

    def __enter__(self) -> None:
        if self._is_needed:
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._is_needed:
            self._thread.join()


class Beats:
    """The same for a caller that looks by itself: when to look, when to renew."""

    LOOK = 1.0  # seconds

    def __init__(self, job: Job) -> None:
        self._job = job
        self._look_at = time.monotonic() + self.LOOK
        self._renew_at = time.monotonic() + pause()

    def lost(self) -> bool:
        """Cancelled, taken over, or ended. Cheap: asks the database at most once a second."""
        now = time.monotonic()
        if now < min(self._look_at, self._renew_at):
            return False
        renew = now >= self._renew_at
        if renew:
            self._renew_at = now + pause()
        self._look_at = now + self.LOOK
        return not still_mine(self._job, renew=renew)
