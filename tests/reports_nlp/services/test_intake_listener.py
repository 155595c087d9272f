"""MLLP over a real socket: acknowledged after commit, refused with a reason, several senders, bounded, stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import hl7
import pytest
from django.conf import settings
from django.db import connection

from core.models import Project
from reports_nlp.models import Report, ReportIntake
from reports_nlp.services import intake_listener
from reports_nlp.services.intake_listener import Listener, Terms
from tests.factories import make_project
from tests.racing import errors_of, race
from tests.reports_nlp.sources.samples import hl7_message
from workers.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


class Sender:
    """The other side: sends framed messages and waits for each answer, as interface engines do."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self._rest = b""

    def send(self, message: str | bytes) -> hl7.Message:
        data = message.encode() if isinstance(message, str) else message
        self.socket.sendall(b"\x0b" + data + b"\x1c\r")
        return self.answer()

    def answer(self) -> hl7.Message:
        while b"\x1c\r" not in self._rest:
            more = self.socket.recv(4096)
            if not more:
                raise ConnectionError("hung up")
            self._rest += more
        frame, self._rest = self._rest.split(b"\x1c\r", 1)
        return hl7.parse(frame.removeprefix(b"\x0b").decode())

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def code_of(answer: hl7.Message) -> str:
    return str(answer.segment("MSA")[1])


@contextmanager
def listening(project: Project, **terms: Any) -> Iterator[int]:
    """A listener in a thread; its port."""
    listener = Listener(("127.0.0.1", 0), Terms(project=project, **terms))
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield listener.server_address[1]
    finally:
        listener.stop()
        thread.join(20)
        listener.server_close()
        connection.close()


@pytest.fixture
def project() -> Project:
    return make_project()


def test_a_message_is_acknowledged_with_its_number_after_its_commit(project: Project) -> None:
    with listening(project) as port, Sender(port) as sender:
        answer = sender.send(hl7_message(control="C-77"))
        assert Report.objects.count() == 1  # seen by another connection: committed
    assert code_of(answer) == "AA"
    assert str(answer.segment("MSA")[2]) == "C-77"
    assert str(answer.segment("MSH")[9]) == "ACK^R01"
    assert str(answer.segment("MSH")[5]) == "RIS"


def test_nothing_is_acknowledged_when_it_could_not_be_stored_and_the_connection_lives_on(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., Any] = intake_listener.take_group

    def full_disk(**_: Any) -> Any:
        raise OSError(28, "No space left on device")

    with listening(project) as port, Sender(port) as sender:
        monkeypatch.setattr(intake_listener, "take_group", full_disk)
        refused = sender.send(hl7_message())
        monkeypatch.setattr(intake_listener, "take_group", real)
        accepted = sender.send(hl7_message())
    assert (code_of(refused), code_of(accepted)) == ("AE", "AA")
    assert "again" in str(refused.segment("MSA")[3])


def test_what_was_received_is_read_by_the_extraction_in_few_jobs(project: Project) -> None:
    with listening(project) as port, Sender(port) as sender:
        for number in range(12):
            sender.send(hl7_message(number=f"F{number}"))
    jobs = Job.objects.filter(kind="reports.extract")
    assert sorted(pk for job in jobs for pk in job.payload["reports"]) == sorted(
        Report.objects.values_list("pk", flat=True)
    )
    assert jobs.count() < 6


def test_a_message_sent_twice_is_acknowledged_twice_and_stored_once(project: Project) -> None:
    with listening(project) as port, Sender(port) as sender:
        assert [code_of(sender.send(hl7_message())) for _ in range(2)] == ["AA", "AA"]
    assert Report.objects.count() == 1
    assert ReportIntake.objects.get().counts == {"stored": 1, "already-there": 1}


