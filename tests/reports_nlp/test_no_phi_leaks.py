"""What a sender wrote of a person is nowhere behind the door: not in rows, files, jobs, audit lines, logs or answers.

Every format is imported with canaries in each place of its header and in its text. Then everything that was written is
searched, but for the one column that holds file names (shown to the uploader alone, erased by the sweep).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from pydicom.dataset import Dataset

from reports_nlp.models import Report, ReportIntake
from reports_nlp.services import intake_door
from reports_nlp.sources import SourceError
from tests import factories
from tests.factories import Team, signed_in
from tests.reports_nlp.intakes import take
from tests.reports_nlp.services.test_intake_listener import Sender, listening
from tests.reports_nlp.sources.mutations import mutated
from tests.reports_nlp.sources.samples import (
    as_json,
    cda_document,
    coded,
    condition,
    container,
    csv_bytes,
    fhir_report,
    hl7_message,
    openi_document,
    saved,
    sr_dataset,
    text_item,
    workbook,
)
from workers.engine import run_pending

pytestmark = pytest.mark.django_db(transaction=True)

FAMILY, GIVEN, MOTHER, ALIAS, KIN = "Wyndrachovel", "Tamsindra", "Ostrelkova", "Quillabray", "Fenndovar"
REFERRER, READER, TECHNOLOGIST, TYPIST = "Brachtendorn", "Kossivanek", "Ulmaridze", "Zephramont"
STREET, CITY, HOSPITAL = "Thistlecrane", "Marrowquay", "Lindhollow"
MRN, ACCESSION, SSN, PHONE, ORDER, SERIAL = (
    "77310942",
    "ACQ884213",
    "613-27-9948",
    "555-018-7734",
    "ORD5590217",
    "SXK-7741902",
)
EMAIL = "w.drachovel@lindhollow.example"
CANARIES = (
    FAMILY,
    GIVEN,
    MOTHER,
    ALIAS,
    KIN,
    REFERRER,
    READER,
    TECHNOLOGIST,
    TYPIST,
    STREET,
    CITY,
    HOSPITAL,
    MRN,
    ACCESSION,
    SSN,
    "613279948",
    PHONE,
    "0187734",
    ORDER,
    "5590217",
    SERIAL,
    "7741902",
    EMAIL,
    "19470823",
    "08/23/1947",
    "1947-08-23",
)
KEPT = "left pleural effusion"
TEXT = (
    f"Mr. {FAMILY}, MRN {MRN}, accession {ACCESSION}, born 08/23/1947, SSN {SSN}, was sent by Dr. {REFERRER} of "
    f"{HOSPITAL} Regional Hospital. His wife {KIN} lives at 14 {STREET} Road, {CITY}. FINDINGS: There is a small "
    f"{KEPT}. {FAMILY.lower()} tolerated the study, {GIVEN.upper()} too; {FAMILY[:4]}{FAMILY[5:]} was seen. "
    f"Pacemaker serial number {SERIAL}. Order {ORDER}. Call {PHONE} or {EMAIL}. Technologist: {TECHNOLOGIST}. "
    f"Dictated by: {READER}, MD. Transcribed by {TYPIST}."
)


def message(text: str = TEXT, **changes: Any) -> str:
    """An HL7 message with a person in every segment that may hold one."""
    plain = hl7_message(text=text, accession=ACCESSION, patient_id=MRN, number=ORDER, **changes)
    segments = []
    for segment in plain.split("\r"):
        fields = segment.split("|")
        if fields[0] == "MSH":
            fields[3] = HOSPITAL
        if fields[0] == "PID":
            fields[5], fields[6], fields[7], fields[9] = (
                f"{FAMILY}^{GIVEN}^Q",
                f"{MOTHER}^^",
                "19470823",
                f"{ALIAS}^{GIVEN}",
            )
            fields[11] = f"14 {STREET} Road^^{CITY}"
            fields += [""] * (20 - len(fields))
            fields[3], fields[13], fields[19] = f"{MRN}^^^LG^MR~{SSN}^^^SSA^SS", f"{PHONE}^^^{EMAIL}", SSN
        if fields[0] == "PV1":
            fields[7] = f"D77^{REFERRER}^Ada"
        if fields[0] == "OBR":
            fields[16], fields[32] = f"D77^{REFERRER}^Ada", f"RAD9&{READER}&Ivo"
            fields += [""] * (36 - len(fields))
            fields[34], fields[35] = f"T1&{TECHNOLOGIST}&Una", f"S1&{TYPIST}&Bo"
        segments.append("|".join(fields))
    extra = [
        f"NK1|1|{KIN}^{GIVEN}|SPO|14 {STREET} Road^^{CITY}|{PHONE}",
        f"NTE|1||{FAMILY} asked for a copy to {EMAIL}",
        f"IN1|1|{SSN}|{HOSPITAL}|{HOSPITAL} Insurance",
        f"OBX|9|PN|OBS^Observer||{READER}^Ivo||||||F",
        f"OBX|8|ST|SN^Serial||{SERIAL}||||||F",
        f"ZDS|{ACCESSION}^{FAMILY}",
    ]
    return "\r".join([*segments[:2], *extra[:2], *[s for s in segments[2:] if s], *extra[2:], ""])


def fhir(**changes: Any) -> dict[str, Any]:
    report = fhir_report(conclusion=TEXT, **changes)
    patient, study = report["contained"]
    patient.update(
        {
            "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": MRN}, {"system": "ssn", "value": SSN}],
            "birthDate": "1947-08-23",
            "name": [
                {"family": FAMILY, "given": [GIVEN], "text": f"{GIVEN} {FAMILY}"},
                {"use": "maiden", "family": MOTHER},
                {"use": "nickname", "text": ALIAS},
            ],
            "telecom": [{"system": "phone", "value": PHONE}, {"system": "email", "value": EMAIL}],
            "contact": [{"name": {"family": KIN}}],
            "address": [{"line": [f"14 {STREET} Road"], "city": CITY}],
            "generalPractitioner": [{"display": f"Dr. {REFERRER}"}],
        }
    )
    study["identifier"].append({"value": ACCESSION})
    practitioner = {"resourceType": "Practitioner", "id": "d", "name": [{"family": READER}]}
    report.update(
        {
            "identifier": [{"value": ORDER}, {"type": {"coding": [{"code": "ACSN"}]}, "value": ACCESSION}],
            "contained": [
                patient,
                study,
                practitioner,
                {"resourceType": "Organization", "id": "o", "name": f"{HOSPITAL} Hospital"},
            ],
            "performer": [{"reference": "#d"}, {"reference": "#o"}],
            "resultsInterpreter": [{"display": f"Dr. {READER}"}, {"display": TYPIST}],
            "text": {"status": "generated", "div": f"<div xmlns='http://www.w3.org/1999/xhtml'>{GIVEN} {FAMILY}</div>"},
            "presentedForm": [],
            "note": [{"text": f"{FAMILY} called"}],
            "extension": [{"url": "http://x", "valueString": KIN}],
        }
    )
    return report


def structured() -> bytes:
    report = sr_dataset()
    report.PatientName, report.PatientID, report.PatientBirthDate = f"{FAMILY}^{GIVEN}^Q", MRN, "19470823"
    report.AccessionNumber, report.OtherPatientNames, report.PatientMotherBirthName = (
        ACCESSION,
        f"{ALIAS}^{GIVEN}",
        MOTHER,
    )
    report.ReferringPhysicianName, report.InstitutionName, report.OperatorsName = (
        f"{REFERRER}^Ada",
        f"{HOSPITAL} Hospital",
        f"{TECHNOLOGIST}^Una",
    )
    report.PatientAddress, report.PatientTelephoneNumbers, report.DeviceSerialNumber = (
        f"14 {STREET} Road, {CITY}",
        PHONE,
        SERIAL,
    )
    person = report.ContentSequence[0]
    person.PersonName = f"{READER}^Ivo"
    typist = Dataset()
    typist.RelationshipType, typist.ValueType, typist.PersonName = "CONTAINS", "PNAME", f"{TYPIST}^Bo"
    typist.ConceptNameCodeSequence = [coded("121099", f"Typist {TYPIST}")]
    report.ContentSequence = [
        person,
        typist,
        container(coded("121070", "Findings"), [text_item(coded("121071", "Finding"), TEXT)]),
    ]
    report.VerifyingObserverSequence = [Dataset()]
    report.VerifyingObserverSequence[0].VerifyingObserverName = f"{READER}^Ivo"
    return saved(report)


def rows() -> list[list[str]]:
    return [
        [
            "id",
            "accession",
            "patient_id",
            "patient name",
            "birth date",
            "referring physician",
            "phone",
            "address",
            "study date",
            "text",
        ],
        [
            ORDER,
            ACCESSION,
            MRN,
            f"{FAMILY}, {GIVEN}",
            "1947-08-23",
            REFERRER,
            PHONE,
            f"14 {STREET} Road, {CITY}",
            "2021-04-05",
            TEXT,
        ],
        ["", "", "", f"{FAMILY}, {GIVEN}", "1947-08-23", REFERRER, PHONE, "", "not a date", ""],
    ]


def document() -> bytes:
    cda = (
        cda_document()
        .decode()
        .replace("Okonkwo", FAMILY)
        .replace("Beatrix", GIVEN)
        .replace("MRN-480077", MRN)
        .replace("ACC-5512", ACCESSION)
    )
    people = (
        f"<author><assignedAuthor><assignedPerson><name><family>{READER}</family></name></assignedPerson>"
        f"</assignedAuthor></author>"
        f"<custodian><assignedCustodian><representedCustodianOrganization>"
        f"<name>{HOSPITAL} Hospital</name></representedCustodianOrganization></assignedCustodian></custodian>"
    )
    return (
        cda.replace("<inFulfillmentOf>", people + "<inFulfillmentOf>").replace("Left pleural effusion.", TEXT).encode()
    )


def collection() -> bytes:
    text = openi_document().decode().replace("Left pleural effusion.", TEXT)
    return text.replace("<major>", f"<major>{FAMILY}, {GIVEN}</major><major>", 1).replace("CXR7", ORDER).encode()


def files() -> dict[str, bytes]:
    """Every format; names of files and folders are canaries too."""
    return {
        f"{FAMILY}_{GIVEN}/{ACCESSION}.csv": csv_bytes(rows()),
        f"{FAMILY}/{MRN}.xlsx": workbook(rows()),
        f"{ACCESSION}.txt": TEXT.encode(),
        f"{FAMILY}-{GIVEN}.txt": TEXT.encode("utf-16"),
        f"{FAMILY}.hl7": message().encode(),
        f"{MRN}.json": as_json(fhir()),
        f"{GIVEN}.ndjson": as_json(fhir(id="r2")) + b"\n" + as_json(condition(note=[{"text": FAMILY}])),
        f"{FAMILY}.dcm": structured(),
        f"{READER}.xml": document(),
        f"{ORDER}.xml": collection(),
    }


def header_only() -> dict[str, bytes]:
    """The same, with a text that names nobody: what shows up later came from the header."""
    harmless = f"FINDINGS: There is a small {KEPT}."
    return {
        name: data.replace(TEXT.encode(), harmless.encode())
        for name, data in files().items()
        if not name.endswith((".xlsx", "-" + GIVEN + ".txt"))
    }


def written_rows() -> Iterator[tuple[str, str]]:
    """Every value in the database, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # names of our own tables
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    if (table, column) != ("reports_nlp_intakeverdict", "name") and value is not None:
                        yield f"{table}.{column}", str(value)


