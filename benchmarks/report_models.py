"""python -m benchmarks.report_models [--seeds 5] [--sizes 100,300,1000,3000]: when do corrections beat the rules?

1. Two made-up sites (benchmarks.report_sites). Of n verdicts, 3 % of them slips, 30 % judge and 70 % train, as in the
   service; logistic regression and the CNN beside the rules and the commonest answer on 1,000 other reports whose truth
   is known. Intervals cover patients and seeds. Also: what the promotion rule would have done, and how often wrongly.
2. The control: verdicts shuffled among reports must teach nothing.
3. Impressions written blind (tests/golden/reports/blind): trained on the half dev, scored on the half test.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from benchmarks.report_sites import TEXTBOOK, SiteReport, site_report
from benchmarks.results import exit_status, result
from benchmarks.stacks import ROOT
from reports_nlp.learning.compare import compare
from reports_nlp.learning.evaluate import Case, micro_counts
from reports_nlp.learning.train import train
from reports_nlp.learning.types import KINDS, Example, LearningError, rule_state
from reports_nlp.stages import Extractor, load_policy, load_rules
from reports_nlp.stages.types import Extraction

BLIND = ROOT / "tests" / "golden" / "reports" / "blind" / "impressions.csv"
SITES = {"textbook": 0.0, "own_words": 0.25}
SLIPS, TEST, HELD_OUT = 0.03, 1000, 0.3
FINDINGS = tuple(TEXTBOOK)


@dataclass(frozen=True)
class Row:
    report: SiteReport
    extraction: Extraction


def rows_of(site: str, seed: int, number: int, extractor: Extractor) -> list[Row]:
    reports = [site_report(site, seed, n, own=SITES[site], slips=SLIPS) for n in range(number)]
    found = extractor.pipe([report.text for report in reports])
    return [Row(report, extraction) for report, extraction in zip(reports, found, strict=True)]


def cases(rows: Sequence[Row], finding: str, said: Sequence[str], *, as_judged: bool = False) -> list[Case]:
    return [
        Case(r.report.patient, (r.report.verdicts if as_judged else r.report.truth)[finding], s)
        for r, s in zip(rows, said, strict=True)
    ]


def by_rules(rows: Sequence[Row], finding: str) -> list[str]:
    return [rule_state(row.extraction, (finding,)) for row in rows]


def by_model(model: Any, rows: Sequence[Row], finding: str) -> list[str]:
    """As the service uses it: without a place in the text the rules' answer stays."""
    told = [model.predict(row.extraction) for row in rows]
    ruled = by_rules(rows, finding)
    return [p.state if p.spans or p.state == "not_mentioned" else r for p, r in zip(told, ruled, strict=True)]


class Tally:
    """Counts per test patient of every seed, for one arm; F1 and differences with intervals over both."""

    def __init__(self) -> None:
        self.tables: list[Any] = []

    def add(self, found: Sequence[Case]) -> None:
        self.tables.append(micro_counts(found))

    def f1(self) -> float:
        return float(np.mean([_f1(table.sum(axis=0)[None])[0] for table in self.tables]))

    def minus(self, other: Tally, *, replicates: int = 2000) -> tuple[float, float, float]:
        """Difference in F1, low, high: patients and seeds drawn with replacement, the same for both arms."""
        draw = np.random.default_rng(0)
        stacks = [np.stack(tally.tables) for tally in (self, other)]
        seeds, patients = stacks[0].shape[:2]
        deltas = []
        for _ in range(replicates):
            weights = draw.multinomial(patients, np.full(patients, 1 / patients))
            chosen = draw.integers(seeds, size=seeds)
            sums = [np.einsum("p,spc->sc", weights, stack[chosen]) for stack in stacks]
            deltas.append(float((_f1(sums[0]) - _f1(sums[1])).mean()))
        return self.f1() - other.f1(), *(float(b) for b in np.quantile(deltas, [0.025, 0.975]))


def _f1(sums: Any) -> Any:
    right, wrong, missed = sums.T
    return 2 * right / np.maximum(2 * right + wrong + missed, 1)


def site_curve(site: str, seeds: int, sizes: Sequence[int], extractor: Extractor) -> None:
    test = rows_of(site, 10_000, TEST, extractor)
    arms: dict[tuple[str, int], Tally] = {}
    promoted: Counter[tuple[str, int]] = Counter()
    wrongly: Counter[tuple[str, int]] = Counter()
    seconds: Counter[tuple[str, int]] = Counter()
    for seed in range(seeds):
        pool = rows_of(site, seed, max(sizes), extractor)
        for size in sizes:
            cut = round(size * HELD_OUT)
            held, used = pool[:cut], pool[cut:size]
            for arm in ("rules", "commonest", *KINDS):
                arms.setdefault((arm, size), Tally())
            answers: dict[str, list[Case]] = {arm: [] for arm in ("rules", "commonest", *KINDS)}
            for finding in FINDINGS:
                ruled = cases(test, finding, by_rules(test, finding))
                answers["rules"] += ruled
                common = Counter(row.report.verdicts[finding] for row in used).most_common(1)[0][0]
                answers["commonest"] += cases(test, finding, [common] * len(test))
                for kind in KINDS:
                    began = time.process_time()
                    examples = [Example(r.extraction, r.report.patient, r.report.verdicts[finding]) for r in used]
                    model = train(kind, examples, (finding,), seed=seed)
                    seconds[(kind, size)] += time.process_time() - began  # type: ignore[assignment]
                    told = cases(test, finding, by_model(model, test, finding))
                    answers[kind] += told
                    judged = compare(
                        cases(held, finding, by_rules(held, finding), as_judged=True),
                        cases(held, finding, by_model(model, held, finding), as_judged=True),
                    )
                    promoted[(kind, size)] += judged.verdict == "gain"
                    truly = compare(ruled, told, replicates=100).delta
                    wrongly[(kind, size)] += judged.verdict == "gain" and truly <= 0
            for arm, found in answers.items():
                arms[(arm, size)].add(found)
        print(f"({site}: seed {seed} done)", flush=True)
    report(site, seeds, sizes, arms, promoted, wrongly, seconds)


