"""Every reference of a content exists, nothing in it contradicts itself, and it is bounded as a whole."""

from __future__ import annotations

from annotation.services.content.bounds import CaseBounds
from annotation.services.content.fits import Say, check_fit, check_world
from annotation.services.content.said import Box3dRegion, Content, LevelAnswer, RegionAnswer
from annotation.services.content.shapes import Mask, Polygon, World
from core.errors import Invalid

MOST_POINTS = 100_000
MOST_MASK_TEXT = 4 * 2**20
"""Of one content: points of all outlines, characters of all masks."""
WORLD_POINTS = {"box": 4, "polygon": 3, "ellipse": 3, "point": 1, "length": 2, "bidirectional": 4}
"""Points of a mark on a plane. A box: its corners in turn; bidirectional: ends of the long diameter, then the short; an
ellipse: its middle and the ends of two half diameters, each of which halves the chords along the other."""


def check_content(content: Content, bounds: CaseBounds) -> None:
    """Raises Invalid with the remedy."""
    _check_size(content)
    for finding_id, answer in content.findings.items():
        if finding_id not in bounds.findings:
            raise Invalid("A finding on this form has been retired meanwhile. Reload the case.", finding=finding_id)
        _check_grade(finding_id, answer.grade, bounds)
    tracks = [region.track for region in content.regions]
    if len(tracks) != len(set(tracks)):
        raise Invalid("Two marks carry the same track id.")
    for region in content.regions:
        check_region(region, bounds)
    _check_links(content)
    _check_levels(content, bounds)
    _check_contradictions(content, bounds)


def _check_links(content: Content) -> None:
    """No link outlives its mark. Whether the words are the report's is asked by who knows reports (events.CHECKED)."""
    marks = {region.track for region in content.regions}
    said: set[tuple[object, ...]] = set()
    for link in content.links:
        key = (link.track, link.report, link.start, link.end)
        if link.track not in marks:
            raise Invalid("Words of the report are linked to a mark that is gone. Link them again.", field="links")
        if len(link.quote) != link.end - link.start or key in said:
            raise Invalid("Words of the report are linked twice, or not as they stand. Reload the case.", field="links")
        said.add(key)


def _check_size(content: Content) -> None:
    points = sum(len(r.geometry.points) for r in content.regions if isinstance(r.geometry, Polygon | World))
    if points > MOST_POINTS:
        raise Invalid(f"The outlines of this case have {points} points; {MOST_POINTS} are possible. Simplify some.")
    text = sum(len(r.geometry.rle) for r in content.regions if isinstance(r.geometry, Mask))
    if text > MOST_MASK_TEXT:
        raise Invalid("The masks of this case are too large together. Delete some, or smooth their edges.")


def _check_grade(finding_id: int, grade: int | None, bounds: CaseBounds) -> None:
    finding = bounds.findings[finding_id]
    if grade is not None and grade >= len(finding.grades):
        raise Invalid(f"{finding.name} has no grade {grade}.", finding=finding_id)


def check_region(region: RegionAnswer, bounds: CaseBounds) -> None:
    """One mark alone. Raises Invalid with the remedy."""

    def say(sentence: str) -> Invalid:
        return Invalid(sentence, track=str(region.track))

    name = "A box" if region.kind == "box" else "A mark"
    if region.finding_id not in bounds.findings:
        raise say(f"{name} belongs to a finding that is not on this form.")
    _check_grade(region.finding_id, region.grade, bounds)
    if isinstance(region.geometry, World):
        if region.instance_id is not None or region.series_id not in bounds.series:
            raise say("A mark on a plane belongs to a series of this study, and to no image.")
        check_world(region.geometry, bounds.series[region.series_id], WORLD_POINTS[region.kind], say)
        return
    image = bounds.instances.get(region.instance_id or 0)
    if image is None and region.kind != "box3d":
        image = bounds.earlier.get(region.instance_id or 0)
    if image is None or region.frame >= image.frames:
        raise say(f"{name} belongs to an image that is not in this study.")
    if region.series_id not in (None, image.series_id):
        raise say(f"{name} belongs to an image of another series.")
    check_fit(region.geometry, image, say)
    if isinstance(region, Box3dRegion):
        _check_span(region, bounds, say)


