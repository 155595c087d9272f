"""COCO detection format with LVIS's fields for what is not marked. Research use only is written into every file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from annotation.formats.coco_annotation import annotation_of, plane_of
from annotation.formats.kept import Kept
from annotation.formats.selection import NOTICE, Selection
from annotation.models import Finding
from annotation.selectors.marked import marked
from annotation.selectors.spans import Spans
from imaging.models import Instance


def export_coco(selection: Selection) -> Iterator[bytes]:
    """Images are (instance, frame) pairs; study-level answers travel in `images[].radloop`.

    `neg_category_ids` are not on the image. Of `not_exhaustive_category_ids` there may be more than is marked: not
    assessed and not marked is never negative. A 3-D box is one annotation per slice, on one track. Marks on planes
    through a volume are no annotations: they stand in `radloop_planes`.
    """
    categories = {f.pk: f for f in Finding.objects.filter(project=selection.project).order_by("position")}
    head = {"info": {"description": f"{selection.project.name}. {NOTICE}", "version": "1"}, "licenses": []}
    yield json.dumps(head)[:-1].encode() + b', "categories": '
    yield json.dumps([_category(f) for f in categories.values()]).encode() + b', "images": ['
    yield from _joined(_images(selection))
    yield b'], "annotations": ['
    yield from _joined(_annotations(selection))
    yield b'], "radloop_planes": ['
    yield from _joined(_planes(selection))
    yield b"]}"


def _category(finding: Finding) -> dict[str, Any]:
    return {"id": finding.pk, "name": finding.code, "supercategory": finding.parent.code if finding.parent else ""}


def _images(selection: Selection) -> Iterator[dict[str, Any]]:
    answers: dict[int, dict[str, str]] = {}
    complete: dict[int, dict[str, bool]] = {}
    for current in selection.lines().filter(subject="study"):
        name, said = f"{current.finding.code}|{current.source}", current.observation
        answers.setdefault(current.study_id, {})[name] = said.state
        if said.all_marked is not None:
            complete.setdefault(current.study_id, {})[name] = said.all_marked
    known = marked(selection.lines())
    instances = Instance.objects.filter(series__study__in={*answers, *known.studies}).select_related("series__study")
    for instance in instances.defer("metadata").order_by("pk").iterator(chunk_size=500):
        study = instance.series.study_id
        for frame in range(instance.frames):
            unmarked = known.on(
                study=study, series=instance.series_id, image=(instance.pk, frame), frames=instance.frames
            )
            yield {
                "id": _image_id(instance.pk, frame), "file_name": instance.path, "width": instance.columns,
                "height": instance.rows, "neg_category_ids": sorted(unmarked.negative),
                "not_exhaustive_category_ids": sorted(unmarked.masked),
                "radloop": {
                    "study_uid": instance.series.study.uid, "sop_uid": instance.sop_uid, "frame": frame,
                    "answers": answers.get(study, {}), "all_marked": complete.get(study, {}),
                },
            }


def _image_id(instance_id: int, frame: int) -> int:
    """One number per (instance, frame)."""
    return instance_id * 100_000 + frame


def _annotations(selection: Selection) -> Iterator[dict[str, Any]]:
    regions = selection.lines().filter(observation__region__instance__isnull=False, observation__state="present")
    kept, spans, numbers = Kept(), Spans(), count(1)
    for current in regions.iterator(chunk_size=500):
        region = current.observation.region
        assert region is not None
        made = annotation_of(current, kept)
        for instance, frame in spans.of(region):
            yield {"id": next(numbers), "image_id": _image_id(instance, frame)} | made


def _planes(selection: Selection) -> Iterator[dict[str, Any]]:
    planes = selection.lines().filter(
        observation__region__isnull=False, observation__region__instance=None, observation__state="present"
    )
    kept = Kept()
    for current in planes.select_related("observation__region__series").iterator(chunk_size=500):
        yield plane_of(current, kept)


def _joined(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    separator = b""
    for row in rows:
        yield separator + json.dumps(row).encode()
        separator = b", "
