"""Phantom cases with their truth, and what three really trained teachers suggest about them."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from learning.demo.plan import FINDINGS as SCHEMA

SIZE = 512
"""Pixels of a case's image; the networks see 64."""
CODES = [row[0] for row in SCHEMA]
GRADED = {row[0] for row in SCHEMA if row[3]}
CALIBRATION = 300
BOX_FROM, BOX_UP_TO = 0.5, 0.35
"""As learning.services.predictions shows boxes."""

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
    said = []
    for truth in cases:
        said.append([])
        for code in CODES:
            box = truth.boxes.get(code)
            made = _suggestion(code, 0.9 if truth.states[code] else 0.1, [], SIZE)
            shown = {"id": f"b-{code}-0", "instance_id": 1, "frame": 0, "probability": 0.9, "how": "truth"}
            grade = truth.grades[code] if box and code in GRADED else None
            said[-1].append(made | {"boxes": [shown | box] if box else [], "grade": grade})
    return Teacher(FLAWLESS, 1.0, said)


def teachers(seed: int, counts: tuple[int, ...], cases: int, recipe: dict[str, Any]) -> list[Teacher]:
    """One for each number of labels. Thoraxes 0 … are read; those that calibrate and train come after them."""
    from imaging.phantoms import FINDINGS, image_batch

    most = max(counts)
    images, labels = image_batch(seed=seed, start=0, count=cases + CALIBRATION + most)
    order = [FINDINGS.index(code) for code in CODES]
    return [_teacher(n, images, labels[:, order], cases, recipe) for n in counts]


def _teacher(count: int, images: Any, labels: Any, cases: int, recipe: dict[str, Any]) -> Teacher:
    from learning.recipe import load_recipe
    from learning.toolkit.calibrate import fit_scaling, scale
    from learning.toolkit.data import Examples
    from learning.toolkit.localise import activation_boxes, class_activation
    from learning.toolkit.prediction import predict
    from learning.toolkit.ranks import auroc
    from learning.toolkit.train import fit

    begin = cases + CALIBRATION
    rows = np.arange(begin, begin + count)
    cut = count - count // 5

    def examples(part: Any) -> Any:
        names = [str(n) for n in part]
        return Examples.of(images[part], labels[part].astype(np.float32), patients=names, findings=CODES)

    with tempfile.TemporaryDirectory() as folder:
        model = fit(
            examples(rows[:cut]), examples(rows[cut:]), load_recipe(recipe), workdir=Path(folder), device="cpu"
        ).model
    raw = predict(model, images[:begin], device="cpu").probabilities
    temperatures, shifts = fit_scaling(raw[cases:], labels[cases:begin].astype(float))
    likely = scale(raw[:cases], temperatures, shifts)
    aucs = [auroc(likely[:, n], labels[:cases, n].astype(float)) for n in range(len(CODES))]
    maps = class_activation(model, images[:cases])
    size = images.shape[1]
    boxes: dict[tuple[int, int], list[Any]] = {}
    shown = likely.astype(np.float32)
    for box in activation_boxes(maps, shown, size=size, least=BOX_FROM, most=BOX_UP_TO):
        boxes.setdefault((box.row, box.column), []).append(box)
    said = [[_suggestion(code, float(likely[n, f]), boxes.get((n, f), []), size) for f, code in enumerate(CODES)]
            for n in range(cases)]
    return Teacher(f"{count}_labels", float(np.mean([a for a in aucs if a is not None])), said)


def _suggestion(code: str, probability: float, boxes: list[Any], size: int) -> dict[str, Any]:
    is_present = probability >= BOX_FROM
    ratio = SIZE / size
    shown = [
        {
            "id": f"b-{code}-{n}", "instance_id": 1, "frame": 0, "x": (b.x + 0.5) * ratio - 0.5,
            "y": (b.y + 0.5) * ratio - 0.5, "w": b.w * ratio, "h": b.h * ratio, "probability": probability,
            "how": "class activation",
        }
        for n, b in enumerate(boxes) if is_present
    ]
    return {
        "id": f"m1-{code}", "finding": code, "probability": round(probability, 3), "calibrated": True,
        "state": "present" if is_present else "absent", "model": "model 1", "threshold": BOX_FROM, "boxes": shown,
        "has_map": False,
    }
