"""Phantom cases with their truth, and what really trained teachers suggest about them."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from learning.demo.plan import FINDINGS as SCHEMA

SIZE, SEEN = 512, 64
"""Pixels of a case's image, and of what the networks see of it."""
CODES = [row[0] for row in SCHEMA]
GRADED = {row[0] for row in SCHEMA if row[3]}
CALIBRATION = 300
FLAWLESS = "flawless"

Box = dict[str, float]


def schema() -> list[dict[str, Any]]:
    """The demo's findings in the shape of the case's API, every one of which wants boxes."""
    return [
        {
            "id": n + 1, "code": code, "name": name, "shortcut": key, "kind": "ordinal" if grades else "binary",
            "grades": grades, "has_laterality": sided, "wants_boxes": True, "parent": None, "definition": definition,
            "synonyms": [], "scheme_code": "", "has_example": False,
        }
        for n, (code, name, key, grades, _, sided, definition) in enumerate(SCHEMA)
    ]


@dataclass(frozen=True)
class Truth:
    """Finding code → whether it is there, its side, grade (from 0) and box in image pixels."""

    states: dict[str, bool]
    sides: dict[str, str]
    grades: dict[str, int]
    boxes: dict[str, Box]


@dataclass(frozen=True)
class Teacher:
    """`suggestions` by case, in the shape of the case's API; `auc` macro over findings on those cases."""

    name: str
    auc: float
    suggestions: list[list[dict[str, Any]]]


def truths(seed: int, start: int, count: int) -> list[Truth]:
    from imaging.phantoms import render_radiograph, sample_thorax

    found = []
    for index in range(start, start + count):
        thorax = sample_thorax(seed=seed, index=index)
        image = render_radiograph(thorax, rows=SIZE, columns=SIZE)
        boxes = {b.finding: {"x": b.x, "y": b.y, "w": b.w, "h": b.h} for b in image.boxes}
        there = {code: code in boxes for code in CODES}
        sides = {lesion.finding: lesion.side for lesion in thorax.lesions if lesion.side in ("left", "right")}
        found.append(Truth(there, sides, {c: max(0, thorax.grades[c] - 1) for c in CODES}, boxes))
    return found


def flawless(cases: list[Truth]) -> Teacher:
    """What no teacher can do better: the truth with grade and box. Not trained: it says how much is to be gained."""
    from learning.services.suggested import Word

    said: list[list[dict[str, Any]]] = []
    for truth in cases:
        said.append([])
        for code in CODES:
            box = truth.boxes.get(code)
            word = Word(code, 0.9 if box else 0.1, box is not None, 0.5, truth.grades[code] if code in GRADED else None)
            shown = {"id": f"b-{code}-0", "instance_id": 1, "frame": 0, "probability": 0.9, "how": "truth"}
            said[-1].append(_suggestion(word, []) | {"boxes": [shown | box] if box else []})
    return Teacher(FLAWLESS, 1.0, said)


def teachers(seed: int, counts: tuple[int, ...], cases: int, recipe: dict[str, Any]) -> list[Teacher]:
    """Two for each number of labels: one model, suggesting from the service's thresholds on and from one half on.

    Thoraxes 0 … are read; those that calibrate and train come after them.
    """
    pool = _pool(seed, cases + CALIBRATION + max(counts))
    return [one for count in counts for one in _teachers(count, pool, cases, recipe)]


@dataclass(frozen=True)
class _Pool:
    """N x 64 x 64 images, N x F levels (0 absent, 1 present or its first grade), and what readers boxed on each."""

    images: Any
    levels: Any
    taught: list[Any]


def _pool(seed: int, count: int) -> _Pool:
    from imaging.phantoms import render_radiograph, sample_thorax
    from learning.toolkit.detection import TaughtImage

    images, levels, taught = [], [], []
    for index in range(count):
        thorax = sample_thorax(seed=seed, index=index)
        shown = render_radiograph(thorax, rows=SEEN, columns=SEEN)
        images.append(shown.pixels)
        levels.append([thorax.grades[code] for code in CODES])
        taught.append(TaughtImage({b.finding: ((b.x, b.y, b.w, b.h),) for b in shown.boxes}))
    return _Pool(np.stack(images), np.array(levels), taught)


