"""Phantoms: the same number gives the same chest, and labels, grades, boxes and masks are what the picture shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.phantoms import FINDINGS, Thorax, image_batch, render_ct, render_radiograph, sample_thorax
from imaging.phantoms.lesions import draw_lesions
from imaging.phantoms.parameters import CTR_LIMIT
from imaging.phantoms.projection import layers_of, total_density

DRAWN = [f for f in FINDINGS if f != "cardiomegaly"]


def only(finding: str, index: int, seed: int = 5) -> Thorax:
    return sample_thorax(seed=seed, index=index, force={f: f == finding for f in FINDINGS})


def test_the_same_seed_and_index_give_the_same_image_on_one_or_two_processors() -> None:
    one, labels = image_batch(seed=3, start=10, count=12, size=64)
    two, again = image_batch(seed=3, start=10, count=12, size=64, workers=2)
    assert np.array_equal(one, two)
    assert np.array_equal(labels, again)
    other, _ = image_batch(seed=4, start=10, count=12, size=64)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(("rows", "columns"), [(32, 32), (64, 64), (100, 80), (600, 480)])
def test_images_of_any_size_are_12_bits_in_16_and_use_them(rows: int, columns: int) -> None:
    image = render_radiograph(sample_thorax(seed=1, index=4), rows=rows, columns=columns)
    assert (image.pixels.shape, image.pixels.dtype) == ((rows, columns), np.uint16)
    assert 100 < int(image.pixels.min()) < 600
    assert 3000 < int(image.pixels.max()) < 4096
    assert image.spacing_mm[0] == image.spacing_mm[1] > 0


def test_labels_follow_the_prevalence_asked_for() -> None:
    prevalence = {"nodule": 0.0, "effusion": 1.0, "consolidation": 0.5, "pneumothorax": 0.2, "cardiomegaly": 0.3}
    drawn = [sample_thorax(seed=2, index=n, prevalence=prevalence).labels for n in range(1500)]
    shares = {f: np.mean([d[f] for d in drawn]) for f in FINDINGS}
    assert shares["nodule"] == 0
    assert shares["effusion"] == 1
    assert shares == pytest.approx(prevalence, abs=0.045)


def test_nuisances_do_not_depend_on_findings() -> None:
    for index in range(20):
        ill, well = (sample_thorax(seed=2, index=index, force=dict.fromkeys(FINDINGS, f)) for f in (True, False))
        assert replace(ill, lesions=(), ctr=0.0) == replace(well, lesions=(), ctr=0.0)


def test_an_unknown_finding_is_refused() -> None:
    with pytest.raises(ValueError, match="Unknown finding 'fracture'; known: nodule"):
        sample_thorax(seed=1, index=1, force={"fracture": True})


@pytest.mark.parametrize("finding", DRAWN)
def test_a_mask_holds_what_its_lesion_changes(finding: str) -> None:
    """The exact difference of two projections, with and without the lesion: at least 90% of it lies inside the mask."""
    for index in range(12):
        thorax = only(finding, index)
        ill, well = layers_of(thorax, rows=160, columns=160), layers_of(thorax, rows=160, columns=160)
        mask = draw_lesions(thorax, ill)[finding]
        change = np.abs(total_density(thorax, ill) - total_density(thorax, well))
        assert mask.any(), (finding, index)
        inside = change[mask].sum() / change.sum()
        # A collapsed lung is denser as a whole; its mask is the free air.
        assert inside > (0.1 if finding == "pneumothorax" else 0.9), (finding, index, inside)
        assert change.max() > 0.03


@pytest.mark.parametrize("finding", FINDINGS)
def test_a_box_is_the_tight_frame_of_its_mask(finding: str) -> None:
    for index in range(8):
        image = render_radiograph(only(finding, index), rows=128, columns=96)
        box, mask = image.boxes[0], image.masks[finding]
        assert len(image.boxes) == 1
        left, top = round(box.x + 0.5), round(box.y + 0.5)
        right, bottom = left + round(box.w), top + round(box.h)
        assert mask[top:bottom, left:right].sum() == mask.sum()
        for edge in (mask[top, :], mask[bottom - 1, :], mask[:, left], mask[:, right - 1]):
            assert edge.any()


def test_healthy_chests_have_neither_masks_nor_boxes() -> None:
    image = render_radiograph(sample_thorax(seed=5, index=1, force=dict.fromkeys(FINDINGS, False)), rows=64, columns=64)
    assert (image.boxes, image.masks, set(image.labels.values()), set(image.grades.values())) == ([], {}, {0}, {0})


def test_the_cardiothoracic_ratio_is_controlled_and_decides_cardiomegaly() -> None:
    by_grade: dict[int, list[float]] = {0: [], 1: [], 2: [], 3: []}
    for index in range(300):
        thorax = sample_thorax(seed=8, index=index)
        image = render_radiograph(thorax, rows=64, columns=64)
        assert image.ctr == pytest.approx(thorax.ctr, abs=1e-6)
        assert (image.ctr > CTR_LIMIT) == bool(image.labels["cardiomegaly"])
        assert not 0.531 < image.ctr < 0.564
        by_grade[image.grades["cardiomegaly"]].append(image.ctr)
    means = [np.mean(by_grade[g]) for g in range(4)]
    assert means == sorted(means)


def test_the_heart_in_the_picture_is_as_wide_as_the_ratio_says() -> None:
    for index in range(10):
        thorax = only("cardiomegaly", index)
        image = render_radiograph(thorax, rows=512, columns=512)
        across = np.flatnonzero(image.masks["cardiomegaly"].any(axis=0))
        chest_mm = 2 * 180 * _half_chest(thorax)
        width_mm = (across[-1] - across[0] + 1) * image.spacing_mm[1]
        assert width_mm / chest_mm == pytest.approx(thorax.ctr, abs=0.01)


def _half_chest(thorax: Thorax) -> float:
    from imaging.phantoms.anatomy import thorax_half_width

    return thorax_half_width(thorax)


@pytest.mark.parametrize("finding", FINDINGS)
def test_severity_is_ordinal(finding: str) -> None:
    areas: dict[int, list[int]] = {1: [], 2: [], 3: []}
    for index in range(90):
        image = render_radiograph(only(finding, index), rows=96, columns=96)
        areas[image.grades[finding]].append(int(image.masks[finding].sum()))
    means = [np.mean(areas[g]) for g in (1, 2, 3)]
    assert means == sorted(means)
    assert means[2] > 1.2 * means[0]


def test_one_class_hides_two_subtypes_of_different_shape() -> None:
    """Consolidation is one mass, or scattered patches; nothing but the picture says which."""
    spread: dict[int, list[float]] = {0: [], 1: []}
    for index in range(80):
        thorax = only("consolidation", index)
        rows, columns = np.nonzero(render_radiograph(thorax, rows=96, columns=96).masks["consolidation"])
        spread[thorax.lesions[0].subtype].append(float(np.hypot(rows.std(), columns.std())))
    assert min(len(values) for values in spread.values()) > 20
    assert np.mean(spread[1]) > 1.2 * np.mean(spread[0])


def test_blanked_chests_are_the_same_chests() -> None:
    for index in range(6):
        thorax = sample_thorax(seed=6, index=index, force={"cardiomegaly": False})
        with_lesions = layers_of(thorax, rows=64, columns=64)
        blank = layers_of(thorax.without_lesions(), rows=64, columns=64)
        assert np.array_equal(total_density(thorax, with_lesions), total_density(thorax.without_lesions(), blank))
    enlarged = only("cardiomegaly", 1)
    assert enlarged.without_lesions().ctr < CTR_LIMIT < enlarged.ctr


def test_sites_differ_in_noise_and_tone() -> None:
    by_site = {s: [sample_thorax(seed=9, index=n, site=s) for n in range(200)] for s in range(3)}
    noise = {s: np.mean([t.noise for t in thoraxes]) for s, thoraxes in by_site.items()}
    tone = {s: np.mean([t.tone[2] for t in thoraxes]) for s, thoraxes in by_site.items()}
    assert noise[1] > noise[0] > noise[2]
    assert tone[1] > tone[0] > tone[2]


@pytest.mark.parametrize("finding", FINDINGS)
def test_ct_shows_the_same_findings_with_masks_of_their_own_voxels(finding: str) -> None:
    expected = {"nodule": 30, "effusion": 12, "consolidation": 20, "pneumothorax": -1000, "cardiomegaly": 55}
    for index in range(4):
        volume = render_ct(only(finding, index), shape=(32, 64, 64))
        mask = volume.masks[finding]
        assert set(volume.masks) == {finding}
        assert mask.any(), (finding, index)
        assert float(np.median(volume.hu[mask])) == pytest.approx(expected[finding], abs=15)
        z0, y0, x0, z1, y1, x1 = volume.boxes3d[finding]
        assert mask[z0:z1, y0:y1, x0:x1].sum() == mask.sum()
