"""What readers' masks say of each image: which pixels are there, and whether the rest is known not to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import QuerySet

from annotation.models import CurrentObservation, Source
from annotation.selectors.marked import marked
from core.models import Project
from imaging.models import Instance
from learning.services.images import images_of

NEGATIVE, OPEN = "negative", "open"


@dataclass
class MaskAnswer:
    """One reader's word on one finding and image.

    blobs  hashes of the masks, joined; none where the finding is absent here.
    rest   NEGATIVE: there is none of it elsewhere on the image; OPEN: that is not known.
    """

    source: str
    rest: str
    blobs: list[str] = field(default_factory=list)
    observations: list[int] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """What a snapshot keeps."""
        return {"blobs": self.blobs, "rest": self.rest, "source": self.source}


Found = dict[int, dict[str, list[MaskAnswer]]]
"""Instance → finding code → a word per reader."""


def mask_answers(
    *, project: Project, studies: Iterable[int], only_readers: Sequence[str] | None = None,
    exclude_readers: Sequence[str] = (),
) -> tuple[dict[int, Instance], Found]:
    """The images with a word of any reader. Of a finding that is boxed, or outlined otherwise, pixels are not known.

    Merged findings read as their target. Images of several frames are left out.
    """
    wanted = sorted(set(studies))
    lines = reader_lines(project, wanted, only_readers, exclude_readers)
    instances = {i.pk: i for images in images_of(project, wanted).values() for i in images if i.frames == 1}
    masks = lines.filter(observation__region__kind="mask")
    outlined = set(masks.values_list("observation__region__instance", flat=True))
    more = Instance.objects.filter(pk__in=outlined - set(instances), frames=1)
    instances |= {i.pk: i for i in more.select_related("series__study__patient")}
    found: Found = defaultdict(lambda: defaultdict(list))
    for words in words_by_reader(lines):
        for instance in instances.values():
            for code, answer in words.on(Place(instance.pk, instance.series_id, instance.series.study_id)).items():
                found[instance.pk][code].append(answer)
    return {pk: instances[pk] for pk in found}, {pk: dict(codes) for pk, codes in found.items()}


def reader_lines(
    project: Project, studies: Sequence[int], only: Sequence[str] | None, exclude: Sequence[str]
) -> QuerySet[CurrentObservation]:
    """Current lines of readers about these studies, withdrawn patients aside."""
    lines = CurrentObservation.objects.filter(
        project=project, source__kind="reader", study__in=studies, study__patient__withdrawn_at=None
    ).exclude(source__name__in=list(exclude))
    return lines if only is None else lines.filter(source__name__in=list(only))


def words_by_reader(lines: QuerySet[CurrentObservation]) -> Iterator[ReaderWords]:
    """Of each reader of these lines, in the order in which they came to the project."""
    for source in Source.objects.filter(pk__in=lines.values("source")).order_by("pk"):
        yield ReaderWords(lines.filter(source=source), str(source))


class Place(NamedTuple):
    """An image of one frame: primary keys."""

    instance: int
    series: int
    study: int


class ReaderWords:
    """One reader's marks by image and finding, and the lines that say something of a study."""

    def __init__(self, lines: QuerySet[CurrentObservation], source: str) -> None:
        self.source = source
        self._said = marked(lines)
        self._codes: dict[int, str] = {}
        self._masks: dict[tuple[int, int], list[tuple[str, int]]] = defaultdict(list)
        self._others: set[tuple[int, int]] = set()
        self._studies: dict[tuple[int, int], int] = {}
        chosen = lines.select_related("observation__region__mask", "finding__merged_into")
        for line in chosen.order_by("observation_id"):
            finding = line.finding.merged_into or line.finding
            self._codes[finding.pk] = finding.code
            region = line.observation.region
            if region is None:
                self._studies.setdefault((line.study_id, finding.pk), line.observation_id)
            elif line.observation.state == "present" and region.instance_id is not None:
                place = (region.instance_id, finding.pk)
                if region.mask is not None:
                    self._masks[place].append((region.mask.sha256, line.observation_id))
                else:
                    self._others.add(place)

    @property
    def outlined(self) -> set[int]:
        """Images with a mask."""
        return {instance for instance, _ in self._masks}

    def on(self, place: Place) -> dict[str, MaskAnswer]:
        """Finding code → what is known of the image's pixels; findings of which nothing is are left out."""
        unmarked = self._said.on(study=place.study, series=place.series, image=(place.instance, 0), frames=1)
        found = {}
        for finding, code in self._codes.items():
            here = (place.instance, finding)
            masks, has_others = self._masks.get(here, []), here in self._others
            if masks:
                rest = OPEN if finding in unmarked.masked or has_others else NEGATIVE
                found[code] = MaskAnswer(self.source, rest, [m[0] for m in masks], [m[1] for m in masks])
            elif finding in unmarked.negative and not has_others:
                line = self._studies.get((place.study, finding))
                found[code] = MaskAnswer(self.source, NEGATIVE, observations=[] if line is None else [line])
        return found
