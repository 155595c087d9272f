"""QIDO-RS (PS3.18 10.6): search for studies, series and instances."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from core.errors import Invalid
from imaging.dicomweb.access import dicomweb, visible_studies
from imaging.dicomweb.wado import with_address
from imaging.models import Instance, Series, Study

MAX_RESULTS = 5000
STUDY_KEYS = {
    "StudyInstanceUID": "uid", "0020000D": "uid", "PatientID": "patient__pseudonym", "00100020": "patient__pseudonym",
    "PatientName": "patient__pseudonym", "00100010": "patient__pseudonym",
    "AccessionNumber": "accession", "00080050": "accession", "ModalitiesInStudy": "series__modality",
    "00080061": "series__modality", "StudyDate": "date", "00080020": "date",
}
SERIES_KEYS = {
    "SeriesInstanceUID": "uid", "0020000E": "uid", "Modality": "modality", "00080060": "modality",
    "StudyInstanceUID": "study__uid", "0020000D": "study__uid",
}
INSTANCE_KEYS = {
    "SOPInstanceUID": "sop_uid", "00080018": "sop_uid", "SeriesInstanceUID": "series__uid", "0020000E": "series__uid",
    "StudyInstanceUID": "series__study__uid", "0020000D": "series__study__uid", "Modality": "series__modality",
}
CONTROL = {"limit", "offset", "includefield", "fuzzymatching"}


def _filtered(rows: Any, request: HttpRequest, keys: Mapping[str, str]) -> Any:
    """Apply the match parameters. Raises Invalid for one we can't match on: ignoring it would return too much."""
    for key in request.GET:
        value = str(request.GET[key])
        if key in CONTROL or not value:
            continue
        field = keys.get(key)
        if field is None:
            raise Invalid(f"Cannot match on {key!r}; known: {', '.join(k for k in keys if not k[0].isdigit())}.")
        if field == "date":
            rows = _dated(rows, value)
        elif "*" in value or "?" in value:
            rows = rows.filter(**{f"{field}__regex": _wildcards(value)})
        else:
            rows = rows.filter(**{f"{field}__in": value.replace("\\", ",").split(",")})
    try:
        offset, limit = int(request.GET.get("offset", 0)), int(request.GET.get("limit", MAX_RESULTS))
    except ValueError:
        raise Invalid("limit and offset are numbers.") from None
    return rows.distinct()[max(0, offset) : max(0, offset) + min(max(limit, 0), MAX_RESULTS)]


def _wildcards(value: str) -> str:
    """DICOM's * and ? as a regular expression (PS3.4 C.2.2.2.4)."""
    return "^" + re.escape(value).replace(r"\*", ".*").replace(r"\?", ".") + "$"


def _dated(rows: Any, value: str) -> Any:
    """Rows of a day or a range. Raises Invalid for what is no date."""

    def day(text: str) -> date:
        try:
            return datetime.strptime(text, "%Y%m%d").date()
        except ValueError:
            raise Invalid(f"Dates look like 20240131 or 20240101-20240131; got {value[:20]!r}.") from None

    first, dash, last = value.partition("-")
    if not dash:
        return rows.filter(date=day(first))
    rows = rows.filter(date__gte=day(first)) if first else rows
    return rows.filter(date__lte=day(last)) if last else rows


def _answer(rows: list[dict[str, Any]]) -> HttpResponseBase:
    if not rows:
        return HttpResponse(status=204)
    return JsonResponse(rows, safe=False, content_type="application/dicom+json")


def _element(vr: str, *values: Any) -> dict[str, Any]:
    kept = [v for v in values if v not in (None, "")]
    return {"vr": vr, "Value": kept} if kept else {"vr": vr}


def search_studies(request: HttpRequest, project: str | None) -> HttpResponseBase:
    visible = visible_studies(request.user, project).select_related("patient").prefetch_related("series__instances")  # type: ignore[arg-type]
    return _answer([_study(s) for s in _filtered(visible.order_by("pk"), request, STUDY_KEYS)])


def _study(study: Study) -> dict[str, Any]:
    series = list(study.series.all())
    name = {"Alphabetic": study.patient.pseudonym}
    return {
        "0020000D": _element("UI", study.uid), "00080020": _element("DA", f"{study.date:%Y%m%d}" if study.date else ""),
        "00080050": _element("SH", study.accession), "00080061": _element("CS", *sorted({s.modality for s in series})),
        "00100010": {"vr": "PN", "Value": [name]}, "00100020": _element("LO", study.patient.pseudonym),
        "00100040": _element("CS", study.sex), "00201206": _element("IS", len(series)),
        "00201208": _element("IS", sum(len(s.instances.all()) for s in series)),
    }


@dicomweb
def series(request: HttpRequest, *, study: str | None = None, project: str | None = None) -> HttpResponseBase:
    rows = Series.objects.filter(study__in=visible_studies(request.user, project)).select_related("study")  # type: ignore[arg-type]
    if study is not None:
        rows = rows.filter(study__uid=study)
    return _answer([_series(s) for s in _filtered(rows.prefetch_related("instances"), request, SERIES_KEYS)])


def _series(row: Series) -> dict[str, Any]:
    return {
        "0020000D": _element("UI", row.study.uid), "0020000E": _element("UI", row.uid),
        "00080060": _element("CS", row.modality), "00200011": _element("IS", row.number),
        "00180015": _element("CS", row.body_part), "00201209": _element("IS", len(row.instances.all())),
    }


@dicomweb
def instances(
    request: HttpRequest, *, study: str | None = None, series: str | None = None, project: str | None = None
) -> HttpResponseBase:
    visible = visible_studies(request.user, project)  # type: ignore[arg-type]
    rows = Instance.objects.filter(series__study__in=visible).select_related("series__study")
    if study is not None:
        rows = rows.filter(series__study__uid=study)
    if series is not None:
        rows = rows.filter(series__uid=series)
    to_json: Callable[[Instance], dict[str, Any]] = with_address
    return _answer([to_json(i) for i in _filtered(rows, request, INSTANCE_KEYS)])
