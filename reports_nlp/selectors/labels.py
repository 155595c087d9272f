"""What reports say of a project's findings: the labels of the lexicon joined by the project's map."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from annotation.models import Finding
from core.models import Project
from reports_nlp.models import Extraction, Mention, ReportLabel

STATE_OF = {1: "present", 0: "absent", -1: "equivocal", None: "not_mentioned"}
VALUE_OF = {state: value for value, state in STATE_OF.items()}
STRONGEST_FIRST = (1, -1, 0)
"""Several names, or several reports, of one finding: what is there outweighs a doubt, a doubt outweighs a no."""


@dataclass(frozen=True)
class FindingLabel:
    """What one report says of one finding of the project; `value` is None where it says nothing."""

    finding: Finding
    names: tuple[str, ...]
    value: int | None
    reason: str = ""
    mentions: tuple[Mention, ...] = ()
    cues: tuple[tuple[str, int, int, str], ...] = ()
    """Role, start, end, rule of what decided where no mention did."""

    @property
    def state(self) -> str:
        return STATE_OF[self.value]


def strongest(values: Iterable[int | None]) -> int | None:
    """The value that counts among several; None when nobody says anything."""
    said = [value for value in values if value is not None]
    return min(said, key=STRONGEST_FIRST.index) if said else None


def finding_labels(
    *, extraction: Extraction, findings: Sequence[Finding], finding_map: Mapping[str, Sequence[str]]
) -> list[FindingLabel]:
    """One entry per finding, in the order given."""
    return labels_of_many(extractions=[extraction], findings=findings, finding_map=finding_map)[extraction.pk]


def labels_of_many(
    *, extractions: Iterable[Extraction], findings: Sequence[Finding], finding_map: Mapping[str, Sequence[str]],
    mentions_of: Collection[int] = STRONGEST_FIRST,
) -> dict[int, list[FindingLabel]]:
    """Extraction → its entries. A few queries whatever the number; mentions are fetched of these values alone."""
    by_extraction: dict[int, dict[str, ReportLabel]] = {one.pk: {} for one in extractions}
    rows = list(ReportLabel.objects.filter(extraction__in=by_extraction))
    prefetch_related_objects([row for row in rows if row.value in mentions_of], "mentions")
    for row in rows:
        by_extraction[row.extraction_id][row.finding] = row
    return {
        pk: [_label(finding, tuple(finding_map.get(finding.code, ())), labels, mentions_of) for finding in findings]
        for pk, labels in by_extraction.items()
    }


def _label(
    finding: Finding, names: tuple[str, ...], labels: Mapping[str, ReportLabel], mentions_wanted: Collection[int]
) -> FindingLabel:
    mine = [labels[name] for name in names if name in labels]
    value = strongest(row.value for row in mine)
    deciding = [row for row in mine if row.value == value]
    named = deciding if value in mentions_wanted else []
    mentions = {mention.pk: mention for row in named for mention in mentions_of(row, labels)}
    return FindingLabel(
        finding, names, value, reason=deciding[0].reason if deciding else "",
        mentions=tuple(sorted(mentions.values(), key=lambda mention: (mention.start, mention.pk))),
        cues=tuple((role, start, end, rule) for row in deciding for role, start, end, rule in row.cues),
    )


def mentions_of(label: ReportLabel, labels: Mapping[str, ReportLabel]) -> list[Mention]:
    """Mentions that decided a label; of one that closure added, those of the finding it came from."""
    kind, _, child = label.reason.partition(":")
    source = labels.get(child) if kind == "closure" else None
    return list((source or label).mentions.all())


def active_findings(project: Project) -> list[Finding]:
    return list(Finding.objects.active().filter(project=project))


def values_of_many(
    *, extractions: Sequence[int], finding_map: Mapping[str, Sequence[str]]
) -> dict[tuple[int, str], int]:
    """(extraction, finding code) → value, where anything is said. Without mentions, for counting."""
    codes: dict[str, list[str]] = defaultdict(list)
    for code, names in finding_map.items():
        for name in names:
            codes[name].append(code)
    said: dict[tuple[int, str], list[int]] = defaultdict(list)
    rows = ReportLabel.objects.filter(extraction__in=extractions, finding__in=codes)
    for extraction, name, value in rows.values_list("extraction_id", "finding", "value"):
        for code in codes[name]:
            said[(extraction, code)].append(value)
    return {key: min(values, key=STRONGEST_FIRST.index) for key, values in said.items()}
