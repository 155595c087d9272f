"""Images of every kind through the whole importer: stored or named, volumes assembled, the same again when repeated."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from imaging import storage
from imaging.models import ImportBatch, Instance, Patient, ProjectStudy, Series, Study, Volume
from tests import factories
from tests.imaging.dicom.test_wrap import GREY, picture
from tests.imaging.files import ct, save, series
from tests.racing import errors_of, race

pytestmark = pytest.mark.django_db(transaction=True)


def everything() -> dict[str, Any]:
    """All rows that an import may write, and the files with their times."""
    tables = (Patient, Study, Series, Instance, Volume)
    rows = {model.__name__: list(model.objects.order_by("pk").values()) for model in tables}
    files = {str(p): (p.stat().st_mtime_ns, p.read_bytes()) for p in storage.root().rglob("*") if p.is_file()}
    return rows | {"files": files, "places": list(ProjectStudy.objects.values("project", "study"))}


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    series(tmp_path / "in" / "ct")
    (tmp_path / "in" / "a.png").write_bytes(picture(GREY))
    project = factories.make_project()
    factories.import_folder(project, tmp_path / "in")
    before = everything()
    again = factories.import_folder(project, tmp_path / "in")
    assert everything() == before
    assert again.counts["already-there"] == 6


def test_the_same_files_in_another_project_are_the_same_studies(tmp_path: Path) -> None:
    series(tmp_path / "in")
    one, other = factories.make_project(), factories.make_project()
    factories.import_folder(one, tmp_path / "in")
    factories.import_folder(other, tmp_path / "in")
    assert Instance.objects.count() == 5
    assert list(one.studies.all()) == list(other.studies.all())


def test_two_imports_of_the_same_files_at_once_store_them_once(tmp_path: Path) -> None:
    series(tmp_path / "in", 12)
    projects = [factories.make_project() for _ in range(3)]
    answers = race(*(lambda p=p: factories.import_folder(p, tmp_path / "in") for p in projects))
    assert errors_of(answers) == []
    batches = [a for a in answers if isinstance(a, ImportBatch)]
    assert [b.counts.get("stored", 0) + b.counts.get("already-there", 0) for b in batches] == [12, 12, 12]
    assert Instance.objects.count() == 12
    assert Volume.objects.get().slices == 12


def test_slices_in_any_order_and_batch_become_one_sorted_volume(tmp_path: Path) -> None:
    paths = series(tmp_path / "all", 8)
    random.Random(1).shuffle(paths)
    project = factories.make_project()
    for part in (paths[:3], paths[3:]):
        folder = tmp_path / f"part{len(part)}"
        folder.mkdir()
        for number, path in enumerate(part):
            path.rename(folder / f"IM{number}")
        factories.import_folder(project, folder)
    volume = Volume.objects.get()
    assert (volume.slices, volume.spacing_mm, volume.issues) == (8, [2.5, 0.7, 0.8], [])
    heights = {i.sop_uid: i.metadata["00200032"]["Value"][2] for i in Instance.objects.all()}
    assert [heights[uid] for uid in volume.sop_uids] == sorted(heights.values())


def test_a_series_with_a_gap_says_so(tmp_path: Path) -> None:
    for number in (1, 2, 3, 6, 7):
        save(ct(number), tmp_path / "in" / f"{number}.dcm")
    factories.import_folder(factories.make_project(), tmp_path / "in")
    assert Volume.objects.get().issues == ["1 gaps: about 2 slices are missing."]


def test_what_is_stored_is_what_the_row_says(tmp_path: Path) -> None:
    series(tmp_path / "in", 2)
    factories.import_folder(factories.make_project(), tmp_path / "in")
    for instance in Instance.objects.all():
        path = storage.path_of(instance.path)
        assert path.stat().st_size == instance.bytes
        offset, length = instance.frame_table[0]
        assert (length, offset + length) == (16 * 12 * 2, instance.bytes)
        assert (instance.rows, instance.columns, instance.frames) == (16, 12, 1)


def test_every_real_folder_of_slices_becomes_a_volume(shared_data: Path | None, tmp_path: Path) -> None:
    folders = sorted((shared_data / "dicom" / "bad_geometry").iterdir()) if shared_data else []
    if not folders:
        series(tmp_path / "made", 6)
        folders = [tmp_path / "made"]
    issues = {}
    for folder in folders:
        factories.import_folder(factories.make_project(), folder)
        found = Volume.objects.filter(series__study__projects__name__isnull=False).order_by("pk").last()
        issues[folder.name] = found.issues if found else ["no volume"]
    if "gantrytilting" in issues:
        assert any("tilted" in sentence for sentence in issues["gantrytilting"]), issues


def test_real_files_all_get_a_verdict(shared_data: Path | None, tmp_path: Path) -> None:
    if shared_data is None:
        series(tmp_path / "in", 3)
        (tmp_path / "in" / "empty.dcm").write_bytes(b"")
        folders = [tmp_path / "in"]
    else:
        folders = [shared_data / "dicom" / name for name in ("bad", "charset", "dicomdir", "single")]
    for folder in folders:
        files = [p for p in folder.rglob("*") if p.is_file()]
        batch = factories.import_folder(factories.make_project(), folder)
        verdicts = {v.name: v for v in batch.verdicts.all()}
        assert set(verdicts) == {p.relative_to(folder).as_posix() for p in files}
        assert all(v.reason for v in verdicts.values() if v.verdict == "refused")
        assert batch.state == "done"
