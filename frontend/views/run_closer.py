"""A closer look at a finished run: its surest errors, drift of new images, and any other run beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from core.access import require
from core.errors import Invalid
from frontend.forms.recipe import field_titles
from frontend.views.live import signature
from frontend.views.page import ProjectPage
from learning.models import Run
from learning.selectors.drift import drift_of
from learning.selectors.run_errors import errors_of
from learning.selectors.run_pairs import pair_of
from learning.selectors.runs import model_of, runs_of

MOST_RUNS = 50
COVERAGE = ("covered", "present", "absent", "single")
NOT_LOOKED_AT = ["Scanner and site were not looked at when this run ended; a repeat of it does."]


def closer_of(metrics: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """What the run kept beside its figures (learning.services.closer_look), with the findings' names; empty before."""
    held_out, gate = metrics.get("held_out") or {}, metrics.get("gate") or {}
    trials = held_out.get("trials") or []
    best = max((trial["value"] for trial in trials), default=None)
    groups = [
        one | {"stands_out": one["p_value"] is not None and one["p_value"] < 0.05}
        for one in held_out.get("subgroups") or []
    ]
    return {
        "titles": field_titles(), "trials": [trial | {"is_best": trial["value"] == best} for trial in trials],
        "maps": held_out.get("maps"), "subgroups": _named(groups, names),
        "undivided": held_out.get("undivided", NOT_LOOKED_AT if groups else []),
        "n_compared": sum(one["p_value"] is not None for one in groups),
        "conformal": _coverage(held_out, names), "gate_conformal": _coverage(gate, names),
    }


def _coverage(metrics: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Rows with a figure for each share; runs of earlier versions kept no bounds."""
    rows = _named(metrics.get("conformal") or [], names)
    return [one | {"cells": [_cell(one, key) for key in COVERAGE]} for one in rows]


def _cell(one: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    low, high = (one.get("bounds") or {}).get(key) or (None, None)
    return None if one[key] is None else {"value": one[key], "low": low, "high": high}


def _named(rows: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{**one, "name": names.get(one["finding"], one["finding"])} for one in rows]


def errors_part(page: ProjectPage, run: Run) -> dict[str, Any]:
    """Raises NotAllowed for who may not export: single predictions are in it."""
    require(page.person, "export", page.project)
    found = errors_of(user=page.person, run=run)
    shown = [(one.finding, error.instance.pk) for one in found or [] for error in one.shown]
    names = names_of(run)
    named = None if found is None else _named([vars(one) for one in found], names)
    return {"errors": named, "errors_seen": signature(shown, found is None)}


def drift_part(page: ProjectPage, run: Run) -> dict[str, Any]:
    version, told, missing = model_of(run), None, "This run has no model yet."
    if version is not None:
        try:
            told, missing = drift_of(version), ""
        except Invalid as error:
            missing = error.message
    return {"drift": told, "missing": missing, "drift_seen": signature(told and asdict(told), missing)}


def pair_part(page: ProjectPage, run: Run) -> dict[str, Any]:
    """The run that `?with=` names beside this one. Raises NotAllowed for who may not export."""
    require(page.person, "export", page.project)
    chosen, pair, missing = page.request.GET.get("with", ""), None, ""
    others = others_of(page, run)
    other = next((one for one in others if str(one.pk) == chosen), None)
    if other is not None:
        try:
            pair = pair_of(user=page.person, run=run, other=other)
        except Invalid as error:
            missing = error.message
    names = names_of(run)
    findings = _named([asdict(one) for one in pair.findings], names) if pair else []
    return {
        "others": others, "chosen": other, "pair": pair, "pair_findings": findings, "missing": missing,
        "pair_seen": signature(chosen, [one.pk for one in others], missing),
    }


def names_of(run: Run) -> dict[str, str]:
    """Code → name of the snapshot's findings."""
    return {f["code"]: f.get("name", f["code"]) for f in run.snapshot.findings}


def others_of(page: ProjectPage, run: Run) -> list[Run]:
    """Finished runs of the project that can stand beside this one, newest first."""
    return list(runs_of(page.person, page.project).exclude(pk=run.pk).filter(model_version__isnull=False)[:MOST_RUNS])


PARTS: dict[str, Callable[[ProjectPage, Run], dict[str, Any]]] = {
    "errors": errors_part, "drift": drift_part, "pair": pair_part,
}
