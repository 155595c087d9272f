"""Models that were trained elsewhere: known by name, heard through their predictions, judged on the gate set like ours.

Nothing of theirs is loaded or run here. A foreign model never becomes champion: it could not predict the next study.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from annotation.models import Finding
from core import audit
from core.errors import Conflict, Invalid
from core.models import Project, User
from imaging.models import Instance
from learning.models import ModelState, ModelVersion, Prediction, Run, RunPurpose, Snapshot
from learning.recipe import Recipe
from learning.services.gate import ReservedCases, judge_on, model_path, reserved_cases
from learning.services.images import images_of
from learning.statement import STATEMENT
from workers.engine import JobContext, PermanentFailure, defer
from workers.models import Job, JobState

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

KIND = "learning.judge-foreign"
MOST_ROWS = 1000


def register_foreign(
    *, project: Project, user: User, name: str, description: str, findings: Sequence[str], snapshot: Snapshot
) -> ModelVersion:
    """A model version without a file, trained on `snapshot` as its owner says. Raises Invalid for unknown findings."""
    known = set(Finding.objects.filter(project=project).values_list("code", flat=True))
    unknown = [code for code in findings if code not in known]
    if unknown or not findings or len(set(findings)) != len(findings):
        what = f"not in this project: {', '.join(unknown)}" if unknown else "none, or one twice"
        raise Invalid(f"Name the findings that the model predicts, each once ({what}).", field="findings")
    recipe = Recipe().model_dump(mode="json")
    now = timezone.now()
    with transaction.atomic():
        job = Job.objects.create(
            kind=KIND, project=project, created_by=user, state=JobState.DONE, finished_at=now, label=f"Register {name}",
            queue="cpu",
        )
        run = Run.objects.create(
            project=project, recipe=recipe, snapshot=snapshot, job=job, created_by=user, purpose=RunPurpose.FOREIGN,
            recipe_name=name[:60], outcome="trained elsewhere",
        )
        number = (ModelVersion.objects.filter(project=project).aggregate(n=Max("number"))["n"] or 0) + 1
        version = ModelVersion.objects.create(
            project=project, number=number, run=run, path=f"models/foreign-{run.pk}.none", sha256="",
            findings=list(findings), card=_card(name, description, findings, recipe, snapshot),
        )
        audit.record("model.registered", actor=user, project=project, subject=f"model:{number}", name=name)
    return version


def _card(
    name: str, description: str, findings: Sequence[str], recipe: dict[str, Any], snapshot: Snapshot
) -> dict[str, Any]:
    return {
        "version": 1, "name": name, "findings": list(findings), "statement": STATEMENT, "recipe": recipe,
        "metrics": {}, "temperatures": None, "points": None, "created": timezone.now().isoformat(timespec="seconds"),
        "lineage": {"trained": "elsewhere", "description": description, "snapshot": snapshot.hash},
        "n_images": snapshot.rows.count(), "n_patients": snapshot.rows.values("patient").distinct().count(),
    }


def is_foreign(version: ModelVersion) -> bool:
    return version.run.purpose == RunPurpose.FOREIGN


def write_predictions(*, version: ModelVersion, user: User, rows: Mapping[str, Mapping[str, float]]) -> int:
    """Keep image key → finding → probability; a later word on an image replaces the earlier one.

    All or nothing. Raises Conflict for a model of ours, Invalid naming the first row that is wrong.
    """
    if not is_foreign(version):
        raise Conflict(f"Model {version.number} was trained here; it makes its predictions itself.")
    if not 1 <= len(rows) <= MOST_ROWS:
        raise Invalid(f"Send 1 to {MOST_ROWS} predictions at a time, not {len(rows)}.")
    found = Instance.objects.visible_to(user).filter(series__study__projects=version.project, sop_uid__in=rows)
    instances = {instance.sop_uid: instance for instance in found.only("pk", "sop_uid")}
    made = []
    for key, probabilities in rows.items():
        if key not in instances:
            raise Invalid(f"Image {key[-20:]!r} is not in this project.")
        made.append(Prediction(
            model_version=version, instance=instances[key], probabilities=_checked(version, key, probabilities)
        ))
    with transaction.atomic():
        Prediction.objects.bulk_create(
            made, batch_size=200, update_conflicts=True, unique_fields=["model_version", "instance"],
            update_fields=["probabilities"],
        )
    return len(made)


def _checked(version: ModelVersion, key: str, probabilities: Mapping[str, float]) -> dict[str, float]:
    if set(probabilities) != set(version.findings):
        raise Invalid(f"Image {key[-20:]!r} needs a probability for each of: {', '.join(version.findings)}.")
    for code, p in probabilities.items():
        if isinstance(p, bool) or not isinstance(p, int | float) or not math.isfinite(p) or not 0 <= p <= 1:
            raise Invalid(f"Image {key[-20:]!r}: {code} must be a number from 0 to 1, not {p!r}.")
    return {code: float(p) for code, p in probabilities.items()}


def start_judging(*, version: ModelVersion, user: User) -> Job:
    """Queue the judging on the gate set. Each is on record: a gate asked often enough gives its answers away."""
    if not is_foreign(version):
        raise Conflict(f"Model {version.number} was trained here and judged when its run ended.")
    job = defer(
        KIND, payload={"model": version.pk}, project=version.project, user=user, dedupe_key=f"{KIND}:{version.pk}",
        label=f"Judge model {version.number} on the gate set",
    )
    audit.record("model.judged", actor=user, project=version.project, subject=f"model:{version.number}")
    return job


def execute_judging(*, job: JobContext) -> dict[str, Any]:
    """The handler's work: figures on the gate set, and the paired difference to the champion.

    Raises PermanentFailure when gate cases lack predictions: leaving out hard cases would flatter.
    """
    from learning.toolkit.evaluation import evaluate

    version = ModelVersion.objects.select_related("run", "project").get(pk=job.payload["model"])
    cases = reserved_cases(version.project, "gate", version.findings)
    if not cases.studies:
        raise PermanentFailure("No gate case has been read by a reader. Read the gate set first.")
    kept, table = _said(version, cases)
    targets, patients = cases.targets[kept], [cases.patients[n] for n in kept]
    result = evaluate(table, targets, findings=version.findings, patients=patients).as_dict()
    gate = result | {"simulated_readers": cases.simulated, "points": None}
    job.progress(0.6, "Comparing with the champion")
    verdict, comparison = _against_champion(version, cases, kept, table)
    with job.fenced():
        Run.objects.filter(pk=version.run_id).update(
            metrics={"held_out": None, "gate": gate, "against_champion": comparison}, outcome=verdict[:300]
        )
        card = version.card | {"metrics": {"gate": gate}}
        ModelVersion.objects.filter(pk=version.pk).update(gate=gate, card=card)
    return {"verdict": verdict}


def _said(version: ModelVersion, cases: ReservedCases) -> tuple[list[int], npt.NDArray[np.float64]]:
    """Places of the gate cases with an image, and the mean over a study's images of what the model said."""
    import numpy as np

    images = images_of(version.project, cases.studies)
    kept = [n for n, study in enumerate(cases.studies) if study in images]
    wanted = [image.pk for n in kept for image in images[cases.studies[n]]]
    said = dict(
        Prediction.objects.filter(model_version=version, instance__in=wanted).values_list("instance", "probabilities")
    )
    if len(said) < len(wanted):
        raise PermanentFailure(
            f"{len(wanted) - len(said)} of {len(wanted)} gate images have no prediction of this model; send them all "
            "(`client.image_keys(project, \"gate\")`)."
        )
    rows = [
        np.mean([[said[image.pk][code] for code in version.findings] for image in images[cases.studies[n]]], axis=0)
        for n in kept
    ]
    return kept, np.array(rows)


