"""A COCO file's parts, resolved to what the project holds: images, series, findings, and its marks as the room's."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from annotation.formats.from_coco import shapes_of
from annotation.models import Finding
from annotation.services.coco_shape import Key, check_shape
from annotation.services.import_labels import finding_key, known_findings
from core.errors import Invalid
from core.models import Project
from imaging.models import Instance, Series, Study

_TRACKS = uuid.UUID("0b0f3c1e-6d4a-4f64-8b9e-7a1f4f6f7c21")
Row = dict[str, Any]


@dataclass(frozen=True)
class RawMark:
    """One mark as the file has it: `region` in the room's shape, or the sentence that says why it can't be read."""

    name: str
    study: Study
    region: Row | None
    why_not: str = ""


@dataclass(frozen=True)
class CocoFile:
    project: Project
    rows: Row
    findings: dict[Key, Finding]
    """category → finding"""
    images: dict[Key, tuple[Instance, int]]
    """image → instance, frame"""
    series: dict[str, Series]
    unknown: list[str]
    """File names of images that are neither in the project nor among `named`."""

    def marks(self) -> Iterator[RawMark]:
        yield from self._of_images()
        yield from self._of_planes()

    def _of_images(self) -> Iterator[RawMark]:
        by_uid = {instance.sop_uid: instance.pk for instance, _ in self.images.values()}
        for number, row in enumerate(self.rows.get("annotations") or []):
            name = f"annotation {row.get('id', number)}"
            if row.get("image_id") not in self.images:
                continue
            instance, frame = self.images[row["image_id"]]
            study = instance.series.study
            try:
                for place, (kind, geometry) in enumerate(shapes_of(row)):
                    here = {"instance_id": instance.pk, "frame": frame}
                    series = None
                    if kind == "box3d":
                        geometry, series = _span(geometry, by_uid), instance.series_id
                        here = geometry["first"]
                    region = self._region(row, kind, geometry, place) | here | {"series_id": series}
                    yield RawMark(name, study, region)
            except ValueError as error:
                yield RawMark(name, study, None, str(error))
            except (AttributeError, IndexError, KeyError, OverflowError, TypeError):
                yield RawMark(name, study, None, "it is not built as COCO's annotations are")

    def _of_planes(self) -> Iterator[RawMark]:
        for number, row in enumerate(self.rows.get("radloop_planes") or []):
            series = self.series.get(str(row.get("series_uid")))
            kind, geometry = (row.get("attributes") or {}).get("kind"), (row.get("radloop") or {}).get("geometry")
            if series is not None:
                region = self._region(row, str(kind), geometry, 0) | {"series_id": series.pk}
                yield RawMark(f"plane {number}", series.study, region)

    def _region(self, row: Row, kind: str, geometry: Any, place: int) -> Row:
        said, finding = row.get("attributes") or {}, self.findings[row["category_id"]]
        track = (row.get("radloop") or {}).get("track") or uuid.uuid5(
            _TRACKS, f"{self.project.pk}:{row.get('image_id')}:{finding.pk}:{place}:{json.dumps(geometry)}"
        )
        return {
            "track": str(track), "finding_id": finding.pk, "kind": kind, "geometry": geometry,
            **{key: said.get(key) or "" for key in ("laterality", "location", "note")}, "grade": said.get("grade"),
        }

    def studies(self) -> dict[Study, Row]:
        """Study → what its images say of it as a whole: `answers` and `all_marked`, by finding code and source."""
        return {
            instance.series.study: self._said[number] for number, (instance, _) in self.images.items()
            if number in self._said
        }

    @property
    def _said(self) -> dict[Key, Row]:
        return {row["id"]: row["radloop"] for row in self.rows["images"] if (row.get("radloop") or {}).get("answers")}


def _span(geometry: Row, by_uid: dict[str, int]) -> Row:
    try:
        ends = {
            end: {"instance_id": by_uid[geometry[end]["sop_uid"]], "frame": geometry[end]["frame"]}
            for end in ("first", "last")
        }
    except (KeyError, TypeError):
        raise ValueError("its first or last slice is not among the images") from None
    return {**geometry, **ends}


def resolve(*, project: Project, rows: Any, named: Mapping[str, Instance] | None = None) -> CocoFile:
    """Raises Invalid for what is no COCO, and for a category in use that is no finding of the project.

    `named`: images by the file names that the file knows them under, for those that it tells no UID of.
    """
    check_shape(rows)
    findings = _findings(project, rows)
    uids = {row["id"]: _uid(row) for row in rows["images"]}
    instances = {instance.sop_uid: instance for instance in _instances(project, uids.values())}
    images, unknown = {}, []
    for row in rows["images"]:
        found = instances.get(uids[row["id"]]) or (named or {}).get(row.get("file_name", ""))
        if found is None:
            unknown.append(str(row.get("file_name") or row["id"]))
        else:
            images[row["id"]] = (found, int((row.get("radloop") or {}).get("frame", 0)))
    studies = {instance.series.study_id for instance, _ in images.values()}
    series = {s.uid: s for s in Series.objects.filter(study__in=studies).select_related("study")}
    return CocoFile(project, rows, findings, images, series, unknown)


def used_categories(rows: Any) -> dict[Key, str]:
    """Names of the categories that some mark names. Raises Invalid where a mark names none of the file's."""
    used = {row["category_id"] for key in ("annotations", "radloop_planes") for row in rows.get(key) or []}
    names = {category["id"]: category["name"] for category in rows["categories"]}
    if not used <= set(names):
        raise Invalid("An annotation names a category that the file does not have.")
    return {key: names[key] for key in names if key in used}


def _findings(project: Project, rows: Any) -> dict[Key, Finding]:
    known = known_findings(project)
    for name in used_categories(rows).values():
        if finding_key(name) not in known:
            raise Invalid(f"The project has no finding {name[:80]!r}. Add it, then import again.")
    named = {category["id"]: known.get(finding_key(category["name"])) for category in rows["categories"]}
    return {key: finding for key, finding in named.items() if finding is not None}


def _uid(row: Row) -> str:
    """A SOP instance UID: the one beside the image, or its file's name."""
    named = str(row.get("file_name", "")).rsplit("/", 1)[-1].removesuffix(".dcm")
    return str((row.get("radloop") or {}).get("sop_uid") or named)


def _instances(project: Project, uids: Iterable[str]) -> Iterator[Instance]:
    """Of this project, none of withdrawn patients."""
    mine = Instance.objects.filter(series__study__projects=project, series__study__patient__withdrawn_at=None)
    wanted = sorted(set(uids))
    for start in range(0, len(wanted), 500):
        part = mine.filter(sop_uid__in=wanted[start:start + 500])
        yield from part.select_related("series__study").defer("metadata", "frame_table")
