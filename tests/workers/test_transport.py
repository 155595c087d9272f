"""The folder as broker: messages appear whole, are taken once, and none is lost."""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection, Exchange, Queue

from workers.celery import broker_settings
from workers.queues import EXCHANGE, QUEUES
from workers.transport import Channel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "broker"


def connected(folder: Path) -> Connection:
    told = broker_settings("", folder)
    return Connection(told["broker_url"], transport_options=told["broker_transport_options"])


def test_three_consumers_and_two_producers_lose_and_double_nothing(folder: Path) -> None:
    taken: list[int] = []
    produced = threading.Event()
    errors: list[Exception] = []

    def consume() -> None:
        try:
            with connected(folder) as connection:
                channel = connection.channel()
                while True:
                    try:
                        taken.append(channel._get("cpu")["number"])
                    except Empty:
                        if produced.is_set():
                            return
        except Exception as error:
            errors.append(error)

    def produce(numbers: range) -> None:
        with connected(folder) as connection:
            channel = connection.channel()
            for number in numbers:
                channel._put("cpu", {"number": number, "ballast": "x" * 5000})

    consumers = [threading.Thread(target=consume) for _ in range(3)]
    producers = [threading.Thread(target=produce, args=[range(n, n + 1000)]) for n in (0, 1000)]
    for thread in (*consumers, *producers):
        thread.start()
    for thread in producers:
        thread.join()
    produced.set()
    for thread in consumers:
        thread.join()
    assert errors == []
    # A consumer that finds the folder empty while a message is being renamed into it leaves early: look once more.
    with connected(folder) as connection:
        channel = connection.channel()
        taken.extend(rest["number"] for rest in iter(lambda: _or_none(channel, "cpu"), None))
    assert Counter(taken) == Counter(range(2000))
    assert list((folder / "messages").iterdir()) == []


def _or_none(channel: Any, queue: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = channel._get(queue)
    except Empty:
        return None
    return found


def test_a_message_is_invisible_until_it_is_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    rename = Path.rename

    def look_first(self: Path, target: Path) -> Path:
        with connected(folder) as other:
            seen.append(_or_none(other.channel(), "cpu"))
        return rename(self, target)

    with connected(folder) as connection:
        channel = connection.channel()
        monkeypatch.setattr(Path, "rename", look_first)
        channel._put("cpu", {"number": 1})
        assert seen == [None]
        assert _or_none(channel, "cpu") == {"number": 1}


def test_messages_come_in_the_order_they_were_sent_and_on_their_queue(folder: Path) -> None:
    with connected(folder) as connection:
        channel = connection.channel()
        for number in range(5):
            channel._put("cpu", {"number": number})
            channel._put("gpu", {"number": 100 + number})
            time.sleep(0.002)  # names carry milliseconds
        assert [_or_none(channel, "cpu") for _ in range(6)] == [{"number": n} for n in range(5)] + [None]
        assert _or_none(channel, "gpu") == {"number": 100}
        assert _or_none(channel, "nlp") is None


@pytest.mark.parametrize("before", ["sending", "receiving"])
def test_a_folder_that_was_removed_is_made_again(folder: Path, before: str) -> None:
    with connected(folder) as connection:
        channel = connection.channel()
        shutil.rmtree(folder)
        if before == "receiving":
            assert _or_none(channel, "cpu") is None
        channel._put("cpu", {"number": 1})
        assert _or_none(channel, "cpu") == {"number": 1}


def test_bindings_do_not_depend_on_who_starts_first(folder: Path) -> None:
    """As shipped, processes that declare queues together overwrite each other's table; messages then go nowhere."""
    with connected(folder) as connection:
        channel = connection.channel()
        assert isinstance(channel, Channel)
        for name in QUEUES:
            Queue(name, Exchange(EXCHANGE), routing_key=name)(channel).declare()
        assert [binding.queue for binding in channel.get_table(EXCHANGE)] == list(QUEUES)
        assert not list((folder / "control").iterdir())
        for name in QUEUES:
            assert set(channel._lookup(EXCHANGE, name)) == {name}