@pytest.mark.parametrize(("message", "code", "reason"), [
    (hl7_message(kind="ADT^A01"), "AR", "ADT A01"), ("MSH|^~\\&|", "AR", "no report"), ("garbage", "AE", "no MSH"),
    (hl7_message(text="", impression=""), "AE", "No OBX"),
])
def test_what_cannot_be_used_is_refused_with_the_reason(project: Project, message: str, code: str, reason: str) -> None:
    with listening(project) as port, Sender(port) as sender:
        answer = sender.send(message)
        assert code_of(sender.send(hl7_message())) == "AA"
    assert code_of(answer) == code
    assert reason in str(answer.segment("MSA")[3])


def test_a_reason_never_holds_what_the_message_said(project: Project) -> None:
    with listening(project) as port, Sender(port) as sender:
        answers = [sender.send(m) for m in (hl7_message(kind="ORU^R99"), hl7_message().replace("|||F|||", "|||X|||"))]
    for answer in answers:
        assert "Okonkwo" not in str(answer)
        assert "MRN-480077" not in str(answer)


def test_a_message_over_the_limit_is_rejected_and_its_connection_closed(project: Project) -> None:
    with listening(project, max_bytes=10_000) as port, Sender(port) as sender:
        sender.socket.sendall(b"\x0b" + b"x" * 200_000)
        answer = sender.answer()
        assert code_of(answer) == "AR"
        assert "limit" in str(answer.segment("MSA")[3])
        with pytest.raises((ConnectionError, OSError)):
            sender.answer()


def test_what_is_no_mllp_is_turned_away(project: Project) -> None:
    with listening(project) as port, Sender(port) as sender:
        sender.socket.sendall(b"GET / HTTP/1.1\r\n" * 10_000)
        assert code_of(sender.answer()) == "AR"


def test_a_frame_in_small_pieces_and_two_frames_in_one_are_each_one_message(project: Project) -> None:
    frames = [b"\x0b" + hl7_message(number=f"F{n}").encode() + b"\x1c\r" for n in range(3)]
    with listening(project) as port, Sender(port) as sender:
        for place in range(0, len(frames[0]), 97):
            sender.socket.sendall(frames[0][place : place + 97])
        assert code_of(sender.answer()) == "AA"
        sender.socket.sendall(frames[1] + frames[2])
        assert [code_of(sender.answer()) for _ in range(2)] == ["AA", "AA"]
    assert Report.objects.count() == 3


def test_several_senders_at_the_same_time_lose_nothing(project: Project) -> None:
    def send(first: int) -> list[str]:
        with Sender(port) as sender:
            return [code_of(sender.send(hl7_message(number=f"F{first}-{n}"))) for n in range(8)]

    with listening(project, max_connections=3) as port:
        answers = race(*[lambda first=first: send(first) for first in range(5)])
    assert errors_of(answers) == []
    assert answers == [["AA"] * 8] * 5
    assert Report.objects.count() == 40


def test_an_idle_connection_is_closed_so_that_others_get_in(project: Project) -> None:
    with listening(project, max_connections=1, idle_seconds=0.3) as port, Sender(port), Sender(port) as second:
        assert code_of(second.send(hl7_message())) == "AA"


def test_the_command_listens_stores_and_stops_on_a_signal(project: Project) -> None:
    chosen = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{chosen['NAME']}"
    else:
        url = f"postgres://{chosen['USER']}@{chosen['HOST']}:{chosen['PORT']}/{chosen['NAME']}"
    command = [sys.executable, "manage.py", "listen_hl7", project.slug, "--port", "0"]
    child = subprocess.Popen(
        command, cwd=settings.PROJECT_ROOT, env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        port = int(child.stdout.readline().split(":")[1].split()[0])
        with Sender(port) as sender:
            assert code_of(sender.send(hl7_message())) == "AA"
        child.send_signal(signal.SIGTERM)
        assert child.wait(30) == 0
        assert "nothing acknowledged is lost" in child.stdout.read()
    finally:
        child.kill()
        child.wait()
    assert Report.objects.count() == 1
