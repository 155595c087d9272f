import numpy as np
import pytest

from learning.recipe_parts import InputPart
from learning.toolkit.data import DataError, Examples, faulty_images, resolve_equivocal
from learning.toolkit.images import ImageReader
from learning.toolkit.splits import grouped_holdout, grouped_kfold

IMAGES = np.random.default_rng(0).random((3, 32, 32), dtype=np.float32)


def build(**changes):
    given = {"images": IMAGES, "targets": [[1], [0], [1]], "patients": ["a", "b", "c"], "findings": ["EFF"]} | changes
    return Examples.of(given.pop("images"), given.pop("targets"), **given)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"images": IMAGES[0]}, "N x H x W"),
        ({"images": IMAGES[:2]}, "3 rows of targets but 2 images"),
        ({"patients": ["a", "b"]}, "2 patients"),
        ({"patients": ["a", "", "c"]}, "no patient"),
        ({"keys": ["x", "x", "y"]}, "same key"),
        ({"targets": [[1], [0], [2]]}, "0 to 1"),
        ({"targets": [1, 0, 1]}, "N x F"),
        ({"findings": ["EFF", "PTX"]}, "F = 2"),
        ({"weights": [[1], [-1], [1]]}, "at least 0"),
        ({"weights": [[1], [np.nan], [1]]}, "finite"),
        ({"uncertain": "perhaps"}, "ignore, ones, zeros, soft"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_with_the_reason(changes, told):
    with pytest.raises(DataError, match=told):
        build(**changes)


@pytest.mark.parametrize(("policy", "value"), [("ignore", np.nan), ("ones", 1), ("zeros", 0), ("soft", 0.5)])
def test_equivocal_becomes_what_the_policy_says(policy, value):
    np.testing.assert_equal(resolve_equivocal([[-1.0, 0.0, 1.0, np.nan]], policy), [[value, 0, 1, np.nan]])


def test_faulty_images_are_named_with_the_reason():
    images = IMAGES.copy()
    images[0, 3, 3] = np.nan
    images[2] = 0.5
    assert faulty_images(images) == {0: "not a number", 2: "constant"}
    with pytest.raises(DataError, match="Image 0"):
        ImageReader(images, InputPart(size=32))


def test_fingerprint_notices_any_change_of_what_is_learned():
    prints = {
        build().fingerprint(),
        build(targets=[[1], [0], [0]]).fingerprint(),
        build(weights=[[1], [2], [1]]).fingerprint(),
        build(keys=["x", "y", "z"]).fingerprint(),
        build(patients=["a", "a", "c"]).fingerprint(),
    }
    assert len(prints) == 5
    assert build().fingerprint() == build().fingerprint()


def test_percentile_normalisation_ignores_exposure_and_stored_type():
    spec = InputPart(size=32)
    as_float = ImageReader(IMAGES, spec).batch(np.arange(3))
    as_integer = ImageReader((IMAGES * 30000 + 500).astype(np.uint16), spec).batch(np.arange(3))
    assert as_float.shape == (3, 1, 32, 32)
    assert float((as_float - as_integer).abs().max()) < 1e-3
    assert (float(as_float.min()), float(as_float.max())) == (-2.0, 2.0)


def test_images_of_another_size_and_memory_maps_are_read(tmp_path):
    stored = np.memmap(tmp_path / "images", dtype=np.uint16, mode="w+", shape=(4, 50, 40))
    stored[:] = np.random.default_rng(1).integers(0, 4000, stored.shape)
    batch = ImageReader(stored, InputPart(size=64, channels=3)).batch(np.array([3, 0]))
    assert batch.shape == (2, 3, 64, 64)
    assert bool((batch[:, 0] == batch[:, 2]).all())


def cohort(n_patients=60, seed=0):
    rng = np.random.default_rng(seed)
    patients = [f"p{i}" for i in range(n_patients) for _ in range(int(rng.integers(1, 6)))]
    targets = (rng.random((len(patients), 3)) < [0.5, 0.2, 0.08]).astype(np.float32)
    targets[rng.random(targets.shape) < 0.2] = np.nan
    return patients, targets


@pytest.mark.parametrize("seed", range(5))
def test_holdout_keeps_patients_together_and_findings_in_proportion(seed):
    patients, targets = cohort(seed=seed)
    train, held = grouped_holdout(patients, targets, fraction=0.25, seed=seed)
    assert not {patients[i] for i in train} & {patients[i] for i in held}
    assert sorted([*train, *held]) == list(range(len(patients)))
    assert abs(len(held) / len(patients) - 0.25) < 0.05
    for column in range(3):
        total = np.nansum(targets[:, column])
        assert abs(np.nansum(targets[held, column]) - 0.25 * total) <= 2


def test_kfold_holds_out_each_row_once_with_its_patient():
    patients, targets = cohort()
    folds = grouped_kfold(patients, targets, k=5, seed=3)
    held = np.concatenate([rows for _, rows in folds])
    assert sorted(held) == list(range(len(patients)))
    for train, rows in folds:
        assert not {patients[i] for i in train} & {patients[i] for i in rows}
        assert np.nansum(targets[rows, 2]) >= 1


def test_split_depends_on_the_seed_alone():
    patients, targets = cohort()
    same = [grouped_holdout(patients, targets, fraction=0.3, seed=1)[1].tolist() for _ in range(2)]
    other = grouped_holdout(patients, targets, fraction=0.3, seed=2)[1].tolist()
    assert same[0] == same[1] != other


def test_split_of_too_few_patients_is_refused():
    with pytest.raises(DataError, match="2 patients cannot be split into 3"):
        grouped_kfold(["a", "b"], np.zeros((2, 1), np.float32), k=3, seed=0)
    with pytest.raises(DataError, match="between 0 and 1"):
        grouped_holdout(["a", "b"], np.zeros((2, 1), np.float32), fraction=1, seed=0)
    rows = grouped_kfold(["a", "b", "c"], np.zeros((3, 1), np.float32), k=3, seed=0)
    assert all(len(held) == 1 for _, held in rows)
