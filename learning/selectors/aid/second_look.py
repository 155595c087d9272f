"""Whether asking back pays: how often it was asked, how often the answer changed, and how often that was right."""

from __future__ import annotations

from dataclasses import dataclass

from annotation.models import ReadingVersion
from core.models import Project
from learning.selectors.aid.intervals import Tally, share, verdict
from learning.selectors.aid.truth import Truths, states_of
from learning.toolkit.bootstrap import Estimate

MARGIN = 0.05


@dataclass(frozen=True)
class SecondLookBenefit:
    """Counts of findings asked back. `net`: changed for the better less changed for the worse, per finding asked."""

    asked: int
    cases: int
    changed: int
    changed_share: Estimate | None
    better: int
    worse: int
    kept_right: int
    kept_wrong: int
    unknown: int
    """Nothing stronger than the reading itself says what was true."""
    net: Estimate | None
    verdict: str
    is_simulated: bool


def second_look_benefit(*, project: Project) -> SecondLookBenefit:
    """Over every submitted version that was asked back; the reader's own word is never the truth it is held against."""
    truths = Truths(project)
    codes = dict(project.findings.values_list("pk", "code"))
    found = {"better": 0, "worse": 0, "kept_right": 0, "kept_wrong": 0, "unknown": 0}
    patients: list[str] = []
    changes: list[float] = []
    known: list[str] = []
    gains: list[float] = []
    is_simulated = False
    versions = ReadingVersion.objects.filter(
        reading__project=project, second_look__isnull=False, reading__item__study__patient__withdrawn_at=None
    ).select_related("reading__reader", "reading__item__study__patient")
    for version in versions:
        reading, patient = version.reading, version.reading.item.study.patient.pseudonym
        said = states_of(version.content, codes)
        assert version.second_look is not None
        for one in version.second_look["asked"]:
            state = said.get(one["finding"], "")
            is_changed = state != "absent"
            patients.append(patient)
            changes.append(float(is_changed))
            is_simulated |= reading.reader.is_simulated
            key = (reading.item.study_id, one["finding"])
            truth = truths.of(key, reader=reading.reader.username, reading=reading.pk)
            if truth is None:
                found["unknown"] += 1
                continue
            kind = _kind(state, truth.state)
            found[kind] += 1
            known.append(patient)
            gains.append({"better": 1.0, "worse": -1.0}.get(kind, 0.0))
    net = share(Tally(known, gains, is_signed=True))
    asked = Tally(patients, changes)
    return SecondLookBenefit(
        asked=len(asked), cases=asked.cases, changed=int(sum(changes)), changed_share=share(asked), net=net,
        verdict=verdict(net, margin=MARGIN), is_simulated=is_simulated, **found,
    )


def _kind(state: str, truth: str) -> str:
    """The first answer was "absent". Equivocal is no truth: a wrong answer stays wrong, a right one is lost."""
    if state == "absent":
        return "kept_right" if truth == "absent" else "kept_wrong"
    if truth == "absent":
        return "worse"
    return "better" if state == "present" else "kept_wrong"
