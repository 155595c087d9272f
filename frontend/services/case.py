"""A case for the reading room, composed from the apps below. What must stay hidden isn't even read."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch

from annotation.models import Finding, Reading
from annotation.services.readings import may_see_report, may_see_suggestions, progress_of, record_shown
from frontend.services.hung import hanging_of
from imaging.dicomweb.wado import with_address
from imaging.models import Instance, Series, Study, Volume
from learning.services.outlines import with_runs
from learning.services.predictions import suggestions_for
from reports_nlp.models import Report
from reports_nlp.selectors.evidence import text_evidence
from reports_nlp.selectors.reader_links import placed_links
from reports_nlp.services import latest_report
from reports_nlp.services.region_hints import with_hints
from reports_nlp.services.rules_versions import rules_in_force

_PATIENT_GROUPS = ("0010", "0012")


def case_of(*, reading: Reading) -> dict[str, Any]:
    """What the room shows. Suggestions that go out are recorded as shown, once: acts will point at that record."""
    study = reading.item.study
    return {
        "reading": reading,
        "study": study_of(study),
        "series": series_of(study),
        **hanging_of(reading),
        "findings": Finding.objects.active().filter(project=reading.project),
        "suggestions": _suggestions(reading, study),
        **_report(reading, study),
        "progress": progress_of(worklist=reading.item.worklist.as_known, reader=reading.reader),
    }


def study_of(study: Study) -> dict[str, Any]:
    """What the room says of a study."""
    return {
        "uid": study.uid, "patient": study.patient.pseudonym, "age_years": study.age_years, "sex": study.sex,
        "date": study.date,
    }


def series_of(study: Study) -> list[dict[str, Any]]:
    """A study's series with their images, in the room's order."""
    # Where frames lie in their files is for serving them: of a thousand slices it is most of the rows' weight.
    instances = Prefetch("instances", Instance.objects.defer("frame_table"))
    return [_series(series) for series in study.series.prefetch_related(instances).order_by("number", "pk")]


def _series(series: Series) -> dict[str, Any]:
    volume = Volume.objects.filter(series=series).first()
    instances = list(series.instances.all())
    if volume is not None:
        place = {uid: n for n, uid in enumerate(volume.sop_uids)}
        # Head first, as radiologists page: the volume counts along the normal, from the feet up.
        instances.sort(key=lambda i: place.get(i.sop_uid, len(place)), reverse=_runs_up(volume))
    headers = [_header(i) for i in instances]
    common = _common(headers)
    return {
        "id": series.pk, "uid": series.uid, "modality": series.modality, "number": series.number,
        "body_part": series.body_part, "view_position": series.view_position,
        "issues": volume.issues if volume is not None else [],
        "common": common,
        "instances": [_instance(i, header, common) for i, header in zip(instances, headers, strict=True)],
    }


def _runs_up(volume: Volume) -> bool:
    """Whether the volume's normal points to the head: true of axial slices with the usual orientation."""
    row, column = volume.orientation[:3], volume.orientation[3:]
    return bool(row[0] * column[1] - row[1] * column[0] > 0.5)


def _header(instance: Instance) -> dict[str, Any]:
    return {tag: value for tag, value in with_address(instance).items() if not tag.startswith(_PATIENT_GROUPS)}


def _common(headers: list[dict[str, Any]]) -> dict[str, Any]:
    """Elements that all images of a series have alike: told once, a thousand slices make a small answer."""
    if not headers:
        return {}
    first, others = headers[0], headers[1:]
    return {tag: value for tag, value in first.items() if all(header.get(tag) == value for header in others)}


def _instance(instance: Instance, header: dict[str, Any], common: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": instance.pk, "sop_uid": instance.sop_uid, "rows": instance.rows, "columns": instance.columns,
        "frames": instance.frames, "metadata": {tag: value for tag, value in header.items() if tag not in common},
    }


def _suggestions(reading: Reading, study: Study) -> list[dict[str, Any]] | None:
    if not may_see_suggestions(reading):
        return None
    if reading.shown is None:
        suggestions = suggestions_for(study=study, project=reading.project)
        if may_see_report(reading):
            suggestions = with_hints(suggestions=suggestions, study=study, project=reading.project)
        record_shown(reading=reading, suggestions=suggestions)
    return with_runs(reading.shown)


def _report(reading: Reading, study: Study) -> dict[str, Any]:
    """The text where it may be seen; its marks are a program's word, and wait for the own answer like suggestions."""
    report = latest_report(project=reading.project, study=study) if may_see_report(reading) else None
    if report is None:
        return {"report": None, "report_text": None, "report_links": [], "report_marks": None}
    has_answered = reading.unaided is not None or reading.version > 0
    may_see_marks = has_answered or may_see_suggestions(reading)
    return {
        "report": report.text, "report_marks": _marks(report) if may_see_marks else None,
        "report_text": {"id": report.pk, "version": report.version, "status": report.status},
        "report_links": [vars(link) for link in placed_links(reading=reading)],
    }


def _marks(report: Report) -> dict[str, Any]:
    """Mentions with the project's findings that they are about, and the images that the text speaks of."""
    evidence = text_evidence(report=report)
    codes: dict[str, list[str]] = {}
    for code, names in rules_in_force(project=report.project).finding_map.items():
        for name in names:
            codes.setdefault(name, []).append(code)
    mentions = [mention | {"codes": _codes(mention, codes)} for mention in evidence["mentions"]]
    return {"id": report.pk, "mentions": mentions, "links": evidence["links"]}


def _codes(mention: dict[str, Any], codes: dict[str, list[str]]) -> list[str]:
    names = [mention["finding"], mention.get("subfinding", "")]
    return sorted({code for name in names for code in codes.get(name, [])})
