"""The whole circle through the public REST API: import, read, train, rank, correct, retrain, promote, rank anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.models import Role
from imaging.models import Study
from learning.models import SnapshotRow
from tests.factories import Team, add_member, make_team, phantom_file, write_labels
from tests.learning.world import TINY
from tests.loop.client import Person, run_jobs

STUDIES, GATE, CALIBRATION, FIRST, CORRECTIONS = 80, 30, 14, 20, 4
FINDINGS = ("nodule", "effusion")


@pytest.fixture
def team(transactional_db: None) -> Team:
    return make_team("circle")


def import_phantoms(manager: Person, slug: str, folder: Path) -> None:
    for index in range(STUDIES):
        phantom_file(folder, index)
    write_labels(folder, range(STUDIES))
    batch = manager.post(f"projects/{slug}/imports/", {"source": "record:phantom"})["id"]
    manager.upload(batch, folder)
    manager.post(f"imports/{batch}/start/")
    run_jobs()
    counts = manager.get(f"imports/{batch}/")["counts"]
    assert counts["stored"] == STUDIES


def draw_and_read_the_reserved_sets(manager: Person, reader: Person, slug: str) -> set[str]:
    """Returns the UIDs of the reserved studies."""
    sizes = {"gate": GATE, "calibration": CALIBRATION}
    manager.post(f"projects/{slug}/reserved/", {"sizes": sizes, "seed": 1})
    reference = manager.post(
        f"projects/{slug}/worklists/", {"name": "Reference", "kind": "reference", "mode": "unaided", "fill": True}
    )["id"]
    assert reader.read(reference, GATE + CALIBRATION + 1) == GATE + CALIBRATION
    reserved = Study.objects.exclude(patient__split="pool").values_list("uid", flat=True)
    assert len(reserved) == GATE + CALIBRATION
    return set(reserved)


def queue_of(person: Person, worklist: int) -> list[dict[str, Any]]:
    answer = person.get(f"worklists/{worklist}/queue/?page_size=200")
    found: list[dict[str, Any]] = answer["results"] if isinstance(answer, dict) else answer
    return found


def test_the_circle_closes(team: Team, tmp_path: Path) -> None:
    slug = team.project.slug
    manager, researcher = Person(team.manager), Person(team.researcher)
    reader, other = Person(team.annotator), Person(add_member(team.project, Role.ANNOTATOR))
    for name in FINDINGS:
        manager.post(f"projects/{slug}/findings/", {"name": name})
    import_phantoms(manager, slug, tmp_path)
    assert "reserved" in " ".join(researcher.get(f"projects/{slug}/loop/")["missing"]).lower()
    reserved = draw_and_read_the_reserved_sets(manager, other, slug)
    main = manager.post(
        f"projects/{slug}/worklists/", {"name": "Radiographs", "mode": "concurrent", "unaided_share": 0, "fill": True}
    )["id"]
    assert reader.read(main, FIRST) == FIRST

    # the first teacher
    settings = {"recipe": TINY | {"targets": {"findings": list(FINDINGS)}}, "corrections_per_turn": CORRECTIONS}
    researcher.post(f"projects/{slug}/loop/", settings)
    run_jobs()
    loop = researcher.get(f"projects/{slug}/loop/")
    (first,) = loop["turns"]
    assert (first["state"], first["promoted"], first["labels_spent"]) == ("done", True, FIRST)
    assert loop["champion"]["number"] == 1
    gate = first["gate"]
    assert gate["macro_auroc"]["low"] <= gate["macro_auroc"]["value"] <= gate["macro_auroc"]["high"]
    assert gate["n"] == GATE

    # the pool is ranked, with reasons; nothing reserved is in it
    waiting = queue_of(researcher, main)
    assert len(waiting) == STUDIES - GATE - CALIBRATION - FIRST
    assert all(case["reason"] for case in waiting)
    assert not {case["study_uid"] for case in waiting} & reserved

    # corrections set off the student by themselves
    assert reader.read(main, CORRECTIONS - 1) == CORRECTIONS - 1
    assert run_jobs() == []
    assert researcher.get(f"projects/{slug}/loop/")["corrections_waiting"] == CORRECTIONS - 1
    reader.read(main, 1)
    (turn_job,) = run_jobs()
    assert turn_job.kind == "learning.turn"
    loop = researcher.get(f"projects/{slug}/loop/")
    turn = next(t for t in loop["turns"] if t["number"] == 1)
    assert (turn["state"], turn["labels_spent"]) == ("done", FIRST + CORRECTIONS)
    assert turn["control"]["labels_spent"] == FIRST + CORRECTIONS
    assert turn["comparison"]["low"] <= turn["comparison"]["delta"] <= turn["comparison"]["high"]
    assert "Rule:" in turn["decision"]
    assert loop["corrections_waiting"] == 0
    again = queue_of(researcher, main)
    assert len(again) == len(waiting) - CORRECTIONS
    assert not {case["study_uid"] for case in again} & reserved

    # against the rule, by the manager alone, with a note
    assert researcher.refused(f"turns/{turn['id']}/override/", {"note": "I like it"}) == 403
    assert manager.refused(f"turns/{turn['id']}/override/", {"note": " "}) == 400
    turned = manager.post(f"turns/{turn['id']}/override/", {"note": "Two readers found it more useful."})
    assert turned["promoted"] is not turn["promoted"]
    champion = researcher.get(f"projects/{slug}/loop/")["champion"]["number"]
    assert champion == (2 if turned["promoted"] else 1)

    # on demand too, and what was learned from is known to the row
    researcher.post(f"projects/{slug}/loop/step/")
    run_jobs()
    assert [t["state"] for t in researcher.get(f"projects/{slug}/loop/")["turns"]] == ["done"] * 3
    trained_on = SnapshotRow.objects.values_list("instance__series__study__uid", flat=True)
    assert not set(trained_on) & reserved

    # exports
    model = researcher.get(f"projects/{slug}/models/")
    newest = (model["results"] if isinstance(model, dict) else model)[0]
    assert researcher.get(f"models/{newest['id']}/card/")["statement"].startswith("Research use only")

    researcher.post(f"projects/{slug}/loop/stop/")
    assert researcher.refused(f"projects/{slug}/loop/step/") == 409
