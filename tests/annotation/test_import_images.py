"""The import command: what it prints, what it writes, how it ends."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.models import CurrentObservation, Observation, Region, ReservedSet, Worklist
from core.models import Project
from imaging.models import ImportBatch, Study
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return factories.make_project(slug="chest")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six phantoms with their labels, in two folders."""
    for index in range(6):
        factories.phantom_file(tmp_path / "data" / str(index % 2), index)
    factories.write_labels(tmp_path / "data", range(6))
    return tmp_path / "data"


def run(*arguments: Any, **options: Any) -> tuple[int, str]:
    """Exit status and output."""
    out = io.StringIO()
    try:
        call_command("import_images", *map(str, arguments), stdout=out, **options)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def test_a_folder_is_imported_drawn_and_queued_in_one_go(project: Project, folder: Path) -> None:
    (folder / "broken.dcm").write_bytes(b"")
    user = factories.add_member(project, "manager")
    status, out = run(
        "chest", folder, "--source", "reader:anna", "--reserve", "gate=2", "calibration=1", "--seed", "4",
        "--worklist", "Chest", "--user", user.username,
    )
    assert status == 0
    assert "stored             6" in out
    assert "refused: broken.dcm: The file is empty (0 bytes)" in out
    assert "labels: 30 new, 0 as before, from reader:anna" in out
    assert "reserved for gate: 2 studies" in out
    assert Worklist.objects.get(name="Chest").items.count() == 3
    assert {(r.purpose, r.cases.count()) for r in ReservedSet.objects.all()} == {("gate", 2), ("calibration", 1)}
    assert ImportBatch.objects.visible_to(user).get().counts["refused"] == 1


def test_again_changes_nothing_and_still_succeeds(project: Project, folder: Path) -> None:
    run("chest", folder, "--source", "reader:anna")
    before = list(Observation.objects.values())
    status, out = run("chest", folder, "--source", "reader:anna")
    assert (status, "already-there      6" in out, "0 new, 30 as before" in out) == (0, True, True)
    assert list(Observation.objects.values()) == before


def test_nothing_stored_ends_with_one(project: Project, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "letter.txt").write_text("no image")
    status, out = run("chest", tmp_path / "in")
    assert (status, "ignored            1" in out) == (1, True)


REFUSED = [
    (["elsewhere", "."], "known: chest"),
    (["chest", "/no/such/path"], "No such file or folder"),
    (["chest", ".", "--source", "rumour:x"], "known: reader, report"),
    (["chest", ".", "--map", "Nodule"], "FINDING=COLUMN"),
    (["chest", ".", "--reserve", "gate"], "SET=STUDIES"),
    (["chest", ".", "--reserve", "gold=3"], "SET=STUDIES"),
    (["chest", ".", "--user", "nobody"], "No user"),
    (["chest", ".", "--labels", "/no/labels.csv"], "can't be opened"),
]


@pytest.mark.parametrize(("arguments", "says"), REFUSED)
def test_a_wrong_word_is_refused_with_the_right_ones(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(CommandError, match=says):
        run(*arguments)
    assert not Study.objects.exists()


def test_other_columns_come_by_map(project: Project, tmp_path: Path) -> None:
    factories.phantom_file(tmp_path / "in", 0)
    (tmp_path / "sheet.csv").write_text("file,patient_id,age,dx_nodule,dx_eff\ndx0000.dcm,P0,61,1,-1\n")
    status, _ = run("chest", tmp_path / "in", "--labels", tmp_path / "sheet.csv", "--map", "Nodule=dx_nodule",
                    "--map", "Effusion=dx_eff")
    assert status == 0
    assert {(c.finding.name, c.observation.state) for c in CurrentObservation.objects.all()} == {
        ("Nodule", "present"), ("Effusion", "equivocal"),
    }
    assert CurrentObservation.objects.first().source.kind == "unknown"


def test_boxes_become_regions_and_one_outside_its_image_is_left_out(project: Project, tmp_path: Path) -> None:
    factories.phantom_file(tmp_path / "in", 0)
    rows = ["file,finding,x,y,w,h", "dx0000.dcm,Nodule,10,12,20,8", "dx0000.dcm,Nodule,60,60,20,20",
            "dx0000.dcm,Nodule,10,12,20,8", "elsewhere.dcm,Nodule,1,1,5,5"]
    (tmp_path / "in" / "boxes.csv").write_text("\n".join(rows))
    for _ in range(2):
        _, out = run("chest", tmp_path / "in", "--source", "reader:anna")
        assert "1 boxes lie outside their image" in out
        assert "1 files that labels or boxes speak of were not there" in out
    assert Region.objects.get().geometry == {"x": 9.5, "y": 11.5, "w": 20.0, "h": 8.0}
    lines = Observation.objects.order_by("subject")
    assert [(o.subject.split(":")[0], o.state) for o in lines] == [("region", "present"), ("study", "present")]


def test_what_is_present_on_one_image_is_present_in_the_study(project: Project, tmp_path: Path) -> None:
    """And importing such a file again writes nothing, whatever the order of its rows."""
    factories.phantom_ct(tmp_path / "in", 3, slices=3)
    rows = ["file,Nodule,Effusion", "ct0003-000.dcm,0,0", "ct0003-001.dcm,1,-1", "ct0003-002.dcm,0,0"]
    (tmp_path / "in" / "labels.csv").write_text("\n".join(rows))
    for _ in range(3):
        run("chest", tmp_path / "in", "--source", "reader:anna")
    assert {(o.finding.code, o.state) for o in Observation.objects.all()} == {
        ("nodule", "present"), ("effusion", "equivocal"),
    }
    assert Observation.objects.count() == 2


def test_an_old_file_does_not_undo_what_its_reader_said_since(project: Project, tmp_path: Path) -> None:
    reader = factories.add_member(project)
    factories.phantom_file(tmp_path / "in", 0)
    (tmp_path / "in" / "labels.csv").write_text("file,Nodule\ndx0000.dcm,1\n")
    source = f"reader:{reader.username}"
    run("chest", tmp_path / "in", "--source", source, "--reserve", "none", "--worklist", "Chest")
    reading = factories.open_next(Worklist.objects.get(), reader)
    factories.submit(reading, {project.findings.get().pk: "absent"})
    run("chest", tmp_path / "in", "--source", source)
    assert CurrentObservation.objects.get().observation.state == "absent"
    (tmp_path / "in" / "labels.csv").write_text("file,Nodule\ndx0000.dcm,-1\n")
    run("chest", tmp_path / "in", "--source", source)
    assert CurrentObservation.objects.get().observation.state == "equivocal"


def test_without_the_draw_studies_wait_and_the_command_says_so(project: Project, folder: Path) -> None:
    _, out = run("chest", folder, "--worklist", "Chest")
    assert "6 studies wait until the reserved sets are drawn" in out
    assert Worklist.objects.get().items.count() == 0
    _, out = run("chest", folder, "--worklist", "Chest", "--reserve", "gate=1")
    assert "5 studies were put on the worklist" in out
