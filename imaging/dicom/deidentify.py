"""De-identification at the door: a new dataset is built from what may pass; everything else stays behind.

An allow-list with checked value sets: numbers are rewritten as numbers, coded strings must be known terms,
identifiers become keyed pseudonyms, dates are shifted. Nothing that is free text passes, nested or private or not
(PS3.15 E.1: Basic Profile with Retain Longitudinal Modified Dates and Retain Patient Characteristics in part).
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from imaging.dicom.described import known_words as description_words
from imaging.dicom.equipment import keep_equipment
from imaging.dicom.errors import ImportRefused
from imaging.dicom.groups import keep_frames, keep_regions
from imaging.dicom.keys import Keys
from imaging.dicom.numbers import numbers
from imaging.dicom.suv import keep_suv
from imaging.dicom.words import known_words

METHOD = "RadLoop allow-list 3: keyed UIDs and pseudonyms, shifted dates"
INTEGERS = (
    "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel",
    "PlanarConfiguration", "NumberOfFrames", "SeriesNumber", "InstanceNumber", "AcquisitionNumber",
    "SmallestImagePixelValue", "LargestImagePixelValue", "PixelPaddingValue", "PixelPaddingRangeLimit",
    "RecommendedDisplayFrameRate", "CineRate",
)
DECIMALS = (
    "PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "SliceThickness", "SpacingBetweenSlices",
    "SliceLocation", "ImagePositionPatient", "ImageOrientationPatient", "RescaleIntercept", "RescaleSlope",
    "WindowCenter", "WindowWidth", "PixelAspectRatio", "FrameTime", "FrameTimeVector", "KVP",
    "EstimatedRadiographicMagnificationFactor",
)
TERMS: dict[str, frozenset[str]] = {
    "Modality": frozenset(
        ["CR", "CT", "DX", "IO", "MG", "MR", "NM", "OT", "PT", "PX", "RF", "RG", "SC", "US", "XA", "XC"]
    ),
    "BodyPartExamined": frozenset([
        "ABDOMEN", "ANKLE", "ARM", "BRAIN", "BREAST", "CHEST", "CSPINE", "ELBOW", "FOOT", "HAND", "HEAD", "HEART",
        "HIP", "KNEE", "LEG", "LSPINE", "LUNG", "NECK", "PELVIS", "SHOULDER", "SKULL", "SPINE", "THORAX", "TSPINE",
        "WHOLEBODY", "WRIST",
    ]),
    "ViewPosition": frozenset(
        ["AP", "PA", "LL", "RL", "LLD", "RLD", "RLO", "LLO", "LAT", "CC", "MLO", "ML", "LM", "XCCL"]
    ),
    "ImageLaterality": frozenset("LRUB"), "Laterality": frozenset("LR"), "PatientSex": frozenset("MFO"),
    "PhotometricInterpretation": frozenset(
        ["MONOCHROME1", "MONOCHROME2", "RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"]
    ),
    "RescaleType": frozenset(["HU", "US", "OD", "SUV", "PQ"]),
    "VOILUTFunction": frozenset(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
    "PresentationLUTShape": frozenset(["IDENTITY", "INVERSE"]), "LossyImageCompression": frozenset(["00", "01"]),
    "PixelSpacingCalibrationType": frozenset(["GEOMETRY", "FIDUCIAL"]),
    "Units": frozenset(["BQML", "CNTS", "CPS", "GML", "PROPCPS", "PROPCNTS", "NONE", "CM2ML", "PCNT"]),
    "DecayCorrection": frozenset(["NONE", "START", "ADMIN"]),
    "SUVType": frozenset(["BW", "LBM", "BSA", "IBW", "LBMJAMES128"]),
}
DIRECTION = re.compile("[APRLHF]{1,3}")
"""One value of Patient Orientation (PS3.3 C.7.6.1.1.1): which side of the body the rows and columns run to."""
PALETTE = [f"{c}PaletteColorLookupTable{part}" for c in ("Red", "Green", "Blue") for part in ("Descriptor", "Data")]


def deidentify(dataset: Dataset, keys: Keys, *, patient_id: str, site: str = "") -> Dataset:
    """The header as it may be stored, without pixels. `patient_id` is the original identifier or a stand-in for none;
    `site` a name given by whoever imports, which stands in for the institution's.

    Raises ImportRefused when the file says that its pixels show identifying text.
    """
    if str(dataset.get("BurnedInAnnotation", "")).upper() == "YES":
        raise ImportRefused("The file says that text is burned into its pixels (0028,0301). Mask it, then import.")
    clean = Dataset()
    for source in (*_functional_groups(dataset), dataset):
        _copy_plain(source, clean)
    _set_identity(dataset, clean, keys, patient_id)
    _copy_tables(dataset, clean)
    keep_frames(dataset, clean)
    keep_regions(dataset, clean)
    keep_suv(dataset, clean)
    keep_equipment(dataset, clean, keys, site=site)
    clean.PatientIdentityRemoved = "YES"
    clean.DeidentificationMethod = METHOD
    clean.BurnedInAnnotation = "NO"
    return clean


def _functional_groups(dataset: Dataset) -> list[Dataset]:
    """Geometry and rescale of enhanced multi-frame objects, which live in nested groups there (PS3.3 C.7.6.16)."""
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    frames = dataset.get("PerFrameFunctionalGroupsSequence") or []
    groups = [*list(shared)[:1], *list(frames)[:1]]
    macros = ("PixelMeasuresSequence", "PlaneOrientationSequence", "PlanePositionSequence",
              "PixelValueTransformationSequence", "FrameVOILUTSequence")
    return [item for group in groups for macro in macros for item in list(group.get(macro) or [])[:1]]


def _copy_plain(source: Dataset, clean: Dataset) -> None:
    for keyword in INTEGERS:
        value = numbers(source.get(keyword), int)
        if value is not None:
            setattr(clean, keyword, value)
    for keyword in DECIMALS:
        value = numbers(source.get(keyword), float)
        if value is not None:
            setattr(clean, keyword, value)
    for keyword, known in TERMS.items():
        term = str(source.get(keyword) or "").strip().upper()
        if term in known:
            setattr(clean, keyword, term)
    names = source.get("WindowCenterWidthExplanation")
    names = [known_words(name) for name in ([names] if isinstance(names, str) else names or [])]
    if any(names):
        clean.WindowCenterWidthExplanation = names
    described = description_words(str(source.get("SeriesDescription") or ""))
    if described:
        clean.SeriesDescription = described
    directions = [str(d).strip().upper() for d in source.get("PatientOrientation") or []]
    if len(directions) == 2 and all(DIRECTION.fullmatch(d) for d in directions):
        clean.PatientOrientation = directions


def _set_identity(dataset: Dataset, clean: Dataset, keys: Keys, patient_id: str) -> None:
    pseudonym = keys.pseudonym(patient_id)
    clean.SOPClassUID = UID(_known_class(str(dataset.get("SOPClassUID", ""))))
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID"):
        original = str(dataset.get(keyword) or "")
        if original:
            setattr(clean, keyword, keys.uid(original))
    clean.PatientID, clean.PatientName = pseudonym, pseudonym
    clean.PatientBirthDate = ""
    clean.AccessionNumber = keys.accession(str(dataset.get("AccessionNumber") or ""))
    clean.StudyID = ""
    clean.ReferringPhysicianName = ""
    clean.StudyTime = ""
    clean.StudyDate = shifted(str(dataset.get("StudyDate") or ""), keys.day_shift(patient_id))
    age = age_years(dataset)
    if age is not None:
        clean.PatientAge = f"{age:03d}Y"


def _known_class(uid: str) -> str:
    """Only storage classes of the standard; private ones become secondary capture."""
    known = uid.startswith("1.2.840.10008.5.1.4.1.1.") and UID(uid).name != uid
    return uid if known else "1.2.840.10008.5.1.4.1.1.7"


def shifted(text: str, days: int) -> str:
    """A DICOM date moved by whole days; empty when there is none or it is no date."""
    try:
        return (date(int(text[:4]), int(text[4:6]), int(text[6:8])) + timedelta(days=days)).strftime("%Y%m%d")
    except (ValueError, OverflowError):
        return ""


def age_years(dataset: Dataset) -> int | None:
    """Whole years; 90 stands for 90 and over. From Patient's Age, else from birth date and study date."""
    text = str(dataset.get("PatientAge") or "")
    if len(text) == 4 and text[:3].isdigit() and text[3] in "YMWD":
        per_year = {"Y": 1, "M": 12, "W": 52, "D": 365}[text[3]]
        return min(90, int(text[:3]) // per_year)
    try:
        born, seen = (str(dataset.get(k) or "")[:8] for k in ("PatientBirthDate", "StudyDate"))
        years = (int(seen) - int(born)) // 10000
        return min(90, years) if len(born) == len(seen) == 8 and 0 <= years < 130 else None
    except ValueError:
        return None


def _copy_tables(dataset: Dataset, clean: Dataset) -> None:
    """Look-up tables: binary data of a known shape, rebuilt from their two elements alone."""
    if clean.get("PhotometricInterpretation") == "PALETTE COLOR":
        for keyword in PALETTE:
            if keyword in dataset:
                clean[keyword] = dataset[keyword]
    for keyword in ("VOILUTSequence", "ModalityLUTSequence"):
        tables = []
        for item in dataset.get(keyword) or []:
            if "LUTDescriptor" in item and "LUTData" in item:
                table = Dataset()
                table["LUTDescriptor"], table["LUTData"] = item["LUTDescriptor"], item["LUTData"]
                if words := known_words(item.get("LUTExplanation")):
                    table.LUTExplanation = words
                tables.append(table)
        if tables:
            setattr(clean, keyword, Sequence(tables))
