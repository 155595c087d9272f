"""A model card to read (Mitchell et al. 2019), from what is on record; what nobody wrote down is said to be missing."""

from __future__ import annotations

from typing import Any

from learning.models import ModelVersion

_SETS = {"gate": "Gate set", "held_out": "Held-out patients"}


def card_markdown(version: ModelVersion) -> str:
    """Sections: what it is, use, data, figures per finding with intervals, calibration, limits, lineage."""
    card = version.card
    lines = [
        f"# {version.project.name}, model {version.number}", "", f"**{card.get('statement', '')}**", "",
        "## What it is", "",
        f"- Findings: {', '.join(version.findings)}",
        f"- Network: {card['recipe']['network']['name']} at {card['recipe']['input']['size']} px",
        f"- State: {version.get_state_display()}",
        f"- Made: {card.get('created') or 'not recorded'}; file SHA-256 {version.sha256}",
        "", "## Intended use", "",
        "Research on the project's own question: ranking what to read next and suggesting answers to readers, who "
        "decide. Anything else is outside what was measured.",
        "", "## Training data", "",
        f"- {card.get('n_images', 0)} images of {card.get('n_patients', 0)} patients, snapshot "
        f"{version.run.snapshot.hash}",
    ]
    if version.used_withdrawn_patients:
        lines.append("- ATTENTION: a patient that it learned from has been withdrawn since.")
    for key, name in _SETS.items():
        lines += _figures(name, (card.get("metrics") or {}).get(key) or {})
    scaled = "on the calibration set" if card.get("temperatures") else "not calibrated: no calibration set was read"
    lines += ["", "## Calibration", "", f"- {scaled}", "", "## Limits", ""]
    lines += [f"- {one}" for one in _limits(version)]
    lines += ["", "## Lineage", ""]
    lines += [f"- {key}: {value}" for key, value in (card.get("lineage") or {}).items()]
    lines += [f"- started from model {version.parent.number}" if version.parent else "- started from random weights"]
    return "\n".join(lines) + "\n"


def _figures(name: str, metrics: dict[str, Any]) -> list[str]:
    if not metrics.get("n"):
        return ["", f"## {name}", "", "- no figure: nobody has answered its cases"]
    head = f"{metrics['n']} cases of {metrics['n_patients']} patients; 95 % intervals by patient."
    if metrics.get("simulated_readers"):
        head += " Answered by SIMULATED readers."
    lines = ["", f"## {name}", "", head, ""]
    lines += ["| finding | AUROC | sensitivity | specificity | cases |", "|---|---|---|---|---|"]
    for one in metrics.get("findings") or []:
        cells = [_estimate(one.get(key)) for key in ("auroc", "sensitivity", "specificity")]
        lines.append(f"| {one['finding']} | {' | '.join(cells)} | {one['n']} ({one['n_positive']} present) |")
    return lines


def _estimate(found: dict[str, Any] | None) -> str:
    if not found:
        return "not defined"
    low, high = found.get("low"), found.get("high")
    return f"{found['value']:.3f}" + (f" ({low:.3f} to {high:.3f})" if low is not None and high is not None else "")


def _limits(version: ModelVersion) -> list[str]:
    metrics = version.card.get("metrics") or {}
    limits = ["Judged on this installation's own cases; elsewhere it has not been tried unless a report says so."]
    if not (metrics.get("gate") or {}).get("n"):
        limits.append("Not judged on a gate set.")
    few = [one["finding"] for one in (metrics.get("gate") or {}).get("findings") or [] if one["n_positive"] < 20]
    if few:
        limits.append(f"Fewer than 20 positive gate cases: {', '.join(few)}.")
    return limits