def found_in(text: str) -> list[str]:
    low = text.lower()
    return [canary for canary in CANARIES if canary.lower() in low]


def leaks(caplog: pytest.LogCaptureFixture, *texts: str) -> list[tuple[str, list[str], str]]:
    """Where a canary is: rows, files of the home folder (names and bytes), log records, further texts."""
    connection.close()
    places = [*written_rows(), *((f"log {r.name}", f"{r.getMessage()} {r.exc_text or ''}") for r in caplog.records)]
    places += [(f"answer {n}", text) for n, text in enumerate(texts)]
    database = str(connection.settings_dict["NAME"])
    home = Path(settings.HOME)
    for path in home.rglob("*"):
        if not str(path).startswith(database):
            body = path.read_bytes().decode("latin-1") if path.is_file() else ""
            places.append((f"file {path.suffix}", f"{path.relative_to(home)} {body}"))
    return [(place, found_in(text), text[:300]) for place, text in places if found_in(text)]


def said_by(answer: object) -> str:
    """An acknowledgement without its first segment, which repeats the sender's own name to the sender."""
    return str(answer).split("\r", 1)[1]


@pytest.fixture
def team() -> Team:
    return factories.make_team()


@pytest.fixture(autouse=True)
def _all_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


@pytest.mark.parametrize("name", sorted(files()))
def test_no_canary_of_a_file_passes_the_door(team: Team, caplog: pytest.LogCaptureFixture, name: str) -> None:
    take(team.project, {name: files()[name]})
    assert KEPT in Report.objects.filter(project=team.project).latest("pk").text
    assert leaks(caplog) == []


