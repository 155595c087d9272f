"""A model as an ONNX file: made by a job, since it needs torch, and kept beside the safetensors file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core import audit
from core.errors import Conflict, Gone
from core.models import Project, User
from learning.models import ModelVersion
from learning.services.gate import model_path
from workers.engine import JobContext, PermanentFailure, defer
from workers.models import Job

KIND = "learning.onnx"


def onnx_path(version: ModelVersion) -> Path:
    return model_path(version).with_suffix(".onnx")


def start_onnx(*, version: ModelVersion, user: User | None) -> Job:
    """Queue the export, or give the job that already does it. Raises Conflict when the file is there, Gone without one.

    A double click makes one job: the key is the model's.
    """
    if onnx_path(version).exists():
        raise Conflict(f"The ONNX file of model {version.number} is there already; download it.")
    if not model_path(version).exists():
        raise Gone(f"The file of model {version.number} is no longer on this machine. Train it again.")
    return defer(
        KIND, payload={"model": version.pk}, project=version.project, user=user, dedupe_key=f"{KIND}:{version.pk}",
        label=f"Model {version.number} as ONNX",
    )


def onnx_jobs(project: Project) -> dict[int, Job]:
    """Model → its newest export."""
    found = Job.objects.filter(project=project, kind=KIND).order_by("created_at")
    return {job.payload["model"]: job for job in found}


def execute_onnx(*, job: JobContext) -> dict[str, Any]:
    """The handler's work. Raises PermanentFailure with the reason when the network has no ONNX form."""
    from learning.toolkit.export import load_model
    from learning.toolkit.onnx_file import export_onnx
    from learning.toolkit.weights import ModelFileError

    version = ModelVersion.objects.select_related("project").get(pk=job.payload["model"])
    job.progress(0.1, "Writing the graph and checking it against torch")
    try:
        model, card = load_model(model_path(version))
        check = export_onnx(onnx_path(version), model, card)
    except ModelFileError as error:
        raise PermanentFailure(str(error)) from None
    job.log(check.sentence)
    return {"largest_difference": check.largest_difference, "inputs": check.inputs}


def handed_out(*, version: ModelVersion, user: User) -> Path:
    """The file, with the audit event of its leaving. Raises Gone, saying what to do, when it was not made."""
    path = onnx_path(version)
    if not path.exists():
        raise Gone(f"Model {version.number} has no ONNX file yet. Make it on the models page, or POST to this address.")
    audit.record("model.exported", actor=user, project=version.project, subject=f"model:{version.number}")
    return path
