"""Label schemas to begin with: added as ordinary findings, free to be edited, merged or retired afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from annotation.models import Finding, FindingKind
from annotation.services.schema import create_finding
from core.errors import Invalid
from core.models import Project, User


@dataclass(frozen=True)
class Starter:
    """One finding to add; `parent` is the code of another of the same set that stands before it."""

    code: str
    name: str
    definition: str
    shortcut: str = ""
    radlex: str = ""
    parent: str = ""
    has_laterality: bool = False
    wants_boxes: bool = True
    grades: list[str] = field(default_factory=list)
    invariances: tuple[str, ...] = ()


@dataclass(frozen=True)
class StarterSet:
    title: str
    about: str
    findings: tuple[Starter, ...]


CHEST_FIVE = StarterSet("Five chest findings", "A small, well-defined set for chest radiographs.", (
    Starter("nodule", "Nodule", "Rounded opacity of up to 3 cm. Nipple shadows and calcified granulomas don't count.",
            "n", "RID3875", has_laterality=True),
    Starter("effusion", "Pleural effusion", "Fluid in the pleural space: a blunted costophrenic angle or a meniscus.",
            "e", "RID34539", has_laterality=True),
    Starter("consolidation", "Consolidation", "Homogeneous opacity that hides the vessels; lobar or patchy.",
            "c", "RID43255", has_laterality=True),
    Starter("pneumothorax", "Pneumothorax", "A visible pleural line without lung markings beyond it.",
            "p", "RID5352", has_laterality=True),
    Starter("cardiomegaly", "Cardiomegaly", "Cardiothoracic ratio above 0.5 on a PA radiograph.",
            "h", "RID35057", wants_boxes=False, invariances=("preserve_ratio",)),
))

CHEXPERT = StarterSet("CheXpert list", "Its thirteen findings with their parents; 'no finding' is a key of its own.", (
    Starter("enlarged-cardiomediastinum", "Enlarged cardiomediastinum",
            "Cardiac silhouette or mediastinum wider than expected.", "m", wants_boxes=False,
            invariances=("preserve_ratio",)),
    Starter("cardiomegaly", "Cardiomegaly", "Cardiothoracic ratio above 0.5 on a PA radiograph.",
            "h", "RID35057", "enlarged-cardiomediastinum", wants_boxes=False, invariances=("preserve_ratio",)),
    Starter("lung-opacity", "Lung opacity", "Any area of the lung that is whiter than it should be.",
            "o", "RID28530", has_laterality=True),
    Starter("lung-lesion", "Lung lesion", "Nodule, mass or other circumscribed lesion.",
            "l", "", "lung-opacity", has_laterality=True),
    Starter("edema", "Edema", "Pulmonary oedema: vascular congestion, septal lines, perihilar haze.",
            "e", "RID4866", "lung-opacity"),
    Starter("consolidation", "Consolidation", "Homogeneous opacity that hides the vessels; lobar or patchy.",
            "c", "RID43255", "lung-opacity", has_laterality=True),
    Starter("pneumonia", "Pneumonia", "Opacity that, in its context, is taken for infection.",
            "n", "RID5350", "consolidation", has_laterality=True),
    Starter("atelectasis", "Atelectasis", "Loss of volume: plate-like bands, shifted fissures or a raised diaphragm.",
            "k", "RID28493", "lung-opacity", has_laterality=True),
    Starter("pneumothorax", "Pneumothorax", "A visible pleural line without lung markings beyond it.",
            "p", "RID5352", has_laterality=True),
    Starter("pleural-effusion", "Pleural effusion",
            "Fluid in the pleural space: a blunted costophrenic angle or a meniscus.", "f", "RID34539",
            has_laterality=True),
    Starter("pleural-other", "Pleural other", "Pleural thickening, plaques or calcification.",
            "u", has_laterality=True),
    Starter("fracture", "Fracture", "Any visible fracture: rib, clavicle, spine, humerus.",
            "b", "RID4650", has_laterality=True),
    Starter("support-devices", "Support devices", "Lines, tubes, drains, pacemakers and other hardware.", "d"),
))

STARTER_SETS: dict[str, StarterSet] = {"chest": CHEST_FIVE, "chexpert": CHEXPERT}


def add_starter_set(*, project: Project, user: User | None, name: str) -> list[Finding]:
    """Add those of the set that the project does not have; a key that is taken is left out. Returns the new findings.

    Raises Invalid naming the known sets.
    """
    chosen = STARTER_SETS.get(name)
    if chosen is None:
        raise Invalid(f"No starter set {name!r}; known: {', '.join(STARTER_SETS)}.")
    with transaction.atomic():
        known = {f.code: f for f in Finding.objects.filter(project=project)}
        keys = {f.shortcut for f in known.values() if f.shortcut}
        added = []
        for starter in chosen.findings:
            if starter.code in known:
                continue
            finding = create_finding(
                project=project, user=user, name=starter.name, code=starter.code, definition=starter.definition,
                kind=FindingKind.ORDINAL if starter.grades else FindingKind.BINARY, grades=starter.grades,
                shortcut="" if starter.shortcut in keys else starter.shortcut, parent=known.get(starter.parent),
                scheme="RadLex" if starter.radlex else "", scheme_code=starter.radlex,
                has_laterality=starter.has_laterality, wants_boxes=starter.wants_boxes,
                invariances=list(starter.invariances),
            )
            keys.add(finding.shortcut)
            known[finding.code] = finding
            added.append(finding)
    return added
