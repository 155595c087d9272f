"""A project in which everything that must be withheld carries a word that stands nowhere else.

Each study waits for the reader in another way; its canaries carry its name, so that what leaks says whence.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annotation.geometry import runs
from annotation.models import Finding, Reading, Worklist
from annotation.services.comments import add_comment
from annotation.services.ledger import Line, get_source, open_batch, record_observations
from annotation.services.masks import keep_masks
from annotation.services.readings import lock_unaided, record_shown, save_draft, skip_reading, submit_reading
from core.models import Project, User
from imaging.models import Split, Study
from learning.models import ComparisonCell, Explanation, HeatMap, Iteration, ModelVersion, PredictedMask, Prediction
from learning.services.comparisons.files import cell_path
from learning.services.predictions import suggestions_for
from learning.services.runs import held_out_path
from reports_nlp.models import Report
from reports_nlp.services.extraction import extract_reports
from reports_nlp.services.publishing import publish_labels
from tests.factories import add_member, content, make_studies, make_user, make_worklist, open_next
from tests.permissions.project import SmallProject
from tests.reports_nlp.reports import bare_report

WITHHELD = ("unaided", "second_reader", "always_unaided", "expired", "skipped", "report_always", "reserved")
"""Ways in which a study waits for an own answer."""
SHOWN = ("concurrent", "locked")
"""Ways in which suggestions may be seen: here the same canaries must be found, or the search proves nothing."""
_MODES = {"concurrent": "concurrent", "always_unaided": "concurrent", "second_reader": "second_reader",
          "locked": "second_reader"}
_POLICIES = {"report_always": "always", "locked": "after", "second_reader": "after", "concurrent": "always"}


@dataclass
class Case:
    """One study with the words planted about it: what told it → the text to search for."""

    name: str
    study: Study
    worklist: Worklist | None
    readings: dict[int, Reading]
    """By reader."""
    report: Report
    theirs: int = 0
    """A colleague's submitted reading."""
    canaries: dict[str, str] = field(default_factory=dict)

    def names(self, known: dict[str, Any], reader: User) -> dict[str, Any]:
        """The placeholders of addresses, filled with this case."""
        instance = self.study.series.get().instances.get()
        mine = {"study": self.study.uid, "series": instance.series.uid, "instance": instance.sop_uid}
        reading = self.readings.get(reader.pk)
        if reading is not None and self.worklist is not None:
            mine |= {"reading": reading.pk, "worklist": self.worklist.pk, "submitted": reading.pk}
        return known | mine | {"report": self.report.pk, "shown_digest": self.report.digest, "theirs": self.theirs}


def plant(small: SmallProject, readers: list[User]) -> dict[str, Case]:
    """A case per way of waiting, for these readers alike, and other people's and machines' words about each."""
    project = small.team.project
    champion = _champion(project)
    names = [*WITHHELD, *SHOWN]
    studies = make_studies(project, len(names), first=20)
    colleague = add_member(project, "annotator", make_user("colleague"))
    cases = {}
    for number, (name, study) in enumerate(zip(names, studies, strict=True)):
        case = _case(project, name, study, readers)
        _predict(case, champion, 0.87101 + 0.001 * number, 311.7 + number)
        _colleagues_word(case, colleague)
        cases[name] = case
    _reports(project, cases)
    _moved(project, cases)
    _held_out(champion, cases)
    for case in cases.values():
        for reading in case.readings.values():
            # Whatever way a record of suggestions came about: it must not go out before its time.
            record_shown(reading=reading, suggestions=suggestions_for(study=case.study, project=project))
    return cases


def _champion(project: Project) -> ModelVersion:
    champion = ModelVersion.objects.get(project=project, state="champion")
    champion.findings = ["nodule", "effusion"]
    champion.card |= {
        "temperatures": [1.0, 1.0], "findings": champion.findings,
        "points": [{"threshold": 0.5, "rule": "youden", "n": 40}] * 2,
    }
    champion.suggests_masks = True
    champion.save()
    return champion


def _case(project: Project, name: str, study: Study, readers: list[User]) -> Case:
    """The study on a list of its own, opened by each reader, and left in the state that `name` says."""
    words = {"reason of the ranking": f"kanari-reason-{name}"}
    report = bare_report(project, study, f"IMPRESSION: kanarireport{name.replace('_', '')}: a nodule. No effusion.")
    if name == "reserved":
        study.patient.split = Split.GATE
        study.patient.save()
        project.reserved_sets.get(purpose="gate").cases.create(project=project, study=study)
        return Case(name, study, None, {}, report, canaries=words)
    worklist = make_worklist(
        project, [study], mode=_MODES.get(name, "unaided"), report_policy=_POLICIES.get(name, "never"),
        readings_needed=5, reason=words["reason of the ranking"],
        unaided_share=1.0 if name == "always_unaided" else 0.0,
    )
    readings = {reader.pk: open_next(worklist, reader) for reader in readers}
    for reading in readings.values():
        _in_state(name, reading, reading.reader)
    return Case(name, study, worklist, readings, report, canaries=words)


