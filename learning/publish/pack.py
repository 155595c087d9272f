"""The paper pack: one ZIP with what a paper about a run needs, each file hashed and bound to the snapshot."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from typing import Any, BinaryIO

from django.utils import timezone

from core import audit
from core.errors import Conflict
from core.models import User
from learning.models import ModelVersion, Run
from learning.publish.card import card_markdown
from learning.publish.claim import as_markdown, filled_in
from learning.publish.cohort import flow, table_one
from learning.publish.contents import label_rows, readme
from learning.publish.figures import calibration_svg, roc_svg
from learning.publish.flow_figure import flow_svg
from learning.publish.record import answers_of
from learning.services.held_out import held_out_for
from learning.services.runs import held_out_path
from learning.statement import STATEMENT


def paper_pack(*, run: Run, user: User) -> BinaryIO:
    """The ZIP, rewound. Predictions leave out studies that this person is yet to read unaided.

    Raises Conflict for a run without figures, or one whose snapshot holds a withdrawn patient.
    """
    if not run.metrics:
        raise Conflict(f"Run {run.pk} has no figures yet; the pack can be made when it has ended.")
    if run.snapshot.has_withdrawn_patients:
        raise Conflict(
            f"A patient of run {run.pk}'s snapshot has been withdrawn; nothing about them may be published. "
            "Train the recipe again on today's labels."
        )
    files = _files(run, user)
    files["manifest.json"] = _json(_manifest(run, files))
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(f"run-{run.pk}-research-use-only/{name}", content)
    audit.record("run.published", actor=user, project=run.project, subject=f"run:{run.pk}")
    body.seek(0)
    return body


def _files(run: Run, user: User) -> dict[str, bytes]:
    steps, metrics = flow(run), run.metrics or {}
    partitions, characteristics = table_one(run)
    names = {f["code"]: f.get("name", f["code"]) for f in run.snapshot.findings}
    version = ModelVersion.objects.filter(run=run).select_related("parent").first()
    files = {
        "claim_checklist.md": as_markdown(filled_in(answers_of(run, steps))).encode(),
        "cohort_flow.svg": flow_svg(steps).encode(),
        "cohort_flow.csv": _csv([["step", "studies", "patients", "left_out"], *(
            [s.name, s.studies, s.patients, s.left_out] for s in steps
        )]),
        "table_1.csv": _csv([["characteristic", *partitions], *([c.name, *c.values] for c in characteristics)]),
        "labels.csv": _csv(label_rows(run)),
        "recipe.json": _json(run.recipe),
        "environment.json": _json(run.environment),
        "metrics.json": _json(metrics),
    }
    for key in ("gate", "held_out"):
        findings = (metrics.get(key) or {}).get("findings") or []
        if findings:
            files[f"{key}_roc.svg"] = roc_svg(findings, names).encode()
            files[f"{key}_calibration.svg"] = calibration_svg(findings, names).encode()
            files[f"{key}_table.csv"] = _figures(findings)
    if held_out_path(run).exists():
        with held_out_for(user=user, run=run) as stream:
            files["predictions_held_out.csv"] = stream.read()
    if version is not None:
        files["model_card.json"] = _json(version.card)
        files["model_card.md"] = card_markdown(version).encode()
    return files | {"README.md": readme(run, files).encode()}


def _manifest(run: Run, files: dict[str, bytes]) -> dict[str, Any]:
    return {
        "statement": STATEMENT, "project": run.project.slug, "run": run.pk, "snapshot": run.snapshot.hash,
        "made": timezone.now().isoformat(timespec="seconds"), "code": run.environment.get("code", ""),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }


def _figures(findings: list[dict[str, Any]]) -> bytes:
    names = ("auroc", "auprc", "sensitivity", "specificity", "brier")
    head = ["finding", "n", "n_positive", "n_patients", "threshold", "threshold_from", "ece"]
    rows: list[list[Any]] = [[*head, *(f"{name}{end}" for name in names for end in ("", "_low", "_high"))]]
    for one in findings:
        cells = [one.get(key, "") for key in head]
        for name in names:
            found = one.get(name) or {}
            cells += [found.get(part, "") for part in ("value", "low", "high")]
        rows.append(cells)
    return _csv(rows)


def _csv(rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, default=str) + "\n").encode()
