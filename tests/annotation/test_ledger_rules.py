"""Single rules of the ledger: who may write when, and what the database itself refuses."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from annotation.models import Batch, CurrentObservation, Finding, Observation, Region, Source
from annotation.selectors.answers import verified_answers
from annotation.services.ledger import (
    Line,
    get_source,
    open_batch,
    reader_source,
    rebuild_projections,
    record_observations,
    withdraw_batch,
)
from annotation.services.schema import archive_finding, merge_findings, unmerge_finding
from core.errors import Conflict, Gone
from core.models import Project
from imaging.models import Study
from imaging.services.patients import withdraw_patient
from tests.annotation.bare import bare_study, image_of
from tests.factories import add_member, make_findings, make_project, make_user, make_worklist, open_next, submit
from tests.racing import errors_of, race

pytestmark = pytest.mark.django_db
TOGETHER = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def findings(project: Project) -> dict[str, Finding]:
    return make_findings(project, ["nodule", "effusion"])


@pytest.fixture
def study(project: Project) -> Study:
    return bare_study(project)


@pytest.fixture
def source(project: Project) -> Source:
    return get_source(project=project, kind="report", name="labeler")


def write(source: Source, *lines: Line, act: str = "import") -> Batch:
    batch = open_batch(project=source.project, source=source, act=act)
    record_observations(batch=batch, lines=lines)
    return batch


def counting(**where: object) -> list[str]:
    rows = CurrentObservation.objects.filter(**where).order_by("observation_id")
    return list(rows.values_list("observation__state", flat=True))


def test_a_later_line_supersedes_and_points_at_what_it_replaced(
    source: Source, findings: dict[str, Finding], study: Study
) -> None:
    write(source, Line(findings["nodule"], study, "present"))
    write(source, Line(findings["nodule"], study, "absent"))
    first, second = Observation.objects.all()
    assert second.supersedes == first
    assert counting() == ["absent"]


def test_a_withdrawn_batch_lets_what_it_replaced_count_again(
    source: Source, findings: dict[str, Finding], study: Study
) -> None:
    write(source, Line(findings["nodule"], study, "present"))
    middle = write(source, Line(findings["nodule"], study, "absent"))
    last = write(source, Line(findings["nodule"], study, "equivocal"))
    withdraw_batch(batch=middle, user=None)
    assert counting() == ["equivocal"]
    withdraw_batch(batch=last, user=None, note="wrong file")
    assert counting() == ["present"]
    with pytest.raises(Conflict, match="withdrawn already"):
        withdraw_batch(batch=last, user=None)


def test_nothing_is_added_to_a_withdrawn_batch(source: Source, findings: dict[str, Finding], study: Study) -> None:
    batch = open_batch(project=source.project, source=source, act="pseudolabel")
    withdraw_batch(batch=batch, user=None)
    with pytest.raises(Conflict, match="nothing can be added"):
        record_observations(batch=batch, lines=[Line(findings["nodule"], study, "present")])
    assert not Observation.objects.exists()


def test_nothing_is_said_about_a_withdrawn_patient(source: Source, findings: dict[str, Finding], study: Study) -> None:
    withdraw_patient(patient=study.patient, user=None)
    with pytest.raises(Gone, match="has been withdrawn"):
        write(source, Line(findings["nodule"], study, "present"))


def test_a_line_of_another_project_is_refused(source: Source, study: Study) -> None:
    foreign = make_findings(make_project(), ["nodule"])["nodule"]
    with pytest.raises(ValueError, match="another project"):
        write(source, Line(foreign, study, "present"))


def test_the_same_act_is_written_once(source: Source) -> None:
    open_batch(project=source.project, source=source, act="import", key="k")
    with pytest.raises(Conflict, match="written already"):
        open_batch(project=source.project, source=source, act="import", key="k")


def test_subjects_are_kept_apart(source: Source, findings: dict[str, Finding], study: Study) -> None:
    image = image_of(study)
    region = Region.objects.create(project=source.project, instance=image, geometry={"x": 0, "y": 0, "w": 3, "h": 3})
    nodule = findings["nodule"]
    write(
        source, Line(nodule, study, "present"), Line(nodule, study, "absent", instance=image),
        Line(nodule, study, "equivocal", instance=image, frame=2), Line(nodule, study, "present", region=region),
    )
    subjects = set(CurrentObservation.objects.values_list("subject", flat=True))
    assert subjects == {"study", f"instance:{image.pk}", f"instance:{image.pk}:2", f"region:{region.track}"}


def test_a_lines_definition_is_the_one_it_was_made_under(
    source: Source, findings: dict[str, Finding], study: Study
) -> None:
    from annotation.services.schema import edit_finding

    before = findings["nodule"].definition_hash
    write(source, Line(findings["nodule"], study, "present"))
    edit_finding(finding=findings["nodule"], user=None, definition="Up to 3 cm.")
    assert findings["nodule"].definition_hash != before
    assert Observation.objects.get().definition_hash == before


@TOGETHER
def test_the_database_refuses_to_change_or_delete_what_was_said(
    source: Source, findings: dict[str, Finding], study: Study
) -> None:
    write(source, Line(findings["nodule"], study, "present", probability=0.9))
    region = Region.objects.create(project=source.project, instance=image_of(study), geometry={"x": 0})
    rows = Observation.objects.all()
    for act in (
        lambda: rows.update(state="absent"), lambda: rows.update(probability=None),
        lambda: rows.update(state="tombstone"), lambda: CurrentObservation.objects.all().delete() and rows.delete(),
        lambda: rows.update(state="tombstone", probability=None, finding=findings["effusion"]),
        lambda: Region.objects.filter(pk=region.pk).update(geometry={"x": 1}),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            act()
    assert (rows.get().state, rows.get().probability) == ("present", 0.9)


@TOGETHER
def test_writers_of_one_source_at_once_leave_one_line_that_counts(
    source: Source, findings: dict[str, Finding], study: Study
) -> None:
    def say(state: str) -> None:
        for _ in range(3):
            write(source, *(Line(finding, study, state) for finding in findings.values()))

    assert errors_of(race(*(lambda s=s: say(s) for s in ("present", "absent", "equivocal", "present")))) == []
    assert Observation.objects.count() == 24
    assert CurrentObservation.objects.count() == 2
    _is_rebuilt_identically()


@TOGETHER
def test_writing_and_withdrawing_at_once_agree_on_what_counts(
    source: Source, findings: dict[str, Finding], study: Study
) -> None:
    old = [write(source, Line(findings["nodule"], study, "present")) for _ in range(4)]
    acts = [lambda b=b: withdraw_batch(batch=b, user=None) for b in old]
    answers = race(*acts, *(lambda: write(source, Line(findings["nodule"], study, "absent")) for _ in range(3)))
    assert errors_of(answers) == []
    assert counting() == ["absent"]
    _is_rebuilt_identically()


@TOGETHER
def test_a_withdrawal_and_a_writer_at_once_leave_nothing_said_about_the_patient(
    source: Source, findings: dict[str, Finding], study: Study
) -> None:
    writers = [lambda: write(source, Line(findings["nodule"], study, "present")) for _ in range(4)]
    answers = race(*writers, lambda: withdraw_patient(patient=study.patient, user=None))
    assert all(isinstance(error, Gone) for error in errors_of(answers))
    assert set(Observation.objects.values_list("state", flat=True)) <= {"tombstone"}
    assert not CurrentObservation.objects.exists()


def _is_rebuilt_identically() -> None:
    before = set(CurrentObservation.objects.values_list("observation", "source", "finding", "study", "subject"))
    rebuild_projections()
    after = set(CurrentObservation.objects.values_list("observation", "source", "finding", "study", "subject"))
    assert after == before


def test_the_command_rebuilds_what_was_lost(
    source: Source, findings: dict[str, Finding], study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    write(source, *(Line(finding, study, "present") for finding in findings.values()))
    CurrentObservation.objects.all().delete()
    call_command("rebuild_projections")
    assert capsys.readouterr().out == "2 observations count now.\n"
    assert counting() == ["present", "present"]


def test_withdrawal_of_a_patient_empties_readings_and_keeps_who_and_when(
    project: Project, findings: dict[str, Finding], study: Study
) -> None:
    worklist = make_worklist(project, [study], mode="concurrent", unaided_share=0.0)
    reading = submit(open_next(worklist, add_member(project)), {findings["nodule"].pk: "present"}, comment="odd")
    withdraw_patient(patient=study.patient, user=None)
    reading.refresh_from_db()
    version = reading.versions.get()
    assert (reading.draft, version.content, version.shown) == ({}, {}, None)
    line = Observation.objects.get()
    assert (line.state, line.finding, str(line.source)) == (
        "tombstone", findings["nodule"], f"reader:{reading.reader.username}"
    )


def test_a_reader_has_one_voice_on_findings_that_were_merged(
    project: Project, findings: dict[str, Finding], study: Study
) -> None:
    anna, ben, cleo = (reader_source(project=project, reader=make_user()) for _ in range(3))
    nodule, effusion = findings["nodule"], findings["effusion"]
    write(anna, Line(nodule, study, "absent"), Line(effusion, study, "present"))
    write(ben, Line(nodule, study, "absent"), Line(effusion, study, "absent"))
    write(cleo, Line(nodule, study, "present"))
    assert verified_answers(project=project)[(study.pk, "nodule")].state == "absent"
    merge_findings(into=nodule, from_=effusion, user=None)
    answer = verified_answers(project=project)[(study.pk, "nodule")]
    assert (answer.state, len(answer.observations)) == ("present", 5)
    unmerge_finding(finding=effusion, user=None)
    apart = {code: (one.state, len(one.observations)) for (_, code), one in verified_answers(project=project).items()}
    assert apart == {"nodule": ("absent", 3), "effusion": ("equivocal", 2)}


@pytest.mark.parametrize(
    ("states", "agreed"),
    [(["present"], "present"), (["present", "absent"], "equivocal"), (["present", "present", "absent"], "present"),
     (["equivocal", "absent", "absent"], "absent"), (["present", "absent", "equivocal"], "equivocal")],
)
def test_the_majority_decides_and_a_tie_is_equivocal(
    project: Project, findings: dict[str, Finding], study: Study, states: list[str], agreed: str
) -> None:
    for state in states:
        write(reader_source(project=project, reader=make_user()), Line(findings["nodule"], study, state))
    assert verified_answers(project=project)[(study.pk, "nodule")].state == agreed


def test_only_readers_count_as_verified(source: Source, findings: dict[str, Finding], study: Study) -> None:
    write(source, Line(findings["nodule"], study, "present"))
    assert verified_answers(project=source.project) == {}
    with pytest.raises(KeyError, match="known: majority"):
        verified_answers(project=source.project, rule="loudest")


@pytest.mark.parametrize("way", ["archived", "merged"])
def test_an_amendment_leaves_answers_alone_whose_finding_is_off_the_form(
    project: Project, findings: dict[str, Finding], study: Study, way: str
) -> None:
    from annotation.services.readings import amend_reading

    nodule, effusion = findings["nodule"], findings["effusion"]
    reading = submit(
        open_next(make_worklist(project, [study]), add_member(project)), {nodule.pk: "absent", effusion.pk: "present"}
    )
    if way == "archived":
        archive_finding(finding=effusion, user=None)
    else:
        other = make_findings(project, ["edema"])["edema"]
        merge_findings(into=other, from_=effusion, user=None)
    amend_reading(reading=reading, reader=reading.reader)
    submit(reading, {nodule.pk: "present"})
    assert counting(finding=effusion) == ["present"]
    assert counting(finding=nodule) == ["present"]


def test_an_answer_to_the_merged_finding_replaces_the_answer_to_its_part(
    project: Project, findings: dict[str, Finding], study: Study
) -> None:
    from annotation.services.readings import amend_reading

    nodule, effusion = findings["nodule"], findings["effusion"]
    reading = submit(open_next(make_worklist(project, [study]), add_member(project)), {effusion.pk: "present"})
    merge_findings(into=nodule, from_=effusion, user=None)
    amend_reading(reading=reading, reader=reading.reader)
    submit(reading, {nodule.pk: "absent"})
    assert counting() == ["absent"]


def test_a_reading_does_not_take_back_what_the_reader_said_elsewhere(
    project: Project, findings: dict[str, Finding], study: Study
) -> None:
    anna = add_member(project)
    write(reader_source(project=project, reader=anna), Line(findings["effusion"], study, "present"))
    submit(open_next(make_worklist(project, [study]), anna), {findings["nodule"].pk: "absent"})
    assert counting(finding=findings["effusion"]) == ["present"]
