"""What the record of a run says to the items of the checklist."""

from __future__ import annotations

from typing import Any

from annotation.models import Worklist
from learning.models import ModelVersion, Run
from learning.publish.cohort import Step


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
    rows = run.snapshot.counts.get("rows", {})
    sources = ", ".join(f"{n} {origin}" for origin, n in rows.items())
    findings = run.snapshot.findings
    codes = ", ".join(f"{f.get('name', f['code'])} (definition {f['definition_hash'][:8]})" for f in findings)
    modes = sorted(set(Worklist.objects.filter(project=run.project).values_list("mode", flat=True)))
    return {
        5: "Retrospective: images were on record before the run.",
        9: _sentence(run.recipe.get("input", {})),
        11: f"Findings: {codes}." if codes else "",
        12: "De-identified at import after DICOM PS3.15 Annex E: keyed UIDs, pseudonyms, dates shifted per patient.",
        13: "A finding that nobody assessed is masked: it has no part in training or in any figure.",
        14: "Answers of readers in the annotation ledger; several readings of a case are joined by majority.",
        16: f"Training rows by origin: {sources}." if sources else "",
        17: f"RadLoop's reading room; reading modes used: {', '.join(modes)}." if modes else "RadLoop's reading room.",
        20: "Reserved sets were drawn at random by a keyed hash before any ranking; the others are open to training.",
        21: "Patient: a patient is in one partition for ever, across projects of the installation.",
        33: "; ".join(f"{s.name} {s.studies} ({s.patients} patients)" for s in steps) + ". See cohort_flow.svg.",
        34: "See table_1.csv.",
    }


def _training(run: Run, recipe: dict[str, Any]) -> dict[int, str]:
    start = recipe.get("start", {})
    version = ModelVersion.objects.filter(run=run).select_related("parent").first()
    began = "random weights" if start.get("kind") == "scratch" else _sentence(start)
    if version is not None and version.parent is not None:
        began = f"the weights of model {version.parent.number} of this project"
    parts = ("augmentation", "imbalance", "regularisation", "optimiser")
    return {
        22: f"{recipe.get('network', {}).get('name', '')}; see recipe.json and model_card.md.",
        24: f"Started from {began}; seed {recipe.get('seed', 0)}.",
        25: " ".join(f"{name.capitalize()}: {_sentence(recipe.get(name, {}))}" for name in parts),
        26: f"{run.outcome[:1].upper()}{run.outcome[1:]}." if run.outcome else "",
    }


def _results(run: Run) -> dict[int, str]:
    metrics = run.metrics or {}
    told = [f"{name}: {_figure(metrics[key])}" for key, name in _SETS.items() if (metrics.get(key) or {}).get("n")]
    simulated = bool((metrics.get("gate") or {}).get("simulated_readers"))
    warning = " ATTENTION: the gate set was answered by simulated readers." if simulated else ""
    return {
        28: "AUROC, AUPRC, sensitivity and specificity at a chosen point, Brier score, calibration error.",
        29: "95 % intervals by bootstrap over patients.",
        36: "; ".join(told) + "." + warning if told else "",
    }


_SETS = {"gate": "gate set", "held_out": "held-out patients"}


def _figure(metrics: dict[str, Any]) -> str:
    area = metrics.get("macro_auroc")
    size = f"n = {metrics['n']} of {metrics['n_patients']} patients"
    if not area:
        return size
    low, high = area.get("low"), area.get("high")
    interval = f" (95 % interval {low:.3f} to {high:.3f})" if low is not None and high is not None else ""
    return f"mean AUROC {area['value']:.3f}{interval}, {size}"


def _sentence(part: dict[str, Any]) -> str:
    said = [f"{key.replace('_', ' ')} {value}" for key, value in part.items() if value not in (None, "", [], {})]
    return ", ".join(said) + "." if said else ""
