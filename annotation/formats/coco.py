"""COCO detection format. Research use only is written into every file.

COCO counts from the image's left and top edge, regions from the centre of the first pixel: x and y shift by half a
pixel.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from annotation.formats.selection import NOTICE, Selection
from annotation.models import CurrentObservation, Finding
from imaging.models import Instance


def export_coco(selection: Selection) -> Iterator[bytes]:
    """Images are (instance, frame) pairs; study-level answers travel in `images[].radloop`."""
    categories = {f.pk: f for f in Finding.objects.filter(project=selection.project).order_by("position")}
    head = {"info": {"description": f"{selection.project.name}. {NOTICE}", "version": "1"}, "licenses": []}
    yield json.dumps(head)[:-1].encode() + b', "categories": '
    yield json.dumps([_category(f) for f in categories.values()]).encode() + b', "images": ['
    yield from _joined(_images(selection))
    yield b'], "annotations": ['
    regions = selection.lines().filter(observation__region__isnull=False, observation__state="present")
    yield from _joined(_annotation(current) for current in regions.iterator(chunk_size=500))
    yield b"]}"


def _category(finding: Finding) -> dict[str, Any]:
    return {"id": finding.pk, "name": finding.code, "supercategory": finding.parent.code if finding.parent else ""}


def _images(selection: Selection) -> Iterator[dict[str, Any]]:
    answers: dict[int, dict[str, str]] = {}
    for current in selection.lines().filter(subject="study"):
        answers.setdefault(current.study_id, {})[f"{current.finding.code}|{current.source}"] = current.observation.state
    instances = Instance.objects.filter(series__study__in=answers).select_related("series__study")
    for instance in instances.order_by("pk").iterator(chunk_size=500):
        for frame in range(instance.frames):
            yield {
                "id": _image_id(instance.pk, frame), "file_name": instance.path, "width": instance.columns,
                "height": instance.rows,
                "radloop": {
                    "study_uid": instance.series.study.uid, "sop_uid": instance.sop_uid, "frame": frame,
                    "answers": answers[instance.series.study_id],
                },
            }


def _image_id(instance_id: int, frame: int) -> int:
    """One number per (instance, frame)."""
    return instance_id * 100_000 + frame


def _annotation(current: CurrentObservation) -> dict[str, Any]:
    region = current.observation.region
    assert region is not None
    box = region.geometry
    return {
        "id": current.observation_id, "image_id": _image_id(region.instance_id, region.frame),
        "category_id": current.finding_id, "bbox": [box["x"] + 0.5, box["y"] + 0.5, box["w"], box["h"]],
        "area": box["w"] * box["h"], "iscrowd": 0, "segmentation": [],
        "radloop": {"source": str(current.source), "track": str(region.track)},
    }


def _joined(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    separator = b""
    for row in rows:
        yield separator + json.dumps(row).encode()
        separator = b", "