def _against_champion(
    version: ModelVersion, cases: ReservedCases, kept: list[int], table: npt.NDArray[np.float64]
) -> tuple[str, dict[str, Any] | None]:
    """A sentence, and the paired comparison where there is a champion that knows the same findings."""
    from learning.toolkit.comparison import compare
    from learning.toolkit.data import DataError
    from learning.toolkit.export import load_model

    champion = ModelVersion.objects.filter(project=version.project, state=ModelState.CHAMPION).first()
    codes = [] if champion is None else [code for code in version.findings if code in champion.findings]
    if champion is None or not codes:
        return "judged on the gate set; there is no champion to compare it with", None
    model, card = load_model(model_path(champion))
    theirs, _, _ = judge_on(version.project, cases, model, card)
    ours = table[:, [version.findings.index(code) for code in codes]]
    theirs = theirs[:, [list(card.findings).index(code) for code in codes]]
    targets = cases.targets[kept][:, [version.findings.index(code) for code in codes]]
    patients = [cases.patients[n] for n in kept]
    try:
        result = compare(ours, theirs, targets, findings=codes, patients=patients)
    except DataError as error:
        return f"judged on the gate set; not comparable with model {champion.number}: {error}", None
    return f"against champion model {champion.number}: {result.sentence}", result.as_dict()
