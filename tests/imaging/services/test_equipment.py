"""Scanner and site are kept with the series at the door, and filled in where an earlier import did not keep them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import Invalid
from imaging import storage
from imaging.models import Instance, Series
from imaging.services.import_files import import_paths, start_batch
from tests import factories
from tests.imaging.dicom.test_wrap import picture
from tests.imaging.files import ct, save
from tests.imaging.services.test_import_privacy import without_verdict_names

pytestmark = pytest.mark.django_db(transaction=True)
TOLD = {"Manufacturer": "SIEMENS", "ManufacturerModelName": "Skyra", "InstitutionName": "St. Erika's Hospital"}
HIDDEN = {"StationName": "ERIKA-CT2", "DeviceSerialNumber": "SN-90210"}


def kept() -> tuple[str, str, str]:
    series = Series.objects.get()
    return series.manufacturer, series.model_name, series.site


def bring(folder: Path, project=None, **options: str):
    project = project or factories.make_project()
    batch = start_batch(project=project, user=None, options=options)
    return import_paths(project=project, user=None, paths=[folder], batch=batch)


def test_an_image_is_kept_with_its_scanner_and_a_pseudonym_of_its_site(tmp_path: Path) -> None:
    save(ct(**TOLD), tmp_path / "in" / "1.dcm")
    bring(tmp_path / "in")
    maker, model, site = kept()
    assert (maker, model) == ("Siemens", "SKYRA")
    assert site.startswith("S-")
    header = Instance.objects.get().metadata
    assert [header[tag]["Value"] for tag in ("00080070", "00081090", "00080080")] == [["Siemens"], ["SKYRA"], [site]]


def test_institution_station_and_serial_number_are_neither_in_the_database_nor_in_the_file(tmp_path: Path) -> None:
    save(ct(**TOLD, **HIDDEN), tmp_path / "in" / "1.dcm")
    bring(tmp_path / "in")
    places = without_verdict_names() + storage.path_of(Instance.objects.get().path).read_bytes().decode("latin-1")
    assert "Siemens" in places
    assert not any(secret.upper() in places.upper() for secret in ("Erika", "CT2", "90210"))


def test_importing_again_fills_in_what_was_not_kept(tmp_path: Path) -> None:
    save(ct(**TOLD), tmp_path / "in" / "1.dcm")
    project = factories.make_project()
    bring(tmp_path / "in", project)
    expected = kept()
    Series.objects.update(manufacturer="", model_name="", site="")
    again = bring(tmp_path / "in", project)
    assert kept() == expected
    assert list(again.verdicts.values_list("verdict", "reason")) == [
        ("already-there", "Scanner or site was not known of it, and is now.")
    ]


def test_what_is_known_stays_whatever_a_later_import_says(tmp_path: Path) -> None:
    save(ct(**TOLD), tmp_path / "in" / "1.dcm")
    bring(tmp_path / "in", site="north")
    again = bring(tmp_path / "in", site="south")
    assert kept()[2] == "north"
    assert list(again.verdicts.values_list("reason", flat=True)) == [""]


def test_pictures_have_the_site_that_is_given_with_them_and_may_get_it_later(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(picture(np.arange(64, dtype=np.uint8).reshape(8, 8)))
    bring(tmp_path / "in")
    assert kept() == ("", "", "")
    bring(tmp_path / "in", site="  north ward ")
    assert kept() == ("", "", "north ward")


@pytest.mark.parametrize("name", ["x" * 33, "a\tb<script>", "-north", "a/b"])
def test_a_name_that_is_none_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    save(ct(), tmp_path / "in" / "1.dcm")
    with pytest.raises(Invalid, match="site's name"):
        bring(tmp_path / "in", site=name)
    assert not Instance.objects.exists()
