"""Every file below a path is found or named with a reason; nothing is written outside the scratch folder."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from imaging.services import walk as walking
from imaging.services.walk import Found, walk


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def packed(members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def found(folder: Path, scratch: Path) -> dict[str, Found]:
    return {f.name: f for f in walk([folder], scratch)}


def test_files_of_all_depths_and_of_several_zips_keep_their_content(tmp_path: Path, scratch: Path) -> None:
    top = tmp_path / "in"
    (top / "a" / "b").mkdir(parents=True)
    (top / "a" / "b" / "1.dcm").write_bytes(b"one")
    (top / "x.zip").write_bytes(packed({"s/1.dcm": b"x1", "s/2.dcm": b"x2"}))
    (top / "y.ZIP").write_bytes(packed({"s/1.dcm": b"y1"}))
    files = found(top, scratch)
    contents = {name: f.path.read_bytes() for name, f in files.items() if f.path is not None}
    assert contents == {"a/b/1.dcm": b"one", "x.zip/s/1.dcm": b"x1", "x.zip/s/2.dcm": b"x2", "y.ZIP/s/1.dcm": b"y1"}


def test_the_order_is_stable(tmp_path: Path, scratch: Path) -> None:
    top = tmp_path / "in"
    top.mkdir()
    for name in ("b", "c", "a"):
        (top / name).write_bytes(b"x")
    assert [f.name for f in walk([top], scratch)] == ["a", "b", "c"]


def _broken_member() -> bytes:
    content = bytearray(packed({"good.dcm": b"g" * 50, "bad.dcm": b"b" * 500}, zipfile.ZIP_STORED))
    at = content.index(b"bbbb") + 10
    content[at] ^= 0xFF
    return bytes(content)


def _with_password() -> bytes:
    content = bytearray(packed({"good.dcm": b"g"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


HOSTILE: list[tuple[str, Callable[[], bytes], str, str]] = [
    # what, zip, name of the refused, reason
    ("a bomb", lambda: packed({"zeros": bytes(70 * 2**20)}), "h.zip", "200 times its size"),
    ("a path upwards", lambda: packed({"../../evil.dcm": b"x"}), "h.zip/../../evil.dcm", "leads out of the zip"),
    ("an absolute path", lambda: packed({"/etc/evil.dcm": b"x"}), "h.zip//etc/evil.dcm", "leads out of the zip"),
    ("a Windows path", lambda: packed({"C:\\evil.dcm": b"x"}), "h.zip/C:\\evil.dcm", "leads out of the zip"),
    ("backslashes upwards", lambda: packed({"a\\..\\..\\evil.dcm": b"x"}), "h.zip/a\\..\\..\\evil.dcm", "leads out of"),
    ("a zip in a zip", lambda: packed({"in.zip": packed({"a": b"x"})}), "h.zip/in.zip", "unpack it first"),
    ("a broken member", _broken_member, "h.zip/bad.dcm", "can't be unpacked"),
    ("a password", _with_password, "h.zip/good.dcm", "with a password"),
    ("cut short", lambda: packed({"a.dcm": b"x" * 500})[:-30], "h.zip", "can't be read"),
    ("no zip at all", lambda: b"hello", "h.zip", "can't be read"),
]


@pytest.mark.parametrize(("make", "name", "reason"), [r[1:] for r in HOSTILE], ids=[r[0] for r in HOSTILE])
def test_hostile_zips_are_named_and_write_nothing_elsewhere(
    make: Callable[[], bytes], name: str, reason: str, tmp_path: Path, scratch: Path
) -> None:
    top = tmp_path / "in"
    top.mkdir()
    (top / "h.zip").write_bytes(make())
    before = {p for p in tmp_path.rglob("*") if scratch not in p.parents}
    files = found(top, scratch)
    assert reason in files[name].refusal
    assert files[name].path is None
    assert {p for p in tmp_path.rglob("*") if scratch not in p.parents} == before


def test_one_broken_member_does_not_keep_the_others_out(tmp_path: Path, scratch: Path) -> None:
    top = tmp_path / "in"
    top.mkdir()
    (top / "h.zip").write_bytes(_broken_member())
    files = found(top, scratch)
    good = files["h.zip/good.dcm"].path
    assert good is not None
    assert good.read_bytes() == b"g" * 50


def test_links_and_pipes_are_not_followed(tmp_path: Path, scratch: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.dcm").write_bytes(b"x")
    top = tmp_path / "in"
    top.mkdir()
    (top / "file.dcm").symlink_to(outside / "secret.dcm")
    (top / "folder").symlink_to(outside)
    os.mkfifo(top / "pipe.csv")
    files = found(top, scratch)
    assert {name: f.path for name, f in files.items()} == {"file.dcm": None, "folder": None, "pipe.csv": None}


def test_the_number_of_files_is_bounded(tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "MAX_FILES", 3)
    top = tmp_path / "in"
    top.mkdir()
    for number in range(5):
        (top / f"{number}").write_bytes(b"x")
    files = list(walk([top], scratch))
    assert [f.path is not None for f in files] == [True, True, True, False]
    assert "More than 3 files" in files[-1].refusal
