"""Radiographs of 2500 x 2000 pixels in 16 bits, and CT series, made as DICOM and imported: `python -m` on a stack.

Every picture carries its number as a row of blocks, so that whoever looks at a canvas can tell which one is drawn.
Studies are many, pictures fewer: study n shows picture n modulo `Plan.pictures`, under identifiers of its own.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROWS, COLUMNS = 2500, 2000
BITS = 8
"""Blocks of the number: bright for 1, dark for 0, after one bright and one dark block that say where it begins."""
BLOCK = 100
READER = "reader"
KNOWN = "room.json"


@dataclass(frozen=True)
class Plan:
    """How many; `lists`: name → [first study, number of studies], CT studies stand behind the radiographs."""

    radiographs: int
    pictures: int
    ct_series: int
    ct_shape: tuple[int, int, int]
    lists: dict[str, tuple[int, int]]
    rows: int = ROWS
    columns: int = COLUMNS

    @property
    def as_json(self) -> str:
        return json.dumps(asdict(self))


def pictures(plan: Plan) -> Iterator[npt.NDArray[np.uint16]]:
    """Few phantoms, shifted and mirrored into many pictures: rendering each at this size would take minutes."""
    from imaging import phantoms

    bases = []
    for index in range(min(3, plan.pictures)):
        thorax = phantoms.sample_thorax(seed=11, index=index)
        bases.append(phantoms.render_radiograph(thorax, rows=plan.rows, columns=plan.columns).pixels)
    for number in range(plan.pictures):
        base = bases[number % len(bases)]
        moved = np.roll(base[:, ::-1] if number % 2 else base, 7 * number, axis=0)
        yield numbered(np.ascontiguousarray(moved), number)


def numbered(pixels: npt.NDArray[np.uint16], number: int) -> npt.NDArray[np.uint16]:
    """The picture with its number in blocks along its upper left edge."""
    side = BLOCK * pixels.shape[1] // COLUMNS
    for place, bit in enumerate([1, 0, *((number >> n) & 1 for n in range(BITS))]):
        pixels[side : 2 * side, side * (place + 1) : side * (place + 2)] = 3800 if bit else 100
    return pixels


def block_centres(columns: int = COLUMNS) -> list[tuple[float, float]]:
    """Where to look for the number: image pixels, the two marks first."""
    side = BLOCK * columns // COLUMNS
    return [(side * (place + 1.5), side * 1.5) for place in range(BITS + 2)]


def number_in(levels: Sequence[float]) -> int | None:
    """The number from the grey levels at `block_centres`; None where the marks are not there."""
    bright, dark, *bits = levels
    if bright - dark < 60:
        return None
    return sum(1 << n for n, level in enumerate(bits) if level > (bright + dark) / 2)


def prepare(plan: Plan) -> None:
    """Everything into the stack's database; who reads and which lists there are into `room.json`."""
    import django

    django.setup()
    from annotation.services.schema import create_finding
    from core.models import Membership, Project, User

    project = Project.objects.create(slug="room", name="Room")
    reader = User.objects.create(username=READER)
    Membership.objects.create(project=project, user=reader, role="annotator")
    for name in ("Nodule", "Pleural effusion", "Consolidation", "Pneumothorax", "Cardiomegaly"):
        create_finding(project=project, user=None, name=name)
    studies = [*_radiographs(project, plan), *_series(project, plan)]
    lists = {name: _list(project, name, studies[first : first + count]) for name, (first, count) in plan.lists.items()}
    known = {"worklists": lists, "session": session_of(reader), "project": project.slug}
    (Path(os.environ["RADLOOP_HOME"]) / KNOWN).write_text(json.dumps(known))


def _radiographs(project: Any, plan: Plan) -> list[Any]:
    from imaging import phantoms
    from imaging.phantoms.radiograph import Radiograph

    drawn = list(pictures(plan))
    found = []
    for start in range(0, plan.radiographs, 20):
        datasets = []
        for number in range(start, min(start + 20, plan.radiographs)):
            thorax = phantoms.sample_thorax(seed=11, index=number)
            pixels = drawn[number % plan.pictures]
            shown = Radiograph(pixels, {}, {}, [], {}, (0.17, 0.17), 0.5)
            datasets.append(phantoms.radiograph_dataset(thorax, shown, patient_id=f"ROOM-{number}"))
        found += imported(project, datasets)
    return found


def _series(project: Any, plan: Plan) -> list[Any]:
    from imaging import phantoms

    found = []
    for number in range(plan.ct_series):
        thorax = phantoms.sample_thorax(seed=12, index=number)
        volume = phantoms.render_ct(thorax, shape=plan.ct_shape)
        found += imported(project, phantoms.ct_datasets(thorax, volume, patient_id=f"ROOM-CT-{number}"))[:1]
    return found


def imported(project: Any, datasets: Sequence[Any]) -> list[Any]:
    """Studies in the order of their files, through the service's own importer, free to be read."""
    from imaging.models import Split
    from imaging.services.import_files import import_paths
    from imaging.services.patients import assign_split

    with tempfile.TemporaryDirectory(dir=os.environ["RADLOOP_HOME"]) as name:
        for place, dataset in enumerate(datasets):
            dataset.save_as(Path(name) / f"{place:04d}.dcm", enforce_file_format=True)
        batch = import_paths(project=project, user=None, paths=[Path(name)], options={})
    verdicts = batch.verdicts.select_related("instance__series__study__patient").order_by("name")
    studies = {v.instance.series.study_id: v.instance.series.study for v in verdicts if v.instance is not None}
    for study in studies.values():
        assign_split(patient=study.patient, split=Split.POOL)
    return list(studies.values())


def _list(project: Any, name: str, studies: Sequence[Any]) -> int:
    from annotation.services.worklists import add_items, create_worklist, write_ranking

    worklist = create_worklist(project=project, name=name, unaided_share=0)
    add_items(worklist=worklist, studies=studies)
    entries = [(study.pk, -float(place), "in order") for place, study in enumerate(studies)]
    write_ranking(worklist=worklist, entries=entries, query="bench")
    return int(worklist.pk)


def session_of(user: Any) -> str:
    """A session's key, as signing in would leave it in the cookie."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    lists = {name: (first, count) for name, (first, count) in given.pop("lists").items()}
    prepare(Plan(lists=lists, **given))
