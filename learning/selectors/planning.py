"""What a project knows that a plan needs: prevalence, seconds per reading, figures and correlation of its models."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from annotation.models import ReadingVersion
from core.models import Project
from learning.models import Comparison
from learning.selectors.groups import different
from learning.selectors.snapshot_preview import preview_snapshot
from learning.toolkit.planner import Expectation, cases_needed, power_curve

FEWEST_READINGS = 5
USUAL_SECONDS = 60.0
USUAL = {"control": 0.75, "strategy": 0.80, "correlation": 0.6}


@dataclass(frozen=True)
class Known:
    """Defaults of the planner, each with where it comes from."""

    prevalence: float
    prevalence_from: str
    seconds: float
    seconds_from: str
    control: float
    control_from: str
    correlation: float
    correlation_from: str
    places: str


@dataclass(frozen=True)
class Plan:
    """Cases and hours for one expectation; `curve` is (cases, power)."""

    expected: Expectation
    wanted: float
    cases: int
    positives: int
    hours: float
    readers: int
    curve: list[tuple[int, float]]
    have: int
    power_now: float | None
    sentence: str


def known_of(project: Project, finding: str = "") -> Known:
    """From this project's own answers, readings and comparisons; the field's usual values where there are none."""
    share, share_from, _ = _prevalence(project, finding)
    seconds, seconds_from = _seconds(project)
    control, correlation, models_from = _models(project)
    return Known(
        round(share, 3), share_from, seconds, seconds_from, control, models_from, correlation, models_from,
        _places(project),
    )


def plan_of(
    *, project: Project, expected: Expectation, wanted: float, seconds: float, readers: int, finding: str = ""
) -> Plan:
    """Raises PlanError for what no number of cases shows."""
    cases = cases_needed(expected, wanted=wanted)
    _, _, have = _prevalence(project, finding)
    hours = cases * readers * seconds / 3600
    steps = sorted({max(4, round(cases * share)) for share in (0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1, 1.25, 1.5, 1.75, 2)})
    points = power_curve(expected, steps)
    known = power_curve(expected, [have]) if have else []
    return Plan(
        expected, wanted, cases, round(cases * expected.prevalence), hours, readers, points, have,
        known[0][1] if known else None, _sentence(expected, wanted, cases, hours, readers, seconds),
    )


def _sentence(
    expected: Expectation, wanted: float, cases: int, hours: float, readers: int, seconds: float
) -> str:
    by = "one reader" if readers == 1 else f"{readers} readers"
    return (
        f"To tell {expected.strategy:g} from {expected.control:g} AUROC with {100 * wanted:.0f} % power, where "
        f"{100 * expected.prevalence:.0f} % of cases have the finding: {_count(cases)} cases, about "
        f"{_count(round(cases * expected.prevalence))} of them with it, and {_hours(hours)} of reading by {by} for "
        f"each case at {seconds:.0f} s a reading."
    )


def _hours(hours: float) -> str:
    return f"{hours:.1f} hours" if hours < 100 else f"{_count(round(hours))} hours"


def _count(number: int) -> str:
    """1234 → 1 234 with a thin space, as pages write it."""
    return f"{number:,}".replace(",", "\u202f")


def _prevalence(project: Project, finding: str) -> tuple[float, str, int]:
    """Share of sure answers that are present, where it comes from, and how many answers there are."""
    counts = [c for c in preview_snapshot(project=project).findings if not finding or c.code == finding]
    known = [c for c in counts if c.present + c.absent]
    if not known:
        return 0.2, "nothing is read yet; 20 % stands in", 0
    rarest = min(known, key=lambda c: c.present / (c.present + c.absent))
    n = rarest.present + rarest.absent
    share = min(max(rarest.present / n, 0.01), 0.99)
    return share, f"{rarest.present} of {n} readers' answers on {rarest.name}", n


def _places(project: Project) -> str:
    """Of how many sites a figure on these cases can speak."""
    sites = different(project, "site")
    if not sites:
        return "No image says at which site it was taken, so for how many sites a figure speaks is not known."
    where = "one site" if sites == 1 else f"{sites} sites"
    return f"The images come from {where}: more cases of {'it' if sites == 1 else 'them'} tell nothing of another site."


def _seconds(project: Project) -> tuple[float, str]:
    """Median active seconds of people's submitted readings; nobody's own pace is shown for few of them."""
    versions = ReadingVersion.objects.filter(
        reading__project=project, reading__reader__is_simulated=False, active_seconds__gt=0
    ).order_by("-pk")[:2000]
    found = [float(v) for v in versions.values_list("active_seconds", flat=True)]
    readers = versions.model.objects.filter(
        reading__project=project, reading__reader__is_simulated=False
    ).values("reading__reader").distinct().count()
    if len(found) < FEWEST_READINGS or readers < 2:
        return USUAL_SECONDS, "too few readings of too few people to tell; a minute stands in"
    return round(median(found), 1), f"the median of {len(found)} readings of this project"


def _models(project: Project) -> tuple[float, float, str]:
    """AUROC of the newest comparison's control arm, and how alike its arms score."""
    for comparison in Comparison.objects.filter(project=project, results__isnull=False)[:5]:
        arms = (comparison.results or {}).get("arms", [])
        control = next((a for a in arms if a["against"] is None), None)
        others = [a["against"]["correlation"] for a in arms if a["against"] and a["name"] != "brightness alone"]
        alike = [c for c in others if c is not None]
        if control is not None and alike:
            value = min(max(control["auroc"]["value"], 0.5), 0.99)
            mean = min(max(sum(alike) / len(alike), 0.0), 0.99)
            return round(value, 3), round(mean, 2), f"from the comparison “{comparison.name}”"
    return USUAL["control"], USUAL["correlation"], "no comparison yet; a usual value stands in"

