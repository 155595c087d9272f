"""What a reading is held against, where something stronger than itself is on record."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from annotation.models import CurrentObservation, ReadingVersion
from annotation.selectors.answers import majority
from core.models import Project

SOURCES = ("consensus", "record", "other readers", "re-read")
"""From the strongest on: a consensus, a record (coded, or a phantom's truth), the majority of other readers, the same
reader's later unaided read."""
Key = tuple[int, str]
"""Study, finding code."""


@dataclass(frozen=True)
class Truth:
    state: str
    source: str


class Truths:
    """What is on record for a project, asked for one reader at a time: nobody is held against themselves."""

    def __init__(self, project: Project) -> None:
        lines = CurrentObservation.objects.filter(
            project=project, subject="study", source__kind__in=["consensus", "record", "reader"],
            study__patient__withdrawn_at=None,
        ).values_list("source__kind", "source__name", "study_id", "finding__code", "observation__state")
        self._fixed: dict[str, dict[Key, str]] = {"consensus": {}, "record": {}}
        self._said: dict[Key, dict[str, str]] = defaultdict(dict)
        for kind, name, study, finding, state in lines:
            if kind == "reader":
                self._said[(study, finding)][name] = state
            else:
                self._fixed[kind][(study, finding)] = state
        self._rereads = _rereads(project)

    def of(self, key: Key, *, reader: str, reading: int) -> Truth | None:
        """Present or absent, with its source; None where nothing stronger than this reading is known."""
        for source in ("consensus", "record"):
            state = self._fixed[source].get(key)
            if state in ("present", "absent"):
                return Truth(state, source)
        others = [state for name, state in self._said.get(key, {}).items() if name != reader]
        agreed = majority(others) if others else ""
        if agreed in ("present", "absent"):
            return Truth(agreed, "other readers")
        again = self._rereads.get((reader, *key))
        if again is not None and again[0] != reading and again[1] in ("present", "absent"):
            return Truth(again[1], "re-read")
        return None


def _rereads(project: Project) -> dict[tuple[str, int, str], tuple[int, str]]:
    """(reader, study, finding) → (reading, state) of the case handed out again, unaided."""
    again = ReadingVersion.objects.filter(
        reading__project=project, reading__mode="unaided", reading__item__worklist__rereads_of__isnull=False
    ).order_by("number")
    rows: dict[tuple[str, int, str], tuple[int, str]] = {}
    codes = dict(project.findings.values_list("pk", "code"))
    for reading, reader, study, content in again.values_list(
        "reading_id", "reading__reader__username", "reading__item__study_id", "content"
    ):
        for code, state in states_of(content, codes).items():
            rows[(reader, study, code)] = (reading, state)
    return rows


def states_of(content: dict[str, Any], codes: dict[int, str]) -> dict[str, str]:
    """Finding code → what a content says of the study; a mark says present. Empty where it could not be assessed."""
    if not content or content.get("not_assessable"):
        return {}
    said = dict.fromkeys(codes.values(), "absent") if content.get("no_finding") else {}
    for pk, answer in content.get("findings", {}).items():
        if int(pk) in codes:
            said[codes[int(pk)]] = answer["state"]
    for region in content.get("regions", []):
        if region["finding_id"] in codes:
            said[codes[region["finding_id"]]] = "present"
    return said
