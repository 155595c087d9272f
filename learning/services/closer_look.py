"""Beside the figures of a finished training: groups, sets that hold the truth, what the maps show, what was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from learning.recipe import Recipe
from learning.selectors.groups import groups_of_images, undivided

if TYPE_CHECKING:
    from learning.toolkit.crossfit import Outcome
    from learning.toolkit.data import Examples
    from learning.toolkit.export import ModelCard

Table = npt.NDArray[np.float64]
ALPHA = 0.1
"""Share of sets that may miss the truth."""
MAPS = 12
"""Images whose maps are compared with those of random weights."""
SPLITS = 20
LOOKED_AT = ("binary", "progression", "ordinal")
"""Kinds of task whose columns are each present or absent."""


def closer_look(card: ModelCard, examples: Examples, outcome: Outcome) -> dict[str, Any]:
    """On held-out patients: figures by group, conformal coverage, whether maps mean anything, the search's trials."""
    from learning.toolkit.subgroups import by_subgroup

    told: dict[str, Any] = {"trials": _trials(outcome)}
    if card.recipe.targets.kind not in LOOKED_AT:
        return told
    rows, tables = by_repeat(outcome)
    probabilities = np.asarray(card.calibrated(tables[0]), np.float64)
    targets = examples.targets[rows].astype(np.float64)
    patients = [examples.patients[row] for row in rows]
    known = groups_of_images([examples.keys[row] for row in rows])
    groups = by_subgroup(probabilities, targets, known, findings=examples.findings, patients=patients)
    columns = enumerate(examples.findings)
    sets = [_halves(code, probabilities[:, column], targets[:, column], patients) for column, code in columns]
    return told | {
        "subgroups": [one.as_dict() for one in groups], "undivided": undivided(known),
        "conformal": [one for one in sets if one is not None],
        "maps": maps_report(outcome.fit.model, examples.images[rows[:MAPS]]),
    }


def by_repeat(outcome: Outcome) -> tuple[npt.NDArray[np.int64], Table]:
    """Rows that every repeat judged, in order, and S x N x F probabilities. A repeat that was cut short is left out."""
    whole = int(np.bincount(outcome.repeats).max())
    rows = np.sort(outcome.rows[outcome.repeats == 0])
    tables = []
    for repeat in np.unique(outcome.repeats):
        chosen = outcome.repeats == repeat
        if chosen.sum() == whole:
            order = np.argsort(outcome.rows[chosen], kind="stable")
            tables.append(np.asarray(outcome.probabilities[chosen][order], np.float64))
    return rows, np.stack(tables)


def coverage_on(card: ModelCard, calibration: tuple[Table, Table], asked: tuple[Table, Table]) -> list[dict[str, Any]]:
    """Per finding the coverage on `asked` of sets from the calibration cases; each N x F probabilities and targets."""
    if card.recipe.targets.kind not in LOOKED_AT or not len(calibration[0]):
        return []
    found = [
        _coverage(code, (calibration[0][:, i], calibration[1][:, i]), (asked[0][:, i], asked[1][:, i]))
        for i, code in enumerate(card.findings)
    ]
    return [one for one in found if one is not None]


def _coverage(code: str, calibration: tuple[Table, Table], asked: tuple[Table, Table]) -> dict[str, Any] | None:
    """A threshold per class on the probability itself: scaling keeps the order of cases, so the same calibration cases
    may have fitted the temperature. None where a class is missing.
    """
    from learning.toolkit.conformal import coverage, fit_conformal, prediction_sets, two_classes

    (p, t), (q, u) = (_hard(*side) for side in (calibration, asked))
    if len(set(t)) < 2 or not len(u):
        return None
    fitted = fit_conformal(two_classes(p), t.astype(int), alpha=ALPHA)
    told = coverage(prediction_sets(fitted, two_classes(q)), u.astype(int))
    shares = {
        "covered": told.covered, "absent": told.by_class[0], "present": told.by_class[1], "single": told.single,
    }
    sizes = {"absent": int((u == 0).sum()), "present": int((u == 1).sum())}
    return {
        "finding": code, "alpha": ALPHA, "n": told.n, "n_calibration": list(fitted.n), **shares, "asked": sizes,
        "bounds": _bounds(shares, sizes),
    }


