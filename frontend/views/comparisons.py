"""Comparisons: the list, a new one, one of them with its live table."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import redirect

from core.errors import DomainError, NotFound
from frontend.forms.comparison import arms_from, choices_of, posted_numbers, settings_from
from frontend.forms.recipe import described
from frontend.gaps import Gap, gap_of
from frontend.views.live import LivePart, signature
from frontend.views.page import ProjectPage
from learning.models import Comparison
from learning.selectors.comparison_cost import comparison_cost
from learning.selectors.comparisons import (
    ArmRow,
    Progress,
    arm_rows,
    comparisons_of,
    headline,
    progress_of,
    recipe_of,
)
from learning.selectors.verdicts import card_of_arm
from learning.services.comparisons.making import (
    cancel_comparison,
    extend_comparison,
    resume_comparison,
    start_comparison,
)

UNFINISHED = ("queued", "running")


class Comparisons(ProjectPage):
    template = "frontend/compare/list.html"

    def context(self) -> dict[str, Any]:
        found = comparisons_of(self.person, self.project)
        return super().context() | {"lines": [_line(one) for one in found[:100]]}


def _line(comparison: Comparison) -> dict[str, Any]:
    rows = arm_rows(comparison)
    return {"comparison": comparison, "progress": progress_of(comparison), "rows": rows,
            "headline": headline(comparison, rows)}


class NewComparison(ProjectPage):
    """`?arms=preset:quick,run:3&control=run:3` ticks recipes."""

    template = "frontend/compare/new.html"
    needs = "train"
    acts = {"start": ("start", "train")}

    def start(self) -> HttpResponseBase:
        settings = settings_from(self.request.POST)
        comparison = start_comparison(
            project=self.project, user=self.person, arms=arms_from(self.project, self.request.POST), **settings
        )
        return redirect("comparison-page", self.project.slug, comparison.pk)

    def context(self) -> dict[str, Any]:
        asked = self.request.POST if self.request.method == "POST" else self.request.GET
        return super().context() | choices_of(self.person, self.project, asked) | cost_of(self, asked)


class ComparisonPlan(LivePart):
    """What the form, as it stands, would cost."""

    template = "frontend/compare/plan.html"
    needs = "train"
    http_method_names = ["post", "options"]

    def post(self, *_: Any, **__: Any) -> HttpResponseBase:
        return self.show()

    def context(self) -> dict[str, Any]:
        return ProjectPage.context(self) | cost_of(self, self.request.POST)


def cost_of(page: ProjectPage, asked: Any) -> dict[str, Any]:
    """Arms as posted with their cost, or why it cannot be told."""
    try:
        arms = arms_from(page.project, asked)
        settings = settings_from(asked)
        return {"cost": comparison_cost(page.project, arms, settings), "why_not": ""}
    except DomainError as error:
        return {"cost": None, "why_not": error.message}


class OneComparison(ProjectPage):
    template = "frontend/compare/one.html"
    acts = {
        "cancel": ("cancel", "steer"), "resume": ("resume", "steer"), "extend": ("extend", "train"),
    }
    comparison: Comparison

    def open(self) -> None:
        super().open()
        self.comparison = comparison_in(self)

    def cancel(self) -> None:
        cancel_comparison(comparison=self.comparison, user=self.person)

    def resume(self) -> None:
        resume_comparison(comparison=self.comparison, user=self.person)

    def extend(self) -> None:
        seeds = posted_numbers(self.request.POST, "more_seeds", whole=True, default=0)
        extend_comparison(
            comparison=self.comparison, user=self.person, more_seeds=int(seeds),
            arms=arms_from(self.project, self.request.POST),
        )

    def context(self) -> dict[str, Any]:
        return super().context() | table_of(self.comparison) | choices_of(self.person, self.project, {})


class ComparisonPart(LivePart):
    """`now`: state, headline and tables."""

    template = "frontend/compare/now.html"

    def context(self) -> dict[str, Any]:
        return super().context() | table_of(comparison_in(self))


def comparison_in(page: ProjectPage) -> Comparison:
    """Raises NotFound for a comparison of another project."""
    found = comparisons_of(page.person, page.project).filter(pk=page.kwargs["comparison_id"]).first()
    if found is None:
        raise NotFound("There is no such comparison in this project.")
    return found


def table_of(comparison: Comparison) -> dict[str, Any]:
    rows, progress = arm_rows(comparison), progress_of(comparison)
    width = max([abs(row.against[end]) for row in rows if row.against for end in ("low", "high")], default=0.0)
    names = {f["code"]: f.get("name", f["code"]) for f in comparison.snapshot.findings}
    job = comparison.jobs.order_by("-created_at").first()
    lines = [_arm_line(row, comparison, width) for row in rows]
    return {
        "comparison": comparison, "progress": progress, "is_running": progress.state in UNFINISHED, "job": job,
        "headline": headline(comparison, rows), "lines": lines,
        "cards": [line["card"] for line in lines if line["card"] and not line["row"].is_trivial],
        "columns": _columns(rows, names), "failure": _failure(progress, rows, job),
        "seen": signature(
            progress.state, comparison.judged_cells, progress.done, progress.wanted, [row.failure for row in rows]
        ),
    }


def _failure(progress: Progress, rows: list[ArmRow], job: Any) -> str:
    if progress.state != "failed":
        return ""
    named = [f"{row.arm.name}: {row.failure}" for row in rows if row.failure]
    return " ".join(named) or (job.failure if job else "")


def _arm_line(row: ArmRow, comparison: Comparison, width: float) -> dict[str, Any]:
    recipe = recipe_of(row.arm) if not row.is_trivial else None
    gap: Gap | None = gap_of(row.against, margin=comparison.margin, width=width) if row.against else None
    return {
        "row": row, "gap": gap, "card": card_of_arm(row, comparison),
        "words": described(recipe) if recipe is not None else "logistic regression on mean, spread and histogram",
        "strategy": [d for d in row.differs if not d.is_unequal], "unequal": row.unequal,
        "minutes": row.seconds / 60,
    }


def _columns(rows: list[ArmRow], names: dict[str, str]) -> list[dict[str, str]]:
    """Findings of the per-finding table."""
    codes = list(dict.fromkeys(code for row in rows if row.judged for code in row.judged["per_finding"]))
    return [{"code": code, "name": names.get(code, code)} for code in codes]

