"""The door: what a sender wrote becomes keys and de-identified text. Nothing behind it sees a name or a number."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TypeVar

from django.db.models import Q

from core.models import Project
from imaging.dicom.keys import Keys
from imaging.models import Patient, Study, VaultIdentity
from imaging.services.patients import site_keys
from reports_nlp.deidentify import scrub
from reports_nlp.sources import CodedItem, Identity, ReportRecord
from reports_nlp.sources.language import guess_language

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
STATUSES = ("preliminary", "final", "corrected", "addendum")
MAX_HEADINGS = 200
GONE = "This patient was withdrawn at this site."


@dataclass(frozen=True)
class Keyed:
    """What a record can be matched by, as studies and patients carry it."""

    accession: str = ""
    study_uid: str = ""
    pseudonym: str = ""
    date: date | None = None


@dataclass(frozen=True)
class Admitted:
    """A report as it may be stored."""

    place: str
    key: str
    received: str
    status: str
    language: str
    keyed: Keyed
    issued_at: datetime | None
    headings: tuple[str, ...]
    _scrub: Callable[[], str] = field(repr=False)

    @cached_property
    def text(self) -> str:
        """De-identified; the work is done once, and not at all for a record that is here already."""
        return self._scrub()

    @property
    def digest(self) -> str:
        return digest_of(self.text)


Given = TypeVar("Given", ReportRecord, CodedItem)


class Door:
    """The keys of this site, applied to the records of one import. Patients are looked up once each."""

    def __init__(self, *, project: Project, sender: str = "", language: str = "") -> None:
        self.project = project
        self.sender = sender
        self.language = language
        self.keys: Keys = site_keys()
        self._patients: dict[str, Patient | None] = {}

    def plain(self, record: Given) -> Given:
        """The record with keys that can be keyed: no control characters, no halves of characters, no blanks around."""
        given = record.identity
        identity = Identity(
            _word(given.accession), _word(given.study_uid), _word(given.patient_id), _word(given.date)
        )
        return replace(record, identity=identity, number=_word(record.number))

    def look_up(self, identities: Sequence[Identity]) -> None:
        """Fetch the patients of these records in one question; keyed() and is_gone() answer from it."""
        self._patients = {}
        digests = {self.keys.digest("patient", i.patient_id.strip()) for i in identities if i.patient_id.strip()}
        known = VaultIdentity.objects.filter(kind="patient", digest__in=digests).select_related("patient")
        self._patients = {identity.digest: identity.patient for identity in known}

    def keyed(self, identity: Identity) -> Keyed:
        """The keys of a record; a patient who was merged into another is that other."""
        patient_id = identity.patient_id.strip()
        known = self._patients.get(self.keys.digest("patient", patient_id)) if patient_id else None
        shift = self._shift(identity)
        return Keyed(
            accession=self.keys.accession(identity.accession.strip()),
            study_uid=self.keys.uid(identity.study_uid.strip()) if identity.study_uid.strip() else "",
            pseudonym=known.pseudonym if known is not None else self.keys.pseudonym(patient_id) if patient_id else "",
            date=None if shift is None else _shifted(identity.date, shift),
        )

    def _shift(self, identity: Identity) -> int | None:
        """Days; None without a patient: nobody knows by how much to shift then, and a true date must not be kept."""
        patient_id = identity.patient_id.strip()
        if not patient_id:
            return None
        known = self._patients.get(self.keys.digest("patient", patient_id))
        return known.day_shift if known is not None else self.keys.day_shift(patient_id)

    def gone(self, keyed: Sequence[Keyed]) -> set[Keyed]:
        """Which of these belong to a patient who has been withdrawn at this site.

        Inside a transaction: the patients are held, so that a withdrawal comes wholly before it or wholly after.
        """
        uids, accessions = {k.study_uid for k in keyed} - {""}, {k.accession for k in keyed} - {""}
        studies = Study.objects.filter(Q(uid__in=uids) | Q(accession__in=accessions))
        marks = VaultIdentity.objects.filter(
            Q(kind="accession", digest__in=accessions) | Q(kind="study", digest__in=uids)
        )
        meant = Patient.objects.filter(
            Q(pseudonym__in={k.pseudonym for k in keyed} - {""}) | Q(pk__in=studies.values("patient"))
            | Q(pk__in=marks.values("patient"))
        )
        withdrawn = [p for p in meant.select_for_update(no_key=True).order_by("pk") if p.withdrawn_at is not None]
        names = {p.pseudonym for p in withdrawn}
        numbers = set(studies.filter(patient__in=withdrawn).values_list("uid", flat=True))
        numbers |= set(marks.filter(patient__in=withdrawn).values_list("digest", flat=True))
        return {k for k in keyed if k.pseudonym in names or k.study_uid in numbers or k.accession in numbers}

    def admit(self, record: ReportRecord) -> Admitted:
        """A report behind the door: keyed, with a text that is de-identified when it is asked for."""
        keyed = self.keyed(record.identity)
        text = plain_text(record.text)
        language, shift = self._language(record, text), self._shift(record.identity)

        def scrubbed() -> str:
            return scrub(text, known=self._known(record), day_shift=shift, language=language).text.strip()

        return Admitted(
            place=record.place, key=self.key(record, text), received=self._received(record, text),
            status=record.status if record.status in STATUSES else "final", language=language,
            keyed=keyed, issued_at=None if shift is None else _moment(record.issued, shift),
            headings=self._headings(record), _scrub=scrubbed,
        )

    def key(self, record: ReportRecord, text: str) -> str:
        """Which report it is a version of: the sender's number, else the examination, else this very text."""
        identity = record.identity
        if record.number.strip():
            return "number:" + self._digest("report", record.number.strip())
        if identity.accession.strip():
            return "accession:" + self._digest("report", identity.accession.strip())
        if identity.study_uid.strip():
            return "study:" + self.keys.uid(identity.study_uid.strip())
        return "text:" + self._digest("report", f"{identity.patient_id.strip()}\0{text}")

    def coded_key(self, number: str, identity: Identity) -> str:
        """What a coded record is about, keyed: the sender's number, else the examination, else patient and day."""
        day = f"{identity.patient_id.strip()}\0{identity.date}"
        return "coded:" + self._digest(
            "coded", number.strip() or identity.accession.strip() or identity.study_uid.strip() or day
        )

    def _digest(self, purpose: str, value: str) -> str:
        return self.keys.digest(purpose, f"{self.sender}\0{value}")

    def _received(self, record: ReportRecord, text: str) -> str:
        said = [record.number, record.issued, record.status, text, list(record.headings)]
        return self.keys.digest("record", json.dumps(said))

    def _known(self, record: ReportRecord) -> list[str]:
        identity = record.identity
        ids = (identity.accession, identity.patient_id, identity.study_uid, record.number)
        said = dict.fromkeys(plain_text(word).strip() for word in (*record.known, *ids))
        return [word for word in said if len(word) > 1]

    def _headings(self, record: ReportRecord) -> tuple[str, ...]:
        """What people coded; a heading in which anybody is named is no heading."""
        plain = (plain_text(heading)[:200] for heading in record.headings[:MAX_HEADINGS])
        known = self._known(record)
        return tuple(heading for heading in plain if not scrub(heading, known=known).removed)

    def _language(self, record: ReportRecord, text: str) -> str:
        """As the record says, as the import says, or as the text reads: a wrong one costs words, taken for names."""
        found = _LANGUAGE.match(record.language.strip().lower())
        return found.group() if found else self.language or guess_language(text)


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def plain_text(text: str) -> str:
    """Text that any database takes: one kind of line end, no control characters, no halves of surrogate pairs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return _CONTROL.sub("", text).encode("utf-8", errors="replace").decode("utf-8")


def _word(text: str) -> str:
    return plain_text(text).strip()


def _shifted(day: str, days: int) -> date | None:
    moved = _moment(day, days)
    return moved.date() if moved is not None else None


def _moment(text: str, days: int) -> datetime | None:
    """YYYYMMDD[HHMMSS] moved by whole days; None when there is none."""
    digits = text.strip()[:14]
    try:
        if not digits.isdigit() or len(digits) < 8:
            return None
        hour, minute, second = (int(digits[n : n + 2] or 0) for n in (8, 10, 12))
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
        return datetime(day.year, day.month, day.day, hour, minute, min(second, 59), tzinfo=UTC) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
