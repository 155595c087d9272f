"""Imports folders into a fresh home, one worklist a study: `python -m benchmarks.grey.prepare FOLDER…` on a stack.

Writes `grey.json`: whose session, and of every file the worklist of its study, its instance, or why it was refused.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

KNOWN = "grey.json"


def prepare(folders: list[Path]) -> None:
    import django

    django.setup()
    from annotation.services.schema import create_finding
    from benchmarks.room.cases import session_of
    from core.models import Membership, Project, User
    from imaging.services.import_files import import_paths

    project = Project.objects.create(slug="grey", name="Grey levels")
    reader = User.objects.create(username="reader")
    Membership.objects.create(project=project, user=reader, role="annotator")
    create_finding(project=project, user=None, name="Nodule")
    files: list[dict[str, Any]] = []
    lists: dict[int, int] = {}
    for folder in folders:
        batch = import_paths(project=project, user=None, paths=[folder], options={})
        for verdict in batch.verdicts.select_related("instance__series__study__patient").order_by("name"):
            path = str(folder / verdict.name)
            row: dict[str, Any] = {"path": path, "verdict": verdict.verdict, "why": verdict.reason}
            if verdict.verdict == "stored" and verdict.instance is not None:
                study = verdict.instance.series.study
                lists[study.pk] = lists.get(study.pk) or _list(project, study)
                row |= {"worklist": lists[study.pk], "instance": verdict.instance.pk}
            files.append(row)
    known = {"session": session_of(reader), "project": project.slug, "files": files}
    (Path(os.environ["RADLOOP_HOME"]) / KNOWN).write_text(json.dumps(known))


def _list(project: Any, study: Any) -> int:
    from annotation.services.worklists import add_items, create_worklist, write_ranking
    from imaging.models import Split
    from imaging.services.patients import assign_split

    assign_split(patient=study.patient, split=Split.POOL)
    worklist = create_worklist(project=project, name=f"Study {study.pk}", unaided_share=0)
    add_items(worklist=worklist, studies=[study])
    write_ranking(worklist=worklist, entries=[(study.pk, 0.0, "in order")], query="bench")
    return int(worklist.pk)


if __name__ == "__main__":
    prepare([Path(name) for name in sys.argv[1:]])
