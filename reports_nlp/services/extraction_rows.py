"""What the stages found, as rows; by the batch, since a large job's time goes into statements and not into reading."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from django.db import transaction

from reports_nlp.models import Extraction, Mention, Report, ReportLabel, ReportLink
from reports_nlp.services.links import write_links
from reports_nlp.stages import types

Found = tuple[Report, types.Extraction]


def write_extractions(found: Sequence[Found]) -> int:
    """Keep what was found; returns for how many reports something changed. The caller's transaction holds it all.

    A version that has been superseded meanwhile is left as it is.
    """
    with transaction.atomic():
        ours = _locked([report.pk for report, _ in found])
        waiting = [(report, one, content_digest(one)) for report, one in found if report.pk in ours]
        current = dict(Extraction.objects.filter(report__in=ours, is_current=True).values_list("report", "content"))
        same = [(report, one) for report, one, digest in waiting if current.get(report.pk) == digest]
        _confirm(same)
        changed = [item for item in waiting if current.get(item[0].pk) != item[2]]
        Extraction.objects.filter(report__in=[item[0] for item in changed], is_current=True).update(is_current=False)
        known = set(Extraction.objects.filter(report__in=ours).values_list("report", flat=True))
        _write([
            item for item in changed
            if item[0].pk not in known or not _taken_up_again(item[0], item[1].definition, item[2])
        ])
        _link([(report, one) for report, one, _ in changed])
    return len(changed)


def _locked(keys: Sequence[int]) -> set[int]:
    """Those that are still the newest version. In order, so that two batches never wait for each other."""
    newest = Report.objects.select_for_update(no_key=True).filter(pk__in=keys, is_latest=True)
    return set(newest.order_by("pk").values_list("pk", flat=True))


def _confirm(found: Iterable[Found]) -> None:
    """Rules that find the same put their name to what is there."""
    by_definition = sorted(found, key=lambda pair: pair[1].definition)
    for definition, pairs in groupby(by_definition, key=lambda pair: pair[1].definition):
        reports = [report for report, _ in pairs]
        Extraction.objects.filter(report__in=reports, is_current=True).update(confirmed=definition)


def _taken_up_again(report: Report, definition: str, digest: str) -> bool:
    """Rules that were in force before find what they found then."""
    again = Extraction.objects.filter(report=report, definition=definition, content=digest)
    if again.update(is_current=True, confirmed=definition):
        return True
    # A definition finds one thing in one text; what an older release of the program found under it is no evidence.
    Extraction.objects.filter(report=report, definition=definition).delete()
    return False


def _write(items: Sequence[tuple[Report, types.Extraction, str]]) -> None:
    made = Extraction.objects.bulk_create([
        Extraction(
            report=report, definition=found.definition, confirmed=found.definition, content=digest,
            sections=_sections(found), headings=list(found.headings),
        )
        for report, found, digest in items
    ])
    of_each = [(extraction, found) for extraction, (_, found, _) in zip(made, items, strict=True)]
    mentions = [[_mention(extraction, mention) for mention in found.mentions] for extraction, found in of_each]
    labels = [[_label(extraction, label) for label in found.labels] for extraction, found in of_each]
    Mention.objects.bulk_create([row for rows in mentions for row in rows])
    ReportLabel.objects.bulk_create([row for rows in labels for row in rows])
    through = ReportLabel.mentions.through
    through.objects.bulk_create([
        through(reportlabel_id=row.pk, mention_id=named[n].pk)
        for (_, found), rows, named in zip(of_each, labels, mentions, strict=True)
        for row, label in zip(rows, found.labels, strict=True) for n in label.mentions
    ])


def _link(found: Sequence[Found]) -> None:
    """Only texts that point at images, or did, have links to write."""
    texts = [report for report, _ in found]
    had = set(ReportLink.objects.filter(report__in=texts, created_by=None).values_list("report", flat=True))
    for report, one in found:
        if report.pk in had or one.image_references or any(mention.image_references for mention in one.mentions):
            write_links(report=report, found=one)


def _label(extraction: Extraction, label: types.Label) -> ReportLabel:
    return ReportLabel(
        extraction=extraction, finding=label.finding, value=label.value, reason=label.reason[:120],
        cues=_cues(label.cues),
    )


def _mention(extraction: Extraction, mention: types.Mention) -> Mention:
    return Mention(
        extraction=extraction, finding=mention.finding, start=mention.span.start, end=mention.span.end,
        sentence_start=mention.sentence.start, sentence_end=mention.sentence.end, section=mention.section.value,
        polarity=mention.polarity.value, context=mention.context.value, rule=mention.rule[:120],
        cues=_cues(mention.cues), attributes=attributes_of(mention),
    )


def _sections(found: types.Extraction) -> list[list[Any]]:
    return [[section.kind.value, section.span.start, section.span.end] for section in found.sections]


def _cues(cues: Iterable[types.Cue]) -> list[list[Any]]:
    return [[cue.role, cue.span.start, cue.span.end, cue.rule] for cue in cues]


def attributes_of(mention: types.Mention) -> dict[str, Any]:
    """As rows keep them; empty ones are left out."""
    kept = {
        "subfinding": mention.subfinding, "laterality": mention.laterality, "anatomy": list(mention.anatomy),
        "severity": mention.severity, "temporal": mention.temporal,
        "measurements": [[m.span.start, m.span.end, list(m.millimetres)] for m in mention.measurements],
        "images": [[i.span.start, i.span.end, i.series, i.image] for i in mention.image_references],
    }
    return {name: value for name, value in kept.items() if value}


def content_digest(found: types.Extraction) -> str:
    """sha256 of all that was found and why, without the definition that found it."""
    told = [
        _sections(found), list(found.headings),
        [
            [m.finding, m.span.start, m.span.end, m.sentence.start, m.sentence.end, m.section.value, m.polarity.value,
             m.context.value, m.rule, _cues(m.cues), attributes_of(m)] for m in found.mentions
        ],
        sorted(
            [label.finding, label.value, list(label.mentions), label.reason, _cues(label.cues)]
            for label in found.labels
        ),
        [[i.span.start, i.span.end, i.series, i.image] for i in found.image_references],
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
