"""What the area without a mark means. Only where a finding is absent, or all of it is marked, is that area negative.

Everywhere else it says nothing, and whoever trains a detector leaves it out of the loss. A finding that nobody assessed
is in no set at all. The two sets are LVIS's: `neg_category_ids` and `not_exhaustive_category_ids`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import QuerySet

from annotation.models import CurrentObservation
from annotation.selectors.spans import Slice, Spans

ABSENT, ALL_MARKED, OPEN = "absent", "all marked", "open"


@dataclass(frozen=True)
class Unmarked:
    """Of one image, findings (ids) by what their unmarked area means.

    negative  there is none of it here
    masked    there may be more of it than is marked here: the area is left out of training
    """

    negative: frozenset[int]
    masked: frozenset[int]


@dataclass
class Marked:
    """Answers and marks of some studies; `on` tells what they mean for one image."""

    studies: dict[int, dict[int, str]] = field(default_factory=dict)
    """study → finding → ABSENT / ALL_MARKED / OPEN"""
    parts: dict[str, dict[int, str]] = field(default_factory=dict)
    """subject of a series or an image → finding → ABSENT / OPEN"""
    marks: dict[Slice, set[int]] = field(default_factory=lambda: defaultdict(set))
    in_volumes: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """series → findings marked on planes through it: on which images those lie is not said"""

    def on(self, *, study: int, series: int, image: Slice, frames: int) -> Unmarked:
        instance, frame = image
        subject = f"instance:{instance}" if frames == 1 else f"instance:{instance}:{frame}"
        here = self.marks.get(image, set())
        negative, masked = set(), set()
        said = self.studies.get(study, {}) | self.parts.get(f"series:{series}", {}) | self.parts.get(subject, {})
        for finding, word in said.items():
            if word == OPEN or finding in self.in_volumes.get(series, ()):
                masked.add(finding)
            elif finding not in here:
                negative.add(finding)
        return Unmarked(frozenset(negative), frozenset(masked))


def marked(lines: QuerySet[CurrentObservation]) -> Marked:
    """From current lines, of whichever sources were chosen. Sources that disagree leave a finding open."""
    told: dict[tuple[int, str, int], set[str]] = defaultdict(set)
    found, spans = Marked(), Spans()
    with_marks: set[tuple[int, int]] = set()
    chosen = lines.select_related("observation__region", "finding")
    for line in chosen.iterator(chunk_size=1000):
        finding = line.finding.merged_into_id or line.finding_id
        region = line.observation.region
        if region is None:
            told[(line.study_id, line.subject, finding)].add(_word(line))
        elif line.observation.state == "present":
            with_marks.add((line.study_id, finding))
            for place in spans.of(region):
                found.marks[place].add(finding)
            if region.instance_id is None and region.series_id is not None:
                found.in_volumes[region.series_id].add(finding)
    for (study, subject, finding), words in told.items():
        word = words.pop() if len(words) == 1 else OPEN
        if subject == "study":
            found.studies.setdefault(study, {})[finding] = word
        else:
            found.parts.setdefault(subject, {})[finding] = word
    for study, finding in with_marks:
        if found.studies.setdefault(study, {}).get(finding, ABSENT) == ABSENT:
            found.studies[study][finding] = OPEN  # marked by one who did not answer for the study, or by another
    return found


def _word(line: CurrentObservation) -> str:
    """What is present on a part of a study is open there: nobody is asked whether all of a part is marked."""
    said = line.observation
    if said.state == "absent":
        return ABSENT
    return ALL_MARKED if said.state == "present" and said.all_marked else OPEN
