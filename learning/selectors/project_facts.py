"""What the rules of advice look at, counted from a project."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from django.db.models import Count

from annotation.models import Finding, Region
from core.models import Project, User
from imaging.models import Patient, Series, Split, Study
from learning.advice import Facts, SiteVerdict, Source
from learning.advice.facts import Family
from learning.models import Comparison, ModelVersion, WeightsFile
from learning.recipe_parts.families import FAMILIES as PUBLIC
from learning.recipe_parts.families import family_of as public_family
from learning.selectors.comparisons import arm_rows
from learning.selectors.groups import different
from learning.selectors.snapshot_preview import FindingCount, preview_snapshot
from learning.services.images import FAMILIES, family_of
from reports_nlp.models import Report

VOLUME_FROM = 8
"""Slices a series must have to count as a volume."""
MODELS, VERDICTS = 40, 60


def facts_of(project: Project, user: User) -> Facts:
    """The project as it stands, with the models and verdicts that this person may see."""
    preview = preview_snapshot(project=project)
    rarest = _rarest(preview.findings)
    family = family_of(project)
    pool = Study.objects.filter(projects=project, patient__split__in=[Split.POOL, Split.UNASSIGNED])
    counted = rarest.present + rarest.absent if rarest else 0
    return Facts(
        labelled=preview.studies, patients=_labelled_patients(project, preview.studies),
        fewest=min(rarest.present, rarest.absent) if rarest else 0,
        prevalence=rarest.present / counted if rarest and counted else 0.0,
        finding=rarest.name if rarest else "",
        stretched=_stretched(project),
        learnable=_learnable(preview.findings), unlabelled=max(0, pool.count() - preview.studies),
        family=cast(Family, family), is_volume=_is_volume(project),
        boxes=Region.objects.filter(project=project).count(),
        reports=Report.objects.filter(project=project, is_latest=True).count(),
        makers=different(project, "manufacturer"), sites=different(project, "site"),
        sources=(*_earlier(project, user, family), *_public()), verdicts=tuple(_verdicts(user)),
    )


def _rarest(counts: list[FindingCount]) -> FindingCount | None:
    """The learnable finding whose rarer side has fewest answers."""
    known = [c for c in counts if c.is_learnable]
    return min(known, key=lambda c: min(c.present, c.absent)) if known else None


def _learnable(counts: list[FindingCount]) -> tuple[str, ...]:
    """Empty where all are, or none is."""
    codes = tuple(c.code for c in counts if c.is_learnable)
    return () if len(codes) == len(counts) else codes


def _stretched(project: Project) -> tuple[str, ...]:
    """Findings that do not ask for their proportions: where one does, every recipe keeps them already."""
    known = Finding.objects.active().filter(project=project).values_list("name", "invariances")
    return tuple(name for name, wanted in known if "preserve_ratio" not in wanted)


def _labelled_patients(project: Project, studies: int) -> int:
    """Patients of the pool, at most as many as studies with an answer."""
    patients = Patient.objects.filter(studies__projects=project, split__in=[Split.POOL, Split.UNASSIGNED])
    return min(studies, patients.distinct().count())


def _is_volume(project: Project) -> bool:
    """Most series of cross-sections are stacks."""
    series = Series.objects.filter(study__projects=project, modality__in=FAMILIES["cross-sections"])
    total = series.count()
    stacks = series.annotate(n=Count("instances")).filter(n__gte=VOLUME_FROM).count()
    return family_of(project) == "cross-sections" and total > 0 and 2 * stacks > total


def _earlier(project: Project, user: User, family: str) -> Iterator[Source]:
    """Models of other projects that know none of these patients: only they can be compared without flattery."""
    mine = set(Patient.objects.filter(studies__projects=project).values_list("pk", flat=True))
    models = ModelVersion.objects.visible_to(user).exclude(project=project).filter(used_withdrawn_patients=False)
    for version in models.select_related("project", "run__snapshot").order_by("-pk")[:MODELS]:
        if mine & _knows(version):
            continue
        recipe = version.run.recipe
        yield Source(
            f"{version.project.slug} {version}", False, recipe.get("network", {}).get("name", "small_cnn"),
            "", family_of(version.project) == family, int(version.card.get("n_images", 0)),
        )


def _knows(version: ModelVersion) -> set[int]:
    known: set[int] = set()
    one: ModelVersion | None = version
    while one is not None:
        known |= set(one.run.snapshot.rows.values_list("patient", flat=True))
        one = one.parent
    return known


def _public() -> Iterator[Source]:
    for weights in WeightsFile.objects.all():
        family = PUBLIC[public_family(weights.name)]
        yield Source(weights.name, True, weights.network, family.normalise or "", False, 0)


def _verdicts(user: User) -> Iterator[SiteVerdict]:
    """Newest first, of every project that the person may see."""
    found = Comparison.objects.visible_to(user).filter(results__isnull=False).select_related("project")
    for comparison in found[:VERDICTS]:
        for row in arm_rows(comparison):
            if row.against is None or row.is_trivial:
                continue
            sections = tuple(dict.fromkeys(d.field.partition(".")[0] for d in row.differs if not d.is_unequal))
            if sections:
                yield SiteVerdict(
                    sections, row.against["verdict"], row.against["delta"], row.against["n_patients"],
                    comparison.project.slug,
                )

