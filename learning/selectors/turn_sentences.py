"""One turn of the loop told in sentences: figure, difference, random arm, decision, what moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from learning.models import Iteration
from learning.selectors.figures import cases_text, difference_of, interval_text
from learning.selectors.headline import gate_figure

VERDICTS: dict[str, str] = {
    "gain": "superior", "equivalent": "equivalent within the margin", "harm": "inferior", "undecided": "undecided",
}
"""What a comparison calls its verdicts, and what people read."""


def verdict_sentence(comparison: Mapping[str, Any]) -> str:
    """What the interval allows to say. `undecided` and `no gain` are results and said plainly."""
    verdict = comparison["verdict"]
    if verdict == "equivalent":
        return f"equivalent within {comparison['margin']:g}: no gain"
    if verdict == "undecided" and comparison.get("cases_to_decide"):
        return f"undecided: {comparison['n']} cases cannot tell, about {_about(comparison['cases_to_decide'])} would"
    return VERDICTS[verdict]


def _about(number: int) -> str:
    """Two digits of an estimate are all it holds: 5852 → 5,900."""
    return f"{int(float(f'{number:.2g}')):,}"


def promoted_because(turn: Iteration) -> str:
    """Why promoted or not, from the turn's figures alone: a later change of the rule rewrites nothing."""
    found = turn.comparison
    if turn.overridden_by is not None:
        return f"{turn.overridden_by} decided against the rule: {turn.override_note}"
    if found is None:
        return turn.decision
    margin = f"{found['margin']:g}"
    if turn.promoted:
        return "it is superior" if found["low"] > 0 else f"it is ahead and not worse than {margin} with confidence"
    if found["high"] < 0:
        return "it is worse"
    if not found["non_inferior"]:
        return f"it may be worse by more than {margin}"
    if found["delta"] <= 0:
        return "it is not ahead"
    return "it is ahead, but not with the confidence that the rule demands"


def figure_sentence(turn: Iteration) -> str:
    gate = turn.gate
    name, figure = gate_figure(gate)
    if gate is None or figure is None:
        return "No gate figure: nobody has read the gate set."
    cases = cases_text(gate["n"], simulated=gate["simulated_readers"])
    return f"Gate {name} {interval_text(figure)}: mean over findings, 95 % interval by patient, {cases}."


def difference_sentence(turn: Iteration) -> str:
    """Student minus champion, paired on the gate cases; empty when there was no champion."""
    found = turn.comparison
    if found is None:
        return ""
    before = f"model {turn.champion.number}" if turn.champion is not None else "the champion"
    return f"{interval_text(difference_of(found), signed=True)} against {before}: {verdict_sentence(found)}."


def random_arm_sentence(turn: Iteration) -> str:
    """The control at equal budget, or why there is none; empty for the first teacher."""
    arm = turn.control
    if arm is None:
        return ""
    if "missing" in arm:
        return str(arm["missing"])
    figure = f"Random arm at {arm['labels_spent']} labels: {interval_text(arm['macro_auroc'])}, same {arm['n']} cases."
    paired = arm.get("comparison")
    if paired is None:
        return figure
    difference = interval_text(difference_of(paired), signed=True)
    return f"{figure} Ranked minus random: {difference}, {verdict_sentence(paired)}."


def decision_sentence(turn: Iteration) -> str:
    """Promoted or not, and why."""
    name = f"Model {turn.challenger.number}" if turn.challenger is not None else "The student"
    if turn.champion is None and turn.overridden_by is None:
        return f"{name} is the first, so it became the champion."
    verb = "was promoted" if turn.promoted else "was not promoted"
    because = promoted_because(turn).rstrip(".")
    if turn.overridden_by is None:
        because = because[:1].lower() + because[1:]
    return f"{name} {verb}: {because}." if because else f"{name} {verb}."


FEWEST_ALIKE = 3
"""Cases that must have moved for the same cause before it is told."""


def moved_sentence(turn: Iteration) -> str:
    """How the queue changed, naming no case: what a reader knows of one case must not sway its reading."""
    moved: Sequence[Mapping[str, Any]] = turn.moved
    if not moved:
        return unmoved_sentence(turn)
    up = [m for m in moved if m["to"] < m["from"]]
    far = max(moved, key=lambda m: abs(m["from"] - m["to"]))
    cases = f"{len(moved)} case{'' if len(moved) == 1 else 's'}"
    text = (
        f"In the queue, of the {cases} that moved most {len(up)} went up and {len(moved) - len(up)} down, "
        f"the furthest from place {far['from']} to {far['to']}."
    )
    common = Counter(_cause(m["why"]) for m in up).most_common(3)
    # A cause of few cases is soon known to be a certain one's.
    causes = [(cause, n) for cause, n in common if n >= FEWEST_ALIKE]
    return f"{text} Those that went up: {', '.join(f'{cause} ({n})' for cause, n in causes)}." if causes else text


def unmoved_sentence(turn: Iteration) -> str:
    """Why no case moved; empty while the turn has not ranked."""
    if turn.state != "done":
        return ""
    if turn.ranking_id is None:
        return "Every case of the worklist has been read, so there is nothing left to rank."
    return "" if turn.promoted else "No case moved in the queue: the champion stayed, so its order did."


def _cause(why: str) -> str:
    """`Nodule 0.52: nearest to undecided` → `Nodule nearest to undecided`; the number belongs to one case."""
    subject, colon, rest = why.partition(":")
    if not colon:
        return why.partition(" (")[0]
    if subject == "audit":
        return "audit of a confident prediction"
    return f"{subject.rpartition(' ')[0] or subject} {rest.strip().partition(',')[0]}"
