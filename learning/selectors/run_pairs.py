"""Any two runs of a project, judged on the patients that both held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import Invalid
from core.models import User
from learning.models import Run
from learning.selectors.held_out_tables import HeldOut, held_out_of

if TYPE_CHECKING:
    from learning.toolkit.comparison import Comparison


@dataclass(frozen=True)
class FindingPair:
    """AUROCs of both runs, their difference by DeLong's test, its p-value adjusted over the findings (Holm)."""

    finding: str
    first: float
    second: float
    difference: float
    p_value: float
    adjusted: float


@dataclass(frozen=True)
class RunPair:
    """`comparison` is of macro AUROC, the page's run minus the other, by a bootstrap of patients."""

    other: Run
    images: int
    patients: int
    comparison: Comparison
    findings: list[FindingPair]
    several_images: bool
    """Of some patient: DeLong's test takes images for independent, so its p-values are too small then."""


def pair_of(*, user: User, run: Run, other: Run) -> RunPair:
    """Raises Invalid with the reason where both cannot be compared."""
    from learning.toolkit.comparison import compare
    from learning.toolkit.data import DataError

    first, second = _shared(held_out_of(user=user, run=run), held_out_of(user=user, run=other), other)
    try:
        found = compare(
            first.probabilities, second.probabilities, first.targets, findings=first.findings, patients=first.patients
        )
    except DataError as error:
        raise Invalid(f"Run {other.pk} cannot be compared with this one: {error}") from None
    return RunPair(
        other, len(first.uids), len(set(first.patients)), found, _by_finding(first, second),
        len(set(first.patients)) < len(first.patients),
    )


def _shared(first: HeldOut | None, second: HeldOut | None, other: Run) -> tuple[HeldOut, HeldOut]:
    """Images that judged in both runs and findings that both learned, with answers that did not change meanwhile."""
    if first is None or second is None:
        raise Invalid("One of the two runs has no held-out predictions; choose another.")
    findings = [code for code in first.findings if code in second.findings]
    place = {uid: row for row, uid in enumerate(second.uids)}
    rows = [row for row, uid in enumerate(first.uids) if uid in place]
    if not findings or len(rows) < 10:
        raise Invalid(
            f"Run {other.pk} and this one held out {len(rows)} images and learned {len(findings)} findings in common; "
            "10 images and one finding are needed. Cross-validate both, so that every image judges."
        )
    a, b = first.take(rows, findings), second.take([place[first.uids[row]] for row in rows], findings)
    changed = ~((a.targets == b.targets) | ((a.targets != a.targets) & (b.targets != b.targets)))
    a.targets[changed] = float("nan")
    return a, b


def _by_finding(first: HeldOut, second: HeldOut) -> list[FindingPair]:
    from learning.toolkit.multiplicity import holm
    from learning.toolkit.ranks import delong

    found = []
    for column, code in enumerate(first.findings):
        t = first.targets[:, column]
        hard = (t == 0) | (t == 1)
        told = delong(first.probabilities[hard, column], second.probabilities[hard, column], t[hard] == 1)
        if told is not None:
            found.append((code, told))
    adjusted = holm([told.p_value for _, told in found])
    return [
        FindingPair(code, told.auroc_a, told.auroc_b, told.difference, told.p_value, p)
        for (code, told), p in zip(found, adjusted, strict=True)
    ]
