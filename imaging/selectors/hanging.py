"""What hangs where: the project's protocols applied to a study and the patient's earlier ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, Min, Q

from core.models import Project
from imaging.hanging import DEFAULTS, Decision, Hangable, RuleSet, StudyFacts, decide
from imaging.hanging.facts import PROJECTIONS
from imaging.models import HangingVersion, Instance, Series, Study
from imaging.selectors.priors import days_before

_VIEW, _SIDE, _LATERALITY, _DESCRIPTION, _ORIENTATION = "00185101", "00200062", "00200060", "0008103E", "00200037"
_PLANES = ("sagittal", "coronal", "axial")


def newest_version(project: Project) -> HangingVersion | None:
    return HangingVersion.objects.filter(project=project).select_related("created_by").first()


def rules_in_force(project: Project) -> RuleSet:
    """The newest version's, or the shipped ones where nothing was saved."""
    newest = newest_version(project)
    return DEFAULTS if newest is None else RuleSet.model_validate(newest.rules)


def decision_for(*, rules: RuleSet, study: Study, priors: Sequence[Study]) -> Decision:
    """How the study hangs by these rules. `priors`: newest first, as the person may see them."""
    found = facts_of([study, *priors])
    days = {prior.pk: days_before(study, prior) for prior in priors}
    earlier = [StudyFacts(prior.uid, tuple(found[prior.pk]), days[prior.pk]) for prior in priors]
    return decide(rules, StudyFacts(study.uid, tuple(found[study.pk])), earlier)


def facts_of(studies: Iterable[Study]) -> dict[int, list[Hangable]]:
    """What can hang of each study (by primary key), as the room lists it: series by number, radiographs by image."""
    found: dict[int, list[Hangable]] = {study.pk: [] for study in studies}
    series = list(
        Series.objects.filter(study__in=found).annotate(images=Count("instances"), first=Min("instances"))
        .filter(images__gte=1).order_by("number", "pk")
    )
    headers = _headers(series)
    for one in series:
        for sop_uid, header in headers.get(one.pk, []):
            found[one.study_id].append(_hangable(one, sop_uid, header))
    return found


def _headers(series: Sequence[Any]) -> dict[int, list[tuple[str, Mapping[str, Any]]]]:
    """Of each series the headers that count: all of a radiograph's, one of a stack, which no image names."""
    single = {one.pk for one in series if one.modality in PROJECTIONS}
    stacks = [one.first for one in series if one.pk not in single]
    rows = Instance.objects.filter(Q(series__in=single) | Q(pk__in=stacks)).order_by("number", "pk")
    found: dict[int, list[tuple[str, Mapping[str, Any]]]] = {}
    for series_id, sop_uid, header in rows.values_list("series_id", "sop_uid", "metadata"):
        found.setdefault(series_id, []).append((sop_uid if series_id in single else "", header))
    return found


def _hangable(series: Any, sop_uid: str, header: Mapping[str, Any]) -> Hangable:
    return Hangable(
        series=series.uid, modality=series.modality, image=sop_uid, body_part=series.body_part,
        view=_first(header, _VIEW) or series.view_position,
        side=_side(_first(header, _SIDE) or _first(header, _LATERALITY) or series.laterality),
        words=frozenset(_first(header, _DESCRIPTION).split()), images=1 if sop_uid else series.images,
        plane=_plane(header),
    )


def _side(said: str) -> str:
    """Empty for what is no side: an unpaired part of the body."""
    return said if said in ("L", "R", "B") else ""


def _first(header: Mapping[str, Any], tag: str) -> str:
    values = header.get(tag, {}).get("Value") or [""]
    return str(values[0]).upper()


def _plane(header: Mapping[str, Any]) -> str:
    """By the axis that the normal lies nearest to."""
    values = header.get(_ORIENTATION, {}).get("Value") or []
    if len(values) != 6:
        return ""
    a, b, c, x, y, z = (float(value) for value in values)
    normal = (abs(b * z - c * y), abs(c * x - a * z), abs(a * y - b * x))
    return _PLANES[normal.index(max(normal))]
