"""One run: its curve while it trains, its figures when it has; what it learned from, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import redirect

from core.errors import NotFound
from frontend.forms.recipe import sections_of
from frontend.pictures import reliability_picture, roc_picture
from frontend.views.live import LivePart, signature
from frontend.views.page import ProjectPage
from frontend.views.run_closer import PARTS, closer_of
from learning.models import Iteration, Run
from learning.recipe import RecipeError, load_recipe
from learning.recipe_strategies import title_of
from learning.selectors.headline import column_names
from learning.selectors.runs import is_running, model_of, run_state, runs_of
from learning.selectors.verdicts import card_of_run, comparisons_of_run
from learning.services.comparisons.wishes import comparable_strategies, compare_with_control
from learning.services.repeat import repeat_run, repetition
from learning.services.runs import held_out_path
from workers.engine import request_cancel, retry
from workers.selectors import Steering, require_steering

LINES = 300


class OneRun(ProjectPage):
    template = "frontend/run.html"
    acts = {
        "cancel": ("cancel", ""), "retry": ("retry", ""), "repeat": ("repeat", "train"), "compare": ("compare", "train")
    }
    run: Run

    def open(self) -> None:
        super().open()
        self.run = run_in(self)

    def cancel(self) -> None:
        require_steering(self.person, self.run.job)
        request_cancel(self.run.job)

    def retry(self) -> None:
        require_steering(self.person, self.run.job)
        retry(self.run.job)

    def repeat(self) -> HttpResponseBase:
        again = repeat_run(run=self.run, user=self.person)
        return redirect("run-page", self.project.slug, again.pk)

    def compare(self) -> HttpResponseBase:
        strategy = self.request.POST.get("strategy", "")
        found = compare_with_control(run=self.run, user=self.person, strategy=strategy)
        return redirect("comparison-page", self.project.slug, found.pk)

    def context(self) -> dict[str, Any]:
        run = self.run
        return super().context() | state_of(self, run) | results_of(run) | log_of(run) | verdict_on(run) | {
            "names": {f["code"]: f.get("name", f["code"]) for f in run.snapshot.findings},
            "environment_names": ENVIRONMENT_NAMES,
            "epoch_figure": EPOCH_FIGURES.get(run.recipe.get("targets", {}).get("kind", ""), "AUROC"),
            "recipe": sections_of(run.recipe), "rows": run.snapshot.counts.get("rows", {}), "counts": counts_of(run),
            "epochs": [{"epoch": e.epoch, "values": e.values} for e in run.epochs.all()],
        }


ENVIRONMENT_NAMES = {
    "radloop": "RadLoop", "code": "Hash of the code", "commit": "Commit", "python": "Python", "torch": "PyTorch",
    "numpy": "NumPy", "scipy": "SciPy", "monai": "MONAI", "django": "Django", "machine": "Machine", "system": "System",
    "processor": "Processor", "device": "Device", "threads": "Threads", "seed": "Seed", "precision": "Precision",
    "parameters": "Parameters",
}
"""What the environment's entries are called; what is not named here stands under its own name."""
EPOCH_FIGURES = {"segmentation": "Dice", "ordinal": "quadratic kappa"}
"""By kind of task; of all others an epoch tells the AUROC."""


class RunPart(LivePart):
    """`state` is the head with progress or the reason of failure; `log` its lines; `results` the figures.

    `errors`, `drift` and `pair` take a moment, so the page asks for them when it is there.
    """

    def context(self) -> dict[str, Any]:
        run, part = run_in(self), self.kwargs["part"]
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "state": partial(state_of, self, run), "log": partial(log_of, run), "results": partial(results_of, run),
        }
        parts |= {name: partial(made, self, run) for name, made in PARTS.items()}
        if part not in parts:
            raise NotFound("There is no such part of the page.")
        self.template = f"frontend/partials/run_{part}.html"
        names = {f["code"]: f.get("name", f["code"]) for f in run.snapshot.findings}
        found = super().context() | {"run": run, "names": names} | parts[part]()
        return found | {"seen": found[f"{part}_seen"]}


