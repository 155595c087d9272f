"""Public weights of a site: added, listed, checked before use, and what a run tells of them."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch
from django.conf import settings
from django.core.management import CommandError, call_command

from core.errors import Invalid
from core.models import Role
from learning.models import Run, WeightsFile
from learning.services import public_weights
from learning.services.public_weights import add_weights, checked_path, weights_named
from learning.services.runs import start_run
from learning.services.start_state import models_to_start_from, parent_of, start_file
from learning.toolkit import published
from learning.toolkit.published import Published
from tests.factories import add_member, make_project
from tests.frontend.learning_rows import make_model, make_run
from tests.learning.toolkit.test_public_weights import manifest
from tests.learning.world import World, run_here, tiny_recipe

NAME = "imagenet/resnet18"
INPUT = {"size": 32, "channels": 3, "normalise": "imagenet"}
FROM_WEIGHTS = tiny_recipe(input=INPUT, network={"name": "resnet18"}, start={"kind": "weights", "weights": NAME})


def published_file(folder: Path) -> Path:
    """A file as torchvision publishes it, of zeros."""
    tensors = {
        key: torch.zeros(shape, dtype=torch.int64 if key.endswith("tracked") else torch.float32)
        for key, shape in manifest("imagenet_resnet18").items()
    }
    torch.save(tensors, folder / "resnet18-f37072fd.pth")
    return folder / "resnet18-f37072fd.pth"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published_file(tmp_path_factory.mktemp("published"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Path:
    monkeypatch.setattr(settings, "HOME", tmp_path)
    return tmp_path


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address(file: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(file.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{file.name}"
    server.shutdown()


def publish(monkeypatch: pytest.MonkeyPatch, url: str, sha256: str = "") -> None:
    monkeypatch.setitem(published.PUBLISHED, NAME, Published(url, "resnet18", sha256))


def test_added_weights_are_tensors_alone_with_origin_and_licence(home: Path, file: Path) -> None:
    added = add_weights(name=NAME, file=file, licence="BSD-3-Clause")
    assert (added.network, added.licence, added.source) == ("resnet18", "BSD-3-Clause", file.name)
    assert set(added.unused) == {"fc.weight", "fc.bias"}
    assert added.source_sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    path = checked_path(added)
    assert path.suffix == ".safetensors"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == added.sha256
    again = add_weights(name=NAME, file=file)
    assert WeightsFile.objects.get() == again


def test_a_file_that_was_changed_or_is_gone_is_not_used(home: Path, file: Path) -> None:
    path = checked_path(add_weights(name=NAME, file=file))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(Invalid, match="SHA-256 differs"):
        checked_path(weights_named(NAME))
    path.unlink()
    with pytest.raises(Invalid, match="missing"):
        start_file(FROM_WEIGHTS, None)


def test_weights_come_from_their_publisher_and_are_checked(
    home: Path, file: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, address, hashlib.sha256(file.read_bytes()).hexdigest()[:8])
    told: list[float | None] = []
    assert add_weights(name=NAME, progress=told.append).source == address
    assert told[-1] == 1.0
    publish(monkeypatch, address, "0" * 8)
    with pytest.raises(Invalid, match="not what its publisher wrote"):
        add_weights(name=NAME)


@pytest.mark.parametrize("offline", ["HF_HUB_OFFLINE", "RADLOOP_OFFLINE"])
def test_an_offline_site_fetches_nothing_and_says_how_to_bring_the_file(
    home: Path, address: str, monkeypatch: pytest.MonkeyPatch, offline: str
) -> None:
    publish(monkeypatch, address)
    monkeypatch.setenv(offline, "1")
    monkeypatch.setattr(published, "_download", lambda *_: pytest.fail("fetched"))
    with pytest.raises(Invalid, match=r"offline .* --file FILE"):
        add_weights(name=NAME)


def test_a_host_that_cannot_be_reached_is_said_with_the_way_round(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, "http://127.0.0.1:9/resnet18.pth")
    with pytest.raises(Invalid, match=rf"can't be fetched .* add_weights {NAME} --file FILE"):
        add_weights(name=NAME)
    assert not WeightsFile.objects.exists()


REFUSED = {
    "an unknown family": ({"name": "nowhere/x"}, "a family of imagenet"),
    "a name that is not published": ({"name": "radimagenet/resnet50", "network": "resnet50"}, "not known where"),
    "a network that the family has none for": ({"name": NAME, "network": "small_cnn"}, "--network: resnet18"),
    "another network": (
        {"name": "imagenet/mine", "network": "resnet50", "file": True}, "is not imagenet/mine for resnet50"
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_added_is_refused(home: Path, file: Path, name: str) -> None:
    given, told = REFUSED[name]
    with pytest.raises(Invalid, match=told):
        add_weights(**{**given, **({"file": file} if given.get("file") else {})})
    assert not WeightsFile.objects.exists()
    assert not list((home / "weights").glob("*")) if (home / "weights").exists() else True


def bundle(folder: Path, metadata: Any, weights: bytes) -> Path:
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("lungs/configs/metadata.json", json.dumps(metadata))
        archive.writestr("lungs/models/model.pt", weights)
        archive.writestr("lungs/scripts/evil.py", "raise SystemExit")
    return path


def test_a_monai_bundle_brings_its_own_licence(home: Path, tmp_path: Path) -> None:
    from learning.toolkit.nets import build_network

    recipe = public_weights.recipe_for("monai/lungs", "resnet18")
    net = build_network(recipe, ("a",), seed=1)
    stream = io.BytesIO()
    torch.save({k.removeprefix("backbone."): t for k, t in net.state_dict().items()}, stream)
    path = bundle(tmp_path, {"name": "lungs", "authors": "somebody", "license": "Apache-2.0"}, stream.getvalue())
    added = add_weights(name="monai/lungs", file=path, network="resnet18")
    assert (added.publisher, added.licence) == ("somebody", "Apache-2.0")


@pytest.mark.parametrize("content", [b"", b"x" * 100])
def test_a_damaged_bundle_is_refused(home: Path, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Invalid, match="MONAI bundle"):
        add_weights(name="monai/x", file=bundle(tmp_path, {}, content), network="resnet18")


def test_the_command_adds_and_lists(home: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("add_weights")
    assert "none. An administrator adds them" in capsys.readouterr().out
    call_command("add_weights", NAME, file=file)
    told = capsys.readouterr().out
    assert "Added imagenet/resnet18 for resnet18" in told
    assert "not used: fc.weight, fc.bias" in told
    assert "Licence: BSD-3-Clause" in told
    call_command("add_weights")
    assert NAME in capsys.readouterr().out
    with pytest.raises(CommandError, match="a family of"):
        call_command("add_weights", "nowhere/x")


def test_a_run_is_refused_before_it_is_queued_when_its_weights_are_not_there(world: World) -> None:
    with pytest.raises(Invalid, match="This site has no weights"):
        start_run(project=world.project, recipe=FROM_WEIGHTS, user=world.manager)


def test_a_run_from_public_weights_says_what_was_loaded_and_on_which_terms(world: World, file: Path) -> None:
    add_weights(name=NAME, file=file)
    recipe = tiny_recipe(
        input=INPUT, network={"name": "resnet18"}, start={"kind": "weights", "weights": NAME},
        tuning={"kind": "frozen"}, pseudolabels={"weight": 0.0},
    )
    run = start_run(project=world.project, recipe=recipe, user=world.manager)
    assert run_here(run.job).state == "done", run.job.failure
    metrics = Run.objects.get(pk=run.pk).metrics
    assert metrics is not None
    start, tuning = metrics["start"], metrics["tuning"]
    assert (start["from"], start["licence"]) == (NAME, weights_named(NAME).licence)
    assert set(start["unused"]) == {"fc.weight", "fc.bias"}
    assert start["fresh"] == ["head.weight", "head.bias"]
    assert "labels are too few" in start["rule"]
    assert tuning["words"].startswith("Frozen: the whole network")
    assert {one["finding"] for one in tuning["classifier"]} >= {"nodule", "effusion"}


def test_a_run_from_an_earlier_model_says_how_alike_the_images_are(world: World) -> None:
    first = start_run(project=world.project, recipe=tiny_recipe(pseudolabels={"weight": 0.0}), user=world.manager)
    assert run_here(first.job).state == "done"
    recipe = tiny_recipe(
        start={"kind": "checkpoint", "model": str(first.model_version)},
        tuning={"kind": "incremental", "inner_folds": 2},
        optimiser={"max_epochs": 5, "batch_size": 16, "patience": 0}, pseudolabels={"weight": 0.0},
    )
    run = start_run(project=world.project, recipe=recipe, user=world.manager)
    assert run_here(run.job).state == "done", run.job.failure
    again = Run.objects.get(pk=run.pk)
    assert again.metrics is not None
    assert (again.metrics["start"]["alike"], again.metrics["start"]["distance"]) == ("alike", 0.0)
    assert again.metrics["start"]["lineage"] == str(first.model_version)
    assert again.metrics["start"]["held_out_seen"] == again.metrics["start"]["held_out"] > 0  # the same patients
    assert [p["depth"] for p in again.metrics["tuning"]["curve"]] == [0, 1, 2, 3, 4]
    assert again.epochs.count() == again.metrics["tuning"]["depth"] + 1  # inner trainings are no points of the curve


def test_models_of_another_project_are_found_by_those_who_may_see_it(db: None) -> None:
    here, there = make_project(), make_project(slug="there")
    make_model(make_run(there), 7)
    recipe = tiny_recipe(start={"kind": "checkpoint", "model": "there model 7"})
    stranger, member = add_member(here, Role.RESEARCHER), add_member(here, Role.RESEARCHER)
    add_member(there, Role.ANNOTATOR, member)
    found = parent_of(here, recipe, member)
    assert found is not None
    assert found.number == 7
    assert [name for name, _ in models_to_start_from(member, here)] == ["there model 7"]
    assert models_to_start_from(stranger, here) == []
    own, look = make_model(make_run(here), 1), {"mean": [0.5] * 10, "spread": [0.1] * 10, "n": 9}
    for version, shift in ((own, 0.0), (found, 0.2)):
        kept = version.card | {"metrics": {"domain": look | {"mean": [0.5 + shift] * 10}}}
        type(version).objects.filter(pk=version.pk).update(card=kept)
    assert models_to_start_from(member, here)[-1][1].endswith("images very different")
    for user in (stranger, None):
        with pytest.raises(Invalid, match="that you may see"):
            parent_of(here, recipe, user)
