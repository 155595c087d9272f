"""Jobs over REST and as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db.models.functions import Now
from django.http import StreamingHttpResponse
from django.test import AsyncClient

from core.models import Membership, Project, User
from tests.factories import Team, make_team, make_user, signed_in
from workers.api import events
from workers.api.watches import JobWatch, ProjectWatch
from workers.models import Job, JobLine

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


def make_job(project: Project | None, **fields: Any) -> Job:
    return Job.objects.create(**{"kind": "tests.none", "label": "Count", "project": project} | fields)


def run_it(job: Job, **fields: Any) -> None:
    Job.objects.filter(pk=job.pk).update(state="running", lease_expires_at=Now(), attempt=1, **fields)


def end_it(job: Job, state: str = "done") -> None:
    Job.objects.filter(pk=job.pk).update(state=state, finished_at=Now(), progress=1.0)


def test_a_project_lists_its_own_jobs_newest_first(team: Team) -> None:
    first, second = make_job(team.project), make_job(team.project, state="failed", finished_at=Now())
    make_job(make_team().project)
    body = signed_in(team.annotator).get(f"/api/projects/{team.project.slug}/jobs/").json()
    assert [job["id"] for job in body["results"]] == [str(second.pk), str(first.pk)]
    failed = signed_in(team.annotator).get(f"/api/projects/{team.project.slug}/jobs/?state=failed").json()
    assert [job["id"] for job in failed["results"]] == [str(second.pk)]


def test_a_job_says_everything_that_a_page_needs(team: Team) -> None:
    job = make_job(team.project)
    run_it(job, progress=0.5, message="Half of it", seconds_left=12.0)
    body = signed_in(team.manager).get(f"/api/jobs/{job.pk}/").json()
    assert set(body) == {
        "id", "kind", "label", "project", "state", "progress", "message", "seconds_left", "failure", "result",
        "attempt", "cancel_requested", "created_at", "started_at", "finished_at", "may_cancel", "may_retry",
    }
    assert (body["state"], body["progress"], body["message"], body["project"]) == (
        "running", 0.5, "Half of it", team.project.slug)


@pytest.mark.parametrize(("role", "status"), [
    ("stranger", 404), ("annotator", 403), ("reviewer", 403), ("researcher", 200), ("manager", 200), ("admin", 200),
])
def test_only_who_steers_the_project_cancels_somebody_elses_job(team: Team, role: str, status: int) -> None:
    job = make_job(team.project)
    client = signed_in(team.person(role))
    if status != 404:
        assert client.get(f"/api/jobs/{job.pk}/").json()["may_cancel"] is (status == 200)
    answer = client.post(f"/api/jobs/{job.pk}/cancel/")
    assert answer.status_code == status
    job.refresh_from_db()
    assert job.state == ("cancelled" if status == 200 else "queued")


def test_who_started_a_job_may_cancel_it(team: Team) -> None:
    job = make_job(team.project, created_by=team.annotator)
    assert signed_in(team.annotator).post(f"/api/jobs/{job.pk}/cancel/").json()["state"] == "cancelled"


def test_a_former_member_no_longer_sees_the_job_they_started(team: Team) -> None:
    job = make_job(team.project, created_by=team.annotator)
    Membership.objects.filter(user=team.annotator).delete()
    assert signed_in(team.annotator).get(f"/api/jobs/{job.pk}/").status_code == 404


def test_a_failed_job_is_tried_again_and_a_running_one_is_not(team: Team) -> None:
    job = make_job(team.project)
    end_it(job, "failed")
    client = signed_in(team.researcher)
    body = client.post(f"/api/jobs/{job.pk}/retry/").json()
    assert (body["state"], body["finished_at"]) == ("queued", None)
    answer = client.post(f"/api/jobs/{job.pk}/retry/")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_log_lines_are_read_on_from_the_last_one(team: Team) -> None:
    job = make_job(team.project)
    lines = [JobLine.objects.create(job=job, attempt=1, text=f"line {n}") for n in range(3)]
    client = signed_in(team.annotator)
    answer = client.get(f"/api/jobs/{job.pk}/lines/?after={lines[0].pk}")
    assert [line["text"] for line in answer.json()] == ["line 1", "line 2"]
    assert client.get(f"/api/jobs/{job.pk}/lines/?after=x").status_code == 400


def test_nobody_is_told_to_sign_in(team: Team) -> None:
    for path in (f"/api/jobs/{make_job(team.project).pk}/", f"/api/projects/{team.project.slug}/events/"):
        answer = signed_in(None).get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in"), path


class Listener:
    """An event stream being read."""

    def __init__(self, response: Any) -> None:
        assert isinstance(response, StreamingHttpResponse), response.content
        self._parts: AsyncIterator[bytes] = response.__aiter__()

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        async for part in self._parts:
            text = part.decode()
            if text.startswith("event: job"):
                yield json.loads(text.partition("data: ")[2])

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        seen = []
        async for event in self.events():
            seen.append(event)
            if wanted(event):
                break
        return seen


async def listen(user: User, path: str, **headers: str) -> Any:
    client = AsyncClient()
    await sync_to_async(client.force_login)(user, backend=BACKEND)
    return await client.get(path, headers=headers)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LOOK_EVERY", 0.01)


def test_what_has_not_changed_is_not_told_again(team: Team) -> None:
    job = make_job(team.project)
    for watch in (JobWatch(team.annotator.pk, job.pk), ProjectWatch(team.annotator.pk, team.project.slug)):
        assert [len(watch.look()[0]) for _ in range(2)] == [1, 0]


@pytest.mark.django_db(transaction=True)
def test_a_jobs_stream_tells_every_change_and_ends_with_the_job() -> None:
    team = make_team()
    job = make_job(team.project)

    async def follow() -> list[tuple[str, float]]:
        response = await listen(team.annotator, f"/api/jobs/{job.pk}/events/")
        assert response.headers["Content-Type"] == "text/event-stream"
        seen = []
        async for event in Listener(response).events():
            seen.append((event["state"], event["progress"]))
            if event["state"] == "queued":
                await sync_to_async(run_it)(job, progress=0.25)
            elif event["progress"] == 0.25:
                await sync_to_async(run_it)(job, progress=0.75)
            elif event["progress"] == 0.75:
                await sync_to_async(end_it)(job)
        return seen

    assert async_to_sync(follow)() == [("queued", 0.0), ("running", 0.25), ("running", 0.75), ("done", 1.0)]


@pytest.mark.django_db(transaction=True)
def test_a_browser_that_has_seen_the_end_is_told_not_to_come_back() -> None:
    team = make_team()
    job = make_job(team.project)
    end_it(job)

    async def come_back() -> int:
        response = await listen(team.annotator, f"/api/jobs/{job.pk}/events/")
        text = b"".join([part async for part in response]).decode()
        assert "id: ended\n" in text
        again = await listen(team.annotator, f"/api/jobs/{job.pk}/events/", last_event_id="ended")
        return int(again.status_code)

    assert async_to_sync(come_back)() == 204


@pytest.mark.django_db(transaction=True)
def test_a_projects_stream_tells_of_jobs_that_begin_later_and_of_no_other_projects() -> None:
    team, other = make_team(), make_team()
    job = make_job(team.project)

    async def follow() -> list[dict[str, Any]]:
        response = await listen(team.annotator, f"/api/projects/{team.project.slug}/events/")
        listener = Listener(response)
        await listener.until(lambda event: event["id"] == str(job.pk))
        await sync_to_async(make_job)(other.project)
        later = await sync_to_async(make_job)(team.project)
        seen = await listener.until(lambda event: event["id"] == str(later.pk))
        await sync_to_async(end_it)(later)
        return seen + await listener.until(lambda event: event["state"] == "done")

    assert {event["project"] for event in async_to_sync(follow)()} == {team.project.slug}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["removed", "shut out"])
def test_a_stream_ends_when_the_person_loses_access(change: str) -> None:
    team = make_team()

    def lose() -> None:
        if change == "removed":
            Membership.objects.filter(user=team.annotator).delete()
        else:
            User.objects.filter(pk=team.annotator.pk).update(is_active=False)

    async def follow() -> None:
        async with asyncio.timeout(20):
            response = await listen(team.annotator, f"/api/projects/{team.project.slug}/events/")
            await sync_to_async(lose)()
            async for _ in response:
                pass

    async_to_sync(follow)()


@pytest.mark.django_db(transaction=True)
def test_a_quiet_stream_shows_that_it_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_EVERY", 0.02)
    team = make_team()

    async def follow() -> None:
        async with asyncio.timeout(20):
            response = await listen(team.annotator, f"/api/projects/{team.project.slug}/events/")
            async for part in response:
                if part.startswith(b":"):
                    return

    async_to_sync(follow)()


@pytest.mark.django_db(transaction=True)
def test_a_stranger_hears_nothing() -> None:
    team = make_team()
    job, stranger = make_job(team.project), make_user()
    for path in (f"/api/jobs/{job.pk}/events/", f"/api/projects/{team.project.slug}/events/"):
        assert async_to_sync(listen)(stranger, path).status_code == 404
