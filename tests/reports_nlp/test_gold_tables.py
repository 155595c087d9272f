"""The gold tables can be read, are large enough, and say what their authors meant."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from tests.golden.reports.loader import COLUMNS, GoldError, GoldRow, load_all, load_table


@pytest.fixture(scope="module")
def rows() -> list[GoldRow]:
    return load_all()


def test_there_are_enough_rows_of_every_phenomenon(rows: list[GoldRow]) -> None:
    assert sum(row.language == "en" for row in rows) >= 400
    few = {name: n for name, n in Counter(row.phenomenon for row in rows).items() if n < 10}
    assert not few


def test_labels_follow_from_the_asserted_mentions(rows: list[GoldRow]) -> None:
    """Present beats uncertain beats absent; closure and No Finding are the policy's own."""
    rank = {"present": 2, "uncertain": 1, "absent": 0}
    value = {2: 1, 1: -1, 0: 0}
    for row in rows:
        if row.policy != "chexpert" or row.settings:
            continue
        said: dict[str, int] = {}
        for mention in row.mentions:
            if mention.context == "asserted" and mention.finding not in row.unjudged:
                said[mention.finding] = max(said.get(mention.finding, 0), rank[mention.polarity])
        expected = {finding: value[best] for finding, best in said.items()}
        assert {f: v for f, v in row.labels.items() if f != "No Finding"} == expected, row.id


def test_no_finding_never_stands_beside_a_finding(rows: list[GoldRow]) -> None:
    for row in rows:
        if "No Finding" in row.labels:
            assert row.labels["No Finding"] == 1, row.id
            beside = {f for f, v in row.labels.items() if v != 0} - {"No Finding", "Support Devices"}
            assert not beside, row.id


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"mentions": "Edema@oedema:present"}, "is not in the text"),
        ({"mentions": "Edema@edema:present"}, "2 times"),
        ({"mentions": "Edema@edema#3:present"}, "no occurrence"),
        ({"mentions": "Swelling@edema#1:present"}, "write Finding@words"),
        ({"mentions": "Edema@edema#1"}, "needs a polarity"),
        ({"mentions": "Edema@edema#1:present[size=3]"}, "attribute"),
        ({"labels": "Oedema=1"}, "fourteen"),
        ({"labels": "Edema=2"}, "fourteen"),
        ({"labels": "Edema=1 | Edema=0"}, "twice"),
        ({"policy": "other"}, "policy"),
    ],
)
def test_a_row_with_a_mistake_is_refused(tmp_path: Path, changed: dict[str, str], complaint: str) -> None:
    row = {"id": "x-1", "text": "Mild edema. No edema.", "policy": "chexpert"} | changed
    _write(tmp_path, [row])
    with pytest.raises(GoldError, match=complaint):
        list(load_table(tmp_path / "x.csv"))


@pytest.mark.parametrize("repeated", [{"id": "x-1", "text": "Other."}, {"id": "x-2", "text": "Edema."}])
def test_an_id_or_a_text_stands_in_the_tables_once(tmp_path: Path, repeated: dict[str, str]) -> None:
    rows = [{"id": "x-1", "text": "Edema.", "policy": "chexpert"}, {"policy": "chexpert"} | repeated]
    _write(tmp_path, rows)
    with pytest.raises(GoldError, match="twice"):
        load_all(tmp_path)


def test_the_notation_is_read_whole(tmp_path: Path) -> None:
    _write(tmp_path, [{
        "id": "x-1", "text": "Left mass.\\nNo mass.", "policy": "mesh+closure", "labels": "Lung Lesion=1 | Edema=?",
        "mentions": "Lung Lesion@mass#2/historical | Lung Lesion@mass#1:present[laterality=left,severity=]",
    }])
    (row,) = load_table(tmp_path / "x.csv")
    assert (row.policy, row.settings, row.labels, row.unjudged) == ("mesh", ("closure",), {"Lung Lesion": 1}, {"Edema"})
    first, second = row.mentions
    assert row.text[second.start : second.end] == "mass"
    assert second.start > first.start
    assert (second.context, second.polarity) == ("historical", "")
    assert first.attributes == {"laterality": "left", "severity": ""}


def _write(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / "x.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
