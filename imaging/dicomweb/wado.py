"""WADO-RS (PS3.18 10.4): metadata, frames as byte ranges, whole instances, rendered frames."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import pydicom
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from PIL import Image

from core.errors import Invalid, NotFound
from imaging import storage
from imaging.dicom.pixels import decode, training_frame
from imaging.dicomweb.access import dicomweb, instances_of, opened
from imaging.dicomweb.negotiation import NATIVE, OCTETS, accepted, choose
from imaging.models import Instance

JPEG_TYPES = {
    "1.2.840.10008.1.2.4.50": "image/jpeg", "1.2.840.10008.1.2.4.80": "image/jls",
    "1.2.840.10008.1.2.4.90": "image/jp2", "1.2.840.10008.1.2.4.201": "image/jphc",
    "1.2.840.10008.1.2.4.202": "image/jphc",
}
IMMUTABLE = "private, max-age=31536000, immutable"


@dicomweb
def metadata(
    request: HttpRequest, *, study: str, series: str | None = None, instance: str | None = None,
    project: str | None = None,
) -> HttpResponseBase:
    """DICOM JSON of every instance asked for."""
    found = opened(request.user, study, project)  # type: ignore[arg-type]
    rows = [with_address(i, request) for i in instances_of(found, series, instance)]
    answer = JsonResponse(rows, safe=False, content_type="application/dicom+json")
    answer["Cache-Control"] = "private, max-age=300"
    return answer


def with_address(instance: Instance, request: HttpRequest | None = None) -> dict[str, Any]:
    """The stored header plus what a client needs to fetch pixels."""
    data = dict(instance.metadata)
    data["00083002"] = {"vr": "UI", "Value": [instance.transfer_syntax_uid]}
    data["00280008"] = {"vr": "IS", "Value": [instance.frames]}
    if request is not None:
        series = instance.series
        place = f"/dicomweb/studies/{series.study.uid}/series/{series.uid}/instances/{instance.sop_uid}"
        data["00081190"] = {"vr": "UR", "Value": [request.build_absolute_uri(place)]}
    return data


@dicomweb
def frames(
    request: HttpRequest, *, study: str, series: str, instance: str, frames: str, project: str | None = None
) -> HttpResponseBase:
    """Frames (1-based, comma-separated) as stored: one frame is one byte range of the file."""
    found = opened(request.user, study, project)  # type: ignore[arg-type]
    one = instances_of(found, series, instance).get()
    numbers = _numbers(frames, one)
    media = JPEG_TYPES.get(one.transfer_syntax_uid, OCTETS)
    chosen = choose(request.headers.get("Accept", ""), media=media, syntax=one.transfer_syntax_uid)
    if chosen is None:
        return HttpResponse(f"Frames of this image come as {media} or as {OCTETS}.", status=406)
    form, in_parts = chosen
    etag = f'"{one.sha256[:32]}-{frames}-{form}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    if form == "native" and media != OCTETS:
        media, kind, contents = OCTETS, f"{OCTETS}; transfer-syntax={NATIVE}", _decoded(one, numbers)
    else:
        kind = f"{media}; transfer-syntax={one.transfer_syntax_uid}"
        contents = (storage.read_range(one.path, *one.frame_table[n]) for n in numbers)
    if len(numbers) == 1 and not in_parts:
        answer = HttpResponse(next(contents), content_type=kind)
    else:
        answer = _multipart(((kind, content) for content in contents), media)
    answer["ETag"], answer["Cache-Control"], answer["Vary"] = etag, IMMUTABLE, "Accept"
    return answer


def _decoded(instance: Instance, numbers: list[int]) -> Iterator[bytes]:
    """Frames uncompressed, little endian, for clients without a decoder."""
    pixels = decode(pydicom.dcmread(storage.path_of(instance.path)))
    return (pixels[n].astype(pixels.dtype.newbyteorder("<"), copy=False).tobytes() for n in numbers)


def _numbers(text: str, instance: Instance) -> list[int]:
    try:
        numbers = [int(part) - 1 for part in text.split(",")]
    except ValueError:
        raise Invalid(f"Frame numbers look like 1 or 1,2,3; got {text[:40]!r}.") from None
    if not all(0 <= n < instance.frames for n in numbers):
        raise NotFound(f"This image has {instance.frames} frames.")
    return numbers


def _multipart(parts: Iterator[tuple[str, bytes]], media: str) -> HttpResponse:
    boundary = uuid.uuid4().hex
    body = io.BytesIO()
    for kind, content in parts:
        body.write(f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n".encode())
        body.write(content)
        body.write(b"\r\n")
    body.write(f"--{boundary}--\r\n".encode())
    return HttpResponse(body.getvalue(), content_type=f'multipart/related; type="{media}"; boundary={boundary}')


@dicomweb
def retrieve(
    request: HttpRequest, *, study: str, series: str | None = None, instance: str | None = None,
    project: str | None = None,
) -> HttpResponseBase:
    """Whole instances as multipart/related application/dicom, streamed one at a time."""
    found = opened(request.user, study, project)  # type: ignore[arg-type]
    paths = list(instances_of(found, series, instance).values_list("path", flat=True))
    boundary = uuid.uuid4().hex
    return StreamingHttpResponse(
        _files(paths, boundary), content_type=f'multipart/related; type="application/dicom"; boundary={boundary}'
    )


def _files(paths: list[str], boundary: str) -> Iterator[bytes]:
    for path in paths:
        yield f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        yield storage.path_of(path).read_bytes()
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


@dicomweb
def rendered(
    request: HttpRequest, *, study: str, series: str, instance: str, frames: str = "1", project: str | None = None
) -> HttpResponseBase:
    """One frame with the file's own window as PNG, or as JPEG for who takes only that, at most `viewport=W,H`."""
    found = opened(request.user, study, project)  # type: ignore[arg-type]
    one = instances_of(found, series, instance).get()
    number = _numbers(frames, one)[0]
    pixels = training_frame(pydicom.dcmread(storage.path_of(one.path)), number)
    picture = Image.fromarray(np.rint(pixels * 255).astype(np.uint8))
    picture.thumbnail(_viewport(request.GET.get("viewport", "")))
    kinds = accepted(request.headers.get("Accept", ""))
    kind = next((k for k in ("image/png", "image/jpeg") if any(one.takes(k) for one in kinds)), None)
    if kind is None:
        return HttpResponse("Rendered frames come as image/png or image/jpeg.", status=406)
    body = io.BytesIO()
    picture.save(body, kind.removeprefix("image/").upper())
    return HttpResponse(body.getvalue(), content_type=kind, headers={"Cache-Control": IMMUTABLE, "Vary": "Accept"})


def _viewport(text: str) -> tuple[int, int]:
    try:
        width, height = (int(part) for part in text.split(",")[:2])
        return min(max(width, 1), 4096), min(max(height, 1), 4096)
    except ValueError:
        return 4096, 4096