def _check_span(region: Box3dRegion, bounds: CaseBounds, say: Say) -> None:
    """First and last slice are images of the series, as large as each other; the mark stands on the first."""
    first, last = region.geometry.first, region.geometry.last
    if (first.instance_id, first.frame) != (region.instance_id, region.frame) or region.series_id is None:
        raise say("A 3-D box names its series, and stands on its first slice.")
    begins, ends = bounds.instances[first.instance_id], bounds.instances.get(last.instance_id)
    if ends is None or last.frame >= ends.frames or ends.series_id != begins.series_id:
        raise say("The last slice of a 3-D box is not in its series.")
    if (begins.rows, begins.columns) != (ends.rows, ends.columns):
        raise say("The first and last slice of a 3-D box differ in size.")


def _check_levels(content: Content, bounds: CaseBounds) -> None:
    said: set[tuple[int, int | None, int | None, int]] = set()
    for level in content.levels:
        key = (level.finding_id, level.series_id, level.instance_id, level.frame)
        if key in said:
            raise Invalid("A finding is answered twice on the same series or image.", finding=level.finding_id)
        said.add(key)
        _check_level(level, bounds)


def _check_level(level: LevelAnswer, bounds: CaseBounds) -> None:
    if level.finding_id not in bounds.findings:
        raise Invalid("A finding on this form has been retired meanwhile. Reload the case.", finding=level.finding_id)
    _check_grade(level.finding_id, level.grade, bounds)
    if (level.series_id is None) == (level.instance_id is None):
        raise Invalid("An answer belongs either to a series or to an image.", finding=level.finding_id)
    if level.series_id is not None and (level.series_id not in bounds.series or level.frame):
        raise Invalid("An answer belongs to a series that is not in this study.", finding=level.finding_id)
    if level.instance_id is not None:
        image = bounds.instances.get(level.instance_id)
        if image is None or level.frame >= image.frames:
            raise Invalid("An answer belongs to an image that is not in this study.", finding=level.finding_id)


def _check_contradictions(content: Content, bounds: CaseBounds) -> None:
    states = [a.state for a in content.findings.values()] + [level.state for level in content.levels]
    marks = [region for region in content.regions if region.instance_id not in bounds.earlier]
    if content.no_finding and (marks or any(state != "absent" for state in states)):
        raise Invalid("'No finding' contradicts a finding or a box on this case. Remove one of them.")
    if content.not_assessable is not None and (marks or any(state == "present" for state in states)):
        raise Invalid("'Not assessable' contradicts a finding or a mark on this case. Remove one of them.")
    for level in content.levels:
        answer = content.findings.get(level.finding_id)
        if level.state == "present" and answer is not None and answer.state == "absent":
            name = bounds.findings[level.finding_id].name
            raise Invalid(
                f"{name} is absent on the study and present on a part of it. Change one of them.",
                finding=level.finding_id,
            )
    _check_tree(content, bounds)


def _check_tree(content: Content, bounds: CaseBounds) -> None:
    """What stands below an absent finding is absent, too."""
    for finding_id, answer in content.findings.items():
        above = bounds.findings[finding_id].parent_id
        while answer.state == "present" and above is not None:
            parent = bounds.findings.get(above)
            if above in content.findings and content.findings[above].state == "absent" and parent is not None:
                raise Invalid(
                    f"{bounds.findings[finding_id].name} is present and {parent.name}, which it belongs to, is absent. "
                    "Change one of them.", finding=finding_id,
                )
            above = parent.parent_id if parent is not None else None
