"""What the record of a run says to the items of the checklist."""

from __future__ import annotations

from typing import Any

from annotation.models import Worklist
from learning.models import ModelVersion, Run
from learning.publish.annotators import who_said_it
from learning.publish.cohort import Step
from learning.publish.wording import settings_in_words
from learning.selectors.verdicts import card_of_run


def answers_of(run: Run, steps: list[Step]) -> dict[int, str]:
    """Item → sentence, only where the record holds the answer; nothing is made up."""
    recipe, environment = run.recipe, run.environment
    known = _data(run, steps) | _training(run, recipe) | _results(run)
    known[23] = ", ".join(f"{name} {environment[name]}" for name in environment if environment[name]) or ""
    known[41] = (
        f"Snapshot {run.snapshot.hash}; recipe and predictions in this pack; code {environment.get('code', 'unknown')}."
    )
    return {number: text for number, text in known.items() if text}


def _data(run: Run, steps: list[Step]) -> dict[int, str]:
    names = ", ".join(f.get("name", f["code"]) for f in run.snapshot.findings)
    modes = sorted(set(Worklist.objects.filter(project=run.project).values_list("mode", flat=True)))
    return {
        5: "Retrospective: images were on record before the run.",
        9: settings_in_words(run.recipe, "input"),
        10: " ".join(f"Left out: {step.left_out}." for step in steps if "without" in step.left_out),
        11: f"Findings: {names}; definitions in labels.csv." if names else "",
        12: "De-identified at import after DICOM PS3.15 Annex E: keyed UIDs, pseudonyms, dates shifted per patient.",
        13: "A finding that nobody assessed is masked: it has no part in training or in any figure.",
        14: "Answers of readers in the annotation ledger; several readings of a case are joined by majority.",
        16: who_said_it(run.snapshot),
        17: f"RadLoop's reading room; reading modes used: {', '.join(modes)}." if modes else "RadLoop's reading room.",
        20: "Reserved sets were drawn at random by a keyed hash before any ranking; the others are open to training.",
        21: "Patient: a patient is in one partition for ever, across projects of the installation.",
        33: "; ".join(f"{s.name}: {s.studies} studies, {s.patients} patients" for s in steps) + " (cohort_flow.svg).",
        34: "See table_1.csv.",
    }


def _training(run: Run, recipe: dict[str, Any]) -> dict[int, str]:
    start = recipe.get("start", {})
    version = ModelVersion.objects.filter(run=run).select_related("parent").first()
    began = "random weights" if start.get("kind") == "scratch" else settings_in_words(recipe, "start").rstrip(".")
    if version is not None and version.parent is not None:
        began = f"the weights of model {version.parent.number} of this project"
    parts = ("tuning", "augmentation", "imbalance", "regularisation", "optimiser", "evaluation")
    return {
        22: f"{recipe.get('network', {}).get('name', '')}; see recipe.json and model_card.md.",
        24: f"Started from {began}; seed {recipe.get('seed', 0)}.",
        25: " ".join(settings_in_words(recipe, name) for name in parts if name in recipe),
        26: f"{run.outcome[:1].upper()}{run.outcome[1:]}." if run.outcome else "",
        27: "None: one network." if recipe.get("network") else "",
    }


def _results(run: Run) -> dict[int, str]:
    metrics = run.metrics or {}
    told = [f"{name}: {_figure(metrics[key])}" for key, name in _SETS.items() if (metrics.get(key) or {}).get("n")]
    simulated = bool((metrics.get("gate") or {}).get("simulated_readers"))
    warning = " ATTENTION: the gate set was answered by simulated readers." if simulated else ""
    held_out = metrics.get("held_out") or {}
    return {
        30: "Figures by group (sex, age, modality, scanner, site as far as known): subgroups in metrics.json."
        if held_out.get("subgroups") else "",
        31: (held_out.get("maps") or {}).get("sentence", ""),
        35: _compared(run),
        37: "Every error on held-out patients is in predictions_held_out.csv." if held_out.get("n") else "",
        28: "AUROC, AUPRC, sensitivity and specificity at a chosen point, Brier score, calibration error.",
        29: "95 % intervals by bootstrap over patients.",
        36: "; ".join(told) + "." + warning if told else "",
    }


def _compared(run: Run) -> str:
    """The newest verdict on the run's recipe against its control arm, on the same frozen labels."""
    card = card_of_run(run)
    if card is None:
        return ""
    return (
        f"{card.arm} against {card.control}: {card.word}, {card.delta:+.3f} AUROC (95 % interval {card.low:+.3f} to "
        f"{card.high:+.3f}), p {card.p_holm:.3f} after correction (Holm), {card.n} held-out cases of {card.n_patients} "
        f"patients, {card.n_seeds} seeds, {card.folds} folds."
    ).replace("-0", "\u22120")


_SETS = {"gate": "gate set", "held_out": "held-out patients"}


def _figure(metrics: dict[str, Any]) -> str:
    area = metrics.get("macro_auroc")
    size = f"n = {metrics['n']} of {metrics['n_patients']} patients"
    if not area:
        return size
    low, high = area.get("low"), area.get("high")
    interval = f" (95 % interval {low:.3f} to {high:.3f})" if low is not None and high is not None else ""
    return f"mean AUROC {area['value']:.3f}{interval}, {size}"
