"""A person at the public REST API, and readers who answer from the truth on record."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from annotation.services.simulated_readers import truth_of
from core.models import User
from imaging.models import Study
from tests.factories import signed_in
from tests.learning.world import run_here
from workers.models import Job


class Person:
    """GET, POST and PUT as this person; anything but success is an assertion that shows the answer."""

    def __init__(self, user: User) -> None:
        self.user = user
        self._client = signed_in(user)

    def get(self, path: str) -> Any:
        return self._answer(self._client.get(f"/api/{path}"))

    def post(self, path: str, data: Any = None, **how: Any) -> Any:
        return self._answer(self._client.post(f"/api/{path}", data if data is not None else {}, **how))

    def refused(self, path: str, data: Any = None) -> int:
        return int(self._client.post(f"/api/{path}", data if data is not None else {}).status_code)

    def _answer(self, response: Any) -> Any:
        assert response.status_code < 300, (response.status_code, response.content[:500])
        return response.json()

    def upload(self, batch: int, folder: Path) -> None:
        files = []
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            files.append(io.BytesIO(path.read_bytes()))
            files[-1].name = path.name
        names = [file.name for file in files]
        self.post(f"imports/{batch}/files/", {"files": files, "names": names}, format="multipart")

    def read(self, worklist: int, count: int) -> int:
        """Read the next cases, answering every finding by the truth; returns how many there were."""
        for done in range(count):
            reading = self.post(f"worklists/{worklist}/next/")["reading"]
            if reading is None:
                return done
            shown = self.get(f"readings/{reading}/")
            self.post(f"readings/{reading}/submit/", {
                "base_version": shown["draft_version"], "content": self._answers(shown), "active_seconds": 5,
            })
        return count

    def _answers(self, shown: dict[str, Any]) -> dict[str, Any]:
        codes = {f["code"]: f["id"] for f in self.get(f"projects/{shown['project']}/findings/")}
        truth = truth_of(Study.objects.get(uid=shown["study_uid"]))
        findings = {
            str(codes[code]): {"state": "present" if there else "absent"}
            for code, there in truth.items() if code in codes
        }
        return {"findings": findings, "regions": [], "not_assessable": None, "no_finding": False, "comment": ""}


def run_jobs() -> list[Job]:
    """Everything that is queued, one after the other, as a worker would; each must end well."""
    done = []
    while job := Job.objects.filter(state="queued").order_by("-priority", "created_at").first():
        assert run_here(job).state == "done", (job.label, job.failure)
        done.append(job)
    return done
