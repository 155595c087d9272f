"""Masks: run lengths that are checked, pixels kept once, gone with whoever they belong to."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from annotation.geometry import coco_runs, runs
from annotation.models import MaskBlob, Region
from annotation.services import masks
from imaging import storage
from imaging.models import ProjectStudy
from imaging.services.patients import withdraw_patient
from tests.annotation.marks import Marking, marking
from tests.annotation.test_marks import GEOMETRIES, PIXELS, amended, mark
from tests.factories import submit

ANY = hnp.arrays(bool, st.tuples(st.integers(1, 30), st.integers(1, 30)))


@given(pixels=ANY)
def test_runs_give_back_the_pixels_their_area_and_their_bounds(pixels: np.ndarray) -> None:
    lengths = runs.unpack(runs.from_text(runs.to_text(runs.pack(runs.from_mask(pixels)))))
    runs.check(lengths, *pixels.shape)
    assert (runs.to_mask(lengths, *pixels.shape) == pixels).all()
    assert runs.area(lengths) == pixels.sum()
    if pixels.any():
        rows, columns = np.nonzero(pixels)
        assert runs.bounds(lengths, pixels.shape[1]) == (rows.min(), rows.max(), columns.min(), columns.max())
    else:
        with pytest.raises(ValueError, match="empty"):
            runs.bounds(lengths, pixels.shape[1])


@given(pixels=ANY)
def test_coco_counts_are_the_same_mask_column_by_column(pixels: np.ndarray) -> None:
    counts = coco_runs.to_counts(runs.from_mask(pixels), *pixels.shape)
    columns = np.repeat(np.arange(len(counts)) % 2 == 1, counts).reshape(pixels.shape[::-1])
    assert (pixels == columns.T).all()
    back, *size = coco_runs.from_segmentation({"size": list(pixels.shape), "counts": counts})
    assert (runs.to_mask(back, *size) == pixels).all()


@pytest.mark.parametrize(("packed", "words"), [
    (b"\x80", "middle of a number"), (b"\x80\x80\x80\x80\x80\x01", "longer than any image"),
])
def test_bytes_that_are_no_run_lengths_are_refused(packed: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        runs.unpack(packed)


@pytest.fixture
def one(db: None) -> Marking:
    return marking()


def file_of(blob: MaskBlob) -> bool:
    return storage.path_of(masks.relative_path(blob.sha256)).exists()


def submitted(one: Marking, count: int = 1) -> MaskBlob:
    submit(one.reading, {one.finding.pk: "present"}, regions=[mark(one, "mask") for _ in range(count)])
    return MaskBlob.objects.get()


def test_the_same_pixels_are_kept_once_and_come_back(one: Marking) -> None:
    blob = submitted(one, 3)
    assert [r.mask_id for r in Region.objects.all()] == [blob.pk] * 3
    region = Region.objects.first()
    assert region is not None
    assert region.geometry == {"blob": blob.sha256, "rows": 40, "columns": 70, "area": 60}
    assert (runs.to_mask(masks.runs_of(region), 40, 70) == PIXELS).all()


def test_the_same_runs_in_an_image_of_another_shape_are_another_mask(one: Marking) -> None:
    turned = GEOMETRIES["mask"] | {"rows": 70, "columns": 40}
    names = {blob.sha256 for blob, _ in masks.keep_masks([GEOMETRIES["mask"], turned])}
    assert len(names) == 2


def test_a_file_that_was_lost_is_written_again(one: Marking) -> None:
    blob = submitted(one)
    storage.remove(masks.relative_path(blob.sha256))
    masks.keep_masks([GEOMETRIES["mask"]])
    assert file_of(blob)


def test_what_no_mark_uses_is_swept_away_and_what_is_used_stays(one: Marking) -> None:
    blob = submitted(one)
    amended(one, regions=[])
    old = timezone.now() - timedelta(days=2)
    MaskBlob.objects.update(used_at=old)
    assert masks.forget_unused_masks() == 0, "the ledger's earlier line still points at it"
    (orphan, _), = masks.keep_masks([GEOMETRIES["mask"] | {"rows": 70, "columns": 40}])
    assert masks.forget_unused_masks() == 0, "an act under way may be about to use it"
    MaskBlob.objects.update(used_at=old)
    assert (masks.forget_unused_masks(), file_of(orphan), file_of(blob)) == (1, False, True)


def test_a_file_that_a_failed_act_left_is_swept_away(db: None) -> None:
    import os

    name = masks.relative_path("ab" * 32)
    storage.write_files([(name, b"\x01")])
    assert masks.forget_unused_masks() == 0
    past = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(storage.path_of(name), (past, past))
    assert (masks.forget_unused_masks(), storage.path_of(name).exists()) == (1, False)


def test_a_withdrawn_patients_pixels_go_unless_another_patients_are_the_same(
    one: Marking, django_capture_on_commit_callbacks: object
) -> None:
    other = marking()
    ProjectStudy.objects.filter(study=other.study).update(project=other.project)
    submit(other.reading, {other.finding.pk: "present"}, regions=[mark(other, "mask")])
    blob = submitted(one)
    for case, is_left in ((one, True), (other, False)):
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            withdraw_patient(patient=case.study.patient, user=None)
        assert (file_of(blob), MaskBlob.objects.exists()) == (is_left, is_left)
