"""Verdict cards: what a recipe brought against its control arm, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

from core.models import Project
from learning.models import Comparison, Run
from learning.recipe import Recipe, RecipeError, load_recipe
from learning.recipe_strategies import Difference, alike
from learning.selectors.comparisons import ArmRow, arm_rows, recipe_of

MEANS = {
    "gain": "The interval lies above 0, also after correction for the number of arms.",
    "equivalent": "The interval lies within the margin on both sides: there is no gain worth having.",
    "harm": "The interval lies below 0, also after correction for the number of arms.",
    "undecided": "The cases are too few to tell; that is not the same as no difference.",
}


@dataclass(frozen=True)
class VerdictCard:
    """One arm against its control arm: all that a reader needs to weigh the word."""

    comparison: Comparison
    arm: str
    control: str
    verdict: str
    word: str
    delta: float
    low: float
    high: float
    p_holm: float
    margin: float
    n: int
    n_patients: int
    n_seeds: int
    folds: int
    cases_to_decide: int | None
    why: str
    unequal: tuple[Difference, ...]
    strategy: tuple[str, ...]

    @property
    def means(self) -> str:
        return MEANS[self.verdict]


def card_of_arm(row: ArmRow, comparison: Comparison) -> VerdictCard | None:
    """None for the control arm, and while nothing is judged."""
    found = row.against
    if found is None:
        return None
    return VerdictCard(
        comparison=comparison, arm=row.arm.name, control=found["control"], verdict=found["verdict"], word=row.verdict,
        delta=found["delta"], low=found["low"], high=found["high"], p_holm=found["p_holm"], margin=found["margin"],
        n=found["n"], n_patients=found["n_patients"], n_seeds=found["n_seeds"], folds=comparison.folds,
        cases_to_decide=found["cases_to_decide"], why=found["why"], unequal=tuple(row.unequal),
        strategy=tuple(d.title for d in row.differs if not d.is_unequal),
    )


def cards_of(project: Project) -> list[VerdictCard]:
    """Of all judged arms of a project, newest comparison first; what brightness alone achieves is no strategy."""
    cards = []
    for comparison in Comparison.objects.filter(project=project, results__isnull=False).select_related("snapshot"):
        rows = [row for row in arm_rows(comparison) if not row.is_trivial]
        cards += [card for row in rows if (card := card_of_arm(row, comparison)) is not None]
    return cards


def card_of_run(run: Run) -> VerdictCard | None:
    """The newest verdict on the run's recipe, on the same frozen labels."""
    try:
        recipe = load_recipe(run.recipe)
    except RecipeError:
        return None
    same = Comparison.objects.filter(
        project=run.project_id, snapshot__hash=run.snapshot.hash, results__isnull=False
    ).select_related("snapshot")
    for comparison in same:
        for row in arm_rows(comparison):
            mine = recipe_of(row.arm) if row.against and not row.is_trivial else None
            if mine is not None and alike(_without_findings(mine), _without_findings(recipe)):
                return card_of_arm(row, comparison)
    return None


def comparisons_of_run(run: Run) -> list[Comparison]:
    """Unfinished ones on the run's snapshot, which may bring its verdict."""
    found = Comparison.objects.filter(project=run.project_id, snapshot=run.snapshot_id)
    return list(found.filter(jobs__state__in=("queued", "running")).distinct())


def _without_findings(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"targets": recipe.targets.model_copy(update={"findings": ()})})
