"""What happened to the model while somebody read: the gate figure before and after, paired, with its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from annotation.models import Finding, Worklist
from learning.models import Iteration
from learning.selectors.headline import gate_figure
from learning.selectors.turn_sentences import verdict_sentence


def figure_between(worklist: Worklist, start: datetime) -> dict[str, Any] | None:
    """Of the last turn that ended since: {turn, promoted, n, macro, most, verdict, sentence}; null when none ended.

    macro and most (the finding that moved most) are {finding, before, after, delta, low, high} on the same gate cases,
    in AUROC unless `figure` says otherwise; 95 % interval of the difference by patient. Without a champion to compare
    with there is no difference.
    """
    turns = Iteration.objects.filter(loop__worklist=worklist, state="done", finished_at__gte=start)
    turn = turns.select_related("champion", "loop").order_by("-number").first()
    if turn is None:
        return None
    gate, found = turn.gate or {}, turn.comparison
    before = turn.champion.gate if turn.champion is not None else None
    told = {"turn": turn.number, "promoted": bool(turn.promoted), "n": gate.get("n", 0), "macro": None, "most": None,
            "simulated_readers": bool(gate.get("simulated_readers"))}
    if found is None or before is None:
        return told | {"verdict": "", "sentence": turn.decision}
    return told | {
        "macro": _row("", gate_figure(before)[1], gate_figure(gate)[1], difference=found),
        "figure": gate_figure(gate)[0],
        "most": _most(turn, before, gate, found), "verdict": found["verdict"], "sentence": verdict_sentence(found),
    }


def _most(turn: Iteration, before: Mapping[str, Any], gate: Mapping[str, Any], found: Mapping[str, Any]) -> Any:
    """The finding whose difference is the largest, either way; None where no finding has one."""
    apart = {code: one for code, one in (found.get("per_finding") or {}).items() if one is not None}
    if not apart:
        return None
    code = max(apart, key=lambda name: abs(apart[name]["value"]))
    names = dict(Finding.objects.filter(project=turn.loop.project_id).values_list("code", "name"))
    was = {row["finding"]: row["auroc"] for row in before.get("findings") or []}
    now = (gate.get("findings") or {}).get(code, {}).get("auroc")
    difference = apart[code] | {"delta": apart[code]["value"]}
    return _row(names.get(code, code), was.get(code), now, difference)


def _row(finding: str, before: Any, after: Any, difference: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "finding": finding, "before": before["value"] if before else None, "after": after["value"] if after else None,
        "delta": difference["delta"], "low": difference["low"], "high": difference["high"],
    }
