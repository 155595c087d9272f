"""From what a report says to where it may be seen: a coarse region on the frontal radiograph, never an answer.

"Right lower lobe" is a share of the right lung's box; the lung's box is found in the image (`lung_fields`). It is one
of the weak teachers of place that a report gives: side, anatomy and, where a finding has its usual place, the finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.cache import cache
from pydicom.errors import InvalidDicomError

from annotation.models import Finding
from core.models import Project
from imaging.dicom.errors import ImportRefused
from imaging.models import Instance, Study
from imaging.pixels import instance_pixels, place
from reports_nlp.models import Extraction, Mention, Report
from reports_nlp.selectors.labels import FindingLabel, active_findings, finding_labels
from reports_nlp.services.heading_places import coded_place
from reports_nlp.services.lung_fields import SIZE, Box, LungFields, lung_fields
from reports_nlp.services.rules_versions import rules_in_force

RADIOGRAPHS = ("CR", "DX", "DR")
FRONTAL = ("PA", "AP", "")
Share = tuple[float, float, float, float]
"""Shares of one lung's box: outer and inner edge (0 = chest wall, 1 = towards the spine), top and bottom."""

ZONES: dict[str, Share] = {
    "apex": (0.0, 1.1, -0.05, 0.30), "upper lobe": (-0.05, 1.1, -0.02, 0.48), "middle lobe": (-0.05, 1.15, 0.32, 0.72),
    "lower lobe": (-0.05, 1.2, 0.52, 1.08), "lingula": (0.0, 1.2, 0.48, 0.90), "base": (-0.08, 1.2, 0.62, 1.18),
    "hilum": (0.50, 1.25, 0.30, 0.68), "ribs": (-0.15, 1.1, -0.02, 1.05),
}
"""The names that the rules give to places."""
WHOLE: Share = (-0.05, 1.15, -0.02, 1.06)
USUAL: dict[str, Share] = {
    "Pleural Effusion": (-0.08, 1.25, 0.52, 1.20), "Pneumothorax": (-0.06, 1.05, -0.04, 0.75),
}
"""Where a finding lies when the report names a side only. What has no usual place may be anywhere in that lung."""
HEART = ("Cardiomegaly", "Enlarged Cardiomediastinum")


@dataclass(frozen=True)
class Hint:
    """A proposed region. `words` say where the report puts it: "right lower lobe"; mention 0 is a coder's heading."""

    finding: str
    report: int
    mention: int
    instance: Instance
    box: Box
    words: str


def hinted_boxes(*, fields: LungFields, finding: str, laterality: str, anatomy: Sequence[str]) -> list[tuple[Box, str]]:
    """Regions with the words for them; empty where the report gives no place at all. Image pixels.

    finding     name in the lexicon
    laterality  left, right, both or empty: the patient's
    anatomy     names of the rules
    """
    if finding in HEART:
        return [(_heart(fields), "heart")]
    zones = [zone for zone in anatomy if zone in ZONES]
    if not laterality and not zones:
        return []
    sides = ("right", "left") if laterality in ("both", "") else (laterality,)
    if "lingula" in zones and not laterality:
        sides = ("left",)
    shares = [(ZONES[zone], zone) for zone in zones] or [(USUAL.get(finding, WHOLE), "")]
    return [
        (_part(fields, side, share), " ".join(word for word in (side, zone or "lung") if word))
        for side in sides for share, zone in shares
    ]


def _part(fields: LungFields, side: str, share: Share) -> Box:
    lung = fields.right if side == "right" else fields.left
    outer, inner, top, bottom = share
    across = (outer, inner) if side == "right" else (1 - inner, 1 - outer)
    return Box(
        lung.x + across[0] * lung.w, lung.y + top * lung.h, (across[1] - across[0]) * lung.w, (bottom - top) * lung.h
    )


def _heart(fields: LungFields) -> Box:
    """From the middle of the right lung's inner half to the middle of the left lung, in the chest's lower part."""
    first = fields.right.x + 0.75 * fields.right.w
    last = fields.left.x + 0.70 * fields.left.w
    top, height = fields.right.y, fields.right.h
    return Box(first, top + 0.48 * height, last - first, 0.60 * height)


def within(box: Box, *, rows: int, columns: int) -> Box | None:
    """The part of a box that lies in the image; None when less than two pixels are left."""
    left, top = max(-0.5, box.x), max(-0.5, box.y)
    width = min(columns - 0.5, box.x + box.w) - left
    height = min(rows - 0.5, box.y + box.h) - top
    return Box(round(left, 2), round(top, 2), round(width, 2), round(height, 2)) if min(width, height) >= 2 else None


