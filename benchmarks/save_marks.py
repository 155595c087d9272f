"""python -m benchmarks.save_marks [--quick]: a save with 500 marks on a series of 1,000 slices, over HTTP.

Claim: the room's autosave is acknowledged (after commit) within 100 ms at the 95th percentile, with as many marks as a
reading may hold: boxes, ellipses, lengths and outlines of 40 points. Beside it the same save with one mark, and a
submit. The least of all saves is what a machine takes that does nothing else.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import time
import uuid
from typing import Any

from benchmarks.results import exit_status, result
from benchmarks.room.service import free_port, start_web
from benchmarks.stacks import ROOT, Stack, embedded

MARKS, SLICES, SIZE = 500, 1000, 512
CSRF = "c" * 32


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few saves, no target")
    quick = parser.parse_args().quick
    with embedded() as stack:
        known = json.loads(_inside(stack))
        port = free_port()
        start_web(stack, port)
        room = Room(port, known)
        for marks in (1, MARKS):
            taken = [room.save(marks) for _ in range(10 if quick else 100)]
            target = "<=100" if marks == MARKS and not quick else ""
            result(f"save_marks.{marks}.least", min(taken), "ms")
            result(f"save_marks.{marks}.median", statistics.median(taken), "ms")
            result(f"save_marks.{marks}.p95", statistics.quantiles(taken, n=20)[-1], "ms", target)
        result(f"save_marks.{MARKS}.submit", room.send("POST", "submit", MARKS)[0], "ms")
    return exit_status()


class Room:
    """One tab that draws a mark anew and saves, over a connection that stays open."""

    def __init__(self, port: int, known: dict[str, Any]) -> None:
        self.known, self.version, self.random = known, 0, random.Random(1)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.marks = [self._mark(n) for n in range(MARKS)]

    def save(self, marks: int) -> float:
        """Milliseconds to the acknowledgement."""
        changed = self.random.randrange(marks)
        self.marks[changed] = self._mark(changed)
        taken, answer = self.send("PUT", "draft", marks)
        self.version = answer["draft_version"]
        return taken

    def send(self, method: str, act: str, marks: int) -> tuple[float, dict[str, Any]]:
        said = {"findings": {str(self.known["finding"]): {"state": "present"}}, "regions": self.marks[:marks]}
        body = json.dumps({"base_version": self.version, "content": said, "active_seconds": 1.0})
        headers = {
            "Content-Type": "application/json", "X-CSRFToken": CSRF,
            "Cookie": f"sessionid={self.known['session']}; csrftoken={CSRF}",
        }
        began = time.perf_counter()
        self.connection.request(method, f"/api/readings/{self.known['reading']}/{act}/", body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        taken = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise SystemExit(f"{act}: {answer.status} {text[:300]!r}")
        return taken, json.loads(text)

    def _mark(self, number: int) -> dict[str, Any]:
        kind = ("box", "ellipse", "length", "polygon")[number % 4]
        return {
            "track": str(uuid.UUID(int=number + 1)), "finding_id": self.known["finding"], "kind": kind,
            "instance_id": self.random.choice(self.known["instances"]), "geometry": self._geometry(kind),
        }

    def _geometry(self, kind: str) -> dict[str, Any]:
        def at() -> float:
            return round(self.random.uniform(30, SIZE - 40), 2)

        if kind == "box":
            return {"x": at(), "y": at(), "w": 20.5, "h": 11.25}
        if kind == "ellipse":
            return {"cx": at(), "cy": at(), "rx": 20, "ry": 9.5, "angle": 30}
        if kind == "length":
            return {"a": [at(), 10], "b": [at(), 400]}
        return {"points": [[at(), at()] for _ in range(40)]}


def _inside(stack: Stack) -> str:
    """This module in a process on the stack: it makes the case and says what it is called."""
    command = [sys.executable, "-m", "benchmarks.save_marks", "--prepare"]
    done = subprocess.run(command, cwd=ROOT, env=stack.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return done.stdout.splitlines()[-1]


def _prepare() -> dict[str, Any]:
    from annotation.services.readings import open_reading
    from annotation.services.schema import create_finding
    from annotation.services.worklists import add_items, create_worklist, next_slot, write_ranking
    from benchmarks.room.cases import session_of
    from core.models import Membership, Project, User
    from imaging.models import Instance, Patient, Series, Study

    project = Project.objects.create(slug="marks", name="Marks")
    reader = User.objects.create(username="reader")
    Membership.objects.create(project=project, user=reader, role="annotator")
    finding = create_finding(project=project, user=None, name="Nodule")
    patient = Patient.objects.create(pseudonym="P-MARKS", split="pool", split_digest="0", day_shift=-1)
    study = Study.objects.create(uid="2.25.1", patient=patient)
    project.studies.add(study)
    series = Series.objects.create(uid="2.25.2", study=study, modality="CT", number=1)
    Instance.objects.bulk_create(
        Instance(
            sop_uid=f"2.25.3.{n}", sop_class_uid="1.2.840.10008.5.1.4.1.1.2", series=series, number=n, rows=SIZE,
            columns=SIZE, transfer_syntax_uid="1.2.840.10008.1.2.1", path=f"none/{n}", bytes=1, sha256=str(n),
            source_digest=str(n), metadata={f"0028{k:04d}": {"vr": "DS", "Value": [k, k]} for k in range(60)},
        )
        for n in range(SLICES)
    )
    worklist = create_worklist(project=project, name="Marks", mode="concurrent", unaided_share=0.0)
    add_items(worklist=worklist, studies=[study])
    write_ranking(worklist=worklist, entries=[(study.pk, 0.0, "")], query="random")
    slot = next_slot(worklist=worklist, reader=reader)
    assert slot is not None
    return {
        "reading": open_reading(slot=slot).pk, "finding": finding.pk, "session": session_of(reader),
        "instances": list(Instance.objects.values_list("pk", flat=True)),
    }


if __name__ == "__main__":
    if "--prepare" in sys.argv:
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
        print(json.dumps(_prepare()))
    else:
        sys.exit(main())
