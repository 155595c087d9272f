"""Automation bias: what readers get right, and whom they follow when the model errs, with and without its word.

A set share of every aided list is drawn to be read unaided, by chance: the two groups differ in nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from annotation.models import ReadingVersion
from core.models import Project
from learning.models import ModelVersion, Prediction
from learning.selectors.aid.intervals import Tally, cases_to_decide, difference, share, verdict
from learning.selectors.aid.truth import Truths, states_of
from learning.toolkit.bootstrap import Estimate

MARGIN = 0.05
"""Differences within five points of a hundred count as none."""
QUESTIONS = {
    "agreement": "Agree with the truth",
    "model right": "Agree with the truth, where the model is right",
    "model wrong": "Follow the model, where it is wrong",
}
GOOD = {"agreement": 1, "model right": 1, "model wrong": -1}
"""Whether more of it is good."""


@dataclass(frozen=True)
class Judged:
    """One finding on one case as one reader said it, beside truth and model."""

    arm: str
    patient: str
    said: str
    truth: str
    truth_source: str
    model: str
    is_simulated: bool


@dataclass(frozen=True)
class Arm:
    """One side: judgements, cases (patients), the share with its interval."""

    judgements: int
    cases: int
    share: Estimate | None


@dataclass(frozen=True)
class Contrast:
    """One question put to both sides."""

    key: str
    question: str
    aided: Arm
    unaided: Arm
    delta: Estimate | None
    verdict: str
    cases_needed: int | None


@dataclass(frozen=True)
class Bias:
    contrasts: list[Contrast]
    truths: dict[str, int]
    """What the truth was taken from → judgements."""
    readers: int
    without_truth: int
    is_simulated: bool


def automation_bias(*, project: Project) -> Bias:
    """Aided against unaided readings of the same lists. Nothing is hidden: what can't be told is undecided."""
    readers: set[str] = set()
    judged, without = [], 0
    for one, reader in _judged(project):
        readers.add(reader)
        if one is None:
            without += 1
        else:
            judged.append(one)
    contrasts = [_contrast(key, judged) for key in QUESTIONS]
    truths = Counter(one.truth_source for one in judged)
    return Bias(
        contrasts, dict(truths), len(readers), without, bool(judged) and any(one.is_simulated for one in judged)
    )


def _contrast(key: str, judged: list[Judged]) -> Contrast:
    tallies = {arm: _tally(key, [one for one in judged if one.arm == arm]) for arm in ("aided", "unaided")}
    delta = difference(tallies["aided"], tallies["unaided"])
    found = verdict(delta, margin=MARGIN)
    if GOOD[key] < 0:
        found = {"gain": "harm", "harm": "gain"}.get(found, found)
    fewest = min(tally.cases for tally in tallies.values())
    needed = cases_to_decide(delta, fewest, margin=MARGIN) if found == "undecided" else None
    aided, unaided = (Arm(len(t), t.cases, share(t)) for t in (tallies["aided"], tallies["unaided"]))
    return Contrast(key, QUESTIONS[key], aided, unaided, delta, found, needed)


def _tally(key: str, judged: list[Judged]) -> Tally:
    if key == "agreement":
        return Tally([o.patient for o in judged], [float(o.said == o.truth) for o in judged])
    is_right = key == "model right"
    chosen = [o for o in judged if o.model and (o.model == o.truth) == is_right]
    return Tally([o.patient for o in chosen], [float(o.said == (o.truth if is_right else o.model)) for o in chosen])


def _judged(project: Project) -> Iterator[tuple[Judged | None, str]]:
    """Every finding answered in the last version of every reading of an aided list; None without a truth."""
    truths, words = Truths(project), _ModelWords(project)
    codes = dict(project.findings.filter(state="active").values_list("pk", "code"))
    latest: dict[int, ReadingVersion] = {}
    versions = ReadingVersion.objects.filter(
        reading__project=project, reading__item__worklist__kind="ranked",
        reading__item__worklist__rereads_of__isnull=True, reading__item__study__patient__withdrawn_at=None,
    ).exclude(reading__item__worklist__mode="unaided")
    for version in versions.select_related("reading__reader", "reading__item__study__patient").order_by("number"):
        latest[version.reading_id] = version
    for version in latest.values():
        reading = version.reading
        study, reader = reading.item.study, reading.reader.username
        arm = "unaided" if reading.mode == "unaided" else "aided"
        shown = {one["finding"]: one["state"] for one in version.shown or []} if arm == "aided" else {}
        model = shown or words.at(study.pk, version.submitted_at)
        for code, said in states_of(version.content, codes).items():
            truth = truths.of((study.pk, code), reader=reader, reading=reading.pk)
            yield None if truth is None else Judged(
                arm, study.patient.pseudonym, said, truth.state, truth.source, model.get(code, ""),
                reading.reader.is_simulated,
            ), reader


class _ModelWords:
    """What the newest model of that moment would have suggested on a case that was read without it.

    Predictions of single slices of an outlined series say nothing by themselves.
    """

    def __init__(self, project: Project) -> None:
        self._points = {
            version.pk: {
                code: point["threshold"]
                for code, point in zip(version.findings, version.card.get("points") or [], strict=False)
            }
            for version in ModelVersion.objects.filter(project=project)
        }
        rows = Prediction.objects.filter(
            model_version__project=project,
            instance__series__study__worklist_items__is_always_unaided=True,
        ).exclude(probabilities={})
        told = rows.values_list("instance__series__study", "model_version", "created_at", "probabilities").distinct()
        self._by_study: dict[int, dict[int, list[tuple[datetime, dict[str, float]]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for study, version, at, probabilities in told:
            self._by_study[study][version].append((at, probabilities))

    def at(self, study: int, moment: datetime) -> dict[str, str]:
        known = {v: rows for v, rows in self._by_study.get(study, {}).items() if rows[0][0] <= moment}
        if not known:
            return {}
        version = max(known)
        rows, points = [row for _, row in known[version]], self._points.get(version, {})
        return {
            code: "present" if sum(row[code] for row in rows) / len(rows) >= points.get(code, 0.5) else "absent"
            for code in rows[0]
        }
