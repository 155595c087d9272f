"""A reader's links between words of a report and marks: checked with every save, rows once the reading is submitted.

Until then they live in the draft, with the marks they belong to: undone, redone, saved and withheld together. A link is
kept as it was made, at the text version in which it was made; where it stands in a newer version is found when asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from annotation.models import Reading, ReadingVersion, Region
from annotation.services.content import Content, LinkAnswer, parse_content
from annotation.services.readings import may_see_report
from core.errors import Invalid
from reports_nlp.models import Report, ReportLink


def check_links(reading: Reading, content: Content) -> None:
    """Raises Invalid for a link to words that the reader may not see, or that do not stand there.

    What was saved before is not asked again whether it may be seen: a policy that changes meanwhile takes nothing away
    that was typed.
    """
    if not content.links:
        return
    known = set(map(_key, _saved_links(reading)))
    fresh = [link for link in content.links if _key(link) not in known]
    if fresh and not may_see_report(reading):
        raise Invalid("The report of this case is not shown to you now: its words can't be linked.", field="links")
    ours = Report.objects.filter(project=reading.project_id, study=reading.item.study_id)
    texts = dict(ours.filter(pk__in={link.report for link in fresh}).values_list("pk", "text"))
    for link in fresh:
        if texts.get(link.report, "")[link.start : link.end] != link.quote:
            raise Invalid("The linked words are not those of this case's report. Reload the case.", field="links")


def _saved_links(reading: Reading) -> Sequence[LinkAnswer]:
    draft = Reading.objects.values_list("draft", flat=True).get(pk=reading.pk)
    return parse_content(draft or {}).links


def _key(link: LinkAnswer) -> tuple[int, int, int, str]:
    return link.report, link.start, link.end, link.quote


def write_links_of(version: ReadingVersion, content: Content) -> list[ReportLink]:
    """The links of a submitted version as rows. What is no longer this study's report is left to the version alone."""
    if not content.links:
        return []
    reading = version.reading
    regions = _regions_of(version)
    ours = Report.objects.filter(project=reading.project_id, study=reading.item.study_id)
    texts = dict(ours.filter(pk__in={link.report for link in content.links}).values_list("pk", "text"))
    return ReportLink.objects.bulk_create([
        _row(version, link, regions[link.track]) for link in content.links
        if link.track in regions and texts.get(link.report, "")[link.start : link.end] == link.quote
    ])


def _regions_of(version: ReadingVersion) -> dict[UUID, Region]:
    rows = Region.objects.filter(observations__batch=version.batch_id).order_by("pk")
    return {region.track: region for region in rows}


def _row(version: ReadingVersion, link: LinkAnswer, region: Region) -> ReportLink:
    return ReportLink(
        report_id=link.report, start=link.start, end=link.end, quote=link.quote, track=link.track, region=region,
        instance_id=region.instance_id, frame=region.frame, reading_version=version,
        created_by_id=version.reading.reader_id, linked_at=datetime.fromisoformat(link.at),
    )
