"""What a pack says of its own files, and what was learned, with the words that readers were told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from annotation.models import Finding
from learning.models import Run
from learning.statement import STATEMENT

FILES = {
    "claim_checklist.md": "CLAIM (Mongan et al. 2020), as far as the record goes; the rest is the authors'",
    "cohort_flow.svg": "figure: from the project's studies to those that were learned from and judged",
    "cohort_flow.csv": "the same in numbers",
    "table_1.csv": "characteristics of the cases that took part, per partition",
    "labels.csv": "findings with code, definition and number of answers",
    "recipe.json": "every setting of the training",
    "environment.json": "code, versions, machine, seed",
    "metrics.json": "all figures, also by group",
    "gate_roc.svg": "figure: ROC curves on the gate set",
    "gate_calibration.svg": "figure: calibration on the gate set",
    "gate_table.csv": "figures per finding on the gate set, with intervals",
    "held_out_roc.svg": "figure: ROC curves on held-out patients",
    "held_out_calibration.svg": "figure: calibration on held-out patients",
    "held_out_table.csv": "figures per finding on held-out patients, with intervals",
    "predictions_held_out.csv": "probability and answer per image and finding, by models that had not seen the patient",
    "model_card.md": "model card (Mitchell et al. 2019)",
    "model_card.json": "the same for programs",
    "manifest.json": "SHA-256 of every file, and the snapshot's hash",
}


def readme(run: Run, files: Iterable[str]) -> str:
    """Which file is what; only those that are in the pack."""
    present = [name for name in FILES if name in {*files, "manifest.json"}]
    lines = [
        f"# Run {run.pk} of {run.project.name}", "", STATEMENT, "", f"Bound to snapshot {run.snapshot.hash}.",
        "Intervals are 95 %, by patient.", "", *(f"- `{name}`: {FILES[name]}" for name in present),
    ]
    return "\n".join(lines) + "\n"


def label_rows(run: Run) -> list[list[Any]]:
    """Head, then a finding each. A definition that has been changed since the snapshot was frozen is not told."""
    now = {f.code: f for f in Finding.objects.filter(project=run.project)}
    rows: list[list[Any]] = [
        ["finding", "name", "scheme", "code", "present", "absent", "equivocal", "definition", "definition_hash"]
    ]
    for frozen in run.snapshot.findings:
        finding = now.get(frozen["code"])
        counts = run.snapshot.counts.get(frozen["code"], {})
        is_same = finding is not None and finding.definition_hash == frozen["definition_hash"]
        definition = (finding.definition if finding and is_same else "changed since") or "none was written"
        rows.append([
            frozen["code"], frozen.get("name", frozen["code"]), finding.scheme if finding else "",
            finding.scheme_code if finding else "", *(counts.get(s, 0) for s in ("present", "absent", "equivocal")),
            definition, frozen["definition_hash"],
        ])
    return rows