def report(site: str, seeds: int, sizes: Sequence[int], arms: Any, promoted: Any, wrongly: Any, seconds: Any) -> None:
    models = seeds * len(FINDINGS)
    result(f"{site}.rules", round(arms[("rules", sizes[0])].f1(), 4), "micro F1")
    result(f"{site}.commonest", round(arms[("commonest", sizes[-1])].f1(), 4), "micro F1")
    for kind in KINDS:
        for size in sizes:
            delta, low, high = arms[(kind, size)].minus(arms[("rules", size)])
            result(f"{site}.{kind}.{size}", round(arms[(kind, size)].f1(), 4), "micro F1")
            print(
                f"({kind} minus rules at {size}: {delta:+.3f}, 95% interval {low:+.3f} to {high:+.3f}; promoted "
                f"{promoted[(kind, size)]} of {models}, wrongly {wrongly[(kind, size)]}; "
                f"{seconds[(kind, size)] / models:.1f} CPU s a model)", flush=True,
            )
    if site == "own_words":
        best = max(arms[(kind, sizes[-1])].minus(arms[("rules", sizes[-1])])[1] for kind in KINDS)
        result(f"{site}.gain_at_{sizes[-1]}_low_end", round(best, 4), "micro F1", ">0")
    result(f"{site}.promoted_wrongly", sum(wrongly.values()), "models", "0" if site == "own_words" else "")


def shuffled_control(extractor: Extractor, size: int = 1000) -> None:
    """Verdicts of other reports: a model that beats the rules on truth would have read the test."""
    rows, test = rows_of("own_words", 77, size, extractor), rows_of("own_words", 10_000, TEST, extractor)
    order = list(range(size))
    Random(5).shuffle(order)
    for kind in KINDS:
        told: list[Case] = []
        for finding in FINDINGS:
            examples = [
                Example(row.extraction, row.report.patient, rows[place].report.verdicts[finding])
                for row, place in zip(rows, order, strict=True)
            ]
            model = train(kind, examples, (finding,), seed=0)
            told += cases(test, finding, [model.predict(row.extraction).state for row in test])
        tally = Tally()
        tally.add(told)
        result(f"shuffled.{kind}.{size}", round(tally.f1(), 4), "micro F1", "<0.55")


def blind_impressions(extractor: Extractor) -> None:
    """Fourteen findings pooled; what each half holds is too small for any finding alone."""
    with BLIND.open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    names = [name for name in table[0] if name not in ("id", "half", "text")]
    words = {"1": "present", "0": "absent", "-1": "equivocal", "": "not_mentioned"}
    found = list(extractor.pipe([row["text"] for row in table]))
    cut = [place for place, row in enumerate(table) if row["half"] == "dev"]
    rest = [place for place, row in enumerate(table) if row["half"] == "test"]
    pooled: dict[str, list[Case]] = {arm: [] for arm in ("rules", *KINDS)}
    for name in names:
        ruled = [rule_state(found[place], (name,)) for place in rest]
        truth = [words[table[place][name]] for place in rest]
        patients = [table[place]["id"] for place in rest]
        pooled["rules"] += [Case(*one) for one in zip(patients, truth, ruled, strict=True)]
        examples = [Example(found[place], table[place]["id"], words[table[place][name]]) for place in cut]
        for kind in KINDS:
            try:
                model = train(kind, examples, (name,), seed=0)
                said = [model.predict(found[place]).state for place in rest]
            except LearningError:
                said = ruled
            pooled[kind] += [Case(*one) for one in zip(patients, truth, said, strict=True)]
    for kind in KINDS:
        judged = compare(pooled["rules"], pooled[kind])
        result(f"blind.{kind}.{len(cut)}", round(judged.model, 4), "micro F1")
        print(f"(rules {judged.rules:.4f}; {judged.sentence})", flush=True)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--sizes", default="100,300,1000,3000")
    arguments.add_argument("--only", choices=[*SITES, "shuffled", "blind"])
    options = arguments.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    extractor = Extractor(rules=load_rules("en"), policy=load_policy("chexpert"))
    print(f"rules {extractor.definition[:16]}; {options.seeds} seeds", flush=True)
    for site in SITES:
        if options.only in (None, site):
            site_curve(site, options.seeds, sizes, extractor)
    if options.only in (None, "shuffled"):
        shuffled_control(extractor)
    if options.only in (None, "blind"):
        blind_impressions(extractor)
    return exit_status()


if __name__ == "__main__":
    raise SystemExit(main())
