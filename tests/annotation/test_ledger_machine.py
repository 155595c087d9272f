"""The ledger against a small model of it, under whatever people do in whatever order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from annotation.geometry import runs
from annotation.models import Batch, CurrentObservation, Finding, Observation, Reading, Region, ReservedSet
from annotation.selectors.answers import verified_answers
from annotation.services.import_labels import label_sink
from annotation.services.ledger import rebuild_projections, withdraw_batch
from annotation.services.readings import amend_reading, my_reading, open_reading, submit_reading
from annotation.services.reserve import draw_reserved_sets
from annotation.services.schema import merge_findings
from annotation.services.worklists import add_items, create_worklist, take_next, write_ranking
from core.errors import Conflict, DomainError, Invalid, NotFound
from core.models import Role, User
from imaging.models import ImportBatch, Patient, Series, Study
from imaging.services.label_files import LabelRow
from imaging.services.patients import merge_patients, withdraw_patient
from learning.models import SnapshotRow
from learning.services.snapshots import freeze_snapshot
from tests.annotation.bare import bare_patient, bare_study, image_of
from tests.factories import add_member, make_findings, make_project

NAMES = ("nodule", "effusion", "edema")
STATES = ("present", "absent", "equivocal")
LABELS = {"1": "present", "0": "absent", "-1": "equivocal"}
SOURCES = ("reader:anna", "report:labeler", "")
STUDIES = 6
_TRACK = UUID(int=7)
MASK = runs.to_text(runs.pack(np.array([100, 30, 64 * 48 - 130])))
SHAPES: dict[str, Any] = {
    "box": {"x": 1.5, "y": 2.5, "w": 10, "h": 12}, "polygon": {"points": [[0, 0], [9, 0], [9, 9]]},
    "ellipse": {"cx": 20, "cy": 20, "rx": 9, "ry": 4, "angle": 30}, "point": {"x": 3, "y": 4},
    "length": {"a": [1, 1], "b": [9, 9]}, "mask": {"rows": 64, "columns": 48, "rle": MASK},
    "bidirectional": {"long": {"a": [1, 1], "b": [9, 9]}, "short": {"a": [3, 6], "b": [6, 3]}},
}
KINDS = (*SHAPES, "box3d", "plane")
PART = st.none() | st.tuples(st.sampled_from(NAMES), st.sampled_from(STATES), st.sampled_from(["series", "instance"]))
"""An answer on the series or on the image: finding, state, level."""
Part = tuple[str, str, str]

Subject = tuple[str, str, int, str]
"""(source, finding code, study, subject)"""


@dataclass
class Written:
    """One batch as the model remembers it."""

    pk: int
    lines: dict[Subject, str]
    reading: int | None = None
    is_import: bool = False
    withdrawn: bool = False


@dataclass
class Model:
    """What should count now, computed from nothing but the acts."""

    batches: list[Written] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)
    owner: dict[int, int] = field(default_factory=dict)
    """study → patient"""
    gone: set[int] = field(default_factory=set)
    """patients"""
    versions: Counter[str] = field(default_factory=Counter)
    reserved: dict[int, str] = field(default_factory=dict)
    """study → purpose of its set"""
    read: Counter[int] = field(default_factory=Counter)
    """reading → versions"""

    def newest(self) -> dict[Subject, tuple[str, Written]]:
        lines: dict[Subject, tuple[str, Written]] = {}
        for batch in self.batches:
            if not batch.withdrawn:
                lines |= {subject: (state, batch) for subject, state in batch.lines.items()}
        return {key: found for key, found in lines.items() if self.owner[key[2]] not in self.gone}

    def current(self) -> dict[Subject, str]:
        return {key: state for key, (state, _) in self.newest().items() if state != "withdrawn"}

    def changed(self, studies: set[int]) -> None:
        """Readers' words on these studies changed: sets that hold one of them are new versions."""
        for purpose in {self.reserved[s] for s in studies if s in self.reserved}:
            self.versions[purpose] += 1


