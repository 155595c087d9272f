"""SUV by body weight, worked out at the door: weight, dose and times go into one factor and stay behind.

The factor is kept as DICOM has it, a Real World Value Mapping in {SUVbw}g/ml (PS3.3 C.7.6.16.2.11); where it can't be
given, Derivation Description says why. Formula and checks: QIBA FDG-PET/CT Profile, appendix on SUV computation.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

NOT_GIVEN = "SUVbw is not given: "
LONGEST_UPTAKE_S = 6 * 3600.0
"""Hours between injection and scan beyond which the times are taken to be wrong."""


class NoSuv(ValueError):
    """The message is the end of the sentence that begins with NOT_GIVEN; it quotes nothing from the file."""


def suvbw_factor(dataset: Dataset) -> float:
    """SUVbw in g/ml per unit of the rescaled pixel value. Raises NoSuv with the reason why there is none."""
    units = str(dataset.get("Units") or "").upper()
    if units == "GML":
        if str(dataset.get("SUVType") or "BW").upper() != "BW":
            raise NoSuv("the file holds SUV by another body measure.")
        return 1.0
    if units == "CNTS":
        return _philips_factor(dataset)
    if units != "BQML":
        raise NoSuv("its units are neither Bq/ml, counts with a factor, nor SUV.")
    corrected = {str(c).upper() for c in _several(dataset.get("CorrectedImage"))}
    for needed, words in (("ATTN", "attenuation"), ("DECY", "decay")):
        if needed not in corrected:
            raise NoSuv(f"it is not corrected for {words}.")
    return 1000.0 * _weight(dataset) / _dose_at_reference(dataset)


def _philips_factor(dataset: Dataset) -> float:
    try:
        block = dataset.private_block(0x7053, "Philips PET Private Group")
        factor = float(block[0x00].value)
    except (KeyError, TypeError, ValueError):
        raise NoSuv("its units are counts, without the maker's factor.") from None
    if not factor > 0:
        raise NoSuv("its units are counts, and the maker's factor is nought.")
    return factor


def _weight(dataset: Dataset) -> float:
    weight = _number(dataset.get("PatientWeight"))
    if weight is None or not weight > 0:
        raise NoSuv("the patient's weight is missing.")
    if not 0.3 <= weight <= 400:
        raise NoSuv("the patient's weight cannot be right (it has to be in kg).")
    return weight


def _dose_at_reference(dataset: Dataset) -> float:
    """Bq left at the time that the pixel values were decay-corrected to."""
    tracer = next(iter(dataset.get("RadiopharmaceuticalInformationSequence") or []), None)
    if tracer is None:
        raise NoSuv("nothing is said about the tracer.")
    dose, half_life = _number(tracer.get("RadionuclideTotalDose")), _number(tracer.get("RadionuclideHalfLife"))
    if dose is None or not dose > 0:
        raise NoSuv("the injected dose is missing.")
    if dose < 1e5:
        raise NoSuv("the injected dose cannot be right (it has to be in Bq).")
    reference = str(dataset.get("DecayCorrection") or "").upper()
    if reference == "ADMIN":
        return dose
    if reference != "START":
        raise NoSuv("it is not said which time the decay was corrected to.")
    if half_life is None or not half_life > 0:
        raise NoSuv("the tracer's half-life is missing.")
    waited = (_scan_start(dataset) - _injection(dataset, tracer)).total_seconds()
    if not 0 <= waited <= LONGEST_UPTAKE_S:
        raise NoSuv("injection and scan do not follow each other within six hours.")
    return float(dose * 2.0 ** (-waited / half_life))


def _scan_start(dataset: Dataset) -> datetime:
    """The series' time, unless the series was written after the scan: then only GE's own element knows."""
    series = _moment(dataset.get("SeriesDate") or dataset.get("StudyDate"), dataset.get("SeriesTime"))
    if series is None:
        raise NoSuv("the time of the series is missing.")
    taken = _moment(dataset.get("AcquisitionDate") or dataset.get("SeriesDate"), dataset.get("AcquisitionTime"))
    if taken is None or series <= taken:
        return series
    try:
        written = str(dataset.private_block(0x0009, "GEMS_PETD_01")[0x0D].value)
    except (KeyError, AttributeError):
        raise NoSuv("the series was written after the scan, and when that began is not said.") from None
    began = _moment(written[:8], written[8:])
    if began is None:
        raise NoSuv("the series was written after the scan, and when that began cannot be read.")
    return began


def _injection(dataset: Dataset, tracer: Dataset) -> datetime:
    whole = str(tracer.get("RadiopharmaceuticalStartDateTime") or "")
    found = _moment(whole[:8], whole[8:]) if whole else None
    if found is None:
        # A time alone is of the day of the scan.
        day = dataset.get("SeriesDate") or dataset.get("StudyDate")
        found = _moment(day, tracer.get("RadiopharmaceuticalStartTime"))
    if found is None:
        raise NoSuv("the time of the injection is missing.")
    return found


def _moment(day: Any, time: Any) -> datetime | None:
    digits = str(time or "").partition(".")[0].partition("+")[0]
    try:
        return datetime.strptime(f"{str(day)[:8]}{digits[:6]:0<6}", "%Y%m%d%H%M%S") if len(digits) >= 4 else None
    except ValueError:
        return None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def set_mapped_range(mapping: Dataset, first: int, last: int) -> None:
    """The stored values that the mapping is for; their type follows their sign (PS3.3 C.7.6.16.2.11)."""
    kind = "SS" if first < 0 else "US"
    mapping.add(DataElement("RealWorldValueFirstValueMapped", kind, first))
    mapping.add(DataElement("RealWorldValueLastValueMapped", kind, last))


def keep_suv(dataset: Dataset, clean: Dataset) -> None:
    """Put the mapping of stored values to SUVbw into the clean header of a PET image, or the reason for none."""
    if str(dataset.get("Modality") or "").upper() != "PT":
        return
    try:
        factor = suvbw_factor(dataset)
    except NoSuv as reason:
        clean.DerivationDescription = f"{NOT_GIVEN}{reason}"
        return
    bits, signed = int(clean.get("BitsStored") or 16), bool(clean.get("PixelRepresentation"))
    slope, intercept = float(clean.get("RescaleSlope") or 1), float(clean.get("RescaleIntercept") or 0)
    unit, mapping = Dataset(), Dataset()
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "{SUVbw}g/ml", "UCUM", "SUV body weight"
    mapping.MeasurementUnitsCodeSequence = Sequence([unit])
    mapping.LUTLabel = "SUVbw"
    set_mapped_range(mapping, -(2 ** (bits - 1)) if signed else 0, 2 ** (bits - signed) - 1)
    mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = factor * slope, factor * intercept
    clean.RealWorldValueMappingSequence = Sequence([mapping])