def _teachers(count: int, pool: _Pool, cases: int, recipe: dict[str, Any]) -> list[Teacher]:
    """Trained, calibrated and thresholded as the service does, and suggesting in its words."""
    from learning.recipe import load_recipe
    from learning.services.suggested import words
    from learning.toolkit.calibrate import choose_points
    from learning.toolkit.prediction import predict
    from learning.toolkit.task_scaling import fit_task_scaling, scale_task
    from learning.toolkit.tasks import columns_of, presence_columns

    kind = load_recipe(recipe).targets.kind
    columns = columns_of(kind, _asked())
    targets = _targets(kind, pool.levels, columns)
    begin = cases + CALIBRATION
    rows = np.arange(begin, begin + count)
    model = _fitted(pool.images[rows], targets[rows], columns, recipe)
    raw = predict(model, pool.images[:begin], device="cpu").probabilities
    known = targets[cases:begin].astype(float)
    calibrated = scale_task(kind, raw, *fit_task_scaling(kind, columns, raw[cases:], known))
    points = choose_points(calibrated[cases:], known)
    likely = calibrated[:cases]
    boxes = _boxes(model, pool.images[:cases], likely, pool.images[rows], [pool.taught[row] for row in rows])
    there = presence_columns(columns)
    auc = _auc(likely[:, [there[code] for code in CODES]], pool.levels[:cases] > 0)

    def teacher(name: str, thresholds: dict[str, float]) -> Teacher:
        said = []
        for n in range(cases):
            told = words(columns, dict(zip(columns, likely[n], strict=True)), thresholds)
            said.append([_suggestion(word, boxes.get((n, there[word.finding]), [])) for word in told])
        return Teacher(name, auc, said)

    chosen = {column: point.threshold for column, point in zip(columns, points, strict=True)}
    return [teacher(f"{count}_labels", chosen), teacher(f"{count}_labels.from_half", {})]


def _fitted(images: Any, targets: Any, columns: tuple[str, ...], recipe: dict[str, Any]) -> Any:
    """The last fifth is held out."""
    from learning.recipe import load_recipe
    from learning.toolkit.data import Examples
    from learning.toolkit.train import fit

    cut = len(images) - len(images) // 5
    names = [str(n) for n in range(len(images))]
    seen, held_out = (
        Examples.of(images[part], targets[part], patients=names[part], findings=columns)
        for part in (slice(cut), slice(cut, None))
    )
    with tempfile.TemporaryDirectory() as folder:
        return fit(seen, held_out, load_recipe(recipe), workdir=Path(folder), device="cpu").model


def _auc(likely: Any, there: Any) -> float:
    """Mean over findings."""
    from learning.toolkit.ranks import auroc

    found = [auroc(likely[:, n], there[:, n].astype(float)) for n in range(there.shape[1])]
    return float(np.mean([one for one in found if one is not None]))


def _asked() -> list[Any]:
    from learning.toolkit.tasks import Asked

    return [Asked(row[0], max(1, len(row[3]))) for row in SCHEMA]


def _targets(kind: str, levels: Any, columns: tuple[str, ...]) -> Any:
    """N x columns float32."""
    from learning.toolkit.tasks import Said, encode

    said = [
        {code: Said(float(level > 0), int(level) - 1 if level and code in GRADED else None)
         for code, level in zip(CODES, row, strict=True)}
        for row in levels
    ]
    encoded = [encode(kind, _asked(), one) for one in said]
    return np.array([[one[column] for column in columns] for one in encoded], np.float32)


def _boxes(model: Any, images: Any, likely: Any, seen: Any, taught: list[Any]) -> dict[tuple[int, int], list[Any]]:
    """By case and column, as the service draws them: learned from readers' boxes, else by class activation."""
    from learning.services.evidence import boxes_on
    from learning.toolkit.box_head import BoxHead, maps_of
    from learning.toolkit.localise import class_activation

    head = BoxHead.fit(maps_of(model, seen), taught, size=SEEN)
    found: dict[tuple[int, int], list[Any]] = {}
    for box, _ in boxes_on(model, images, class_activation(model, images), model.findings, likely, head):
        found.setdefault((box.row, box.column), []).append(box)
    return found


def _suggestion(word: Any, boxes: list[Any]) -> dict[str, Any]:
    """In the shape of the case's API."""
    ratio = SIZE / SEEN
    shown = [
        {
            "id": f"b-{word.finding}-{n}", "instance_id": 1, "frame": 0, "x": (b.x + 0.5) * ratio - 0.5,
            "y": (b.y + 0.5) * ratio - 0.5, "w": b.w * ratio, "h": b.h * ratio, "probability": word.probability,
            "how": "class activation",
        }
        for n, b in enumerate(boxes) if word.is_present
    ]
    return {
        "id": f"m1-{word.finding}", "finding": word.finding, "probability": round(float(word.probability), 3),
        "calibrated": True, "state": "present" if word.is_present else "absent", "model": "model 1",
        "threshold": word.threshold, "boxes": shown, "grade": word.grade, "has_map": False,
    }
