"""The browser's volume geometry is tested against what numpy says: that file must be what numpy says."""

from __future__ import annotations

from imaging.dicom.volume import Slice, assemble
from tests.imaging.lattice_reference import GOLDEN, SERIES, Series, datasets, written


def test_the_golden_lattices_are_current() -> None:
    assert GOLDEN.read_text() == written(), "run `python -m tests.imaging.lattice_reference`"


def test_the_server_sees_the_same_tilts() -> None:
    leaning = [series.name for series in SERIES if any("tilted" in issue for issue in _issues(series))]
    assert leaning == ["CT, gantry tilted", "oblique and sheared"]


def _issues(series: Series) -> list[str]:
    volume = assemble([
        Slice(
            str(n), tuple(d.ImagePositionPatient), tuple(d.ImageOrientationPatient), series.spacing, d.Rows, d.Columns
        )
        for n, d in enumerate(datasets(series))
    ])
    assert volume is not None
    return volume.issues