def run_in(page: ProjectPage) -> Run:
    """Raises NotFound for a run of another project."""
    run = runs_of(page.person, page.project).filter(pk=page.kwargs["run_id"]).first()
    if run is None:
        raise NotFound("There is no such run in this project.")
    return run


def state_of(page: ProjectPage, run: Run) -> dict[str, Any]:
    turn = Iteration.objects.filter(Q(run=run) | Q(control_run=run)).select_related("champion", "challenger").first()
    state = run_state(run)
    may_steer = Steering.of(page.person).includes(run.job)
    return {
        "run": run, "state": state, "job": run.job, "model": model_of(run), "turn": turn,
        "is_control": turn is not None and turn.control_run_id == run.pk, "is_running": is_running(run),
        "may_cancel": may_steer and state in ("queued", "running"),
        "may_retry": may_steer and state in ("failed", "cancelled"),
        "state_seen": signature(state, run.job.state, run.job.attempt, run.job.failure, run.outcome),
    }


def verdict_on(run: Run) -> dict[str, Any]:
    """The newest verdict card of the run's recipe, or what it takes to get one."""
    try:
        on = comparable_strategies(load_recipe(run.recipe))
    except RecipeError:
        on = []
    return {
        "verdict": card_of_run(run), "under_way": comparisons_of_run(run),
        "strategies": [(name, title_of(name)) for name in on],
    }


def log_of(run: Run) -> dict[str, Any]:
    lines = list(run.job.lines.order_by("-id")[:LINES])
    return {"lines": lines, "log_seen": signature(len(lines), lines[0].pk if lines else 0)}


def results_of(run: Run) -> dict[str, Any]:
    """Metrics on the gate set and on held-out patients, with their pictures; empty while the run trains."""
    metrics = run.metrics or {}
    columns = [one["finding"] for one in (metrics.get("held_out") or {}).get("findings") or []]
    names = {f["code"]: f.get("name", f["code"]) for f in run.snapshot.findings}
    names |= column_names(columns, run.snapshot.findings)
    tables = [
        _table("gate", "Gate set", "studies", metrics.get("gate"), names),
        _table("held-out", "Held-out patients", "images", metrics.get("held_out"), names),
    ]
    return {
        "run": run, "state": run_state(run), "tables": [t for t in tables if t is not None],
        "has_metrics": bool(metrics), "repetition": repetition(run),
        "has_gate": bool(metrics.get("gate")), "has_held_out": bool(metrics) and held_out_path(run).exists(),
        "model": model_of(run), "more": closer_of(metrics, names),
        "results_seen": signature(bool(metrics), run_state(run)),
    }


def _table(
    key: str, title: str, unit: str, metrics: dict[str, Any] | None, names: dict[str, str]
) -> dict[str, Any] | None:
    if not metrics:
        return None
    if metrics.get("kind") == "segmentation":
        findings = [one | {"name": names.get(one["finding"], one["finding"])} for one in metrics["findings"]]
    else:
        findings = [_finding(one, names) for one in metrics["findings"]]
    return {
        "key": key, "title": title, "unit": unit, "metrics": metrics, "findings": findings,
        "classes": [names.get(code, code) for code in (metrics.get("classes") or {}).get("classes", [])],
        "grades": [one | {"name": names.get(one["finding"], one["finding"])} for one in metrics.get("grades") or []],
    }


def _finding(one: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return one | {
        "name": names.get(one["finding"], one["finding"]), "roc_picture": roc_picture(one),
        "reliability_picture": reliability_picture(one),
        "no_positive": "no positive case here" if not one["n_positive"] else "",
        "no_negative": "no negative case here" if one["n_positive"] == one["n"] else "",
    }


def counts_of(run: Run) -> list[dict[str, Any]]:
    """Answers per finding in the snapshot."""
    counts = run.snapshot.counts
    return [{"name": f.get("name", f["code"]), **counts.get(f["code"], {})} for f in run.snapshot.findings]
