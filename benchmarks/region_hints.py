"""python -m benchmarks.region_hints [--quick] [--seed N]: a report's words say where on the image to look.

Phantom radiographs with their reports: the rules read the report, side and anatomy of each present mention become a
region inside the lung fields found in the image, and the region is held against the exact box of the finding.

Claims, on the fixed seed and on one chosen at run time (or by --seed), with 95% intervals over patients:
- the centre of the true box lies in the hinted region far more often than in a region of the same size put at random;
- the hinted region overlaps the true box (IoU) better than the whole image and better than the random region;
- most present findings get a hint at all.
"""

from __future__ import annotations

import argparse
import os
import secrets
from collections import defaultdict
from dataclasses import dataclass

import django
import numpy as np

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()  # the services stand among models, though nothing here asks a database

from benchmarks.results import exit_status, result  # noqa: E402
from imaging.phantoms import FINDINGS, render_radiograph, report_text, sample_thorax  # noqa: E402
from reports_nlp.services.lung_fields import Box, LungFields, lung_fields  # noqa: E402
from reports_nlp.services.region_hints import hinted_boxes, within  # noqa: E402
from reports_nlp.stages import Extractor  # noqa: E402
from reports_nlp.stages.types import Context, Mention, Polarity  # noqa: E402

FIXED_SEED = 20_261_126
SIZE = 256
NAMES = {
    "nodule": {"Nodule", "Lung Lesion"}, "effusion": {"Pleural Effusion"}, "consolidation": {"Consolidation"},
    "pneumothorax": {"Pneumothorax"}, "cardiomegaly": {"Cardiomegaly"},
}


@dataclass(frozen=True)
class Case:
    """One present finding of one patient; None where the report gave no place."""

    patient: int
    finding: str
    hit: float | None
    iou: float | None
    area: float = 0.0
    random_hit: float = 0.0
    random_iou: float = 0.0
    whole_iou: float = 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the patients")
    parser.add_argument("--seed", type=int, default=None, help="instead of one chosen at run time")
    options = parser.parse_args()
    extractor = Extractor()
    for seed in (FIXED_SEED, options.seed if options.seed is not None else secrets.randbelow(10**9)):
        print(f"seed {seed}")
        cases = [case for index in range(100 if options.quick else 1000) for case in _cases(extractor, seed, index)]
        _tell(cases, np.random.default_rng(seed))
    return exit_status()


def _cases(extractor: Extractor, seed: int, index: int) -> list[Case]:
    thorax = sample_thorax(seed=seed, index=index)
    image = render_radiograph(thorax, rows=SIZE, columns=SIZE)
    pixels = image.pixels.astype(np.float32)
    fields = lung_fields((pixels - pixels.min()) / max(1.0, float(pixels.max() - pixels.min())))
    mentions = [m for m in extractor(report_text(thorax)).mentions
                if m.polarity is Polarity.PRESENT and m.context is Context.ASSERTED]
    generator = np.random.default_rng([seed, index])
    cases = []
    for true in image.boxes:
        box = Box(true.x, true.y, true.w, true.h)
        hints = [
            inside for mention in mentions if {mention.finding, mention.subfinding} & NAMES[true.finding]
            for hinted, _ in _boxes(fields, mention)
            if (inside := within(hinted, rows=SIZE, columns=SIZE)) is not None
        ]
        cases.append(_case(index, true.finding, box, hints, generator))
    return cases


def _boxes(fields: LungFields, mention: Mention) -> list[tuple[Box, str]]:
    return hinted_boxes(
        fields=fields, finding=mention.finding, laterality=mention.laterality, anatomy=mention.anatomy
    )


def _case(patient: int, finding: str, true: Box, hints: list[Box], generator: np.random.Generator) -> Case:
    """The narrowest hint speaks: a zone is named to be more exact than a side."""
    if not hints:
        return Case(patient, finding, None, None)
    hint = min(hints, key=lambda box: box.w * box.h)
    others = [
        Box(float(generator.uniform(-0.5, SIZE - 0.5 - hint.w)), float(generator.uniform(-0.5, SIZE - 0.5 - hint.h)),
            hint.w, hint.h)
        for _ in range(20)
    ]
    whole = Box(-0.5, -0.5, SIZE, SIZE)
    return Case(
        patient, finding, float(_holds(hint, true)), _iou(hint, true), hint.w * hint.h / SIZE**2,
        float(np.mean([_holds(other, true) for other in others])),
        float(np.mean([_iou(other, true) for other in others])), _iou(whole, true),
    )


def _holds(region: Box, true: Box) -> bool:
    x, y = true.x + true.w / 2, true.y + true.h / 2
    return region.x <= x <= region.x + region.w and region.y <= y <= region.y + region.h


def _iou(a: Box, b: Box) -> float:
    width = max(0.0, min(a.x + a.w, b.x + b.w) - max(a.x, b.x))
    height = max(0.0, min(a.y + a.h, b.y + b.h) - max(a.y, b.y))
    shared = width * height
    return shared / (a.w * a.h + b.w * b.h - shared)


def _tell(cases: list[Case], generator: np.random.Generator) -> None:
    hinted = [case for case in cases if case.hit is not None]
    result("region-hints-coverage", len(hinted) / max(1, len(cases)), "share", ">=0.8")
    print(f"{'finding':<16}{'n':>5}  {'hit':>20}  {'random hit':>10}  {'IoU':>20}  {'random':>7}  {'whole':>7}  area")
    for finding in (*FINDINGS, ""):
        mine = [case for case in hinted if finding in ("", case.finding)]
        if not mine:
            continue
        hit, iou = (_interval(mine, name, generator) for name in ("hit", "iou"))
        others = {name: np.mean([getattr(c, name) for c in mine]) for name in
                  ("random_hit", "random_iou", "whole_iou", "area")}
        print(f"{finding or 'all':<16}{len(mine):>5}  {_words(hit):>20}  {others['random_hit']:>10.2f}  "
              f"{_words(iou):>20}  {others['random_iou']:>7.2f}  {others['whole_iou']:>7.2f}  {others['area']:.2f}")
        if not finding:
            gain = _interval(mine, "hit", generator, minus="random_hit")
            result("region-hints-hit-rate", hit[0], "share")
            result("region-hints-hit-over-random-low", gain[1], "share", ">=0.4")
            for other in ("random", "whole"):
                gain = _interval(mine, "iou", generator, minus=f"{other}_iou")
                result(f"region-hints-iou-over-{other}-low", gain[1], "IoU", ">0.05")


def _interval(
    cases: list[Case], name: str, generator: np.random.Generator, *, minus: str = ""
) -> tuple[float, float, float]:
    """Mean with its 95% interval, patients drawn with replacement."""
    by_patient: dict[int, list[float]] = defaultdict(list)
    for case in cases:
        by_patient[case.patient].append(getattr(case, name) - (getattr(case, minus) if minus else 0.0))
    sums = np.array([[sum(values), len(values)] for values in by_patient.values()])
    drawn = sums[generator.integers(0, len(sums), (1000, len(sums)))].sum(axis=1)
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], [2.5, 97.5])
    return float(sums[:, 0].sum() / sums[:, 1].sum()), float(low), float(high)


def _words(value: tuple[float, float, float]) -> str:
    return f"{value[0]:.2f} ({value[1]:.2f}–{value[2]:.2f})"


if __name__ == "__main__":
    raise SystemExit(main())
