"""The same question over HTTP, for benchmarks.worklist_next: granian, sessions, CSRF, POST worklists/{id}/next/."""

from __future__ import annotations

import http.client
import json
import socket
import statistics
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.stacks import Stack, kill

CSRF = "b" * 32
"""Any token: the cookie and the header must agree."""


def sign_in(usernames: Sequence[str], project_slug: str, target: Path) -> None:
    """Make every reader a member, open a session each, and leave worklist and session keys in a file."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from annotation.models import Worklist
    from core.models import Membership, Project, User

    project = Project.objects.get(slug=project_slug)
    readers = list(User.objects.filter(username__in=usernames))
    Membership.objects.bulk_create(Membership(project=project, user=user, role="annotator") for user in readers)
    keys = []
    for user in readers:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        keys.append(session.session_key)
    target.write_text(json.dumps({"worklist": Worklist.objects.get().pk, "sessions": keys}))


def measure_http(stack: Stack, signed_in: Path, callers: int) -> tuple[float, int]:
    """Every signed-in reader asks once, `callers` at a time; the 95th percentile in milliseconds and doubled cases."""
    known = json.loads(signed_in.read_text())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = stack.start(
        "-m", "granian", "--interface", "asginl", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--log-level", "warning", "config.asgi:application", log="web",
    )
    try:
        _wait_for(port)
        return _ask(port, known["worklist"], known["sessions"], callers)
    finally:
        web.terminate()
        kill(web)


def _ask(port: int, worklist: int, sessions: list[str], callers: int) -> tuple[float, int]:
    waits: list[float] = []
    readings: list[int] = []
    gate = threading.Barrier(callers)

    def ask(keys: list[str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        gate.wait()
        for key in keys:
            started = time.perf_counter()
            connection.request("POST", f"/api/worklists/{worklist}/next/", b"{}", {
                "Content-Type": "application/json", "Cookie": f"sessionid={key}; csrftoken={CSRF}", "X-CSRFToken": CSRF,
            })
            answer = connection.getresponse()
            body = answer.read()
            waits.append((time.perf_counter() - started) * 1000)
            if answer.status != 200:
                raise RuntimeError(f"the service answered {answer.status}: {body[:300]!r}")
            readings.append(json.loads(body)["reading"])

    threads = [threading.Thread(target=ask, args=[sessions[n::callers]]) for n in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(readings) != len(sessions):
        raise SystemExit("some callers got no answer; see above")
    return statistics.quantiles(waits, n=20)[-1], len(readings) - len(set(readings))


def _wait_for(port: int, patience: float = 120.0) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/api/schema/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the web process did not answer")
