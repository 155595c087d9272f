"""Simulated readers at work on the loop's own worklist, a turn after each share of their readings."""

from __future__ import annotations

from typing import Any

from annotation.services.simulated_readers import read_cases
from core.errors import Invalid
from core.models import Membership, Role, User
from learning.models import Loop
from learning.services.control_arm import has_oracle
from learning.services.loops import request_turn
from workers.engine import JobContext

READER = "simulated-reader"


def simulate(*, job: JobContext) -> dict[str, Any]:
    """Read this turn's share, then queue the turn, which queues the rest.

    Raises Invalid where no truth is on record.
    """
    loop = Loop.objects.select_related("project", "worklist").get(pk=job.payload["loop"])
    if not has_oracle(loop.project):
        raise Invalid("Simulated readers need studies whose truth is on record; this project has none.")
    readings, turns = int(job.payload["readings"]), int(job.payload["turns"])
    share = -(-readings // turns)
    reader, _ = User.objects.get_or_create(username=READER, defaults={"is_simulated": True, "password": "!"})
    Membership.objects.get_or_create(project=loop.project, user=reader, defaults={"role": Role.ANNOTATOR})

    def after_each(done: int) -> None:
        job.progress(done / share, f"{done} of {share} cases read before the next turn")

    done = read_cases(worklist=loop.worklist, reader=reader, count=share, seed=loop.pk, after_each=after_each)
    if done:
        left = {"readings": readings - done, "turns": max(1, turns - 1)} if done == share else None
        request_turn(loop=loop, user=job.created_by(), then=left)
    return {"read": done}
