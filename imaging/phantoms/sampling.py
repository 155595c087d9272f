"""Drawing a thorax: first the body and the unit, then its look-alikes, then the findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from imaging.phantoms.look_alikes import draw_look_alikes
from imaging.phantoms.parameters import CTR_GRADES, CTR_NORMAL, FINDINGS, PREVALENCE, SITES, Lesion, Thorax


def sample_thorax(
    *, seed: int, index: int, prevalence: Mapping[str, float] | None = None, site: int | None = None,
    force: Mapping[str, bool] | None = None, difficulty: float = 1.0,
) -> Thorax:
    """Draw thorax `index` of the series `seed`. `force` fixes findings; `difficulty` above 1 makes lesions fainter.

    Nuisances are drawn before findings and do not depend on them. Raises ValueError for an unknown finding.
    """
    wanted = dict(PREVALENCE) | dict(prevalence or {})
    unknown = set(wanted) | set(force or {})
    if not unknown <= set(FINDINGS):
        raise ValueError(f"Unknown finding {sorted(unknown - set(FINDINGS))[0]!r}; known: {', '.join(FINDINGS)}.")
    thorax = _chest(seed, index, np.random.default_rng([seed, index, 1]), site)
    fate = np.random.default_rng([seed, index, 2])
    draws = {finding: bool(fate.random() < wanted[finding]) for finding in FINDINGS} | dict(force or {})
    lesions = tuple(
        DRAWS[finding](np.random.default_rng([seed, index, 10 + n]), thorax, difficulty)
        for n, finding in enumerate(FINDINGS) if draws[finding]
    )
    ctr = thorax.ctr
    if draws["cardiomegaly"]:
        grade = next(lesion.grade for lesion in lesions if lesion.finding == "cardiomegaly")
        ctr = float(np.random.default_rng([seed, index, 20]).uniform(0.0, 0.035)) + CTR_GRADES[grade - 1]
    return replace(thorax, lesions=lesions, ctr=ctr)


def _chest(seed: int, index: int, g: np.random.Generator, site: int | None) -> Thorax:
    where = int(g.integers(SITES))
    where = where if site is None else site
    return Thorax(
        seed=seed, index=index, sex="MF"[int(g.integers(2))], age_years=int(np.clip(g.normal(58, 17), 18, 89)),
        site=where, habitus=float(g.uniform(0.88, 1.2)), zoom=float(g.uniform(0.82, 1.06)),
        offset=(float(g.normal(0, 0.05)), float(g.normal(0, 0.05))), lung_width=float(g.uniform(0.86, 1.12)),
        lung_height=float(g.uniform(0.88, 1.1)), rotation_deg=float(g.normal(0, 2.5)), tilt=float(g.normal(0, 0.02)),
        domes=_domes(g), ctr=float(g.uniform(*CTR_NORMAL)), heart_left=float(g.uniform(0.58, 0.68)),
        heart_y=float(g.uniform(0.24, 0.34)), rib_phase=float(g.uniform(-0.06, 0.06)), rib_count=int(g.integers(8, 11)),
        vessel_seed=int(g.integers(2**31)), exposure=float(g.uniform(0.85, 1.15)),
        noise=float(g.uniform(0.6, 1.4)) * (1.0, 1.35, 0.8)[where],
        blur=(0.5, 0.9, 0.7)[where] * float(g.uniform(0.8, 1.2)),
        tone=(float(g.normal(0, 0.08)), float(g.normal(0, 0.07)), float(g.normal(0, 0.06)) + (0, 0.08, -0.08)[where]),
        distractors=draw_look_alikes(g), lesions=(),
    )


def _domes(g: np.random.Generator) -> tuple[float, float]:
    """Right and left; now and then one side stands high without anything being wrong."""
    right, left = g.uniform(0.46, 0.62), g.uniform(0.50, 0.66)
    high = g.uniform(0.06, 0.18) * (g.random() < 0.25)
    return (float(right - high), float(left)) if g.random() < 0.6 else (float(right), float(left - high))




def _side(g: np.random.Generator) -> tuple[str, int]:
    """The patient's side, and its sign of x: right is on the image's left."""
    return (("right", -1), ("left", 1))[int(g.integers(2))]


def _nodule(g: np.random.Generator, chest: Thorax, difficulty: float) -> Lesion:
    side, sign = _side(g)
    grade = int(g.integers(1, 4))
    radius = (0.06, 0.072, 0.085)[grade - 1] * g.uniform(0.92, 1.08)
    angle, reach = g.uniform(0, 2 * np.pi), np.sqrt(g.uniform(0, 1)) * 0.62
    x, y = sign * (0.43 * chest.lung_width + 0.25 * reach * np.cos(angle)), -0.08 + 0.42 * reach * np.sin(angle)
    return Lesion(
        "nodule", side, grade, int(g.integers(2)), float(x), float(y), float(g.uniform(-0.2, 0.2)), float(radius),
        float(g.uniform(0.85, 1.15) / difficulty), int(g.integers(2**31)),
    )


def _effusion(g: np.random.Generator, chest: Thorax, difficulty: float) -> Lesion:
    side, _ = _side(g)
    grade = int(g.integers(1, 4))
    height = (0.20, 0.34, 0.50)[grade - 1] * g.uniform(0.9, 1.15)
    return Lesion(
        "effusion", side, grade, int(g.integers(2)), extent=float(height),
        density=float(g.uniform(0.8, 1.0) / difficulty), texture_seed=int(g.integers(2**31)),
    )


def _consolidation(g: np.random.Generator, chest: Thorax, difficulty: float) -> Lesion:
    side, sign = _side(g)
    grade = int(g.integers(1, 4))
    size = (0.21, 0.28, 0.35)[grade - 1] * g.uniform(0.9, 1.1)
    x, y, z = sign * g.uniform(0.32, 0.52), g.uniform(-0.42, 0.3), g.uniform(-0.1, 0.1)
    return Lesion(
        "consolidation", side, grade, int(g.integers(2)), float(x), float(y), float(z), float(size),
        float(g.uniform(0.75, 1.0) / difficulty), int(g.integers(2**31)),
    )


def _pneumothorax(g: np.random.Generator, chest: Thorax, difficulty: float) -> Lesion:
    side, _ = _side(g)
    grade = int(g.integers(1, 4))
    depth = (0.12, 0.18, 0.26)[grade - 1] * g.uniform(0.9, 1.1)
    return Lesion(
        "pneumothorax", side, grade, int(g.integers(2)), extent=float(depth),
        density=float(g.uniform(0.85, 1.1) / difficulty),
    )


def _cardiomegaly(g: np.random.Generator, chest: Thorax, difficulty: float) -> Lesion:
    return Lesion("cardiomegaly", "", int(g.integers(1, 4)), int(g.integers(2)))


DRAWS = {
    "nodule": _nodule, "effusion": _effusion, "consolidation": _consolidation, "pneumothorax": _pneumothorax,
    "cardiomegaly": _cardiomegaly,
}
