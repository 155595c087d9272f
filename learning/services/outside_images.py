"""Images of a folder as a model of ours would see them. Nothing is stored, no database is asked."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pydicom

from core.errors import Invalid
from imaging.dicom.deidentify import deidentify
from imaging.dicom.errors import ImportRefused
from imaging.dicom.keys import Keys
from imaging.dicom.pixels import store, training_frame
from imaging.dicom.reading import looks_like_dicom, read_dicom
from imaging.dicom.wrap import looks_like_picture, wrap_picture
from imaging.pixels import fit
from imaging.services.label_files import LabelTable
from imaging.services.patients import site_keys
from imaging.services.walk import Found, walk

CHUNK = 64
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class OutsideImage:
    """One image: `uids` and `patients` are its identifiers as written and as this site would have renamed them."""

    name: str
    label: str | None
    patient_id: str
    uids: tuple[str, str]
    patients: tuple[str, str]
    rows: int
    columns: int
    pixels: npt.NDArray[np.uint16]


@dataclass
class Tally:
    """What became of the folder's files besides the images that were read."""

    read: int = 0
    ignored: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


def read_folder(
    folder: Path, *, size: int, table: LabelTable, tally: Tally, only_labelled: bool = False,
    progress: Progress = lambda fraction, message: None,
) -> Iterator[list[OutsideImage]]:
    """DICOM, PNG and JPEG below the folder (zips too), in chunks; what can't be read goes to `tally.failed`.

    only_labelled  leave out files that the label table does not name. Raises Invalid when the folder does not exist.
    """
    if not folder.exists():
        raise Invalid(f"No such folder: {folder}")
    scratch = Path(tempfile.mkdtemp(prefix="radloop-outside-"))
    keys, chunk = site_keys(), list[OutsideImage]()
    try:
        found = list(walk([folder], scratch))
        for number, file in enumerate(found):
            label = table.match(file.name)
            if only_labelled and label is None and file.path is not None:
                tally.ignored += 1
                continue
            image = _read(file, label, table, keys, size, tally)
            chunk += [image] if image is not None else []
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
            progress((number + 1) / len(found), f"{number + 1} of {len(found)} files")
        if chunk:
            yield chunk
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _read(
    file: Found, label: str | None, table: LabelTable, keys: Keys, size: int, tally: Tally
) -> OutsideImage | None:
    try:
        if file.path is None:
            raise ImportRefused(file.refusal)
        image = _open(file.name, file.path, label, table.raw.patient_ids.get(label or "", ""), keys, size)
    except ImportRefused as error:
        tally.failed.append((file.name, str(error)))
        return None
    tally.read += image is not None
    tally.ignored += image is None
    return image


def _open(name: str, path: Path, label: str | None, listed: str, keys: Keys, size: int) -> OutsideImage | None:
    """None for a file that is no image and does not claim to be one."""
    if path.stat().st_size == 0:
        raise ImportRefused("The file is empty (0 bytes). Copy it again from its source.")
    with path.open("rb") as stream:
        head = stream.read(132)
    if looks_like_picture(head):
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        dataset = wrap_picture(path, patient_id=listed, seed=digest)
    elif looks_like_dicom(head):
        dataset = read_dicom(path)
    elif label is not None or name.lower().endswith((".dcm", ".dicom", ".png", ".jpg", ".jpeg")):
        raise ImportRefused("Not an image, whatever its name says: neither DICOM, PNG nor JPEG inside.")
    else:
        return None
    patient = str(dataset.get("PatientID") or "").strip() or listed
    uid = str(dataset.SOPInstanceUID)
    return OutsideImage(
        name, label, patient, (uid, keys.uid(uid)), (patient, keys.pseudonym(patient)) if patient else ("", ""),
        int(dataset.Rows), int(dataset.Columns), _prepared(dataset, keys, size),
    )


def _prepared(dataset: pydicom.Dataset, keys: Keys, size: int) -> npt.NDArray[np.uint16]:
    """By way of the file that an import would have stored, so that training and judging see the same pixels."""
    dataset.pop("BurnedInAnnotation", None)  # refused at the door because it would be kept; here nothing is kept
    try:
        stored = pydicom.dcmread(io.BytesIO(store(dataset, deidentify(dataset, keys, patient_id="outside")).content))
        return fit(training_frame(stored, None if int(stored.get("NumberOfFrames") or 1) > 1 else 0), size)
    except ImportRefused:
        raise
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError, MemoryError) as error:
        raise ImportRefused(f"Its pixels can't be used ({type(error).__name__}). Export it uncompressed.") from None
