"""Malformed files through the whole door: the job ends, every file has its verdict, what is sound goes in."""

from __future__ import annotations

import pytest

from core.models import Project
from reports_nlp.models import Report, ReportIntake
from reports_nlp.services.intake import fail_intake, open_intake
from reports_nlp.sources import SourceError
from tests.factories import make_project
from tests.reports_nlp.intakes import take, verdicts
from tests.reports_nlp.sources.mutations import mutated
from tests.reports_nlp.sources.samples import (
    as_json,
    condition,
    csv_bytes,
    every_format,
    fhir_report,
    hl7_message,
)

pytestmark = pytest.mark.django_db
EACH = 24


@pytest.fixture
def project() -> Project:
    return make_project()


def test_a_folder_of_broken_files_of_every_format_has_a_verdict_for_each(project: Project) -> None:
    files = {
        f"{place:03d}-{format}-{name}": data
        for format, (name, sound) in every_format().items()
        for place, data in enumerate(mutated(sound, EACH, seed=f"door:{format}"))
    }
    files["sound.csv"] = csv_bytes([["id", "text"], ["last", "A sound report among the broken."]])
    intake = take(project, files)
    assert intake.state == "done"
    named = {verdict.name for verdict in intake.verdicts.all()}
    # A table cut before its first row, or messages cut before their first header, hold nothing to say anything about.
    assert {name for name in files if name not in named and not name.endswith((".csv", ".hl7", ".xlsx"))} == set()
    assert len(named) > 0.9 * len(files)
    assert Report.objects.filter(text="A sound report among the broken.").exists()


def test_names_columns_and_options_that_no_database_takes_are_kept_as_they_can_be(project: Project) -> None:
    odd = "Gr\udcf6\udcdfe.txt"  # a name in Latin-1 on a disk that speaks UTF-8
    assert set(verdicts(take(project, {odd: b"No effusion."})).values()) == {"stored"}
    half = {"identifier": [{"value": "\ud800"}], "subject": {"reference": "Patient/\udfff"}}
    assert set(verdicts(take(project, {"a.json": as_json(fhir_report(**half))})).values()) == {"stored"}
    coded = as_json(condition(id="\ud800", subject={"reference": "Patient/\0"}))
    assert set(verdicts(take(project, {"c.json": coded})).values()) == {"stored"}
    with pytest.raises(SourceError):
        take(project, {"a.csv": b"nr\0,frei\0text\n1,x\n"})
    intake = ReportIntake.objects.latest("pk")
    fail_intake(intake=intake, message="No \0 column \ud800.", columns=("nr\0", "\ud800"))
    assert "\0" not in intake.message + "".join(intake.options["columns"])
    open_intake(project=project, user=None, options={"sender": "a\0b", "map": {"text": "x\0"}})


def test_broken_messages_among_sound_ones_cost_only_themselves(project: Project) -> None:
    parts = []
    for place, broken in enumerate(mutated(hl7_message().encode(), 30, seed="between")):
        parts += [hl7_message(number=f"SOUND{place}").encode(), broken[:20_000].replace(b"MSH", b"MSH")]
    intake = take(project, {"a.hl7": b"\r".join(parts)})
    assert Report.objects.filter(is_latest=True).count() >= 30
    assert "refused" in set(verdicts(intake).values())
