"""Groups of images by what the vault keeps: sex, age, view, scanner, site."""

from __future__ import annotations

import pytest

from imaging.models import Instance, Series, Study
from learning.selectors.groups import UNKNOWN, groups_of_images, undivided
from tests import factories


@pytest.mark.django_db
def test_images_have_the_scanner_and_site_of_their_series() -> None:
    project = factories.make_project()
    studies = factories.make_studies(project, 3, first=700)
    Study.objects.filter(pk=studies[0].pk).update(sex="F", age_years=70)
    Series.objects.filter(study=studies[0]).update(manufacturer="GE", model_name="SIGNA", site="north")
    Series.objects.exclude(study=studies[0]).update(manufacturer="", model_name="", site="")
    images = Instance.objects.filter(series__study__in=studies).order_by("series__study")
    keys = list(images.values_list("sop_uid", flat=True))
    found = groups_of_images([f"{keys[0]}:0", keys[1], keys[2]])
    assert (found["sex"][0], found["age"][0], found["view"][0]) == ("F", "65 and over", "PA")
    assert found["scanner"] == ["GE SIGNA", UNKNOWN, UNKNOWN]
    assert found["site"] == ["north", UNKNOWN, UNKNOWN]


def test_what_divides_nothing_is_said() -> None:
    told = undivided({"sex": ["F", "M"], "view": ["PA", "PA"], "site": ["", ""], "age": ["", ""]})
    assert told == [
        "View: PA, all 2 images of which it is known.",
        "Site: not known of any of the 2 images. Importing the same files again adds it.",
        "Age: not known of any of the 2 images.",
    ]
