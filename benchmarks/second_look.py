"""python -m benchmarks.second_look [--quick] [--seed N]: does asking back pay, and for which model and which reader?

Phantom patients with a known truth, read by readers who are simulated (and marked so), through the services that people
use: each answer goes through `ask_back` and `submit_reading`, and the figures come from the selector of the page. A
model's probabilities are drawn calibrated, at three accuracies; a reader misses a share of what is there, and on being
asked back either looks again (and sees better), follows the model blindly, or keeps the first answer. One reader meets
a model that claims to be calibrated and is not: there asking back must show up as a harm.

Claims, with 95 % intervals by patient:
- looking again after being asked pays with a calibrated model that is good enough to be sure (net benefit above 0);
  a weak one is hardly ever sure, so it hardly ever asks;
- keeping every answer changes nothing: the net benefit is exactly 0;
- a blind follower of a model that is overconfident is harmed, and the figure says so.
These say how the measure works. They are no evidence about people.
"""

from __future__ import annotations

import argparse
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

FIXED_SEED = 20_261_126
PREVALENCE = 0.5
SENSITIVITY, SPECIFICITY = 0.70, 0.95
HEEDS: dict[str, tuple[float, float]] = {"looks again": (0.7, 0.15), "follows": (1.0, 1.0), "keeps": (0.0, 0.0)}
"""How often a reader who is asked back changes to "present": where it is there, where it is not."""
SEPARATIONS = {"0.75": 0.95, "0.85": 1.47, "0.95": 2.33}
"""AUROC of a model whose log odds are normal → distance of the two means in standard deviations."""


def probabilities(truth: np.ndarray, separation: float, sharpen: float, generator: np.random.Generator) -> np.ndarray:
    """Calibrated for two normals of the same spread; `sharpen` above 1 makes the model surer than it may be."""
    score = generator.normal(separation * truth, 1.0)
    odds = separation * (score - separation / 2) + np.log(PREVALENCE / (1 - PREVALENCE))
    return np.asarray(1 / (1 + np.exp(-sharpen * odds)))


def study(name: str, *, cases: int, separation: float, heed: tuple[float, float], sharpen: float, seed: int) -> None:
    """One model and one reader: a project of their own, read to the end, and the page's figures printed."""
    from annotation.services.ledger import Line, get_source, open_batch, record_observations
    from annotation.services.readings import open_reading, record_shown, submit_reading
    from annotation.services.second_look import ask_back
    from annotation.services.worklists import add_items, create_worklist, next_slot, write_ranking
    from benchmarks.results import result
    from core.models import User
    from learning.selectors.aid import second_look_benefit
    from tests.annotation.bare import bare_studies
    from tests.factories import add_member, make_findings, make_project

    generator = np.random.default_rng(seed)
    project = make_project()
    effusion = make_findings(project, ["Effusion"])["effusion"]
    reader = add_member(project, "annotator", User.objects.create_user(f"sim-{project.pk}", is_simulated=True))
    studies = bare_studies(project, cases)
    truth = generator.random(cases) < PREVALENCE
    likely = probabilities(truth.astype(float), separation, sharpen, generator)
    batch = open_batch(project=project, source=get_source(project=project, kind="record", name="phantom"), act="import")
    record_observations(batch=batch, lines=[
        Line(effusion, one, "present" if there else "absent") for one, there in zip(studies, truth, strict=True)
    ])
    worklist = create_worklist(project=project, name="Aided", mode="concurrent", unaided_share=0.0)
    add_items(worklist=worklist, studies=studies)
    write_ranking(worklist=worklist, entries=[(s.pk, -float(n), "") for n, s in enumerate(studies)], query="random")
    place = {one.pk: n for n, one in enumerate(studies)}
    while (slot := next_slot(worklist=worklist, reader=reader)) is not None:
        reading = open_reading(slot=slot)
        n = place[reading.item.study_id]
        probability = round(float(likely[n]), 3)
        record_shown(reading=reading, suggestions=[{
            "id": "m0-effusion", "finding": "effusion", "probability": probability, "calibrated": True,
            "state": "present" if probability >= 0.5 else "absent", "model": "model 0", "threshold": 0.5, "boxes": [],
        }])
        sees = generator.random() < (SENSITIVITY if truth[n] else 1 - SPECIFICITY)
        said = {"findings": {str(effusion.pk): {"state": "present" if sees else "absent"}}}
        asked = ask_back(reading=reading, reader=reader, base_version=0, content=said)
        if asked and generator.random() < heed[0 if truth[n] else 1]:
            said = {"findings": {str(effusion.pk): {"state": "present"}}}
        reading.refresh_from_db()
        submit_reading(reading=reading, reader=reader, base_version=reading.draft_version, content=said)
    found = second_look_benefit(project=project)
    assert found.is_simulated or not found.asked
    net = found.net
    interval = "" if net is None or net.low is None else f" [{100 * net.low:+.0f}, {100 * (net.high or 0):+.0f}]"
    print(
        f"  {name:34s} asked {found.asked:4d} of {cases}, changed {found.changed:4d}: {found.better} for the better, "
        f"{found.worse} for the worse; net {100 * net.value if net else 0:+.0f} per 100{interval}; {found.verdict}"
    )
    key = name.replace(", ", ".").replace(" ", "_")
    result(f"second_look.{key}.net_per_100", 100 * net.value if net else 0.0, "findings", _target(name))
    if name.startswith("0.95, looks again") and net is not None and net.low is not None and cases >= 400:
        result(f"second_look.{key}.interval_low", 100 * net.low, "findings", ">0")


def _target(name: str) -> str:
    if "keeps" in name:
        return "0"
    if "overconfident" in name:
        return "<0"
    return ">0" if name == "0.95, looks again" else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer cases")
    parser.add_argument("--seed", type=int, default=None)
    chosen = parser.parse_args()
    seed = secrets.randbelow(2**31) if chosen.seed is None else chosen.seed
    cases = 150 if chosen.quick else 500
    with tempfile.TemporaryDirectory() as home:
        _prepared(Path(home))
        from benchmarks.results import exit_status

        for label, number in (("fixed", FIXED_SEED), ("chosen", seed)):
            print(f"Seed {number} ({label}); {cases} phantom patients each, readers simulated")
            _all(cases, number)
            if chosen.quick:
                break
        return exit_status()


def _all(cases: int, seed: int) -> None:
    run: Callable[..., None] = study
    for auroc, separation in SEPARATIONS.items():
        for heed in HEEDS:
            if auroc == "0.95" or heed == "looks again":
                run(
                    f"{auroc}, {heed}", cases=cases, separation=separation, heed=HEEDS[heed], sharpen=1.0, seed=seed
                )
    run("0.75, follows, overconfident", cases=cases, separation=0.95, heed=HEEDS["follows"], sharpen=6.0, seed=seed)


def _prepared(home: Path) -> None:
    os.environ["RADLOOP_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    raise SystemExit(main())
