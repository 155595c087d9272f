"""Two files that claim to be the same instance."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from imaging import storage
from imaging.models import Instance
from imaging.services.import_files import import_paths
from tests import factories
from tests.imaging.files import ct, pattern, save, set_pixels


@pytest.mark.django_db
def test_the_row_and_the_bytes_are_of_one_file_when_two_share_an_identifier(tmp_path: Path) -> None:
    other = ct()
    set_pixels(other, np.zeros_like(pattern(16, 12)))
    save(ct(), tmp_path / "a.dcm")
    save(other, tmp_path / "b.dcm")
    batch = import_paths(project=factories.make_project(), user=None, paths=[tmp_path])
    assert sorted(batch.verdicts.values_list("verdict", flat=True)) == ["already-there", "stored"]
    instance = Instance.objects.get()
    assert hashlib.sha256(storage.path_of(instance.path).read_bytes()).hexdigest() == instance.sha256
