"""What a change of the label schema would touch, shown before it happens."""

from __future__ import annotations

from dataclasses import dataclass

from annotation.models import CurrentObservation, Finding, Observation


@dataclass(frozen=True)
class Preview:
    """Counts, and the same in a sentence. `both` and `disagreeing` are for a merge."""

    observations: int
    studies: int
    readers: int
    both: int
    disagreeing: int
    sentence: str


def preview_change(*, finding: Finding, into: Finding | None = None) -> Preview:
    """How much rests on this finding; with `into`, what merging it would do to the answers."""
    lines = Observation.objects.filter(finding=finding)
    studies = CurrentObservation.objects.filter(finding=finding).values("study").distinct().count()
    readers = lines.filter(source__kind="reader").values("source").distinct().count()
    count = lines.count()
    sentence = f"{_many(count, 'observation')} on {_many(studies, 'study', 'studies')} by {_many(readers, 'reader')}."
    if into is None:
        return Preview(count, studies, readers, 0, 0, sentence)
    both, disagreeing = _overlap(finding, into)
    sentence += f" They will count as {into.name}; {finding.name} leaves the form and its history stays."
    if both:
        sentence += (
            f" On {_many(both, 'study', 'studies')} the same source answered both, {disagreeing} of them differently:"
            " there the answers are joined by the rule of consensus."
        )
    return Preview(count, studies, readers, both, disagreeing, sentence)


def _many(number: int, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"


def _overlap(finding: Finding, into: Finding) -> tuple[int, int]:
    """Studies on which one source answers both findings, and those on which its two answers differ."""
    def said(which: Finding) -> dict[tuple[int, int], str]:
        rows = CurrentObservation.objects.filter(finding=which, subject="study")
        return {(s, study): state for s, study, state in rows.values_list("source", "study", "observation__state")}

    left, right = said(finding), said(into)
    shared = left.keys() & right.keys()
    return len({study for _, study in shared}), len({key[1] for key in shared if left[key] != right[key]})
