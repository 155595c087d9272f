"""Marks of every kind, as the room sends them, at places drawn by hypothesis. Anisotropic images, and a volume."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from hypothesis import strategies as st

from annotation.geometry import runs
from annotation.models import Finding, Reading, Worklist
from core.models import Project, User
from imaging.models import Instance, Series, Study
from tests.annotation.bare import bare_study
from tests.factories import add_member, make_findings, make_project, make_worklist, open_next

ROWS, COLUMNS, SLICES = 40, 70, 4
FRAME_OF_REFERENCE = "2.25.77"
KINDS = ("box", "polygon", "ellipse", "point", "length", "bidirectional", "box3d", "mask", "plane")
SPACING = {"00280030": {"vr": "DS", "Value": [0.9, 0.4]}, "00080060": {"vr": "CS", "Value": ["CT"]}}
Mark = dict[str, Any]


@dataclass(frozen=True)
class Marking:
    """A study of one series with four slices, 40 rows of 0.9 mm and 70 columns of 0.4 mm, open before its reader."""

    project: Project
    reader: User
    finding: Finding
    other: Finding
    study: Study
    series: Series
    slices: list[Instance]
    worklist: Worklist
    reading: Reading


def marking() -> Marking:
    project = make_project()
    findings = make_findings(project, ["nodule", "effusion"])
    study = bare_study(project, images=SLICES)
    series = Series.objects.get(study=study)
    Series.objects.filter(pk=series.pk).update(modality="CT", frame_of_reference_uid=FRAME_OF_REFERENCE)
    Instance.objects.filter(series=series).update(rows=ROWS, columns=COLUMNS, metadata=SPACING)
    slices = list(Instance.objects.filter(series=series).order_by("pk"))
    for number, image in enumerate(slices):
        Instance.objects.filter(pk=image.pk).update(number=number)
    worklist, reader = make_worklist(project, [study], mode="concurrent"), add_member(project)
    series.refresh_from_db()
    return Marking(
        project, reader, findings["nodule"], findings["effusion"], study, series, slices, worklist,
        open_next(worklist, reader),
    )


def mask_text(pixels: np.ndarray) -> str:
    return runs.to_text(runs.pack(runs.from_mask(pixels)))


X = st.floats(-0.5, COLUMNS - 0.5, allow_nan=False)
Y = st.floats(-0.5, ROWS - 0.5, allow_nan=False)
POINT = st.tuples(X, Y).map(list)


@st.composite
def box(draw: st.DrawFn) -> Mark:
    x, y = draw(st.floats(-0.5, COLUMNS - 3)), draw(st.floats(-0.5, ROWS - 3))
    w, h = draw(st.floats(2, COLUMNS - 0.5 - x)), draw(st.floats(2, ROWS - 0.5 - y))
    return {"x": x, "y": y, "w": w, "h": h}


@st.composite
def ellipse(draw: st.DrawFn) -> Mark:
    rx, ry = draw(st.floats(1, 15)), draw(st.floats(1, 15))
    reach = max(rx, ry) - 0.5
    cx, cy = draw(st.floats(reach, COLUMNS - 1 - reach)), draw(st.floats(reach, ROWS - 1 - reach))
    return {"cx": cx, "cy": cy, "rx": rx, "ry": ry, "angle": draw(st.floats(0, 179.9))}


def length() -> st.SearchStrategy[Mark]:
    apart = st.tuples(POINT, POINT).filter(lambda ends: math.dist(*ends) > 1)
    return apart.map(lambda ends: {"a": ends[0], "b": ends[1]})


@st.composite
def mask(draw: st.DrawFn) -> Mark:
    pixels = np.random.default_rng(draw(st.integers(0, 2**16))).random((ROWS, COLUMNS)) < draw(st.floats(0.001, 1))
    pixels[draw(st.integers(0, ROWS - 1)), draw(st.integers(0, COLUMNS - 1))] = True
    return {"rows": ROWS, "columns": COLUMNS, "rle": mask_text(pixels)}


def polygon() -> st.SearchStrategy[Mark]:
    return st.lists(POINT, min_size=3, max_size=12, unique_by=tuple).map(lambda points: {"points": points})


GEOMETRIES: dict[str, st.SearchStrategy[Mark]] = {
    "box": box(), "polygon": polygon(), "ellipse": ellipse(), "point": POINT.map(lambda p: {"x": p[0], "y": p[1]}),
    "length": length(), "bidirectional": st.tuples(length(), length()).map(lambda d: {"long": d[0], "short": d[1]}),
    "box3d": box(), "mask": mask(),
}


@dataclass(frozen=True)
class Drawn:
    """A mark that is not yet of any study."""

    kind: str
    geometry: Mark
    first: int
    last: int
    said: Mark

    def on(self, one: Marking, track: int) -> Mark:
        """As the room sends it."""
        mark = {
            "track": str(UUID(int=track + 1)), "finding_id": one.finding.pk, "kind": self.kind,
            "instance_id": one.slices[self.first].pk, "geometry": self.geometry, **self.said,
        }
        if self.kind == "box3d":
            ends = {"first": self.first, "last": self.last}
            spanned = {end: {"instance_id": one.slices[n].pk, "frame": 0} for end, n in ends.items()}
            return mark | {"series_id": one.series.pk, "geometry": self.geometry | spanned}
        if self.kind == "plane":
            return mark | {"kind": "polygon", "instance_id": None, "series_id": one.series.pk}
        return mark


def plane() -> st.SearchStrategy[Mark]:
    place = st.floats(-500, 500)
    points = st.lists(st.tuples(place, place, place).map(list), min_size=3, max_size=8)
    return points.map(lambda p: {"frame_of_reference": FRAME_OF_REFERENCE, "points": p, "normal": [0.0, 0.6, 0.8]})


@st.composite
def drawn(draw: st.DrawFn, kind: str = "") -> Drawn:
    kind = kind or draw(st.sampled_from(KINDS))
    said = {
        "laterality": draw(st.sampled_from(["", "left", "both"])), "location": draw(st.sampled_from(["", "lingula"])),
        "note": draw(st.text(max_size=12).filter(lambda text: "\x00" not in text)),
    }
    geometry = draw(plane() if kind == "plane" else GEOMETRIES[kind])
    first, last = draw(st.integers(0, SLICES - 1)), draw(st.integers(0, SLICES - 1))
    return Drawn(kind, geometry, first, last, said)
