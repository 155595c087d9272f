"""python -m benchmarks.reader_actions [--quick] [--only PART] [--seed N]: how many keys and clicks a label costs.

A scripted reader with a fixed confusion table reads 200 phantom cases, whose five findings are five labels each, with
three teachers really trained on few, more and many labels: the loop's recipe as an ordinal task, so that they know
grades, with boxes learned from readers' own. Each suggests twice: from the thresholds that the service would choose on
the calibration cases (Youden), and from a probability of one half on (`from_half`). Conditions, over the same cases and
the same truth:

form        a plain HTML form, a page per case, and a folded one (benchmarks/actions/form.py says what they are)
unaided     this room without suggestions
concurrent  this room with them, the reader anchored: a shown suggestion that says otherwise is adopted with ADOPTS
second      the own answer locked first, then suggestions, adopted less often

labels  states, sides and grades, as the form asks for them, in a project whose findings want no boxes
boxes   the same, and a box for whatever is present, as the findings of the demo want them (no form beside it)

An action is a key that goes down (modifiers too), a click or a page load; a drag is one click, beside it the figures
with two. The reader presses what benchmarks/actions/keys.py finds to be fewest. Every case of the first draw is then
keyed into the room itself in node (key map, commands, session and handing in; desk.mjs), and some into the room and
the form in Chromium: what is handed in must be the intended answer.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.actions import keys, reader
from benchmarks.actions.cases import FLAWLESS
from benchmarks.actions.form import form_actions
from benchmarks.results import exit_status, result

ROOT = Path(__file__).resolve().parent.parent
FIXED_SEED = 20_261_126
HEADER = {"00080060": {"vr": "CS", "Value": ["DX"]}}
RESAMPLES = 2000
STEPS = 2500
"""The loop takes 1000, in which a network that learns grades as well has not learned the small findings yet."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few cases and draws, small teachers")
    parser.add_argument("--seed", type=int, default=None, help="of the second run; drawn now by default")
    parser.add_argument("--without-browser", action="store_true")
    parser.add_argument("--only", choices=["fixed", "chosen", "browser"], help="one part")
    options = parser.parse_args()
    cases, draws, counts = (30, 2, (24, 60)) if options.quick else (200, 5, (40, 160, 640))
    chosen = secrets.randbelow(2**31) if options.seed is None else options.seed
    with tempfile.TemporaryDirectory(prefix="radloop-actions-") as home:
        recipe = _recipe(Path(home))
        for label, seed in (("fixed", FIXED_SEED), ("chosen", chosen)):
            if options.only not in (None, label) or (options.quick and label == "chosen"):
                continue
            load = os.getloadavg()[0]
            print(f"Seed {seed} ({label}); {cases} cases, {draws} draws of the reader, load {load:.1f}", flush=True)
            World(label, seed, cases, draws, counts, recipe).tell()
    if not options.without_browser and options.only in (None, "browser"):
        from benchmarks.actions.chromium import in_chromium

        in_chromium(shutil.which("chromium") or shutil.which("google-chrome"))
    return exit_status()


def _recipe(home: Path) -> dict[str, Any]:
    """The loop's own, for grades. It lives in a service, so Django has to be awake; no database is touched."""
    os.environ |= {"RADLOOP_HOME": str(home), "DJANGO_SETTINGS_MODULE": "config.settings"}
    import django
    import torch

    django.setup()
    torch.set_num_threads(1)
    from learning.services.loops import DEFAULT_RECIPE

    optimiser = DEFAULT_RECIPE["optimiser"] | {"max_steps": STEPS}
    return DEFAULT_RECIPE | {"targets": {"kind": "ordinal"}, "optimiser": optimiser}


