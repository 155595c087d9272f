"""Server-sent events: a page sees jobs change without asking again and again.

Each stream looks at the Job table twice a second, through the same `visible_to` as everything else. A browser's
EventSource connects again by itself after a stream has ended; the last event of a job's own stream carries the id
`ended`, and who comes back with that id is told to stay away (204).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from core.api.exceptions import problem_page
from core.errors import NotFound, NotSignedIn
from core.models import User
from workers.api.watches import JobWatch, ProjectWatch, Watch

LOOK_EVERY = 0.5  # seconds
HEARTBEAT_EVERY = 15.0
LONGEST = 600.0  # then the browser comes back, and its session is checked anew
ENDED = "ended"


@login_not_required  # answers 401 itself: a redirect to a page is no use to an EventSource
@require_GET
async def job_events(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Events `job` for every change of one job, until it has ended."""
    if request.headers.get("Last-Event-ID") == ENDED:
        return HttpResponse(status=204)
    user = await request.auser()
    return await _answer(JobWatch(user.pk, pk) if isinstance(user, User) else None)


@login_not_required
@require_GET
async def project_events(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Events `job` for every change of a job of the project."""
    user = await request.auser()
    return await _answer(ProjectWatch(user.pk, slug) if isinstance(user, User) else None)


async def _answer(watch: Watch | None) -> HttpResponseBase:
    if watch is None:
        return problem_page(NotSignedIn("Sign in first; the session may have ended."))
    if not await sync_to_async(watch.exists)():
        return problem_page(NotFound("There is nothing at this address, or you may not see it."))
    return StreamingHttpResponse(
        events_of(watch), content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def events_of(watch: Watch) -> AsyncIterator[str]:
    """The stream's text. Cancelled wherever it waits when the client leaves."""
    start = spoke = time.monotonic()
    yield "retry: 2000\n\n"
    while True:
        changed, is_over = await sync_to_async(watch.look)()
        for data in changed:
            yield f"event: job\n{f'id: {ENDED}{chr(10)}' if is_over else ''}data: {data}\n\n"
        now = time.monotonic()
        if changed:
            spoke = now
        elif now - spoke >= HEARTBEAT_EVERY:
            spoke = now
            yield ": still here\n\n"
        if is_over or now - start >= LONGEST:
            return
        await asyncio.sleep(LOOK_EVERY)