def test_nothing_leaks_by_upload_job_audit_or_answers(
    team: Team, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    client = signed_in(team.person("manager"))
    parts = [SimpleUploadedFile(name.split("/")[-1], data) for name, data in files().items()]
    url = f"/api/projects/{team.project.slug}/report-intakes/"
    answer = client.post(url, {"files": parts, "names": list(files())}, format="multipart")
    assert answer.status_code == 201
    run_pending()
    intake = answer.json()["intake"]["id"]
    texts = [client.get(f"/api/report-intakes/{intake}/").content.decode()]
    verdicts: list[dict[str, Any]] = client.get(f"/api/report-intakes/{intake}/verdicts/").json()["results"]
    texts.append(json.dumps([{k: v for k, v in row.items() if k != "name"} for row in verdicts]))
    texts += [client.get(f"/api/projects/{team.project.slug}/reports/").content.decode()]
    said = capfd.readouterr()
    assert ReportIntake.objects.get(pk=intake).state == "done"
    assert leaks(caplog, *texts, said.out, said.err) == []


def test_nothing_leaks_by_the_command(
    team: Team, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.hl7").write_bytes(message().encode())
    (tmp_path / "b.csv").write_bytes(csv_bytes(rows()))
    (tmp_path / "c.json").write_bytes(as_json(fhir())[:-40])
    call_command("import_reports", team.project.slug, str(tmp_path))
    said = capfd.readouterr()
    assert leaks(caplog, said.out, said.err) == []


def test_nothing_leaks_by_the_listener(team: Team, caplog: pytest.LogCaptureFixture) -> None:
    answers = []
    with listening(team.project) as port:
        for data in (
            message(),
            message(control="2").replace("PID|1", "PIX|1"),
            message(kind=f"ADT^{FAMILY}", control="3"),
            f"MSH|^~\\&|{FAMILY}",
        ):
            with Sender(port) as sender:
                answers.append(said_by(sender.send(data)))
    assert leaks(caplog, *answers) == []


@pytest.mark.parametrize("name", sorted(header_only()))
def test_broken_files_say_why_without_saying_who(team: Team, caplog: pytest.LogCaptureFixture, name: str) -> None:
    """Cut, flipped, swapped: whatever becomes of the record, its header is quoted nowhere."""
    broken = {
        f"{number}/{name.split('/')[-1]}": data
        for number, data in enumerate(mutated(header_only()[name], 25, seed="who"))
    }
    said: list[str] = []
    for file, data in broken.items():
        try:
            take(team.project, {file: data})
        except SourceError as error:
            said.append(str(error))
    assert found_in(" ".join(said)) == []
    assert [leak for leak in leaks(caplog) if leak[0] != "reports_nlp_report.text"] == []


def test_an_unforeseen_error_tells_its_kind_alone(
    team: Team, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(text: str, **_: Any) -> None:
        raise ValueError(f"cannot read {text}")

    monkeypatch.setattr(intake_door, "scrub", fails)
    client = signed_in(team.person("manager"))
    part = SimpleUploadedFile("a.hl7", message().encode())
    answer = client.post(
        f"/api/projects/{team.project.slug}/report-intakes/", {"files": [part], "names": ["a.hl7"]}, format="multipart"
    )
    assert answer.status_code == 201
    run_pending()
    with listening(team.project) as port, Sender(port) as sender:
        acknowledged = said_by(sender.send(message()))
    said = capfd.readouterr()
    found = [leak for leak in leaks(caplog, acknowledged, said.out, said.err) if not leak[0].startswith("file")]
    assert found == []
    assert Report.objects.count() == 0