def _in_state(name: str, reading: Reading, reader: User) -> None:
    said = content({reading.project.findings.get(code="nodule").pk: "equivocal"})
    if name == "second_reader":
        save_draft(reading=reading, reader=reader, base_version=0, content=said)
    if name == "locked":
        lock_unaided(reading=reading, reader=reader, base_version=0, content=said)
    if name == "expired":
        Reading.objects.filter(pk=reading.pk).update(state="expired")
    if name == "skipped":
        skip_reading(reading=reading, reader=reader, reason="Come back later")
    reading.refresh_from_db()


def _predict(case: Case, champion: ModelVersion, probability: float, x: float) -> None:
    instance = case.study.series.get().instances.get()
    box = {"x": x, "y": x + 20, "w": 11.5, "h": 12.5, "probability": probability, "how": "class activation"}
    prediction = Prediction.objects.create(
        model_version=champion, instance=instance, probabilities={"nodule": probability, "effusion": 0.02},
        boxes=[box | {"finding": "nodule"}],
    )
    runs_as_text = _outline(prediction, number=round(1000 * (probability - 0.87101)))
    cells = f"kanari{case.name}".ljust(16)[:16].encode()
    HeatMap.objects.create(
        prediction=prediction, finding="nodule", rows=4, columns=4, x=0, y=0, w=64, h=64, values=cells
    )
    case.canaries |= {
        "probability": f"{probability:.3f}", "box": f"{x:.1f}", "map": base64.b64encode(cells).decode(),
        "map on demand": _explained(prediction, case.name),
        "mask": runs_as_text,
    }
    source = get_source(project=case.study.projects.get(), kind="model", name="model 1")
    batch = open_batch(project=source.project, source=source, act="pseudolabel")
    nodule = Finding.objects.get(project=source.project, code="nodule")
    record_observations(batch=batch, lines=[Line(nodule, case.study, "present", probability=round(probability, 5))])


def _explained(prediction: Prediction, name: str) -> str:
    """What a colleague had drawn; its cells as they would go out."""
    cells = f"kanaricam{name}".ljust(25)[:25].encode()
    made = Explanation.objects.create(
        prediction=prediction, finding="nodule", method="grad_cam", similarity=0.1, copies=5, has_passed=True
    )
    made.planes.create(
        number=0, instances=[prediction.instance_id], rows=5, columns=5, x=0, y=0, w=64, h=64, values=cells
    )
    return base64.b64encode(cells).decode()


def _outline(prediction: Prediction, number: int) -> str:
    """A mask of a finding that the champion has no word on; its run lengths as they would go out."""
    mask = np.zeros((64, 64), bool)
    for row in range(6):
        mask[5 + row, 3 + row : 20 + row + 2 * number] = True
    text = runs.to_text(runs.pack(runs.from_mask(mask)))
    ((blob, geometry),) = keep_masks([{"rows": 64, "columns": 64, "rle": text}])
    PredictedMask.objects.create(
        prediction=prediction, finding="heart", mask=blob, rows=64, columns=64, area=geometry["area"], probability=0.9
    )
    return text


def _colleagues_word(case: Case, colleague: User) -> None:
    """A colleague has read the case and written about it."""
    project = case.study.projects.get()
    said = f"kanari-comment-{case.name}"
    add_comment(project=project, study=case.study, author=colleague, text=said)
    case.canaries["a colleague's comment"] = said
    if case.worklist is None:
        return
    theirs = open_next(case.worklist, colleague)
    words = f"kanari-answer-{case.name}"
    nodule = project.findings.get(code="nodule").pk
    submit_reading(
        reading=theirs, reader=colleague, base_version=0, content=content({nodule: "present"}, comment=words)
    )
    case.theirs = theirs.pk
    case.canaries |= {"a colleague's answer": words, "a colleague's line": f"{case.study.uid}|reader:colleague"}


def _reports(project: Project, cases: dict[str, Case]) -> None:
    extract_reports(project=project)
    publish_labels(project=project, user=None)
    for name, case in cases.items():
        if name not in ("report_always", "concurrent", "locked"):
            case.canaries["report"] = f"kanarireport{name.replace('_', '')}"


def _moved(project: Project, cases: dict[str, Case]) -> None:
    """Every list's cases as the loop's: whichever it is, the reasons of its last turn are somebody's."""
    turn = Iteration.objects.get(loop__project=project)
    for case in cases.values():
        case.canaries["reason of the move"] = f"kanari-moved-{case.name}"
    turn.moved = [
        {"study": case.study.pk, "item": 0, "from": 9, "to": 1, "why": case.canaries["reason of the move"],
         "label": case.study.patient.pseudonym} for case in cases.values()
    ]
    turn.save()


def _held_out(champion: ModelVersion, cases: dict[str, Case]) -> None:
    path = held_out_path(champion.run)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["sop_uid,patient,fold,nodule,nodule_target"]
    for case in cases.values():
        uid = case.study.series.get().instances.get().sop_uid
        lines.append(f"{uid},{case.study.patient.pseudonym},0,{case.canaries['probability']},1")
    path.write_text("\n".join(lines) + "\n")
    cell = ComparisonCell.objects.filter(finished_at__isnull=False, arm__comparison__project=champion.project).first()
    assert cell is not None
    cell_path(cell).parent.mkdir(parents=True, exist_ok=True)
    cell_path(cell).write_text("\n".join(line.replace(",0,", ",", 1).replace("fold,", "") for line in lines) + "\n")
