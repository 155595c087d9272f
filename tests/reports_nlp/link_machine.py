"""A case whose report, marks and links are edited at random, through the services that the room and the intake use."""

from __future__ import annotations

import random
import re
from typing import Any
from uuid import UUID

from annotation.models import Batch, Finding, Reading
from annotation.services.ledger import withdraw_batch
from annotation.services.readings import amend_reading, open_reading, save_draft, skip_reading, submit_reading
from annotation.services.schema import create_finding, merge_findings
from annotation.services.worklists import next_slot
from imaging.services.patients import withdraw_patient
from reports_nlp.models import Report
from reports_nlp.services.extraction import extract_reports
from reports_nlp.services.matching import match_by_hand
from tests.annotation.marks import Marking, marking
from tests.reports_nlp.reports import bare_report, new_version

SENTENCES = (
    "Nodule of 8 mm in the left upper lobe.", "No pleural effusion.", "Nodule again seen, unchanged.",
    "Small left pleural effusion, see series 1 image 2.", "Heart not enlarged.", "Nodule of 4 mm at the right base.",
)
Content = dict[str, Any]


class LinkMachine:
    """The room's session in short: a content with its undo and redo, saved after each edit."""

    ACTS = (
        *["link"] * 5, "unlink", *["draw"] * 2, *["move"] * 2, "delete", *["undo"] * 2, *["redo"] * 3, *["revise"] * 2,
        "addendum", "extract", "submit", *["amend"] * 8, *["skip"] * 4, "withdraw_reading", "merge_findings", "unmatch",
        *["rematch"] * 3,
    )

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.case: Marking = marking()
        self.finding: Finding = self.case.finding
        type(self.case.worklist).objects.filter(pk=self.case.worklist.pk).update(report_policy="always")
        self.report: Report = bare_report(self.case.project, self.case.study, " ".join(SENTENCES[:3]))
        self.content: Content = _empty()
        self.past: list[Content] = []
        self.future: list[Content] = []
        self.done: dict[str, int] = {}

    def step(self) -> str:
        """One random act that is possible now."""
        while True:
            name = self.random.choice(self.ACTS)
            if getattr(self, f"_{name}")():
                self.done[name] = self.done.get(name, 0) + 1
                return name

    def end(self) -> None:
        """The patient is withdrawn; a report that was taken off the study is given back before, else it is nobody's."""
        self._rematch()
        withdraw_patient(patient=self.case.study.patient, user=None)

    @property
    def reading(self) -> Reading:
        return Reading.objects.select_related("item__worklist", "item__study", "project", "reader").get(
            pk=self.case.reading.pk
        )

    @property
    def state(self) -> str:
        return str(Reading.objects.values_list("state", flat=True).get(pk=self.case.reading.pk))

    def _is_open(self) -> bool:
        return self.state in ("draft", "amending")

    def keep(self, content: Content) -> Content:
        """The rule that the room has, too: a link goes with its mark."""
        tracks = {region["track"] for region in content["regions"]}
        return {**content, "links": [link for link in content["links"] if link["track"] in tracks]}

    def _edit(self, content: Content) -> bool:
        if not self._is_open():
            return False
        self.past.append(self.content)
        self.future = []
        self.content = self.keep(content)
        return self._save()

    def _save(self) -> bool:
        reading = self.reading
        save_draft(
            reading=reading, reader=self.case.reader, base_version=reading.draft_version, content=self.content
        )
        return True

    def _link(self) -> bool:
        report = Report.objects.get(project=self.case.project, key=self.report.key, is_latest=True)
        words = list(re.finditer(r"\S+", report.text))
        if report.study_id is None or not self.content["regions"] or not words:
            return False
        first = self.random.randrange(len(words))
        last = min(len(words) - 1, first + self.random.randrange(4))
        start, end = words[first].start(), words[last].end()
        link = {
            "track": self.random.choice(self.content["regions"])["track"], "report": report.pk, "start": start,
            "end": end, "quote": report.text[start:end], "at": "2026-11-26T18:00:00.000Z",
        }
        spot = ("track", "report", "start", "end")
        if any(all(one[name] == link[name] for name in spot) for one in self.content["links"]):
            return False
        return self._edit({**self.content, "links": [*self.content["links"], link]})

    def _unlink(self) -> bool:
        links = list(self.content["links"])
        if not links:
            return False
        links.pop(self.random.randrange(len(links)))
        return self._edit({**self.content, "links": links})

    def _draw(self) -> bool:
        image = self.random.choice(self.case.slices)
        track = str(UUID(int=self.random.getrandbits(128)))
        region = {
            "track": track, "finding_id": self.finding.pk, "instance_id": image.pk, "frame": 0, "kind": "box",
            "geometry": {"x": 3.0, "y": 4.0, "w": 9.0, "h": 8.0},
        }
        return self._edit({**self.content, "regions": [*self.content["regions"], region]})

    def _move(self) -> bool:
        regions = [dict(region) for region in self.content["regions"]]
        if not regions:
            return False
        region = self.random.choice(regions)
        region["geometry"] = {**region["geometry"], "x": round(self.random.uniform(0, 50), 2)}
        return self._edit({**self.content, "regions": regions})

    def _delete(self) -> bool:
        regions = list(self.content["regions"])
        if not regions:
            return False
        regions.pop(self.random.randrange(len(regions)))
        return self._edit({**self.content, "regions": regions})

    def _undo(self) -> bool:
        return self._travel(self.past, self.future)

    def _redo(self) -> bool:
        return self._travel(self.future, self.past)

    def _travel(self, source: list[Content], other: list[Content]) -> bool:
        if not source or not self._is_open() or not self._is_matched():
            return False
        other.append(self.content)
        self.content = source.pop()
        return self._save()

    def _is_matched(self) -> bool:
        return Report.objects.filter(key=self.report.key, study=self.case.study).exists()

    def _revise(self) -> bool:
        """Sentences go, come, change places, stand twice."""
        chosen = [self.random.choice(SENTENCES) for _ in range(self.random.randrange(1, 6))]
        return self._version(" ".join(chosen))

    def _addendum(self) -> bool:
        newest = Report.objects.get(project=self.case.project, key=self.report.key, is_latest=True)
        if len(newest.text) > 1000:
            return False
        return self._version(f"{newest.text}\n\nADDENDUM: {self.random.choice(SENTENCES)}")

    def _version(self, text: str) -> bool:
        newest = Report.objects.get(project=self.case.project, key=self.report.key, is_latest=True)
        if newest.text == text:
            return False
        new_version(newest, text)
        return True

    def _extract(self) -> bool:
        return extract_reports(project=self.case.project) >= 0

    def _submit(self) -> bool:
        if not self._is_open() or not self.content["regions"]:
            return False
        reading = self.reading
        submit_reading(
            reading=reading, reader=self.case.reader, base_version=reading.draft_version, content=self.content
        )
        return True

    def _amend(self) -> bool:
        return self.state == "submitted" and bool(amend_reading(reading=self.reading, reader=self.case.reader))

    def _skip(self) -> bool:
        """And taken up again, as from one's own list."""
        if self.state != "draft":
            return False
        reading = self.reading
        skip_reading(reading=reading, reader=self.case.reader, reason="later")
        slot = next_slot(worklist=self.case.worklist, reader=self.case.reader)
        if slot is None:
            Reading.objects.filter(pk=reading.pk).update(state="draft")
        else:
            open_reading(slot=slot)
        return True

    def _withdraw_reading(self) -> bool:
        batch = Batch.objects.filter(project=self.case.project, act="reading", withdrawn_at=None).last()
        if batch is None:
            return False
        withdraw_batch(batch=batch, user=None)
        return True

    def _merge_findings(self) -> bool:
        """The marks of the finding that goes are drawn anew under the one that stays, as the room's form has it."""
        if self.finding != self.case.finding or not self._is_open():
            return False
        into = create_finding(project=self.case.project, user=None, name="Lesion")
        merge_findings(into=into, from_=self.finding, user=None)
        old, self.finding = self.finding.pk, into
        for content in (self.content, *self.past, *self.future):
            for region in content["regions"]:
                region["finding_id"] = into.pk if region["finding_id"] == old else region["finding_id"]
        return self._save()

    def _unmatch(self) -> bool:
        return bool(Report.objects.filter(key=self.report.key, study=self.case.study).update(study=None))

    def _rematch(self) -> bool:
        waiting = Report.objects.filter(key=self.report.key, study=None, is_latest=True).first()
        if waiting is None:
            return False
        match_by_hand(report=waiting, study=self.case.study, user=self.case.reader)
        return True


def _empty() -> Content:
    return {
        "findings": {}, "levels": [], "regions": [], "links": [], "not_assessable": None, "no_finding": False,
        "comment": "",
    }