class World:
    """Cases and teachers of one seed."""

    def __init__(
        self, label: str, seed: int, cases: int, draws: int, counts: tuple[int, ...], recipe: dict[str, Any]
    ) -> None:
        from benchmarks.actions.cases import flawless, schema, teachers, truths

        self.label, self.draws = label, draws
        self.findings = schema()
        self.truths = truths(seed, 0, cases)
        self.teachers = [*teachers(seed, counts, cases, recipe), flawless(self.truths)]
        streams = [[f"{seed}:{draw}:{n}" for n in range(cases)] for draw in range(draws)]
        self.streams = streams
        self.own = [
            [reader.unaided(self.findings, t, s) for t, s in zip(self.truths, row, strict=True)] for row in streams
        ]
        self.jobs: list[dict[str, Any]] = []
        self.wanted: list[reader.Answer] = []

    def tell(self) -> None:
        labels = len(self.findings)
        present = np.mean([sum(truth.states.values()) for truth in self.truths])
        print(f"({labels} findings, {present:.2f} present per case; sensitivity {reader.SENSITIVITY}, specificity "
              f"{reader.SPECIFICITY}; adopts a suggestion that says otherwise: {reader.ADOPTS})")
        form = self.table(lambda n, own: form_actions(self.findings, own))
        folded = self.table(lambda n, own: form_actions(self.findings, own, is_folded=True))
        _figure(f"{self.label}.form", form / labels)
        _figure(f"{self.label}.folded_form", folded / labels)
        for boxed in (False, True):
            scope = "boxes" if boxed else "labels"
            plain = self.counted("unaided", boxed, None, 1)
            _figure(f"{self.label}.{scope}.unaided", plain / labels)
            if not boxed:
                _ratio(f"{self.label}.labels.form_over_unaided", form, plain, ">=5")
                _ratio(f"{self.label}.labels.folded_form_over_unaided", folded, plain, "")
            for teacher in self.teachers:
                self.beside(teacher, scope, boxed, (form, folded), plain)
        self.check()
        for teacher in self.teachers:
            self.errors(teacher)

    def beside(self, teacher: Any, scope: str, boxed: bool, forms: Any, plain: Any) -> None:
        """The flawless teacher has no targets: it is not trained, and only tells what is there to gain."""
        is_trained = teacher.name != FLAWLESS
        name = f"{self.label}.{scope}.{teacher.name}"
        aided = self.counted("concurrent", boxed, teacher, 1)
        _figure(f"{name}.concurrent", aided / len(self.findings))
        if not boxed:
            _ratio(f"{name}.form_over_concurrent", forms[0], aided, ">=5" if is_trained else "")
            _ratio(f"{name}.folded_form_over_concurrent", forms[1], aided, "")
        _ratio(f"{name}.unaided_over_concurrent", plain, aided, ">=1.5" if is_trained else "")
        # Adopted suggestions change what is keyed in; with the same answers in both, only the keys differ.
        _ratio(f"{name}.unaided_over_unanchored", plain, self.counted("unanchored", boxed, teacher, 1), "")
        _ratio(f"{name}.unaided_over_second_reader", plain, self.counted("second_reader", boxed, teacher, 1), "")
        if boxed:
            twice = [self.counted(mode, True, t, 2) for mode, t in (("unaided", None), ("concurrent", teacher))]
            _ratio(f"{name}.unaided_over_concurrent.drag_counts_two", twice[0], twice[1], "")

    def table(self, count: Any) -> Any:
        """Draws × cases."""
        return np.array([[count(n, own) for n, own in enumerate(row)] for row in self.own], float)

    def counted(self, mode: str, boxed: bool, teacher: Any, per_drag: int) -> Any:
        rows: list[list[int]] = []
        for draw, row in enumerate(self.own):
            rows.append([])
            for n in range(len(row)):
                answer, steps = self.keyed(mode, boxed, teacher, draw, n)
                rows[-1].append(keys.actions(steps, per_drag))
                if draw == 0 and per_drag == 1 and mode != "unanchored":
                    self.note(mode, boxed, teacher, n, steps, answer)
        return np.array(rows, float)

    def said(self, mode: str, teacher: Any, draw: int, n: int) -> reader.Answer:
        own = self.own[draw][n]
        if teacher is None or mode == "unanchored":
            return own
        stream = self.streams[draw][n]
        return reader.aided(own, self.findings, teacher.suggestions[n], self.truths[n], mode, stream)

    def keyed(self, mode: str, boxed: bool, teacher: Any, draw: int, n: int) -> tuple[reader.Answer, list[keys.Step]]:
        answer = self.said(mode, teacher, draw, n)
        shown = teacher.suggestions[n] if teacher else None
        if mode == "second_reader":
            return answer, keys.second_reader(self.findings, shown or [], self.own[draw][n], answer, boxed=boxed)
        return answer, keys.concurrent(self.findings, shown, answer, boxed=boxed)

    def note(
        self, mode: str, boxed: bool, teacher: Any, n: int, steps: list[keys.Step], answer: reader.Answer
    ) -> None:
        from benchmarks.actions.cases import SIZE

        self.jobs.append({
            "mode": mode, "size": SIZE, "sure": keys.SURE, "header": HEADER, "steps": steps,
            "findings": [finding | {"wants_boxes": boxed} for finding in self.findings],
            "suggestions": teacher.suggestions[n] if teacher else [], "boxed": boxed,
        })
        self.wanted.append(answer)

    def check(self) -> None:
        """Keyed into the room: handed in is what was meant."""
        from benchmarks.actions.handed_in import differences

        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.writelines(json.dumps(job) + "\n" for job in self.jobs)
            file.flush()
            done = subprocess.run(
                ["node", "benchmarks/actions/desk.mjs", file.name], cwd=ROOT, text=True, capture_output=True, check=True
            )
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        wrong = [
            (job["mode"], job["steps"], differences(line, self.findings, answer, boxed=job["boxed"]))
            for job, line, answer in zip(self.jobs, lines, self.wanted, strict=True)
            if differences(line, self.findings, answer, boxed=job["boxed"])
        ]
        for one in wrong[:5]:
            print(f"  not as meant: {one}", file=sys.stderr)
        print(f"({len(lines)} cases keyed into the room itself, in node)")
        result(f"{self.label}.handed_in_otherwise", len(wrong), "cases", "0")

    def errors(self, teacher: Any) -> None:
        result(f"{self.label}.{teacher.name}.auc", round(teacher.auc, 3), "macro AUC")
        labels = len(self.findings)
        alone = self.table(lambda n, own: own.wrong(self.truths[n])) / labels
        _figure(f"{self.label}.{teacher.name}.error_unaided", 100 * alone, "% of labels")
        for mode in reader.ADOPTS:
            wrong = np.array([
                [self.said(mode, teacher, d, n).wrong(self.truths[n]) for n in range(len(self.truths))]
                for d in range(self.draws)
            ]) / labels
            _figure(f"{self.label}.{teacher.name}.errors_introduced.{mode}", 100 * (wrong - alone), "% of labels")


def _interval(values: Sequence[float]) -> str:
    low, high = np.percentile(values, [2.5, 97.5])
    return f"[{low:.2f} to {high:.2f}]"


def _drawn(count: int) -> Any:
    """Cases (patients) are drawn again; every draw of the reader goes along."""
    return np.random.default_rng(1).integers(0, count, (RESAMPLES, count))


def _figure(name: str, table: Any, unit: str = "actions per label") -> None:
    means = table.mean(axis=0)
    print(f"  {name}: {means.mean():.3f} {_interval(means[_drawn(len(means))].mean(axis=1))}")
    result(name, round(float(means.mean()), 3), unit)


def _ratio(name: str, more: Any, fewer: Any, target: str) -> None:
    a, b = more.mean(axis=0), fewer.mean(axis=0)
    rows = _drawn(len(a))
    print(f"  {name}: {a.mean() / b.mean():.2f} {_interval(a[rows].mean(axis=1) / b[rows].mean(axis=1))}")
    result(name, round(float(a.mean() / b.mean()), 3), "times", target)


if __name__ == "__main__":
    raise SystemExit(main())
