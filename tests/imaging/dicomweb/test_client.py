"""DICOMweb as its users speak it: the public client against the real server, no part replaced."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import requests
from dicomweb_client.api import DICOMwebClient
from PIL import Image
from pydicom import dcmread

from imaging.dicom.reading import to_bytes
from tests.imaging.dicomweb.conftest import PASSWORD, Service
from tests.imaging.files import PHI, ct, pattern

JPEG_LS = "1.2.840.10008.1.2.4.80"


def session(username: str = "member") -> requests.Session:
    made = requests.Session()
    made.auth = (username, PASSWORD)
    return made


@pytest.fixture
def client(service: Service) -> DICOMwebClient:
    return DICOMwebClient(service.url, session=session(), timeout=60)


@pytest.fixture
def place(service: Service) -> str:
    """Address of the compressed instance."""
    one = service.jls
    return f"{service.url}/studies/{one['study']}/series/{one['series']}/instances/{one['instances'][0]}"


def found(client: DICOMwebClient, query: dict[str, Any]) -> set[str]:
    return {study["0020000D"]["Value"][0] for study in client.search_for_studies(search_filters=query)}


def test_studies_are_found_by_what_they_are(service: Service, client: DICOMwebClient) -> None:
    one = service.jls
    queries: list[dict[str, Any]] = [
        {"StudyInstanceUID": one["study"]}, {"PatientID": one["pseudonym"]}, {"PatientID": one["pseudonym"][:6] + "*"},
        {"PatientName": "*" + one["pseudonym"][-4:]}, {"AccessionNumber": one["accession"]},
    ]
    for query in queries:
        assert found(client, query) == {one["study"]}, query
    assert len(client.search_for_studies()) == 2
    assert len(client.search_for_studies(limit=1, offset=1)) == 1
    assert client.search_for_studies(search_filters={"PatientID": "nobody"}) == []


def test_studies_are_found_by_their_shifted_dates(service: Service, client: DICOMwebClient) -> None:
    """Each patient's shift follows from the vault's key, so which study is the earlier one does too."""
    studies = {one["study"]: one["date"] for one in (service.jls, service.ct)}
    for date in studies.values():
        ranges = {date: {date}, f"{date}-{date}": {date}, f"-{date}": {d for d in studies.values() if d <= date},
                  f"{date}-": {d for d in studies.values() if d >= date}}
        for query, dates in ranges.items():
            assert found(client, {"StudyDate": query}) == {uid for uid, day in studies.items() if day in dates}, query


@pytest.mark.parametrize("query", [
    "StudyDate=yesterday", "StudyDate=20240101-soon", "Nonsense=1", "limit=many", "StudyDate=2024-01-01",
])
def test_a_question_that_cannot_be_answered_is_refused_not_guessed(service: Service, query: str) -> None:
    answer = session().get(f"{service.url}/studies?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["title"]


def test_series_and_instances_are_found(service: Service, client: DICOMwebClient) -> None:
    study = service.ct["study"]
    series = client.search_for_series(study)
    assert [s["0020000E"]["Value"][0] for s in series] == [service.ct["series"]]
    assert series[0]["00201209"]["Value"] == [3]
    instances = client.search_for_instances(study, service.ct["series"])
    assert {i["00080018"]["Value"][0] for i in instances} == set(service.ct["instances"])


def test_metadata_frames_and_files_agree(service: Service, client: DICOMwebClient) -> None:
    study, series = service.ct["study"], service.ct["series"]
    metadata = client.retrieve_series_metadata(study, series)
    assert len(metadata) == 3
    for header in metadata:
        uid, number = header["00080018"]["Value"][0], header["00200013"]["Value"][0]
        frame = client.retrieve_instance_frames(study, series, uid, [1])[0]
        shape = (header["00280010"]["Value"][0], header["00280011"]["Value"][0])
        assert np.array_equal(np.frombuffer(frame, "<u2").reshape(shape), pattern(16, 12, number))
        file = client.retrieve_instance(study, series, uid)
        assert np.array_equal(file.pixel_array, pattern(16, 12, number))
        assert (file.SOPInstanceUID, file.PatientIdentityRemoved) == (uid, "YES")
        assert PHI not in str(file)
    assert len(client.retrieve_series(study, series)) == 3
    assert len(client.retrieve_study(study)) == 3


ACCEPTS = [
    # Accept, transfer syntax of the parts, in parts
    ('multipart/related; type="application/octet-stream"; transfer-syntax=*', JPEG_LS, True),
    ("multipart/related; type=application/octet-stream; transfer-syntax=*", JPEG_LS, True),
    ('multipart/related; type="image/jls"', JPEG_LS, True),
    (f'multipart/related; type="image/jls"; transfer-syntax={JPEG_LS}', JPEG_LS, True),
    ('multipart/related; type="application/octet-stream"', "1.2.840.10008.1.2.1", True),
    ("multipart/related; type=application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1",
     True),
    ("*/*", JPEG_LS, True), ("", JPEG_LS, True), ("image/jls", JPEG_LS, False),
    ("application/octet-stream", "1.2.840.10008.1.2.1", False),
    ('multipart/related; type="image/jp2", multipart/related; type="image/jls"', JPEG_LS, True),
]


@pytest.mark.parametrize(("accept", "syntax", "in_parts"), ACCEPTS)
def test_frames_come_in_the_form_asked_for(place: str, accept: str, syntax: str, in_parts: bool) -> None:
    answer = session().get(f"{place}/frames/2", headers={"Accept": accept})
    assert answer.status_code == 200
    kind = answer.headers["Content-Type"]
    assert kind.startswith("multipart/related") == in_parts
    body = answer.content
    if in_parts:
        boundary = kind.split("boundary=")[1].encode()
        head, body = answer.content.split(b"\r\n\r\n", 1)
        assert f"transfer-syntax={syntax}".encode() in head
        body = body[: body.rindex(b"\r\n--" + boundary + b"--")]
    else:
        assert f"transfer-syntax={syntax}" in kind
    assert body.startswith(b"\xff\xd8") if syntax == JPEG_LS else body == pattern(16, 12, 1).tobytes()


@pytest.mark.parametrize("accept", ['multipart/related; type="image/jp2"', "text/html", "video/mp4"])
def test_a_form_we_do_not_have_is_406(place: str, accept: str) -> None:
    assert session().get(f"{place}/frames/1", headers={"Accept": accept}).status_code == 406


def test_a_frame_seen_before_is_not_sent_again(place: str) -> None:
    first = session().get(f"{place}/frames/1")
    again = session().get(f"{place}/frames/1", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = session().get(f"{place}/frames/2", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200
    assert "immutable" in first.headers["Cache-Control"]
    assert "private" in first.headers["Cache-Control"]


def test_several_frames_come_in_the_order_asked_for(service: Service, client: DICOMwebClient) -> None:
    one = service.jls
    place = (one["study"], one["series"], one["instances"][0])
    stored = client.retrieve_instance_frames(*place, [1, 2, 3])
    assert client.retrieve_instance_frames(*place, [3, 1]) == [stored[2], stored[0]]
    assert all(frame.startswith(b"\xff\xd8") for frame in stored)
    plain = (("application/octet-stream", "1.2.840.10008.1.2.1"),)
    native = client.retrieve_instance_frames(*place, [3, 1], media_types=plain)
    assert native == [pattern(16, 12, 2).tobytes(), pattern(16, 12, 0).tobytes()]


@pytest.mark.parametrize(("frames", "status"), [("4", 404), ("0", 404), ("one", 400), ("1,9", 404)])
def test_frames_that_are_not_there_are_said(place: str, frames: str, status: int) -> None:
    assert session().get(f"{place}/frames/{frames}").status_code == status


@pytest.mark.parametrize(("accept", "kind"), [("image/png", "PNG"), ("image/jpeg", "JPEG"), ("*/*", "PNG")])
def test_a_rendered_frame_is_a_picture(place: str, accept: str, kind: str) -> None:
    answer = session().get(f"{place}/rendered?viewport=8,8", headers={"Accept": accept})
    picture = Image.open(io.BytesIO(answer.content))
    assert (picture.format, max(picture.size)) == (kind, 8)
    assert session().get(f"{place}/frames/2/rendered").headers["Content-Type"] == "image/png"
    assert session().get(f"{place}/rendered", headers={"Accept": "image/gif"}).status_code == 406


def test_the_client_gets_rendered_pictures(service: Service, client: DICOMwebClient) -> None:
    one = service.ct
    data = client.retrieve_instance_rendered(
        one["study"], one["series"], one["instances"][0], media_types=("image/png",)
    )
    assert Image.open(io.BytesIO(data)).size == (12, 16)


def test_what_the_client_stores_is_there_afterwards_without_its_names(service: Service) -> None:
    into = DICOMwebClient(service.url + "/projects/hearts", session=session(), timeout=60)
    new = ct(5, study="1.2.3.77", series="1.2.3.78", patient_id="stored-1")
    answer = into.store_instances([new])
    assert len(answer.ReferencedSOPSequence) == 1
    assert "FailedSOPSequence" not in answer
    uid = answer.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
    found = into.search_for_instances(search_filters={"SOPInstanceUID": uid})[0]
    study, series = found["0020000D"]["Value"][0], found["0020000E"]["Value"][0]
    file = into.retrieve_instance(study, series, uid)
    assert np.array_equal(file.pixel_array, pattern(16, 12, 5))
    assert "stored-1" not in str(file)


def _multipart(*parts: bytes, boundary: bytes = b"xYz") -> bytes:
    begin = b"--" + boundary + b"\r\nContent-Type: application/dicom\r\n\r\n"
    return b"".join(begin + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"


STORE_TYPE = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=xYz'}


def test_a_chunked_body_is_stored(service: Service) -> None:
    body = _multipart(to_bytes(ct(6, study="1.2.3.80", series="1.2.3.81", patient_id="chunked")))

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(body), 100):
            yield body[start : start + 100]

    answer = session().post(f"{service.url}/projects/hearts/studies", data=chunks(), headers=STORE_TYPE)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["00081199"]["Value"]) == 1


def test_each_part_has_its_own_verdict(service: Service) -> None:
    good = to_bytes(ct(7, study="1.2.3.82", series="1.2.3.83", patient_id="partly"))
    url = f"{service.url}/projects/hearts/studies"
    some = session().post(url, data=_multipart(good, b"nonsense"), headers=STORE_TYPE)
    assert some.status_code == 202
    assert (len(some.json()["00081199"]["Value"]), len(some.json()["00081198"]["Value"])) == (1, 1)
    none = session().post(url, data=_multipart(b"nonsense"), headers=STORE_TYPE)
    assert none.status_code == 409


@pytest.mark.parametrize(("kind", "body"), [
    ("application/dicom", b"x"), ("multipart/form-data; boundary=xYz", _multipart(b"x")),
    ('multipart/related; type="application/dicom"', _multipart(b"x")), (STORE_TYPE["Content-Type"], b"no parts here"),
])
def test_a_body_that_is_no_store_request_is_refused(service: Service, kind: str, body: bytes) -> None:
    answer = session().post(f"{service.url}/projects/hearts/studies", data=body, headers={"Content-Type": kind})
    assert answer.status_code == 400


def paths(service: Service) -> list[str]:
    one = service.ct
    study, series = f"/studies/{one['study']}", f"/studies/{one['study']}/series/{one['series']}"
    instance = f"{series}/instances/{one['instances'][0]}"
    return [f"{study}/metadata", study, series, instance, f"{series}/metadata", f"{instance}/metadata",
            f"{instance}/frames/1", f"{instance}/rendered", f"{instance}/frames/1/rendered"]


def test_a_stranger_finds_nothing_and_gets_404_for_all_of_it(service: Service) -> None:
    stranger = session("stranger")
    assert [stranger.get(service.url + path).status_code for path in paths(service)] == [404] * 9
    assert stranger.get(f"{service.url}/studies").status_code == 204
    assert stranger.get(f"{service.url}/instances").status_code == 204
    assert stranger.get(f"{service.url}/studies/{service.ct['study']}/series").status_code == 204
    assert stranger.get(f"{service.url}/projects/hearts/studies").status_code == 404
    stored = stranger.post(f"{service.url}/projects/hearts/studies", data=_multipart(b"x"), headers=STORE_TYPE)
    assert stored.status_code == 404


def test_another_project_of_the_same_site_shows_nothing(service: Service) -> None:
    member = session()
    assert member.get(f"{service.url}/projects/hearts{paths(service)[0]}").status_code == 200
    assert member.get(f"{service.url}/projects/other{paths(service)[0]}").status_code == 404


def test_without_a_name_or_with_a_wrong_password_one_is_asked_to_sign_in(service: Service) -> None:
    for credentials in (None, ("member", "wrong"), ("nobody", PASSWORD)):
        answer = requests.get(f"{service.url}/studies", auth=credentials, timeout=60)
        assert answer.status_code == 401, credentials
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
    broken = requests.get(f"{service.url}/studies", headers={"Authorization": "Basic %%%"}, timeout=60)
    assert broken.status_code == 401


def test_opening_a_study_is_on_record_once_for_a_while_and_searching_is_not_opening(service: Service) -> None:
    count = (
        "from core.models import AuditEvent\n"
        f"print(json.dumps(AuditEvent.objects.filter(action='study.opened', subject='study:{service.ct['study']}',"
        " actor__username='member').count()))"
    )
    member = session()
    member.get(f"{service.url}/studies")
    for path in paths(service)[:3]:
        assert member.get(service.url + path).status_code == 200
    assert service.ask(count) == 1


def test_downloaded_files_are_whole(service: Service) -> None:
    answer = session().get(service.url + paths(service)[3])
    boundary = answer.headers["Content-Type"].split("boundary=")[1].encode()
    content = answer.content.split(b"\r\n\r\n", 1)[1]
    assert dcmread(io.BytesIO(content[: content.rindex(b"\r\n--" + boundary)])).Rows == 16


def test_a_changed_password_ends_what_was_remembered_of_the_old_one(service: Service) -> None:
    change = (
        "from core.models import User\nu = User.objects.get(username='changing')\n"
        "u.set_password('a new one')\nu.save()"
    )
    make = "from tests.factories import make_user\nmake_user('changing', password='correct horse battery')\nprint(1)"
    service.ask(make)
    assert session("changing").get(f"{service.url}/studies").status_code == 204
    service.ask(f"{change}\nprint(1)")
    assert session("changing").get(f"{service.url}/studies").status_code == 401
