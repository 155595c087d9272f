"""An MLLP listener: reports from an interface engine, each acknowledged only after its commit."""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import socketserver
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import close_old_connections, connection

from core.models import Project, User
from reports_nlp.models import ReportIntake
from reports_nlp.services.intake import open_intake
from reports_nlp.services.intake_after import after_storing
from reports_nlp.services.intake_door import Door
from reports_nlp.services.intake_group import take_group
from reports_nlp.services.intake_options import source_options
from reports_nlp.sources import Problem
from reports_nlp.sources.hl7_message import MAX_MESSAGE_BYTES
from reports_nlp.sources.hl7v2 import records_of
from reports_nlp.sources.mllp import ACCEPTED, ERROR, REJECTED, FrameError, Frames, acknowledgement

logger = logging.getLogger(__name__)
IDLE_SECONDS = 600.0
"""A connection on which nothing came for so long is closed; senders open another one."""
PAUSE_SECONDS = 0.2
MOST_UNREAD = 200
NAME = "MLLP"


@dataclass(frozen=True)
class Terms:
    """What a listener does with what it is sent."""

    project: Project
    user: User | None = None
    options: dict[str, Any] = field(default_factory=dict)
    max_connections: int = 20
    max_bytes: int = MAX_MESSAGE_BYTES
    idle_seconds: float = IDLE_SECONDS


class Listener(socketserver.ThreadingTCPServer):
    """Serves until shutdown(); a connection too many waits until another one ends."""

    allow_reuse_address = True
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], terms: Terms) -> None:
        self.terms = terms
        self.is_stopping = threading.Event()
        self._free = threading.BoundedSemaphore(terms.max_connections)
        self._open: set[socket.socket] = set()
        super().__init__(address, _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        while not self._free.acquire(timeout=0.5):
            if self.is_stopping.is_set():
                self.shutdown_request(request)
                return
        self._open.add(request)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.discard(request)
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        logger.exception("mllp: a connection ended by an error")

    def stop(self) -> None:
        """No new connections; a message under way is answered, then its connection ends. From another thread."""
        self.is_stopping.set()
        for request in list(self._open):
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RD)
        self.shutdown()


class _Connection(socketserver.BaseRequestHandler):
    server: Listener

    def setup(self) -> None:
        self.request.settimeout(self.server.terms.idle_seconds)
        self._intake: ReportIntake | None = None
        self._door: Door | None = None
        self._messages = 0
        self._counts: Counter[str] = Counter()
        self._unread: list[int] = []

    def handle(self) -> None:
        frames = Frames(self.request.recv, max_bytes=self.server.terms.max_bytes)
        while not self.server.is_stopping.is_set():
            try:
                message = frames.next()
            except FrameError as error:
                with contextlib.suppress(OSError):
                    self.request.sendall(acknowledgement(b"", REJECTED, str(error)))
                return
            except OSError:
                return
            if message is None:
                return
            with contextlib.suppress(OSError):
                self.request.sendall(self._answer(message))
            if len(self._unread) >= MOST_UNREAD or not (frames.is_ahead or self._more_soon()):
                self._have_read()

    def _more_soon(self) -> bool:
        """Whether the sender goes on at once: then one job of the extraction reads several messages."""
        try:
            return bool(select.select([self.request], [], [], PAUSE_SECONDS)[0])
        except (OSError, ValueError):
            return False

    def _have_read(self) -> None:
        """Queue the extraction of what has been acknowledged; should that fail, the sweep finds it."""
        reports, self._unread = self._unread, []
        try:
            after_storing(project=self.server.terms.project, reports=reports)
        except Exception as error:
            logger.error("mllp: reports wait for the sweep to be read (%s)", type(error).__name__)

    def finish(self) -> None:
        self._have_read()
        try:
            if self._intake is not None:
                ReportIntake.objects.filter(pk=self._intake.pk).update(state="done", counts=dict(self._counts))
        finally:
            connection.close()

    def _answer(self, message: bytes) -> bytes:
        close_old_connections()
        try:
            code, reason = self._take(message)
        except Exception as error:
            # Whatever it was, nothing has been acknowledged: the sender keeps the message and sends it again.
            logger.error("mllp: a message was not stored (%s)", type(error).__name__)
            code, reason = ERROR, "It could not be stored now. Send it again later."
        return acknowledgement(message, code, reason)

    def _take(self, message: bytes) -> tuple[str, str]:
        """Store one message; its code and reason. Committed when it returns."""
        intake, door = self._begun()
        self._messages += 1
        place = f"message {self._messages}"
        records = list(records_of(message, place, source_options(intake.options)))
        taken = take_group(intake=intake, door=door, name=NAME, group=records)
        self._counts.update(outcome.verdict for outcome in taken.outcomes)
        self._unread += taken.reports
        ignored = [r for r in records if isinstance(r, Problem) and r.is_ignored]
        if ignored and len(ignored) == len(records):
            return REJECTED, ignored[0].message
        refused = next((one for one in taken.outcomes if one.verdict == "refused"), None)
        return (ACCEPTED, "") if refused is None else (ERROR, refused.reason)

    def _begun(self) -> tuple[ReportIntake, Door]:
        """One intake for each connection that sends anything."""
        terms = self.server.terms
        if self._intake is None or self._door is None:
            options = {**terms.options, "format": "hl7"}
            self._intake = open_intake(project=terms.project, user=terms.user, options=options)
            ReportIntake.objects.filter(pk=self._intake.pk).update(state="running")
            self._door = Door(
                project=terms.project, sender=self._intake.options["sender"], language=self._intake.options["language"]
            )
        return self._intake, self._door
