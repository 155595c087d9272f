"""The loop's settings as a manager changes them: explained, checked, on record with what they were before.

They hold from the next turn on. While a turn is under way nothing changes: what decides must stand before the figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from annotation.models import Finding, Worklist, WorklistKind
from core import audit
from core.errors import Conflict, Invalid
from core.models import User
from learning.models import Loop
from learning.recipe import Recipe
from learning.services.loops import SIMULATE, TURN, UNLABELLED, queries_for
from learning.services.runs import validated
from workers.models import Job, JobState

LEAST_THRESHOLD = 0.501
UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True)
class Setting:
    """`low` to `high` are what it may be; None for what is chosen from a list or ticked."""

    label: str
    explanation: str
    low: float | None = None
    high: float | None = None


QUERIES = {
    "margin": "likeliest answers are close", "entropy": "least sure overall", "bald": "dropout copies disagree",
    "core_set": "unlike what was read", "diverse_uncertain": "unsure, and unlike each other",
    "random": "no ranking, for comparison", "outline_entropy": "least sure of the outline",
}
"""What comes first, in words."""
SETTINGS: dict[str, Setting] = {
    "corrections_per_turn": Setting(
        "Corrections until a turn", "After so many studies read on the loop's worklist the next student is trained. "
        "Few: the model follows the readers closely, and each turn's difference is small against its interval.",
        1, 10_000,
    ),
    "query": Setting(
        "What is worth reading next", "How the champion ranks what waits on the worklist after each turn.",
    ),
    "rule": Setting(
        "When a student takes over", "superior: the interval of its gain on the gate set lies above 0. non-inferior: "
        "it lies above minus the margin, and the student is ahead.",
    ),
    "margin": Setting(
        "Margin", "How much worse a non-inferior student may be, in AUROC (mean over findings). Fix it before looking "
        "at figures; 0.02 is small beside what readers differ by.", 0, 0.5,
    ),
    "pseudolabel_threshold": Setting(
        "Sure enough for a pseudolabel", "Calibrated probability from which the model's own answer on an unread study "
        "is learned from. Absent counts alike, below 1 minus this.", LEAST_THRESHOLD, 1,
    ),
    "pseudolabel_weight": Setting(
        "Weight of a pseudolabel", "Against 1 for a reader's answer. 0: the model learns from readers alone.", 0, 1,
    ),
    "audited_share": Setting(
        "Pseudolabels that readers check", "Share of the pseudolabelled studies that is put before readers, unmarked, "
        "so that the page can say how often pseudolabels are wrong.", 0, 1,
    ),
    "has_random_arm": Setting(
        "Random arm", "Each turn also trains on as many labels drawn at random, and is judged beside the student: only "
        "so can the gain of ranking be seen. It needs cases whose truth is on record, and doubles the training.",
    ),
}


def change_settings(
    *, loop: Loop, user: User | None, worklist: Worklist | None = None, recipe: Recipe | None = None, **settings: Any
) -> dict[str, list[Any]]:
    """Write what differs; returns setting → [before, after], which is in the audit log too.

    settings  of SETTINGS, and `pseudolabel_thresholds`: finding code → its own threshold.

    Raises Invalid for what no loop can have, Conflict while a turn is under way.
    """
    unknown = set(settings) - {*SETTINGS, "pseudolabel_thresholds"}
    if unknown:
        raise Invalid(f"Unknown: {', '.join(sorted(unknown))}; known: {', '.join(SETTINGS)}, pseudolabel_thresholds.")
    for name, value in settings.items():
        _check(loop, name, value)
    after = dict(settings) | ({} if recipe is None else {"recipe": recipe.model_dump(mode="json")})
    if worklist is not None:
        _check_worklist(loop, worklist)
        after["worklist_id"] = worklist.pk
    with transaction.atomic():
        held = Loop.objects.select_for_update(no_key=True).get(pk=loop.pk)
        _check_query(held, recipe, after)
        changed = {name: [getattr(held, name), value] for name, value in after.items() if getattr(held, name) != value}
        if not changed:
            return {}
        if Job.objects.filter(project=held.project_id, kind__in=[TURN, SIMULATE], state__in=UNFINISHED).exists():
            raise Conflict("A turn is under way. Change the settings when it has ended, or stop the loop first.")
        Loop.objects.filter(pk=held.pk).update(**{name: value for name, (_, value) in changed.items()})
        audit.record(
            "loop.changed", actor=user, project=held.project, subject=f"loop:{held.pk}", changed=changed,
        )
    loop.refresh_from_db()
    return changed


def _check(loop: Loop, name: str, value: Any) -> None:
    if name == "pseudolabel_thresholds":
        _check_thresholds(loop, value)
    elif name == "rule" and value not in dict(Loop.RULES):
        raise Invalid(f"{value!r} is no rule; known: {', '.join(dict(Loop.RULES))}.", field=name)
    elif name in SETTINGS and (low := SETTINGS[name].low) is not None:
        high = SETTINGS[name].high
        if high is None or not low <= value <= high:
            raise Invalid(f"{SETTINGS[name].label}: {low:g} to {high:g}, not {value:g}.", field=name)


def _check_thresholds(loop: Loop, given: Mapping[str, float]) -> None:
    known = set(Finding.objects.active().filter(project=loop.project_id).values_list("code", flat=True))
    for code, value in given.items():
        if code not in known:
            raise Invalid(f"{code!r} is no finding on the form.", field="pseudolabel_thresholds")
        if not LEAST_THRESHOLD <= value <= 1:
            raise Invalid(f"{code}: {LEAST_THRESHOLD:g} to 1, not {value:g}.", field="pseudolabel_thresholds")


def _check_worklist(loop: Loop, worklist: Worklist) -> None:
    if worklist.project_id != loop.project_id or worklist.kind != WorklistKind.RANKED:
        raise Invalid(f"{worklist.name} is not a ranked worklist of this project.", field="worklist")


def _check_query(loop: Loop, recipe: Recipe | None, after: dict[str, Any]) -> None:
    """What the kind of task decides: which queries can rank for it, and whether it has pseudolabels."""
    kind = (recipe or validated(loop.recipe)).targets.kind
    known, query = queries_for(kind), after.get("query", loop.query)
    if query not in known:
        raise Invalid(f"{query!r} ranks nothing for {kind} tasks; choose one of: {', '.join(known)}.", field="query")
    if kind in UNLABELLED and after.get("pseudolabel_weight", loop.pseudolabel_weight):
        raise Invalid(f"There are no pseudolabels for {kind} tasks; their weight is 0.", field="pseudolabel_weight")
