"""Who is champion: decided by the project's rule on the gate set, paired by patient, and written down in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from core import audit
from core.errors import Invalid
from core.models import User
from core.transitions import Transitions
from learning.models import Iteration, Loop, ModelState, ModelVersion
from learning.selectors.headline import task_of
from learning.services.gate import judge_on, model_path, reserved_cases
from learning.services.gate_masks import paired_masks
from learning.services.gate_pairs import judge_pairs, reserved_pairs
from learning.services.outlines import suggest_from
from learning.services.reranking import KIND as RANK
from workers.engine import defer

if TYPE_CHECKING:
    from learning.toolkit.comparison import Comparison

TRANSITIONS = Transitions(
    "state",
    {
        ModelState.CHAMPION: frozenset({ModelState.CANDIDATE, ModelState.REJECTED, ModelState.RETIRED}),
        ModelState.RETIRED: frozenset({ModelState.CHAMPION}),
        ModelState.REJECTED: frozenset({ModelState.CANDIDATE}),
    },
)


LEAST_PATIENTS = 20
"""Below this the bootstrap's interval promises more than so few patients can hold."""


@dataclass(frozen=True)
class Decision:
    """Whether the challenger takes over, in words, with the paired comparison behind it."""

    promote: bool
    sentence: str
    comparison: dict[str, Any] | None


def judge(*, challenger: ModelVersion, champion: ModelVersion | None, loop: Loop) -> Decision:
    """Compare on the gate set. Without a champion the first model takes the place; without a gate none is promoted."""
    if champion is None:
        return Decision(True, f"Model {challenger.number} is the first: it becomes the champion.", None)
    from learning.toolkit.data import DataError

    if task_of(challenger) != task_of(champion):
        return Decision(False, _of_two_kinds(challenger, champion), None)
    if not reserved_cases(loop.project, "gate", champion.findings).studies:
        unread = "No gate case has been read by a reader, so nothing can be promoted. Read the gate set."
        return Decision(False, unread, None)
    try:
        result = paired_on_gate(challenger, champion, margin=loop.margin)
    except DataError as error:
        return Decision(False, f"The gate set cannot decide: {error}", None)
    if result.n_patients < LEAST_PATIENTS:
        few = f"Only {result.n_patients} patients of the gate set have been read; a promotion needs {LEAST_PATIENTS}."
        return Decision(False, f"{few} Read more of the gate set.", None)
    promote = allows(loop.rule, result)
    return Decision(promote, _sentence(challenger, champion, loop, result, promote), result.as_dict())


def allows(rule: str, result: Comparison) -> bool:
    """Whether the rule lets the challenger take over.

    superior      the interval of the difference lies above 0.
    non_inferior  it lies above minus the margin, and the difference itself above 0: without the second half every
                  turn could lose a little less than the margin, and the champion would creep downhill.
    """
    if rule == "superior":
        return result.low > 0
    return result.non_inferior and result.delta > 0


def paired_on_gate(first: ModelVersion, second: ModelVersion, *, margin: float) -> Comparison:
    """`learning.toolkit.comparison` of two models, first minus second, on gate cases and the findings that both know.

    In Dice of models that outline, else in macro AUROC. Raises DataError when these cases cannot compare them.
    """
    if task_of(first) == "segmentation":
        return paired_masks(first, second, margin=margin)
    from learning.toolkit.comparison import compare
    from learning.toolkit.export import load_model

    project = first.project
    codes = [c for c in second.findings if c in first.findings]
    pairs = reserved_pairs(project, "gate", codes) if task_of(first) == "progression" else None
    cases = pairs[0] if pairs else reserved_cases(project, "gate", codes)
    tables, targets, patients = [], cases.targets, cases.patients
    for version in (first, second):
        model, card = load_model(model_path(version))
        if pairs:
            probabilities = judge_pairs(pairs[1], model, card)
        else:
            probabilities, targets, patients = judge_on(project, cases, model, card)
        tables.append(probabilities[:, [list(card.findings).index(c) for c in codes]])
    return compare(tables[0], tables[1], targets, findings=codes, patients=patients, margin=margin)


def _of_two_kinds(challenger: ModelVersion, champion: ModelVersion) -> str:
    return (
        f"Model {challenger.number} learns {task_of(challenger)} and champion {champion.number} {task_of(champion)}: "
        "no figure compares the two, so the rule promotes nobody. A manager can decide otherwise, with a note."
    )


def _sentence(challenger: ModelVersion, champion: ModelVersion, loop: Loop, result: Comparison, promote: bool) -> str:
    rule = {
        "superior": "superior (interval above 0)",
        "non_inferior": f"not worse than {loop.margin:g} with confidence, and ahead",
    }[loop.rule]
    verb = "takes over" if promote else "stays a candidate that was not promoted"
    return (
        f"Model {challenger.number} against model {champion.number} on {result.n} gate cases: {result.sentence} "
        f"Rule: {rule}. Model {challenger.number} {verb}."
    )


def promote(*, version: ModelVersion) -> None:
    """Make it the champion; the one before it retires. The database holds that there is only one.

    Of a champion that outlines, the masks are suggested from now on.
    """
    with transaction.atomic():
        champions = ModelVersion.objects.filter(project=version.project, state=ModelState.CHAMPION)
        for before in champions.exclude(pk=version.pk):
            TRANSITIONS.move(before, ModelState.RETIRED)
        version.refresh_from_db()
        if version.state != ModelState.CHAMPION:
            TRANSITIONS.move(version, ModelState.CHAMPION)
        if task_of(version) == "segmentation" and not version.suggests_masks:
            suggest_from(version, None)


def reject(*, version: ModelVersion) -> None:
    TRANSITIONS.apply(ModelVersion.objects.filter(pk=version.pk), ModelState.REJECTED)


def override(*, iteration: Iteration, user: User, note: str) -> None:
    """A manager decides against the rule, with a note that stays; the pool is ranked anew by the model chosen.

    Raises Invalid without a note or a challenger.
    """
    if not note.strip():
        raise Invalid("Say why you decide against the rule; the note stays with the turn.")
    if iteration.challenger is None or iteration.state != "done":
        raise Invalid("This turn has no finished challenger to decide about.")
    chosen = iteration.champion if iteration.promoted else iteration.challenger
    if chosen is None:
        raise Invalid("There was no champion before this turn to return to.")
    with transaction.atomic():
        promote(version=chosen)
        Iteration.objects.filter(pk=iteration.pk).update(
            promoted=not iteration.promoted, overridden_by=user, override_note=note.strip()[:300]
        )
        audit.record(
            "promotion.overridden", actor=user, project=iteration.loop.project, subject=f"turn:{iteration.number}",
            model=chosen.number, note=note.strip()[:300],
        )
        defer(
            RANK, payload={"turn": iteration.pk}, project=iteration.loop.project, user=user,
            label=f"Rank the pool with model {chosen.number}", priority=5,
        )
