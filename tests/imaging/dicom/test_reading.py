"""Every file is read or refused with a reason; none brings the import down."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from imaging.dicom.deidentify import deidentify
from imaging.dicom.errors import ImportRefused
from imaging.dicom.pixels import StoredFile, decode, store
from imaging.dicom.reading import looks_like_dicom, read_dicom, to_bytes
from tests.imaging.files import KEYS, PHI, ct, pattern

WHOLE = to_bytes(ct())


def written(dataset: Dataset, syntax: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(buffer, **options)
    return buffer.getvalue()


def _no_meta(implicit: bool) -> bytes:
    buffer = io.BytesIO()
    dataset = ct()
    del dataset.file_meta
    dataset.save_as(buffer, implicit_vr=implicit, little_endian=True)
    return buffer.getvalue()


def _swapped() -> Dataset:
    """Pixels in big-endian order: pydicom writes the bytes it is given."""
    dataset = ct()
    dataset.PixelData = pattern(16, 12, 1).astype(">u2").tobytes()
    return dataset


READABLE = [
    ("explicit little endian", WHOLE),
    ("implicit", written(ct(), ImplicitVRLittleEndian, enforce_file_format=True)),
    ("deflated", written(ct(), DeflatedExplicitVRLittleEndian, enforce_file_format=True)),
    ("big endian", written(_swapped(), ExplicitVRBigEndian, enforce_file_format=True)),
    ("no preamble, no meta header, implicit", _no_meta(True)),
    ("no preamble, no meta header, explicit", _no_meta(False)),
    ("rubbish after the pixels", WHOLE + b"\0" * 32),
]


@pytest.mark.parametrize("content", [r[1] for r in READABLE], ids=[r[0] for r in READABLE])
def test_sound_files_of_every_kind_are_read(content: bytes) -> None:
    assert looks_like_dicom(content[:132])
    dataset = read_dicom(content)
    stored = store(dataset, deidentify(dataset, KEYS, patient_id="4711"))
    assert np.array_equal(dcmread(io.BytesIO(stored.content)).pixel_array, pattern(16, 12, 1))
    assert PHI.encode() not in stored.content


def taken(content: bytes) -> StoredFile:
    dataset = read_dicom(content)
    return store(dataset, deidentify(dataset, KEYS, patient_id="4711"))


def _without(*keywords: str) -> bytes:
    return to_bytes_loose(ct(**dict.fromkeys(keywords)))


def to_bytes_loose(dataset: Dataset) -> bytes:
    """Written whatever it lacks."""
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=False)
    return buffer.getvalue()


def _claims(rows: int, columns: int) -> bytes:
    dataset = ct()
    dataset.Rows, dataset.Columns = rows, columns
    return to_bytes(dataset)


def _dicomdir() -> bytes:
    return to_bytes(ct(SOPClassUID="1.2.840.10008.1.3.10"))


def _segmentation() -> bytes:
    return to_bytes(ct(SOPClassUID="1.2.840.10008.5.1.4.1.1.66.4"))


def _deep() -> bytes:
    dataset = inner = ct()
    for _ in range(200):
        item = Dataset()
        inner.ReferencedStudySequence = Sequence([item])
        inner = item
    return to_bytes(dataset)


def _longer_than_the_file() -> bytes:
    at = WHOLE.index(b"\xe0\x7f\x10\x00OW\0\0") + 8
    return WHOLE[:at] + struct.pack("<I", 0xFFFFF0) + WHOLE[at + 4 : -100]


REFUSED: list[tuple[str, bytes | Callable[[], bytes], str]] = [
    ("only a preamble", b"\0" * 128 + b"DICM", "no element|Broken|No pixels"),
    ("cut in the pixels", WHOLE[:-200], "pixels can't be decoded|Broken"),
    ("cut in the header", WHOLE[:300], "no element could be read"),
    ("no pixels", _without("PixelData"), "No pixels in it"),
    ("no study UID", _without("StudyInstanceUID"), "missing: StudyInstanceUID"),
    ("no SOP instance UID", _without("SOPInstanceUID"), "missing: SOPInstanceUID"),
    ("no rows", _without("Rows"), "missing: Rows"),
    ("far more pixels claimed than there are", _claims(60000, 60000), "over the limit"),
    ("more pixels claimed than there are", _claims(500, 500), "can't be decoded"),
    ("an index", _dicomdir, "DICOMDIR is an index"),
    ("a segmentation", _segmentation, "segmentation or parametric map"),
    ("noise", bytes(np.random.default_rng(1).integers(0, 256, 4000, dtype=np.uint8)), "Broken|Not a DICOM|No pixels"),
    ("pixels whose length runs past the end", _longer_than_the_file, "can't be decoded|Broken"),
]


@pytest.mark.parametrize(("content", "reason"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_unusable_files_are_refused_with_a_reason_and_without_a_value_of_theirs(
    content: bytes | Callable[[], bytes], reason: str
) -> None:
    with pytest.raises(ImportRefused, match=reason) as refusal:
        taken(content() if callable(content) else content)
    assert PHI not in str(refusal.value)
    assert "4711" not in str(refusal.value)


def test_two_hundred_nested_sequences_do_no_harm() -> None:
    dataset = read_dicom(_deep())
    assert PHI.encode() not in store(dataset, deidentify(dataset, KEYS, patient_id="4711")).content


@pytest.mark.parametrize("head", [b"", b"PK\x03\x04" + b"\0" * 128, b"%PDF-1.7", b"file,label\n" * 20, b"\0" * 132])
def test_other_files_do_not_look_like_dicom(head: bytes) -> None:
    assert not looks_like_dicom(head[:132])


def shared_files(*folders: str) -> list[Path]:
    """Files of the shared data, for the one test that reads them all."""
    import os

    root = os.environ.get("RADLOOP_DATA")
    found = [p for f in folders for p in sorted((Path(root) / "dicom" / f).rglob("*")) if p.is_file()] if root else []
    return [p for p in found if p.suffix not in (".txt", ".md")]


@pytest.mark.parametrize(
    "path",
    shared_files("bad", "charset", "ts_matrix_one_CT", "single", "deid_burned_in", "bad_geometry", "studies_adit"),
    ids=lambda p: p.name[:60],
)
def test_real_files_are_stored_or_named(path: Path) -> None:
    try:
        dataset = read_dicom(path)
        stored = store(dataset, deidentify(dataset, KEYS, patient_id=str(dataset.get("PatientID") or "none")))
    except ImportRefused as refusal:
        reason = str(refusal)
    else:
        reason = ""
    if reason:
        assert reason.endswith(".")
        return
    name = str(dataset.get("PatientName") or "")
    again = dcmread(io.BytesIO(stored.content))
    # A palette's indices are stored as the colours that they stand for.
    colours = (3,) if dataset.PhotometricInterpretation == "PALETTE COLOR" else ()
    assert decode(again).shape == (*decode(dataset).shape, *colours)
    assert len(name) < 5 or name.encode() not in stored.content
