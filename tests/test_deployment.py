"""The container files cannot be built everywhere the tests run; what can be read of them is checked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = ("migrate", "web", "cpu-worker", "gpu-worker", "sweep")


def test_every_part_of_the_service_is_there() -> None:
    assert set(COMPOSE["services"]) == {*OURS, "postgres", "redis"}


@pytest.mark.parametrize("name", OURS)
def test_our_services_share_one_image_database_and_broker(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["build"] == "."
    assert service["environment"]["DATABASE_URL"].startswith("postgres://")
    assert service["environment"]["RADLOOP_BROKER_URL"].startswith("redis://")
    assert {"postgres", "redis"} <= set(service["depends_on"])


def test_every_queue_has_a_worker() -> None:
    from workers.queues import QUEUES

    served = set()
    for service in COMPOSE["services"].values():
        command = service.get("command", [])
        if "-Q" in command:
            served |= set(command[command.index("-Q") + 1].split(","))
    assert served == set(QUEUES)


def test_no_image_floats() -> None:
    images = [s["image"] for s in COMPOSE["services"].values() if "image" in s]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    assert images
    for image in images:
        assert re.search(r":\d", image), f"{image} names no version"


def test_no_password_is_written_down() -> None:
    text = (ROOT / "compose.yaml").read_text()
    assert re.findall(r"PASSWORD: (?!\$\{)", text) == []


def test_the_image_runs_as_nobody_special_and_copies_what_exists() -> None:
    assert re.search(r"^USER (?!root)", DOCKERFILE, re.M)
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M):
        for source in sources.split():
            assert (ROOT / source).exists(), source
