"""Image references of a text become links: "series 4 image 32" leads to that image of the report's study."""

from __future__ import annotations

from django.db.models import Q

from imaging.models import Instance, Study
from reports_nlp.models import Report, ReportLink
from reports_nlp.stages.types import Extraction, ImageReference, Mention


def write_links(*, report: Report, found: Extraction) -> None:
    """Links of this text as rows; those that are there already stay, a reader's own are left alone."""
    wanted = {_key(link): link for link in _links(report, found)}
    for row in ReportLink.objects.filter(report=report, created_by=None):
        if wanted.pop(_key(row), None) is None:
            row.delete()
    ReportLink.objects.bulk_create(wanted.values())
    resolve_links(report=report)


def resolve_links(*, report: Report) -> int:
    """Find the images of links that lead nowhere yet; returns how many were found. Images may arrive after the text."""
    if report.study is None:
        return 0
    found = 0
    for link in ReportLink.objects.filter(report=report, instance=None, created_by=None):
        instance = image_called(study=report.study, series=link.series_number, image=link.image_number)
        if instance is not None:
            frame = (link.image_number or 1) - 1 if instance.frames > 1 else 0
            found += ReportLink.objects.filter(pk=link.pk, instance=None).update(instance=instance, frame=frame)
    return found


def image_called(*, study: Study, series: int | None, image: int | None) -> Instance | None:
    """The image that a radiologist means; None when there is none or more than one.

    Without a series the number must be unambiguous in the study. In a multi-frame image it counts frames, from 1.
    """
    images = Instance.objects.filter(series__study=study)
    if series is not None:
        images = images.filter(series__number=series)
    several = Q(frames__gt=1, frames__gte=image or 0)
    named = list(images.filter(Q(number=image, frames=1) | several).order_by("pk")[:2])
    return named[0] if len(named) == 1 else None


def _links(report: Report, found: Extraction) -> list[ReportLink]:
    references: dict[ImageReference, Mention | None] = dict.fromkeys(found.image_references)
    for mention in found.mentions:
        for reference in mention.image_references:
            if references.get(reference) is None:
                references[reference] = mention
    return [_link(report, reference, mention) for reference, mention in references.items()]


def _link(report: Report, reference: ImageReference, mention: Mention | None) -> ReportLink:
    sizes = [] if mention is None else [size for one in mention.measurements for size in one.millimetres]
    return ReportLink(
        report=report, start=reference.span.start, end=reference.span.end, series_number=reference.series,
        image_number=reference.image, finding="" if mention is None else mention.finding, millimetres=sizes,
    )


def _key(link: ReportLink) -> tuple[object, ...]:
    return (
        link.start, link.end, link.series_number, link.image_number, link.finding, tuple(link.millimetres),
    )
