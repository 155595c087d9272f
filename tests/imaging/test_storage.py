"""Files are complete under their name or not there; no path leads out of the storage."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from imaging import storage
from tests.imaging.files import KEYS


def test_what_was_written_is_read_back_by_ranges() -> None:
    storage.write_files([("dicom/00/01/a.dcm", b"0123456789"), ("dicom/00/02/b.dcm", b"x")])
    assert storage.read_range("dicom/00/01/a.dcm", 3, 4) == b"3456"
    storage.remove("dicom/00/01/a.dcm")
    storage.remove("dicom/00/01/a.dcm")
    assert not storage.path_of("dicom/00/01/a.dcm").exists()


@pytest.mark.parametrize("path", ["../evil", "dicom/../../evil", "/etc/passwd", "dicom/link/evil"])
def test_a_path_that_leads_out_of_the_storage_is_refused(path: str, tmp_path: Path) -> None:
    (storage.root() / "dicom").mkdir(parents=True)
    (storage.root() / "dicom" / "link").symlink_to(tmp_path)
    for act in (storage.path_of, storage.remove, lambda p: storage.read_range(p, 0, 1),
                lambda p: storage.write_files([(p, b"x")])):
        with pytest.raises(ValueError, match="leads out of the storage"):
            act(path)
    assert not (tmp_path / "evil").exists()


def test_names_spread_over_folders_and_say_nothing() -> None:
    paths = [storage.relative_path(KEYS.uid(str(n))) for n in range(2000)]
    assert len({os.path.dirname(p) for p in paths}) > 1500
    assert len(set(paths)) == 2000


WRITER = """
import os, sys
import django
from django.conf import settings
settings.configure(MEDIA_ROOT=sys.argv[1])
from imaging import storage
number = 0
while True:
    storage.write_files([(f"dicom/{number % 7}/{number}.dcm", bytes([number % 256]) * 300_000)])
    number += 1
    if number == 3:
        print("going", flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_no_half_file(tmp_path: Path) -> None:
    for delay in (0.01, 0.05, 0.12):
        home = tmp_path / str(delay)
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(home)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"going\n"
        try:
            writer.wait(delay)
        except subprocess.TimeoutExpired:
            writer.send_signal(signal.SIGKILL)
        writer.wait()
        files = list(home.rglob("*.dcm"))
        assert len(files) >= 3
        for path in files:
            content = path.read_bytes()
            assert len(content) == 300_000, path
            assert set(content) == {int(path.stem) % 256}


def test_the_storage_lies_below_media_root() -> None:
    assert storage.root() == Path(settings.MEDIA_ROOT)
