"""labels.csv and boxes.csv: read as CheXpert writes them; what can't be used is named with line, column and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from imaging.services.label_files import LabelFileError, is_label_file, read_table


def written(tmp_path: Path, text: str, name: str = "labels.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


READ = [
    ("as CheXpert writes", "file,patient_id,Edema,Nodule\na.png,p1,1.0,\nb.png,p2,0,-1\n", None,
     {"a.png": {"Edema": "1.0", "Nodule": ""}, "b.png": {"Edema": "0", "Nodule": "-1"}}),
    ("with a byte-order mark and spaces", "\ufefffile, Edema \na.png, 1 \n", None, {"a.png": {"Edema": "1"}}),
    ("with other columns mapped", "file,age,has_edema\na.png,61,1\n", {"Edema": "has_edema"},
     {"a.png": {"Edema": "1"}}),
    ("with quotes and commas", 'file,Edema\n"a, b.png",0\n', None, {"a, b.png": {"Edema": "0"}}),
    ("with a fold column", "file,fold,Edema\na.png,3,1\n", None, {"a.png": {"Edema": "1"}}),
]


@pytest.mark.parametrize(("text", "columns", "values"), [r[1:] for r in READ], ids=[r[0] for r in READ])
def test_labels_are_read(
    text: str, columns: dict[str, str] | None, values: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    path = written(tmp_path, text)
    assert is_label_file(path) == "labels"
    assert read_table([path], [], columns).raw.values == values


REFUSED = [
    ("an unknown value", "file,Edema\na.png,1\nb.png,yes\n", None,
     "labels.csv line 3, column 'Edema': 'yes' is not 1, 0, -1 or empty"),
    ("a number out of range", "file,Edema\na.png,2\n", None, "line 2, column 'Edema': '2'"),
    ("no file name", "file,Edema\n,1\n", None, "line 2: the column 'file' is empty"),
    ("a column that isn't there", "file,Edema\na.png,1\n", {"Nodule": "nod"},
     "has no column 'nod'; it has: file, Edema"),
    ("not UTF-8", None, None, "is not UTF-8 CSV"),
]


@pytest.mark.parametrize(("text", "columns", "message"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_cannot_be_used_is_named(
    text: str | None, columns: dict[str, str] | None, message: str, tmp_path: Path
) -> None:
    path = written(tmp_path, text or "")
    if text is None:
        path.write_bytes("file,Edema\nMüller.png,1\n".encode("latin-1"))
    with pytest.raises(LabelFileError) as error:
        read_table([path], [], columns)
    assert message in str(error.value)


BOXES = [
    ("a word", "a.png,Nodule,1,2,x,4", "line 2: x, y, w and h must be numbers"),
    ("nothing", "a.png,Nodule,1,2,,4", "must be numbers"),
    ("no width", "a.png,Nodule,1,2,0,4", "positive width and height"),
    ("a negative height", "a.png,Nodule,1,2,3,-4", "positive width and height"),
    ("infinity", "a.png,Nodule,1,2,inf,4", "positive width and height"),
    ("not a number", "a.png,Nodule,nan,2,3,4", "positive width and height"),
    ("no finding", "a.png,,1,2,3,4", "file or finding is empty"),
]


@pytest.mark.parametrize(("row", "message"), [r[1:] for r in BOXES], ids=[r[0] for r in BOXES])
def test_boxes_that_are_none_are_named(row: str, message: str, tmp_path: Path) -> None:
    path = written(tmp_path, f"file,finding,x,y,w,h\n{row}\n", "boxes.csv")
    with pytest.raises(LabelFileError) as error:
        read_table([], [path])
    assert message in str(error.value)
    assert "boxes.csv line 2" in str(error.value)


def test_boxes_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "file,finding,x,y,w,h\na.png,Nodule,1.5,-2,3,4\na.png,Edema,0,0,1,1\n", "boxes.csv")
    assert is_label_file(path) == "boxes"
    assert read_table([], [path]).raw.boxes == {"a.png": [("Nodule", 1.5, -2, 3, 4), ("Edema", 0, 0, 1, 1)]}


MATCHES = [
    # listed, found on disk, matched
    (["p1/a.png", "p2/a.png"], "set/p2/a.png", "p2/a.png"), (["p1/a.png", "p2/a.png"], "p1\\a.png", "p1/a.png"),
    (["a.png"], "deep/down/a.png", "a.png"), (["p1/a.png"], "a.png", "p1/a.png"),
    (["p1/a.png", "p2/a.png"], "a.png", None),
    (["p1/a.png", "p2/a.png"], "p3/a.png", None), (["p1/a.png"], "p2/a.png", "p1/a.png"), (["a.png"], "ba.png", None),
    (["a.dcm"], "x.zip/a.dcm", "a.dcm"),
]


@pytest.mark.parametrize(("listed", "name", "matched"), MATCHES)
def test_files_are_matched_by_path_or_by_a_name_that_is_unique(
    listed: list[str], name: str, matched: str | None, tmp_path: Path
) -> None:
    rows = "".join(f"{file},1\n" for file in listed)
    assert read_table([written(tmp_path, f"file,Edema\n{rows}")], []).match(name) == matched


@pytest.mark.parametrize("text", ["", "name,Edema\na,1\n", "file\na\n", "\x89PNG\r\n\x1a\n"])
def test_other_files_are_no_label_files(text: str, tmp_path: Path) -> None:
    assert is_label_file(written(tmp_path, text)) is None


def test_labels_of_one_file_never_fall_on_another_of_the_same_name(tmp_path: Path) -> None:
    table = read_table([written(tmp_path, "file,Edema\np1/a.png,1\n")], [])
    table.note_files(["p1/a.png", "p2/a.png"])
    assert (table.match("p1/a.png"), table.match("p2/a.png")) == ("p1/a.png", None)
