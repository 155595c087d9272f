"""What tests are made of: people, a project, findings, phantom studies through the real importer, a ranked worklist."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from rest_framework.test import APIClient

from annotation.models import Finding, Reading, Worklist
from annotation.services.import_labels import label_sink
from annotation.services.readings import open_reading, submit_reading
from annotation.services.schema import create_finding
from annotation.services.worklists import add_items, create_worklist, next_slot, write_ranking
from core.models import Membership, Project, Role, User
from imaging import phantoms
from imaging.models import ImportBatch, Patient, Split, Study
from imaging.services.import_files import import_paths

PASSWORD = "correct horse battery"
PREVALENCE = {"nodule": 0.4, "effusion": 0.4, "consolidation": 0.4, "pneumothorax": 0.3, "cardiomegaly": 0.4}
_numbers = count(1)


@dataclass(frozen=True)
class Team:
    """A project and one person of every kind. `stranger` is signed up but no member, `admin` a site admin."""

    project: Project
    annotator: User
    reviewer: User
    researcher: User
    manager: User
    admin: User
    stranger: User

    def person(self, role: str) -> User:
        found = getattr(self, role)
        assert isinstance(found, User)
        return found


def make_user(username: str = "", *, password: str | None = None, **fields: Any) -> User:
    """A person. Give password=PASSWORD to one who signs in through the page: hashing it takes a third of a second."""
    return User.objects.create_user(username or f"person{next(_numbers)}", password=password, **fields)


def make_project(name: str = "", slug: str = "") -> Project:
    number = next(_numbers)
    return Project.objects.create(slug=slug or f"project-{number}", name=name or f"Project {number}")


def add_member(project: Project, role: str = Role.ANNOTATOR, user: User | None = None) -> User:
    """A (new) person with this role in the project."""
    user = user or make_user()
    Membership.objects.update_or_create(project=project, user=user, defaults={"role": role})
    return user


def make_team(slug: str = "") -> Team:
    """A project with members of every role, a site admin and a stranger; usernames end in the project's slug."""
    project = make_project(slug=slug)
    members = {role: add_member(project, role, make_user(f"{role}-{project.slug}")) for role in Role.values}
    return Team(
        project=project, **members, admin=make_user(f"admin-{project.slug}", is_superuser=True, is_staff=True),
        stranger=make_user(f"stranger-{project.slug}"),
    )


def make_findings(project: Project, names: Iterable[str] = phantoms.FINDINGS) -> dict[str, Finding]:
    """Findings by code; those of the phantoms unless others are named."""
    return {f.code: f for f in (create_finding(project=project, user=None, name=name) for name in names)}


def phantom_file(folder: Path, index: int, *, patient: str = "", size: int = 64, seed: int = 7) -> Path:
    """One phantom radiograph as a DICOM file; the same (seed, index) gives the same file."""
    folder.mkdir(parents=True, exist_ok=True)
    thorax = phantoms.sample_thorax(seed=seed, index=index, prevalence=PREVALENCE)
    image = phantoms.render_radiograph(thorax, rows=size, columns=size)
    path = folder / f"dx{index:04d}.dcm"
    dataset = phantoms.radiograph_dataset(thorax, image, patient_id=patient or f"PHANTOM-{seed}-{index}")
    dataset.save_as(path, enforce_file_format=True)
    return path


def phantom_truth(index: int, *, seed: int = 7, size: int = 64) -> dict[str, int]:
    """The labels of the phantom that `phantom_file` renders."""
    thorax = phantoms.sample_thorax(seed=seed, index=index, prevalence=PREVALENCE)
    return dict(phantoms.render_radiograph(thorax, rows=size, columns=size).labels)


