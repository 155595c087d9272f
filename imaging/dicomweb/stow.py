"""STOW-RS (PS3.18 10.5): instances in a multipart body, each with a verdict; QIDO searches at the same address."""

from __future__ import annotations

import tempfile
from email.message import Message
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from core.access import require
from core.errors import Invalid, NotFound
from core.models import Project
from imaging.dicomweb import qido
from imaging.dicomweb.access import dicomweb
from imaging.models import ImportVerdict
from imaging.services.import_files import import_paths

MAX_BODY = 512 * 2**20
_FAILED = 0x0110  # processing failure (PS3.18 table 6.6.1-4)


@dicomweb
def studies(request: HttpRequest, *, project: str | None = None) -> HttpResponseBase:
    if request.method == "POST":
        return _store(request, project)
    return qido.search_studies(request, project)


def _store(request: HttpRequest, slug: str | None) -> HttpResponseBase:
    if slug is None:
        raise Invalid("Say into which project: POST to /dicomweb/projects/<slug>/studies.")
    project = Project.objects.visible_to(request.user).filter(slug=slug).first()  # type: ignore[arg-type]
    if project is None:
        raise NotFound("There is no such project, or you are not a member of it.")
    require(request.user, "import", project)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory(prefix="radloop-stow-") as folder:
        for number, part in enumerate(_parts(request)):
            (Path(folder) / f"{number:06d}.dcm").write_bytes(part)
        batch = import_paths(project=project, user=request.user, paths=[Path(folder)])  # type: ignore[arg-type]
    verdicts = list(batch.verdicts.select_related("instance__series__study"))
    stored = [v for v in verdicts if v.instance is not None]
    body: dict[str, Any] = {"00081199": {"vr": "SQ", "Value": [_stored(v, request) for v in stored]}}
    failed = [v for v in verdicts if v.instance is None]
    if failed:
        body["00081198"] = {"vr": "SQ", "Value": [{"00081197": {"vr": "US", "Value": [_FAILED]}} for _ in failed]}
    status = 200 if not failed else 202 if stored else 409
    return JsonResponse(body, status=status, content_type="application/dicom+json")


def _stored(verdict: ImportVerdict, request: HttpRequest) -> dict[str, Any]:
    instance = verdict.instance
    assert instance is not None
    place = f"/dicomweb/studies/{instance.series.study.uid}/series/{instance.series.uid}/instances/{instance.sop_uid}"
    return {
        "00081150": {"vr": "UI", "Value": [instance.sop_class_uid]},
        "00081155": {"vr": "UI", "Value": [instance.sop_uid]},
        "00081190": {"vr": "UR", "Value": [request.build_absolute_uri(place)]},
    }


def _parts(request: HttpRequest) -> list[bytes]:
    """The parts of a multipart/related body. Raises Invalid for another body, or one over 512 MB."""
    message = Message()
    message["Content-Type"] = request.headers.get("Content-Type", "")
    boundary = message.get_param("boundary")
    if message.get_content_type() != "multipart/related" or not isinstance(boundary, str):
        raise Invalid('Send multipart/related; type="application/dicom" with a boundary.')
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise Invalid("Over 512 MB in one request; send fewer instances at a time.")
    parts = []
    for chunk in body.split(b"--" + boundary.encode())[1:-1]:
        _, separator, content = chunk.partition(b"\r\n\r\n")
        if separator:
            parts.append(content[:-2] if content.endswith(b"\r\n") else content)
    if not parts:
        raise Invalid("The body holds no part.")
    return parts
