"""One mark as COCO annotations: what detectors read as boxes and outlines, and everything else beside it.

COCO counts from the image's left and top edge, regions from the centre of the first pixel: x and y shift by half a
pixel. A mark's own geometry, unshifted, travels in `radloop.geometry`, so that importing gives the same mark.
"""

from __future__ import annotations

from typing import Any

from annotation.formats.kept import Kept
from annotation.geometry import coco_runs, runs
from annotation.geometry.order import in_order
from annotation.geometry.outlines import Points, area, bounding, corners, ellipse_outline
from annotation.models import CurrentObservation, Observation, Region

HALF = 0.5


def annotation_of(current: CurrentObservation, kept: Kept) -> dict[str, Any]:
    """All but `id` and `image_id`. An ellipse is a polygon of 64 points or more, its error in pixels beside it."""
    line = current.observation
    region = line.region
    assert region is not None
    lengths = kept.runs(region)
    box = bounding(region.kind, region.geometry, lengths)
    found: dict[str, Any] = {
        "category_id": current.finding_id, "bbox": [box[0] + HALF, box[1] + HALF, box[2], box[3]],
        "area": area(region.kind, region.geometry), "iscrowd": 0, "segmentation": [],
        "attributes": _attributes(line, region),
        "measures": kept.measures(region),
        "radloop": {"source": str(current.source), "track": str(region.track)} | _own_geometry(region, kept),
    }
    return found | _drawn(region, found["attributes"], lengths)


def _drawn(region: Region, attributes: dict[str, Any], lengths: runs.Runs | None) -> dict[str, Any]:
    """What this kind adds: an outline, run lengths, or the points themselves."""
    geometry = region.geometry
    if region.kind == "polygon":
        return {"segmentation": [_flat(corners("polygon", geometry))]}
    if region.kind == "ellipse":
        outline, error = ellipse_outline(geometry)
        return {"segmentation": [_flat(outline)], "attributes": attributes | {"outline_error_px": round(error, 4)}}
    if region.kind == "mask":
        assert lengths is not None
        size = [geometry["rows"], geometry["columns"]]
        return {"segmentation": {"size": size, "counts": coco_runs.to_counts(lengths, *size)}}
    if region.kind == "bidirectional":
        return {"measurement_coordinates": _flat(corners("bidirectional", geometry))}
    if region.kind in ("point", "length"):
        return {"attributes": attributes | {"points": _flat(corners(region.kind, geometry))}}
    return {}


def plane_of(current: CurrentObservation, kept: Kept) -> dict[str, Any]:
    """A mark on a plane through a volume: of no image, in millimetres of the patient."""
    line = current.observation
    region = line.region
    assert region is not None
    assert region.series is not None
    return {
        "category_id": current.finding_id, "study_uid": current.study.uid, "series_uid": region.series.uid,
        "attributes": _attributes(line, region),
        "measures": kept.measures(region),
        "radloop": {"source": str(current.source), "track": str(region.track), "geometry": in_order(region.geometry)},
    }


def _attributes(line: Observation, region: Region) -> dict[str, Any]:
    return {
        "kind": region.kind, "laterality": line.laterality, "grade": line.grade, "location": line.location,
        "note": line.note,
    }


def _own_geometry(region: Region, kept: Kept) -> dict[str, Any]:
    """A mask's pixels are its segmentation; a 3-D box names its slices as others can find them."""
    if region.kind == "mask":
        return {}
    if region.kind != "box3d":
        return {"geometry": in_order(region.geometry)}
    ends = {
        end: {"sop_uid": kept.sop_uid(region.geometry[end]["instance_id"]), "frame": region.geometry[end]["frame"]}
        for end in ("first", "last")
    }
    return {"geometry": {key: region.geometry[key] for key in "xywh"} | ends}


def _flat(points: Points) -> list[float]:
    return [number + HALF for point in points for number in point]
