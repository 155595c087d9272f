"""The server that the tabs talk to, and the hand that kills it: a tiny HTTP address for the tabs' own program."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from benchmarks.room.service import free_port, start_web
from benchmarks.stacks import ROOT, Stack, kill

STUDIES = 6
"""Cases of each worklist."""
CSRF = "c" * 32


class Served:
    """A web process on the stack. `control`/kill ends it with -9 and starts another; `control`/up waits for it."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.port, self.kills = stack, free_port(), 0
        self.base = f"http://127.0.0.1:{self.port}"
        self.known = json.loads(_inside(stack, "prepare")) | {"csrf": CSRF}
        self._is_up, self._wanted, self._ends = threading.Event(), threading.Event(), False

    def __enter__(self) -> Served:
        served = self

        class Hand(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/kill":
                    # Whoever asks while it is dead already asked for the same.
                    served._wanted.set()
                else:
                    served._is_up.wait()
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._hand = ThreadingHTTPServer(("127.0.0.1", 0), Hand)
        self.control = f"http://127.0.0.1:{self._hand.server_address[1]}"
        threading.Thread(target=self._hand.serve_forever, daemon=True).start()
        # One thread starts them all: a process that follows its parent dies with the thread that started it.
        self._keeper = threading.Thread(target=self._keep)
        self._keeper.start()
        self._is_up.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ends = True
        self._wanted.set()
        self._keeper.join()
        self._hand.shutdown()

    def _keep(self) -> None:
        while not self._ends:
            web = start_web(self.stack, self.port)
            self._is_up.set()
            self._wanted.wait()
            self._is_up.clear()
            self._wanted.clear()
            kill(web)
            self.kills += 1


def lists(stack: Stack, count: int) -> list[int]:
    """So many new worklists over the same few studies: one per interleaving."""
    made: list[int] = json.loads(_inside(stack, "lists", str(count)))
    return made


def _inside(stack: Stack, *words: str) -> str:
    """This module in a process on the stack."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.lost.server", *words], cwd=ROOT, env=stack.environment, capture_output=True,
        text=True, check=False,
    )
    if done.returncode:
        raise SystemExit(f"{words} failed: {done.stderr[-2000:]}")
    return done.stdout.splitlines()[-1]


def _prepare() -> dict[str, str]:
    from annotation.services.schema import create_finding
    from benchmarks.room.cases import session_of
    from core.models import Membership, Project, User
    from imaging.models import Patient, Study

    project = Project.objects.create(slug="lost", name="Lost work")
    reader = User.objects.create(username="reader")
    Membership.objects.create(project=project, user=reader, role="annotator")
    create_finding(project=project, user=None, name="Nodule")
    patient = Patient.objects.create(pseudonym="P-LOST", split="pool", split_digest="0", day_shift=-1)
    for number in range(STUDIES):
        study = Study.objects.create(uid=f"2.25.{number + 1}", patient=patient)
        project.studies.add(study)
    return {"session": session_of(reader), "project": project.slug}


def _lists(count: int) -> list[int]:
    from annotation.models import Worklist
    from annotation.services.worklists import add_items, create_worklist, write_ranking
    from core.models import Project
    from imaging.models import Study

    project, studies = Project.objects.get(), list(Study.objects.order_by("pk"))
    made = []
    for _ in range(count):
        worklist: Worklist = create_worklist(project=project, name=secrets.token_hex(8), unaided_share=0)
        add_items(worklist=worklist, studies=studies)
        entries = [(study.pk, -float(place), "in order") for place, study in enumerate(studies)]
        write_ranking(worklist=worklist, entries=entries, query="bench")
        made.append(worklist.pk)
    return made


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print(json.dumps(_prepare() if sys.argv[1] == "prepare" else _lists(int(sys.argv[2]))))