def phantom_ct(folder: Path, index: int, *, slices: int = 4, seed: int = 7) -> list[Path]:
    """A small CT series, one file per slice."""
    folder.mkdir(parents=True, exist_ok=True)
    thorax = phantoms.sample_thorax(seed=seed, index=index, prevalence=PREVALENCE)
    volume = phantoms.render_ct(thorax, shape=(slices, 32, 32))
    paths = []
    for number, dataset in enumerate(phantoms.ct_datasets(thorax, volume, patient_id=f"PHANTOM-{seed}-{index}")):
        paths.append(folder / f"ct{index:04d}-{number:03d}.dcm")
        dataset.save_as(paths[-1], enforce_file_format=True)
    return paths


def write_labels(folder: Path, indices: Iterable[int], *, seed: int = 7, size: int = 64) -> Path:
    """labels.csv with the truth of these phantoms."""
    lines = ["file,patient_id," + ",".join(phantoms.FINDINGS)]
    for index in indices:
        truth = phantom_truth(index, seed=seed, size=size)
        lines.append(f"dx{index:04d}.dcm,PHANTOM-{seed}-{index}," + ",".join(str(truth[f]) for f in phantoms.FINDINGS))
    path = folder / "labels.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def import_folder(project: Project, folder: Path, *, user: User | None = None, **options: Any) -> ImportBatch:
    """Import a folder as the service does it, labels and all."""
    return import_paths(project=project, user=user, paths=[folder], options=options, sink=label_sink)


def make_studies(
    project: Project, number: int = 3, *, first: int = 0, split: str = Split.POOL, size: int = 64, seed: int = 7,
    with_truth: bool = False,
) -> list[Study]:
    """Phantom radiographs, one patient each, imported through the real importer.

    `with_truth` puts their labels on record as source record:phantom, as simulated readers need it.
    """
    indices = range(first, first + number)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for index in indices:
            phantom_file(folder, index, size=size, seed=seed)
        if with_truth:
            write_labels(folder, indices, seed=seed, size=size)
        batch = import_folder(project, folder, source="record:phantom")
    by_name = {v.name: v.instance for v in batch.verdicts.select_related("instance__series__study__patient")}
    studies = []
    for index in indices:
        instance = by_name[f"dx{index:04d}.dcm"]
        assert instance is not None
        studies.append(instance.series.study)
    Patient.objects.filter(studies__in=studies, split=Split.UNASSIGNED).update(split=split)
    return list(Study.objects.filter(pk__in=[s.pk for s in studies]).select_related("patient").order_by("pk"))


def make_worklist(
    project: Project, studies: Sequence[Study], *, name: str = "", reason: str = "uncertain: nodule 0.51", **fields: Any
) -> Worklist:
    """A worklist that hands out the studies in the order given; none is always unaided unless a share is given."""
    fields.setdefault("unaided_share", 0.0)
    worklist = create_worklist(project=project, name=name or f"List {next(_numbers)}", **fields)
    add_items(worklist=worklist, studies=studies)
    entries = [(study.pk, -float(place), reason) for place, study in enumerate(studies)]
    write_ranking(worklist=worklist, entries=entries, query="entropy", model_version="model 1")
    return worklist


def open_next(worklist: Worklist, reader: User) -> Reading:
    """The reader's next case, opened."""
    slot = next_slot(worklist=worklist, reader=reader)
    assert slot is not None, "nothing is left to read"
    return open_reading(slot=slot)


def content(answers: dict[int, str] | None = None, **fields: Any) -> dict[str, Any]:
    """What the room sends: finding id → state, and whatever else is given."""
    said = {str(pk): {"state": state} for pk, state in (answers or {}).items()}
    return {"findings": said, "regions": [], "not_assessable": None, "no_finding": False, "comment": ""} | fields


def submit(reading: Reading, answers: dict[int, str] | None = None, **fields: Any) -> Reading:
    """Submit an answer ('no finding' unless answers are given)."""
    said = content(answers, **({"no_finding": True} | fields if not answers else fields))
    submit_reading(reading=reading, reader=reading.reader, base_version=reading.draft_version, content=said)
    reading.refresh_from_db()
    return reading


def signed_in(user: User | None) -> APIClient:
    """A client of the REST API; None is nobody."""
    client = APIClient()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