def hints_for(*, study: Study, project: Project) -> list[Hint]:
    """Proposed regions on the study's frontal radiographs, for present mentions of its newest reports.

    The caller asks whether suggestions and report may be seen: a hint gives away what the report says.
    """
    extractions = list(Extraction.objects.filter(
        report__project=project, report__study=study, report__is_latest=True, is_current=True
    ).select_related("report"))
    if not extractions:
        return []
    images = _frontal(study)
    finding_map = rules_in_force(project=project).finding_map
    findings = active_findings(project)
    hints = []
    for extraction in extractions:
        hints += [hint for image in images for hint in _coded(extraction.report, findings, finding_map, image)]
        for label in finding_labels(extraction=extraction, findings=findings, finding_map=finding_map):
            if label.value == 1 and label.finding.wants_boxes:
                hints += [hint for image in images for hint in _of_label(extraction, label, image)]
    return hints


def _coded(
    report: Report, findings: Sequence[Finding], finding_map: Mapping[str, Sequence[str]], image: Instance
) -> Iterable[Hint]:
    """Where a human coder's headings put what is there."""
    for heading in report.headings:
        coded = coded_place(str(heading))
        if coded is None:
            continue
        for finding in findings:
            names = [name for name in finding_map.get(finding.code, ()) if name in coded.findings]
            if not names or not finding.wants_boxes:
                continue
            for box, words in _boxes(image, names[0], coded.laterality, coded.anatomy):
                inside = within(box, rows=image.rows, columns=image.columns)
                if inside is not None:
                    yield Hint(finding.code, report.pk, 0, image, inside, f"coded {words}")


def _frontal(study: Study) -> list[Instance]:
    rows = Instance.objects.filter(
        series__study=study, series__modality__in=RADIOGRAPHS, series__view_position__in=FRONTAL, frames=1
    )
    return list(rows.select_related("series").order_by("pk")[:2])


def _of_label(extraction: Extraction, label: FindingLabel, image: Instance) -> Iterable[Hint]:
    seen: set[str] = set()
    for mention in label.mentions:
        for box, words in _of_mention(mention, image):
            inside = within(box, rows=image.rows, columns=image.columns)
            if inside is not None and words not in seen:
                seen.add(words)
                yield Hint(label.finding.code, extraction.report_id, mention.pk, image, inside, words)


def _of_mention(mention: Mention, image: Instance) -> list[tuple[Box, str]]:
    if mention.polarity != "present":
        return []
    told = mention.attributes
    return _boxes(image, mention.finding, told.get("laterality", ""), told.get("anatomy", []))


def _boxes(image: Instance, finding: str, laterality: str, anatomy: Sequence[str]) -> list[tuple[Box, str]]:
    """The image is looked at only where the words name a place."""
    fields = fields_of(image) if finding in HEART or laterality or anatomy else None
    if fields is None:
        return []
    return hinted_boxes(fields=fields, finding=finding, laterality=laterality, anatomy=anatomy)


def fields_of(image: Instance) -> LungFields | None:
    """The image's lung fields in its own pixels; found once, then kept in the cache. None where it can't be read."""
    key = f"lung-fields:{image.sop_uid}"
    known: LungFields | None = cache.get(key)
    if known is None:
        try:
            pixels = instance_pixels(image, SIZE)
        except (OSError, InvalidDicomError, ImportRefused):
            # A case is opened all the same; what is wrong with the file the viewer says.
            return None
        found = lung_fields(np.asarray(pixels / 65535, np.float32))
        at = place(image.rows, image.columns, SIZE)
        right, left = (Box(*at.to_image(b.x, b.y, b.w, b.h)) for b in (found.right, found.left))
        known = LungFields(right, left, found.is_found)
        cache.set(key, known, timeout=24 * 3600)
    return known


def with_hints(*, suggestions: list[dict[str, Any]], study: Study, project: Project) -> list[dict[str, Any]]:
    """The image model's suggestions with the report's regions added as boxes, in the shape the reading room takes.

    A finding that only the report names becomes a suggestion of the report's.
    """
    merged = {one["finding"]: {**one, "boxes": list(one["boxes"])} for one in suggestions}
    for number, hint in enumerate(hints_for(study=study, project=project)):
        entry = merged.setdefault(hint.finding, {
            "id": f"r{hint.report}-{hint.finding}", "finding": hint.finding, "probability": 1.0, "calibrated": False,
            "state": "present", "model": "the report", "threshold": 0.5, "boxes": [],
        })
        entry["boxes"].append({
            "id": f"h{hint.mention}-{number}", "instance_id": hint.instance.pk, "frame": 0, "x": hint.box.x,
            "y": hint.box.y, "w": hint.box.w, "h": hint.box.h, "probability": entry["probability"],
            "how": f"report: {hint.words}",
        })
    return list(merged.values())
