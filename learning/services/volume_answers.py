"""What readers' masks say of each series of slices: slice by slice, frozen as one row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.models import Project
from imaging.models import Instance, Volume
from learning.services.images import images_of
from learning.services.mask_answers import NEGATIVE, OPEN, MaskAnswer, Place, ReaderWords, reader_lines, words_by_reader


@dataclass
class VolumeAnswer:
    """One reader's word on one finding and series.

    rest    of the slices that are not named: NEGATIVE, there is none of it; OPEN, that is not known.
    slices  SOP instance UID → what is known of that slice.
    """

    source: str
    rest: str
    slices: dict[str, MaskAnswer] = field(default_factory=dict)
    observations: list[int] = field(default_factory=list)

    @property
    def blobs(self) -> list[str]:
        """Of all its masks."""
        return [blob for answer in self.slices.values() for blob in answer.blobs]

    def as_dict(self) -> dict[str, object]:
        """What a snapshot keeps; `slices` tells it from an image's."""
        slices = {uid: {"blobs": one.blobs, "rest": one.rest} for uid, one in self.slices.items()}
        return {"blobs": self.blobs, "rest": self.rest, "source": self.source, "slices": slices}


VolumesFound = dict[int, dict[str, list[VolumeAnswer]]]
"""The instance that stands for a series → finding code → a word per reader."""


def volume_answers(
    *, project: Project, studies: Iterable[int], only_readers: Sequence[str] | None = None,
    exclude_readers: Sequence[str] = (),
) -> tuple[dict[int, Instance], VolumesFound]:
    """The series of slices with a word of any reader, each under the image that stands for it.

    A slice without a mark says what its image would say: nothing, unless the finding is absent, or all of it is marked.
    """
    wanted = sorted(set(studies))
    lines = reader_lines(project, wanted, only_readers, exclude_readers)
    standing = {i.series_id: i for images in images_of(project, wanted).values() for i in images}
    found: VolumesFound = defaultdict(lambda: defaultdict(list))
    readers = list(words_by_reader(lines))
    outlined = set().union(*(words.outlined for words in readers))
    series = {*standing, *Instance.objects.filter(pk__in=outlined).values_list("series_id", flat=True)}
    for volume in Volume.objects.filter(series__in=series).select_related("series").order_by("series_id"):
        places = _places(volume)
        stand = standing.get(volume.series_id) or _middle(volume)
        standing[volume.series_id] = stand
        for words in readers:
            for code, answer in _of_series(words, places).items():
                found[stand.pk][code].append(answer)
    by_pk = {instance.pk: instance for instance in standing.values()}
    return {pk: by_pk[pk] for pk in found}, {pk: dict(codes) for pk, codes in found.items()}


def _places(volume: Volume) -> dict[str, Place]:
    rows = Instance.objects.filter(sop_uid__in=volume.sop_uids).values_list("sop_uid", "pk")
    return {uid: Place(pk, volume.series_id, volume.series.study_id) for uid, pk in rows}


def _middle(volume: Volume) -> Instance:
    uid = volume.sop_uids[len(volume.sop_uids) // 2]
    return Instance.objects.select_related("series__study__patient").get(sop_uid=uid)


def _of_series(words: ReaderWords, places: Mapping[str, Place]) -> dict[str, VolumeAnswer]:
    by_code: dict[str, dict[str, MaskAnswer]] = defaultdict(dict)
    for uid, place in places.items():
        for code, answer in words.on(place).items():
            by_code[code][uid] = answer
    return {code: _joined(words.source, slices, places) for code, slices in by_code.items()}


def _joined(source: str, known: Mapping[str, MaskAnswer], uids: Iterable[str]) -> VolumeAnswer:
    """What most slices without a mask say is said once, of the rest."""
    slices = {uid: known.get(uid) or MaskAnswer(source, OPEN) for uid in uids}
    empty = [one.rest for one in slices.values() if not one.blobs]
    rest = NEGATIVE if empty.count(NEGATIVE) > empty.count(OPEN) else OPEN
    observations = dict.fromkeys(pk for one in slices.values() for pk in one.observations)
    named = {uid: one for uid, one in slices.items() if one.blobs or one.rest != rest}
    return VolumeAnswer(source, rest, named, list(observations))
