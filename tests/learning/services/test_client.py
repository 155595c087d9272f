"""The client against the real server: a researcher trains elsewhere and gets a verdict here."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from django.test import Client as Browser

from annotation.services.worklists import create_worklist
from core.models import AuditEvent, Role
from core.services.tokens import make_token
from imaging.models import Instance
from learning.client import Client, RadLoopError
from learning.models import ModelVersion, Prediction
from tests.factories import add_member
from tests.learning.world import World, fill, run_here
from workers.models import Job


class InProcess(httpx.BaseTransport):
    """Requests answered by the whole of Django, middleware and all, in the test's own transaction."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        kept = {name: value for name, value in request.headers.items() if name in ("authorization", "accept")}
        answer = Browser(enforce_csrf_checks=True).generic(
            request.method, request.url.raw_path.decode(), request.read(),
            content_type=request.headers.get("content-type", "application/json"), headers=kept,
        )
        return httpx.Response(answer.status_code, headers=dict(answer.headers), content=answer.getvalue())


def client_of(user: object) -> Client:
    _, secret = make_token(user=user, name="notebook", days=1)  # type: ignore[arg-type]
    http = httpx.Client(transport=InProcess(), base_url="http://testserver")
    return Client("", secret, http=http)


def a_worker(seconds: float) -> None:
    """While the client waits, the job that it waits for is run."""
    run_here(Job.objects.get(kind="learning.judge-foreign", state="queued"))


@pytest.fixture
def radloop(world: World) -> Iterator[Client]:
    with client_of(add_member(world.project, Role.RESEARCHER)) as client:
        yield client


def test_a_model_trained_elsewhere_is_judged_on_the_gate_set_against_the_champion(
    world: World, radloop: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = world.project.slug
    assert [p["slug"] for p in radloop.projects()] == [slug]
    snapshot = radloop.freeze(slug)
    rows = radloop.rows(snapshot)
    assert (len(rows), rows.withheld) == (len(set(rows.keys)), 0)
    images = radloop.pixels(slug, rows.keys, size=32)
    assert (images.shape, images.dtype) == ((len(rows), 32, 32), np.uint16)
    model = radloop.register(slug, name="means", findings=rows.findings, snapshot=snapshot, description="brightness")
    gate = [one["key"] for one in radloop.image_keys(slug, "gate")]
    brightness = radloop.pixels(slug, gate, size=32).reshape(len(gate), -1).mean(axis=1)
    table = np.tile((brightness / 65535)[:, None], (1, len(rows.findings)))
    assert radloop.predict(model, gate, table, findings=rows.findings) == len(gate)
    monkeypatch.setattr("time.sleep", a_worker)
    told = radloop.judge(model)
    assert told["gate"]["macro_auroc"]["low"] <= told["gate"]["macro_auroc"]["value"]
    version = ModelVersion.objects.get(pk=model["id"])
    assert f"against champion model {world.teacher.number}" in version.run.outcome
    assert version.run.metrics["against_champion"]["verdict"] in ("gain", "equivalent", "harm", "undecided")
    assert AuditEvent.objects.filter(action="model.judged").count() == 1
    assert AuditEvent.objects.filter(action="study.opened").exists()


def test_hard_cases_left_out_give_no_verdict(
    world: World, radloop: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = world.project.slug
    snapshot = radloop.freeze(slug)
    findings = [f["code"] for f in snapshot["findings"]]
    model = radloop.register(slug, name="half", findings=findings, snapshot=snapshot)
    gate = [one["key"] for one in radloop.image_keys(slug, "gate")][1:]
    radloop.predict(model, gate, np.full((len(gate), len(findings)), 0.5), findings=findings)
    monkeypatch.setattr("time.sleep", a_worker)
    with pytest.raises(RadLoopError, match=r"1 of .* gate images have no prediction"):
        radloop.judge(model)


def test_a_second_word_on_an_image_replaces_the_first(world: World, radloop: Client) -> None:
    snapshot = radloop.freeze(world.project.slug)
    findings = [f["code"] for f in snapshot["findings"]]
    model = radloop.register(world.project.slug, name="twice", findings=findings, snapshot=snapshot)
    key = radloop.rows(snapshot).keys[0]
    for p in (0.1, 0.9):
        radloop.predict(model, [key], [[p] * len(findings)], findings=findings)
    assert Prediction.objects.get(model_version=model["id"]).probabilities == dict.fromkeys(findings, 0.9)


REFUSED = {
    "a probability above 1": ({"nodule": 1.5, "effusion": 0.5}, "from 0 to 1"),
    "a finding too few": ({"nodule": 0.5}, "a probability for each of"),
    "a finding too many": ({"nodule": 0.5, "effusion": 0.5, "mass": 0.5}, "a probability for each of"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_predictions_that_make_no_sense_are_refused_whole(world: World, radloop: Client, case: str) -> None:
    snapshot = radloop.freeze(world.project.slug, findings=["nodule", "effusion"])
    findings = ["nodule", "effusion"]
    model = radloop.register(world.project.slug, name="odd", findings=findings, snapshot=snapshot)
    good, bad = radloop.rows(snapshot).keys[:2]
    said, words = REFUSED[case]
    body = {"predictions": {good: dict.fromkeys(findings, 0.5), bad: said}}
    with pytest.raises(RadLoopError, match=words) as refused:
        radloop._json("POST", f"/api/models/{model['id']}/predictions/", json=body)
    assert refused.value.status == 400
    assert not Prediction.objects.filter(model_version=model["id"]).exists()


def test_what_is_not_theirs_stays_closed(world: World, radloop: Client) -> None:
    slug = world.project.slug
    with pytest.raises(RadLoopError, match="was trained here"):
        radloop.predict({"id": world.teacher.pk}, ["1.2"], [[0.5]], findings=["nodule"])
    with pytest.raises(RadLoopError, match="explicit act"):
        radloop.image_keys(slug, "test")
    with pytest.raises(RadLoopError, match="not in this project"):
        radloop.pixels(slug, ["1.2.3"], size=32)
    reader = client_of(add_member(world.project, Role.ANNOTATOR))
    with pytest.raises(RadLoopError) as refused:
        reader.freeze(slug)
    assert refused.value.status == 403


def test_rows_of_cases_that_one_is_yet_to_read_unaided_are_withheld(world: World) -> None:
    manager = client_of(world.manager)
    snapshot = manager.freeze(world.project.slug)
    rows = manager.rows(snapshot)
    everything = snapshot["counts"]["rows"]["verified"]
    assert (len(rows), rows.withheld) == (everything, 0)
    waiting = create_worklist(project=world.project, name="To be read unaided", mode="unaided")
    fill(waiting, world.first[:2])
    fewer = manager.rows(snapshot)
    assert (len(fewer), fewer.withheld) == (everything - 2, 2)
    hidden = Instance.objects.filter(series__study__in=world.first[:2]).values_list("sop_uid", flat=True)
    assert not set(hidden) & set(fewer.keys)


def test_without_a_token_or_a_server_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RADLOOP_TOKEN", raising=False)
    with pytest.raises(RadLoopError, match="Access tokens"):
        Client("http://127.0.0.1:9")
    with pytest.raises(RadLoopError, match="does not answer"):
        Client("http://127.0.0.1:9", "rl_x", timeout=2).projects()