def _bounds(shares: dict[str, float | None], asked: dict[str, int]) -> dict[str, tuple[float, float] | None]:
    """Exact 95 % intervals of shares of the cases asked, all of them or those of one class."""
    from learning.toolkit.proportions import exact_interval

    everybody = sum(asked.values())
    return {
        key: None if share is None else exact_interval(share, asked.get(key, everybody))
        for key, share in shares.items()
    }


def _halves(code: str, p: Table, t: Table, patients: list[str]) -> dict[str, Any] | None:
    """The mean over random halves of the patients: one half calibrates, the other is asked.

    Its interval is that of one half, which is wider than the mean's own.
    """
    names, owner = np.unique(patients, return_inverse=True)
    found = []
    for split in range(SPLITS):
        half = np.random.default_rng(split).permutation(len(names)) < len(names) // 2
        first = half[owner]
        one = _coverage(code, (p[first], t[first]), (p[~first], t[~first]))
        if one is not None:
            found.append(one)
    if not found:
        return None
    means = {
        key: (float(np.mean(known)) if (known := [one[key] for one in found if one[key] is not None]) else None)
        for key in ("covered", "absent", "present", "single")
    }
    sizes = np.mean([one["n_calibration"] for one in found], axis=0)
    asked = {key: round(float(np.mean([one["asked"][key] for one in found]))) for key in ("absent", "present")}
    return {
        "finding": code, "alpha": ALPHA, "n": round(float(np.mean([one["n"] for one in found]))),
        "n_calibration": [round(float(size)) for size in sizes], **means, "asked": asked,
        "bounds": _bounds(means, asked),
    }


def _hard(p: Table, t: Table) -> tuple[Table, Table]:
    keep = (t == 0) | (t == 1)
    return p[keep], t[keep]


def maps_report(model: Any, images: Any) -> dict[str, Any] | None:
    """Whether heat maps depend on what was learned; None for networks that draw none."""
    from learning.toolkit.saliency import sanity_check

    if not model.has_maps or model.input.is_volume or not len(images):
        return None
    told = sanity_check(model, images)
    return {"similarity": told.similarity, "n": told.n, "passed": told.passed, "sentence": told.sentence}


def _trials(outcome: Outcome) -> list[dict[str, Any]] | None:
    """Of the search for the final model; None where nothing was searched for."""
    if not outcome.trials:
        return None
    return [{"settings": trial.settings, "value": trial.value} for trial in outcome.trials[-1]]


def prior_correction(recipe: Recipe, examples: Examples) -> dict[str, Any]:
    """Shifts (and the points that 0.5 then becomes) for a card without calibration cases; empty where none is due.

    Weights and balanced draws teach a prevalence that is not that of the cases. Who is called positive stays the same.
    What dynamic sampling taught while it followed validation cases is not known, so that nothing is corrected then.
    """
    import torch

    from learning.toolkit.calibrate import OperatingPoint
    from learning.toolkit.taught_prior import taught_shift

    if recipe.targets.kind not in ("binary", "progression"):
        return {}
    shifts = taught_shift(
        recipe, torch.from_numpy(examples.targets), torch.from_numpy(examples.weights),
        followed=recipe.evaluation.kind == "holdout",  # cross-validation ends with a training on everything
    )
    if shifts is None or not bool(shifts.any()):
        return {}
    why = "no calibration case: 0.5, moved with the corrected prevalence"
    return {
        "shifts": tuple(map(float, shifts)),
        "points": tuple(OperatingPoint(threshold, "youden", 0, why) for threshold in torch.sigmoid(-shifts).tolist()),
    }
