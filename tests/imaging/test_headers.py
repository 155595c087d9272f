"""The tag browser's rows: everything stored, nothing private, one frame's group at a time, and an opening on record."""

from __future__ import annotations

import pytest
from django.test import Client

from core.models import AuditEvent
from imaging.dicom.header_rows import MOST_CHARACTERS, header_rows
from imaging.models import Instance
from tests.factories import make_studies, make_team, make_user

FRAMES = [{"00209113": {"vr": "SQ", "Value": [{"00200032": {"vr": "DS", "Value": [0, 0, n]}}]}} for n in range(9)]
HEADER = {
    "52009230": {"vr": "SQ", "Value": FRAMES}, "00280030": {"vr": "DS", "Value": [0.7, 0.8]},
    "00091001": {"vr": "LO", "Value": ["private"]}, "00281052": {"vr": "DS"},
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": "P-17"}]}, "00283006": {"vr": "OW", "InlineBinary": "AAAA"},
    "00082111": {"vr": "ST", "Value": ["x" * 999]},
}


def test_elements_stand_in_tag_order_with_name_and_value() -> None:
    rows = {row.keyword: row for row in header_rows(HEADER) if row.depth == 0}
    assert [row.tag for row in rows.values()] == sorted(row.tag for row in rows.values())
    assert (rows["PixelSpacing"].name, rows["PixelSpacing"].value) == ("Pixel Spacing", "0.7\\0.8")
    assert rows["PatientName"].value == "P-17"
    assert rows["LUTData"].value == "3 bytes"
    assert rows["RescaleIntercept"].value == ""


def test_private_elements_are_left_out() -> None:
    assert not [row for row in header_rows(HEADER) if "private" in row.value]


def test_a_long_value_is_cut_and_says_how_long_it_was() -> None:
    (row,) = [row for row in header_rows(HEADER) if row.keyword == "DerivationDescription"]
    assert row.is_cut
    assert row.value == "x" * MOST_CHARACTERS + "… (999 characters)"


def test_of_frame_groups_only_the_frame_asked_for_is_shown() -> None:
    rows = header_rows(HEADER, frame=4)
    assert [row.name for row in rows if row.name.startswith("Frame ")] == ["Frame 5 of 9"]
    assert [row.value for row in rows if row.keyword == "ImagePositionPatient"] == ["0\\0\\4"]
    assert [row.depth for row in rows if row.keyword == "ImagePositionPatient"] == [4]


@pytest.mark.django_db
def test_reading_a_header_puts_the_opening_on_record(client: Client) -> None:
    team = make_team()
    study = make_studies(team.project, 1)[0]
    instance = Instance.objects.get(series__study=study)
    client.force_login(team.annotator)
    answer = client.get(f"/api/instances/{instance.sop_uid}/header/?frame=99")
    assert answer.status_code == 200
    assert answer.json()["frame"] == instance.frames - 1
    assert AuditEvent.objects.filter(action="study.opened", actor=team.annotator).count() == 1


@pytest.mark.django_db
def test_a_stranger_is_told_of_no_image(client: Client) -> None:
    study = make_studies(make_team().project, 1)[0]
    client.force_login(make_user("stranger"))
    assert client.get(f"/api/instances/{Instance.objects.get(series__study=study).sop_uid}/header/").status_code == 404
