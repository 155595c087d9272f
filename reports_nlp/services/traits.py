"""How reports describe a finding that is there: size, shape, margin, density, number, place, severity, course.

Mined from the sentences of present mentions, counted, with places to look at. What people keep of it they write into
the finding's traits (`edit_finding`; its history remembers), for models that go by description.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import transaction

from annotation.models import Finding
from core.models import Project, User
from reports_nlp.models import Mention, MinedTrait
from reports_nlp.selectors.labels import active_findings
from reports_nlp.services.extraction import project_of
from reports_nlp.services.rules_versions import rules_in_force
from reports_nlp.services.trait_words import SIDED, TRAIT_WORDS
from workers.engine import JobContext, defer
from workers.models import Job

KIND = "reports.mine-traits"
EXAMPLES = 5
WINDOW = 60
"""Characters on either side of a mention that its description may stand in; never beyond its clause."""
BATCH = 500
_WORDS = {kind: re.compile(rf"\b(?:{'|'.join(sorted(words, key=len, reverse=True))})\b", re.IGNORECASE)
          for kind, words in TRAIT_WORDS.items()}
_CLAUSE = re.compile(r"[;:,]|\b(?:with|without|no|but|and|or|which)\b", re.IGNORECASE)
Trait = tuple[str, str]
"""Kind and term."""


def enqueue_mining(*, project: Project, user: User | None) -> Job:
    return defer(
        KIND, payload={}, project=project, user=user, label="Mine traits from reports",
        dedupe_key=f"mine-traits:{project.pk}",
    )


def run_mining(*, job: JobContext) -> dict[str, Any]:
    """The job's work."""
    project = project_of(job)
    found = {f.pk: _mine(project, f) for f in active_findings(project)}
    with job.fenced():
        for finding, rows in found.items():
            MinedTrait.objects.filter(finding=finding).delete()
            MinedTrait.objects.bulk_create(rows)
    return {"traits": sum(len(rows) for rows in found.values())}


def mine_traits(*, finding: Finding) -> list[MinedTrait]:
    """Mine one finding's traits anew from the current extractions; what was mined before is replaced."""
    rows = _mine(finding.project, finding)
    with transaction.atomic():
        MinedTrait.objects.filter(finding=finding).delete()
        return MinedTrait.objects.bulk_create(rows)


def _mine(project: Project, finding: Finding) -> list[MinedTrait]:
    names = rules_in_force(project=project).finding_map.get(finding.code, ())
    mentions: Counter[Trait] = Counter()
    reports: dict[Trait, set[int]] = defaultdict(set)
    examples: dict[Trait, list[list[int]]] = defaultdict(list)
    for mention, text, others in _present(project, names):
        report = mention.extraction.report_id
        for kind, term, start, end in _described(mention, text, others):
            trait = (kind, term)
            mentions[trait] += 1
            if report not in reports[trait] and len(examples[trait]) < EXAMPLES:
                examples[trait].append([report, start, end])
            reports[trait].add(report)
    return [
        MinedTrait(finding=finding, kind=kind, term=term, mentions=count, reports=len(reports[(kind, term)]),
                   examples=examples[(kind, term)])
        for (kind, term), count in mentions.most_common()
    ]


def _present(project: Project, names: Sequence[str]) -> Iterator[tuple[Mention, str, list[Mention]]]:
    """Present mentions of these names with the text and the other mentions of their report; a batch is held."""
    rows = Mention.objects.filter(
        extraction__is_current=True, extraction__report__project=project, extraction__report__is_latest=True,
        polarity="present", context="asserted",
    ).select_related("extraction__report").order_by("pk")
    wanted, after = set(names), 0
    while batch := list(rows.filter(pk__gt=after)[:BATCH]):
        after = batch[-1].pk
        mine = [m for m in batch if {m.finding, m.attributes.get("subfinding", "")} & wanted]
        beside: dict[int, list[Mention]] = defaultdict(list)
        for other in Mention.objects.filter(extraction__in={m.extraction_id for m in mine}):
            beside[other.extraction_id].append(other)
        yield from ((m, m.extraction.report.text, beside[m.extraction_id]) for m in mine)


def _described(mention: Mention, text: str, others: Iterable[Mention]) -> Iterator[tuple[str, str, int, int]]:
    """Kind, term and place of each description of this mention."""
    start, end = _clause(mention, text, others)
    told = mention.attributes
    side = told.get("laterality", "")
    for kind, pattern in _WORDS.items():
        for match in pattern.finditer(text, start, end):
            term = " ".join(match.group().lower().replace("-", " ").split())
            yield kind, f"{side} {term}" if side and term in SIDED else term, match.start(), match.end()
    if told.get("temporal"):
        yield "course", told["temporal"], mention.start, mention.end
    for first, last, sizes in told.get("measurements", []):
        if sizes:
            yield "size", _size(max(sizes)), first, last


def _clause(mention: Mention, text: str, others: Iterable[Mention]) -> tuple[int, int]:
    """Where words describe this mention: its sentence, cut at commas, connectives and other mentions."""
    start = max(mention.sentence_start, mention.start - WINDOW)
    end = min(mention.sentence_end, mention.end + WINDOW)
    for cut in _CLAUSE.finditer(text, start, mention.start):
        start = cut.end()
    after = _CLAUSE.search(text, mention.end, end)
    end = after.start() if after else end
    for other in others:
        if other.pk != mention.pk and other.end <= mention.start:
            start = max(start, other.end)
        if other.pk != mention.pk and other.start >= mention.end:
            end = min(end, other.start)
    return start, end


def _size(millimetres: float) -> str:
    if millimetres < 6:
        return "under 6 mm"
    if millimetres < 10:
        return "6 to 10 mm"
    return "10 to 30 mm" if millimetres <= 30 else "over 30 mm"
