"""SUV by body weight: right where the file says enough, and a reason where not; weight and times stay behind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from imaging.dicom.deidentify import deidentify
from imaging.dicom.pixels import store
from imaging.dicom.suv import NOT_GIVEN, NoSuv, suvbw_factor
from tests.imaging.files import KEYS, ct

HALF_LIFE = 6586.2


def pet(**elements: Any) -> Dataset:
    """A corrected FDG scan that began one half-life after the injection of 100 MBq into 80 kg."""
    tracer = Dataset()
    tracer.RadionuclideTotalDose, tracer.RadionuclideHalfLife = 1e8, HALF_LIFE
    tracer.RadiopharmaceuticalStartTime = "100000"
    of_tracer = [k for k in elements if k.startswith("Radio") and not k.endswith("Sequence")]
    tracer_changes = {k: elements.pop(k) for k in of_tracer}
    for keyword, value in tracer_changes.items():
        setattr(tracer, keyword, value)
    filled = {
        "Modality": "PT", "Units": "BQML", "CorrectedImage": ["ATTN", "DECY"], "DecayCorrection": "START",
        "PatientWeight": 80, "SeriesDate": "20240310", "SeriesTime": "114946.2", "AcquisitionTime": "115000",
        "RadiopharmaceuticalInformationSequence": Sequence([tracer]), "RescaleIntercept": 0, "RescaleSlope": 2,
    }
    return ct(**{k: v for k, v in {**filled, **elements}.items() if v is not None})


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, 80_000 / 5e7),
        ({"DecayCorrection": "ADMIN"}, 80_000 / 1e8),
        ({"Units": "GML"}, 1.0),
        ({"RadiopharmaceuticalStartDateTime": "20240310100000.00"}, 80_000 / 5e7),
        ({"SeriesTime": "000946", "AcquisitionTime": "001000", "RadiopharmaceuticalStartDateTime": "20240309222000"},
         80_000 / (1e8 * 2 ** (-6586 / HALF_LIFE))),
    ],
)
def test_the_factor_is_weight_over_the_dose_left(elements: dict[str, Any], expected: float) -> None:
    assert suvbw_factor(pet(**elements)) == pytest.approx(expected, rel=1e-4)


def test_a_series_written_later_uses_the_scanners_own_time() -> None:
    dataset = pet(SeriesTime="180000")
    dataset.private_block(0x0009, "GEMS_PETD_01", create=True).add_new(0x0D, "DT", "20240310114946.20")
    assert suvbw_factor(dataset) == pytest.approx(80_000 / 5e7, rel=1e-4)


def test_counts_with_the_makers_factor() -> None:
    dataset = pet(Units="CNTS")
    dataset.private_block(0x7053, "Philips PET Private Group", create=True).add_new(0x00, "DS", "0.00025")
    assert suvbw_factor(dataset) == 0.00025


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"PatientWeight": None}, "weight is missing"), ({"PatientWeight": 80_000}, "cannot be right"),
        ({"CorrectedImage": ["ATTN"]}, "not corrected for decay"),
        ({"CorrectedImage": ["DECY"]}, "not corrected for attenuation"),
        ({"DecayCorrection": "NONE"}, "which time"), ({"Units": "CNTS"}, "maker's factor"),
        ({"Units": "PROPCPS"}, "its units"), ({"Units": "GML", "SUVType": "LBM"}, "another body measure"),
        ({"RadionuclideTotalDose": None}, "dose is missing"), ({"RadionuclideTotalDose": 370}, "in Bq"),
        ({"RadionuclideHalfLife": None}, "half-life"), ({"RadiopharmaceuticalStartTime": ""}, "time of the injection"),
        ({"SeriesTime": "090000", "AcquisitionTime": "090000"}, "do not follow"),
        ({"SeriesTime": "180000"}, "written after the scan"), ({"SeriesTime": ""}, "time of the series"),
        ({"RadiopharmaceuticalInformationSequence": None}, "about the tracer"),
    ],
)
def test_where_it_cannot_be_given_it_says_why(elements: dict[str, Any], words: str) -> None:
    with pytest.raises(NoSuv, match=words):
        suvbw_factor(pet(**elements))
    header = deidentify(pet(**elements), KEYS, patient_id="4711")
    assert str(header.DerivationDescription).startswith(NOT_GIVEN)
    assert "RealWorldValueMappingSequence" not in header


def test_the_mapping_goes_from_stored_values_and_names_neither_weight_nor_dose_nor_time() -> None:
    header = deidentify(pet(), KEYS, patient_id="4711")
    mapping = header.RealWorldValueMappingSequence[0]
    assert mapping.RealWorldValueSlope == pytest.approx(2 * 80_000 / 5e7, rel=1e-4)
    assert mapping.MeasurementUnitsCodeSequence[0].CodeValue == "{SUVbw}g/ml"
    assert not {"PatientWeight", "SeriesTime", "AcquisitionTime", "RadiopharmaceuticalInformationSequence"} & set(
        header.dir()
    )


def test_values_squeezed_into_16_bits_keep_their_suv() -> None:
    dataset = pet()
    wide = np.arange(16 * 12, dtype=np.uint32).reshape(16, 12) * 1000
    dataset.BitsAllocated = dataset.BitsStored = 32
    dataset.HighBit, dataset.PixelData = 31, wide.tobytes()
    file = store(dataset, deidentify(dataset, KEYS, patient_id="4711"))
    mapping = file.header.RealWorldValueMappingSequence[0]
    stored = np.frombuffer(file.content[file.frame_table[0][0] :][: file.frame_table[0][1]], "<u2").reshape(16, 12)
    suv = stored * mapping.RealWorldValueSlope + mapping.RealWorldValueIntercept
    assert np.allclose(suv, wide * 2 * suvbw_factor(pet()), atol=wide.max() * 2 * suvbw_factor(pet()) / 65535)