class LedgerMachine(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 50))
    def begin(self, seed: int) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.model = Model()
        self.project = make_project()
        self.findings = make_findings(self.project, NAMES)
        self.readers = [add_member(self.project, Role.ANNOTATOR) for _ in range(2)]
        self.readers[0].username = "anna"
        self.readers[0].save()
        patients = [bare_patient(split="") for _ in range(STUDIES - 1)]
        self.studies = [bare_study(self.project, patient=patients[n % len(patients)]) for n in range(STUDIES)]
        Series.objects.filter(study__in=self.studies).update(frame_of_reference_uid="2.25.9")
        self.model.owner = {s.pk: s.patient_id for s in self.studies}
        draw_reserved_sets(project=self.project, sizes={"gate": 1, "test": 1}, seed=seed)
        self.fill()

    def fill(self) -> None:
        """Every reader holds a reading of every study: the queue has tests of its own."""
        for reserved in ReservedSet.objects.filter(project=self.project):
            self.model.versions[reserved.purpose] = 1
            self.model.reserved |= dict.fromkeys(reserved.cases.values_list("study", flat=True), reserved.purpose)
        for kind in ("ranked", "reference"):
            worklist = create_worklist(project=self.project, name=kind, kind=kind, readings_needed=2)
            studies = Study.objects.filter(pk__in=self.model.owner, patient__split__in=worklist.splits)
            add_items(worklist=worklist, studies=studies)
            write_ranking(worklist=worklist, entries=[(s.pk, 0.0, "") for s in studies], query="random")
            for reader in self.readers:
                while slot := take_next(worklist=worklist, reader=reader):
                    open_reading(slot=slot)

    def teardown(self) -> None:
        if hasattr(self, "transaction"):
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def reading_of(self, who: int, study: Study) -> Reading:
        return Reading.objects.get(reader=self.readers[who], item__study=study)

    @rule(
        who=st.integers(0, 1), which=st.integers(0, STUDIES - 1), box=st.sampled_from([None, *NAMES]),
        said=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(STATES), max_size=3),
        kind=st.sampled_from(KINDS), part=PART,
    )
    def a_reader_submits_or_amends(
        self, who: int, which: int, said: dict[str, str], box: str | None, kind: str, part: Part | None
    ) -> None:
        self.submit(who, which, said, box, kind, part)

    @rule(who=st.integers(0, 1), turn=st.integers(0, 1), name=st.sampled_from(NAMES))
    def a_reader_reads_all_that_is_left(self, who: int, turn: int, name: str) -> None:
        for which in range(STUDIES):
            if self.reading_of(who, self.studies[which]).state == "draft":
                self.submit(who, which, {name: STATES[(which + turn) % 2]}, None)

    @precondition(lambda self: any(batch.reading for batch in self.model.batches))
    @rule(
        box=st.sampled_from([None, *NAMES]),
        said=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(STATES), max_size=2),
        kind=st.sampled_from(KINDS), part=PART,
    )
    def the_latest_reader_thinks_again(
        self, said: dict[str, str], box: str | None, kind: str, part: Part | None
    ) -> None:
        latest = next(batch.reading for batch in reversed(self.model.batches) if batch.reading)
        reading = Reading.objects.get(pk=latest)
        who = next(n for n, reader in enumerate(self.readers) if reader.pk == reading.reader_id)
        which = next(n for n, study in enumerate(self.studies) if study.pk == reading.item.study_id)
        self.submit(who, which, said, box, kind, part)

    def submit(
        self, who: int, which: int, said: dict[str, str], box: str | None, kind: str = "box", part: Part | None = None
    ) -> None:
        study, reader = self.studies[which], self.readers[who]
        reading = self.reading_of(who, study)
        if self.model.owner[study.pk] in self.model.gone:
            with pytest.raises(NotFound):
                my_reading(reading_id=reading.pk, reader=reader)
            return
        reading = my_reading(reading_id=reading.pk, reader=reader)
        if reading.state == "submitted":
            amend_reading(reading=reading, reader=reader)
        answer = self.answer(study, said, box, kind, part)
        named = (*said, box, part[0] if part else None)
        is_torn = part is not None and part[1] == "present" and said.get(part[0]) == "absent"
        if not (said or box or part) or is_torn or any(name in self.model.merged for name in named):
            with pytest.raises(Invalid):
                submit_reading(reading=reading, reader=reader, base_version=reading.draft_version, content=answer)
            return
        version = submit_reading(reading=reading, reader=reader, base_version=reading.draft_version, content=answer)
        self.remember_reading(reading, reader, study, said, box, part, version.batch_id)

    def answer(
        self, study: Study, said: dict[str, str], box: str | None, kind: str, part: Part | None
    ) -> dict[str, Any]:
        states = {str(self.findings[name].pk): {"state": state} for name, state in said.items()}
        regions = [] if box is None else [self.mark(study, kind) | {"finding_id": self.findings[box].pk}]
        levels = [] if part is None else [
            {"finding_id": self.findings[part[0]].pk, "state": part[1], f"{part[2]}_id": self.part_of(study, part[2])}
        ]
        return {"findings": states, "regions": regions, "levels": levels}

    def mark(self, study: Study, kind: str) -> dict[str, Any]:
        """Always on one track: of whatever kind it was before, it is the same mark."""
        image = image_of(study)
        mark = {"track": str(_TRACK), "kind": kind, "instance_id": image.pk, "geometry": SHAPES.get(kind)}
        if kind == "box3d":
            ends = {end: {"instance_id": image.pk} for end in ("first", "last")}
            return mark | {"series_id": image.series_id, "geometry": SHAPES["box"] | ends}
        if kind == "plane":
            world = {"frame_of_reference": "2.25.9", "points": [[1, 2, 3]], "normal": [0, 0, 1]}
            return mark | {"kind": "point", "instance_id": None, "series_id": image.series_id, "geometry": world}
        return mark

    def part_of(self, study: Study, level: str) -> int:
        image = image_of(study)
        return image.series_id if level == "series" else image.pk

    def remember_reading(
        self, reading: Reading, reader: User, study: Study, said: dict[str, str], box: str | None, part: Part | None,
        batch: int,
    ) -> None:
        source = f"reader:{reader.username}"
        lines = {(source, name, study.pk, "study"): state for name, state in said.items()}
        if part is not None:
            name, state, level = part
            lines[(source, name, study.pk, f"{level}:{self.part_of(study, level)}")] = state
            if state == "present":
                lines[(source, name, study.pk, "study")] = "present"
        if box is not None:
            lines[(source, box, study.pk, "study")] = "present"
            lines[(source, box, study.pk, f"region:{_TRACK}")] = "present"
        answered = {name for _, name, _, _ in lines}
        withdrawn = {
            key: "withdrawn" for key, (state, by) in self.model.newest().items()
            if by.reading == reading.pk and state != "withdrawn" and key not in lines
            and self.model.merged.get(key[1], key[1]) in (answered if key[1] in self.model.merged else {key[1]})
        }
        self.model.batches.append(Written(batch, lines | withdrawn, reading=reading.pk))
        self.model.read[reading.pk] += 1
        if self.model.read[reading.pk] > 1:
            self.model.changed({study.pk})

    @rule(
        source=st.sampled_from(SOURCES), which=st.integers(0, STUDIES - 1),
        values=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["1", "0", "-1", ""]), min_size=1),
    )
    def labels_are_imported(self, source: str, which: int, values: dict[str, str]) -> None:
        study = self.studies[which]
        if self.model.owner[study.pk] in self.model.gone:
            return
        batch = ImportBatch.objects.create(project=self.project, options={"source": source})
        label_sink(batch, [LabelRow("f", image_of(Study.objects.get(pk=study.pk)), values)], [])
        name = source or "unknown:unknown"
        said = {
            (name, self.model.merged.get(f, f), study.pk, "study"): LABELS[v] for f, v in values.items() if v
        }
        strongest = self.strongest(name, study.pk, values)
        fresh = {key: strongest[key] for key in said if self.last_import().get(key) != strongest[key]}
        if fresh:
            pk = Batch.objects.filter(project=self.project, act="import").latest("pk").pk
            self.model.batches.append(Written(pk, fresh, is_import=True))
            if name.startswith("reader"):
                self.model.changed({study.pk})

    def strongest(self, source: str, study: int, values: dict[str, str]) -> dict[Subject, str]:
        """Two columns may mean one finding since a merge."""
        order = ("absent", "equivocal", "present")
        found: dict[Subject, str] = {}
        for name, value in values.items():
            if value:
                key = (source, self.model.merged.get(name, name), study, "study")
                found[key] = max(found.get(key, "absent"), LABELS[value], key=order.index)
        return found

    def last_import(self) -> dict[Subject, str]:
        lines: dict[Subject, str] = {}
        for batch in self.model.batches:
            if batch.is_import and not batch.withdrawn:
                lines |= batch.lines
        return lines

    @precondition(lambda self: self.model.batches)
    @rule(which=st.integers(0, 999))
    def a_batch_is_withdrawn(self, which: int) -> None:
        written = self.model.batches[-1 - which % len(self.model.batches)]
        batch = Batch.objects.get(pk=written.pk)
        if written.withdrawn:
            with pytest.raises(Conflict, match="withdrawn already"):
                withdraw_batch(batch=batch, user=None)
            return
        withdraw_batch(batch=batch, user=None)
        written.withdrawn = True
        if batch.source.kind == "reader":
            self.model.changed({study for _, _, study, _ in written.lines})

    @rule(into=st.sampled_from(NAMES), other=st.sampled_from(NAMES))
    def two_findings_are_merged(self, into: str, other: str) -> None:
        rows = [Finding.objects.get(pk=self.findings[name].pk) for name in (into, other)]
        if into == other or {into, other} & set(self.model.merged) or len(self.model.merged) == len(NAMES) - 1:
            if into == other or {into, other} & set(self.model.merged):
                with pytest.raises((Invalid, Conflict)):
                    merge_findings(into=rows[0], from_=rows[1], user=None)
            return
        merge_findings(into=rows[0], from_=rows[1], user=None)
        self.model.merged = {k: into if v == other else v for k, v in self.model.merged.items()} | {other: into}

    @rule(keep=st.integers(0, STUDIES - 1), other=st.integers(0, STUDIES - 1))
    def two_patients_turn_out_to_be_one(self, keep: int, other: int) -> None:
        pks = [self.model.owner[self.studies[n].pk] for n in (keep, other)]
        if pks[0] == pks[1] or set(pks) & self.model.gone:
            return
        first, second = (Patient.objects.get(pk=pk) for pk in pks)
        apart = first.split != second.split or first.is_quarantined or second.is_quarantined
        merge_patients(keep=first, other=second, user=None)
        self.model.owner = {s: pks[0] if p == pks[1] else p for s, p in self.model.owner.items()}
        first.refresh_from_db()
        assert first.is_quarantined == apart

    @rule(which=st.integers(0, STUDIES - 1))
    def a_patient_is_withdrawn(self, which: int) -> None:
        patient = Patient.objects.get(pk=self.model.owner[self.studies[which].pk])
        if patient.pk in self.model.gone:
            with pytest.raises(Conflict):
                withdraw_patient(patient=patient, user=None)
            return
        withdraw_patient(patient=patient, user=None)
        self.model.gone.add(patient.pk)
        studies = {s for s, p in self.model.owner.items() if p == patient.pk}
        self.model.changed(studies)
        lines = Observation.objects.filter(study__in=studies)
        assert set(lines.values_list("state", "region", "laterality")) <= {("tombstone", None, "")}
        assert not Region.objects.filter(Q(instance__series__study__in=studies) | Q(series__study__in=studies)).exists()

    @rule(name=st.sampled_from(NAMES))
    def a_snapshot_is_frozen(self, name: str) -> None:
        try:
            snapshot = freeze_snapshot(
                project=self.project, sources=("reader", "report", "unknown"), findings=[name]
            )
        except DomainError:
            return
        for row in SnapshotRow.objects.filter(snapshot=snapshot).select_related("patient", "instance__series"):
            assert row.patient.split == "pool"
            assert not row.patient.is_quarantined
            assert row.patient.withdrawn_at is None
            assert row.instance is not None
            assert row.instance.series.study_id not in self.model.reserved

    @invariant()
    def what_counts_is_what_the_model_says(self) -> None:
        rows = CurrentObservation.objects.filter(project=self.project).select_related(
            "source", "finding", "observation"
        )
        found = {(str(c.source), c.finding.code, c.study_id, c.subject): c.observation.state for c in rows}
        assert found == self.model.current()

    @invariant()
    def rebuilding_the_projection_changes_nothing(self) -> None:
        before = self.counting()
        rebuild_projections(project=self.project)
        assert self.counting() == before

    def counting(self) -> set[tuple[Any, ...]]:
        return set(CurrentObservation.objects.filter(project=self.project).values_list(
            "observation", "source", "finding", "study", "subject"
        ))

    @invariant()
    def nothing_written_is_ever_lost(self) -> None:
        written = sum(len(batch.lines) for batch in self.model.batches)
        assert Observation.objects.filter(project=self.project).count() == written

    @invariant()
    def reserved_sets_have_the_version_their_answers_gave_them(self) -> None:
        found = dict(ReservedSet.objects.filter(project=self.project).values_list("purpose", "version"))
        assert found == dict(self.model.versions)

    @invariant()
    def a_reader_has_one_voice_per_finding(self) -> None:
        voices: dict[tuple[int, str], set[str]] = {}
        for source, finding, study, subject in self.model.current():
            if source.startswith("reader") and subject == "study":
                voices.setdefault((study, self.model.merged.get(finding, finding)), set()).add(source)
        assert set(verified_answers(project=self.project)) == set(voices)


@pytest.mark.django_db
def test_the_ledger_and_its_model_agree_whatever_happens() -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
