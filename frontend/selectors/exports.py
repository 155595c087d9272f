"""What there is to take away, counted by who said it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from annotation.models import CurrentObservation, SourceKind
from core.models import Project

KINDS = {
    SourceKind.READER: "readers", SourceKind.REPORT: "report labelers", SourceKind.RECORD: "coded records",
    SourceKind.CONSENSUS: "consensus", SourceKind.MODEL: "models (pseudolabels)", SourceKind.UNKNOWN: "unknown sources",
}


@dataclass(frozen=True)
class KindLine:
    """How much one kind of source has said."""

    kind: str
    words: str
    lines: int
    studies: int


def kind_lines(project: Project) -> list[KindLine]:
    """Kinds of sources that have said something, readers first."""
    rows = CurrentObservation.objects.filter(project=project, study__patient__withdrawn_at=None)
    grouped = rows.values("source__kind").annotate(lines=Count("pk"), studies=Count("study", distinct=True)).order_by()
    counts = {row["source__kind"]: (row["lines"], row["studies"]) for row in grouped}
    return [KindLine(kind, words, *counts[kind]) for kind, words in KINDS.items() if kind in counts]
