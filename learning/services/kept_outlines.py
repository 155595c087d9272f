"""What a segmentation model outlined, as rows: a prediction, and a mask per finding and image or slice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from annotation.geometry import runs
from annotation.services.masks import keep_masks
from imaging.models import Instance
from learning.models import ModelVersion, PredictedMask, Prediction
from learning.services.mask_pixels import from_square
from learning.services.mask_volumes import slices_of

Floats = npt.NDArray[np.float32]
FROM = 0.5
"""A pixel is outlined from this probability on; masks are trained against it (Dice)."""
LEAST_SHARE = 0.0002
"""Of the image, or of the slice on which a finding is largest: smaller specks are noise."""


@dataclass(frozen=True)
class Outlines:
    """Of an image, or of the series that it stands for.

    probabilities  F x size x size, or F x depth x size x size. unsure  F, bits. embedding  of the whole.
    """

    instance: Instance
    findings: tuple[str, ...]
    probabilities: Floats
    unsure: npt.NDArray[np.float64]
    embedding: Floats


@dataclass(frozen=True)
class _Mask:
    """On one image or slice, in its own pixels."""

    instance: int
    finding: str
    mask: npt.NDArray[np.bool_]
    probability: float


def keep_outlines(version: ModelVersion, made: Outlines) -> None:
    """Once. Of a series, its other slices with a mask have predictions of their own, which hold what is on them."""
    prediction, is_new = Prediction.objects.get_or_create(
        model_version=version, instance=made.instance, defaults={
            "probabilities": {c: round(float(p.max()), 5) for c, p in zip(
                made.findings, made.probabilities, strict=True)},
            "uncertainty": {c: round(float(u), 5) for c, u in zip(made.findings, made.unsure, strict=True)},
            "embedding": made.embedding.astype("<f2").tobytes(),
        },
    )
    if not is_new:
        return
    owners = {made.instance.pk: prediction}
    for one in _masks_of(made):
        owner = owners.get(one.instance)
        if owner is None:
            owner = owners[one.instance] = Prediction.objects.create(
                model_version=version, instance_id=one.instance, probabilities={}
            )
        _keep(owner, one)


def _keep(prediction: Prediction, one: _Mask) -> None:
    rows, columns = one.mask.shape
    text = runs.to_text(runs.pack(runs.from_mask(one.mask)))
    ((blob, geometry),) = keep_masks([{"rows": rows, "columns": columns, "rle": text}])
    PredictedMask.objects.create(
        prediction=prediction, finding=one.finding, mask=blob, rows=rows, columns=columns, area=geometry["area"],
        probability=round(one.probability, 4),
    )


def _masks_of(made: Outlines) -> Iterable[_Mask]:
    for code, own in zip(made.findings, made.probabilities, strict=True):
        if own.ndim == 2:
            picture = from_square(own, made.instance.rows, made.instance.columns)
            yield from _large_enough([_masked(made.instance.pk, code, picture)])
        else:
            yield from _large_enough(_on_slices(made.instance, code, own))


def _on_slices(instance: Instance, code: str, probabilities: Floats) -> list[_Mask]:
    known = dict(Instance.objects.filter(series=instance.series_id).values_list("sop_uid", "pk"))
    return [
        _masked(known[uid], code, picture) for uid, picture in slices_of(instance, probabilities)
        if uid in known and (picture >= FROM).any()
    ]


def _masked(instance: int, code: str, picture: Floats) -> _Mask:
    mask = picture >= FROM
    return _Mask(instance, code, mask, float(picture[mask].mean()) if mask.any() else 0.0)


def _large_enough(masks: Sequence[_Mask]) -> list[_Mask]:
    """All that are not empty, if the largest is more than a speck."""
    largest = max((one.mask.sum() / one.mask.size for one in masks), default=0.0)
    return [one for one in masks if one.mask.any()] if largest >= LEAST_SHARE else []
