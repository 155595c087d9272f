"""`manage.py extract_reports` labels a CSV file without project or database, and says what to do about a bad one."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.golden.reports.loader import FINDINGS

ROOT = Path(__file__).resolve().parents[2]


def extract(folder: Path, content: bytes, **options: str) -> list[dict[str, str]]:
    source, target = folder / "reports.csv", folder / "labels.csv"
    source.write_bytes(content)
    call_command("extract_reports", source=str(source), target=str(target), **options)
    return list(csv.DictReader(io.StringIO(target.read_text("utf-8"))))


def test_the_columns_are_id_and_the_fourteen_findings_in_their_order(tmp_path: Path) -> None:
    rows = extract(tmp_path, b'id,text\na7,"No pneumothorax, possible pneumonia, small left effusion."\n')
    assert list(rows[0]) == ["id", *FINDINGS]
    said = {name: value for name, value in rows[0].items() if value}
    assert said == {"id": "a7", "Pneumothorax": "0", "Pneumonia": "-1", "Pleural Effusion": "1"}


def test_every_row_is_answered_in_its_order_empty_ones_too(tmp_path: Path) -> None:
    rows = extract(tmp_path, b'text,id,site\nClear lungs.,2,x\n,1,x\n"1. Edema.\n2. No effusion.",3,x\n')
    assert [row["id"] for row in rows] == ["2", "1", "3"]
    assert rows[0]["No Finding"] == "1"
    assert not any(rows[1][finding] for finding in FINDINGS)
    assert rows[2]["Edema"] == "1"


def test_the_evidence_is_a_line_per_report(tmp_path: Path) -> None:
    text = "No pneumothorax."
    extract(tmp_path, f"id,text\n1,{text}\n".encode(), spans=str(tmp_path / "spans.jsonl"))
    [line] = (tmp_path / "spans.jsonl").read_text("utf-8").splitlines()
    [mention] = json.loads(line)["mentions"]
    assert text[mention["span"]["start"] : mention["span"]["end"]] == "pneumothorax"
    assert [cue["role"] for cue in mention["cues"]] == ["negation"]


def test_the_policy_is_a_choice(tmp_path: Path) -> None:
    content = b"id,text\n1,Opacity concerning for pneumonia.\n"
    assert extract(tmp_path, content)[0]["Pneumonia"] == "1"
    assert extract(tmp_path, content, policy="mesh")[0]["Pneumonia"] == "-1"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_encoding_is_found_out(tmp_path: Path, encoding: str) -> None:
    content = "id,text\n1,Nodule of 2 × 3 mm — the patient’s “old” nodule. Größe stabil, Übersicht.\n".encode(encoding)
    assert extract(tmp_path, content)[0]["Lung Lesion"] == "1"


@pytest.mark.parametrize(("content", "message"), [
    (b"", "is empty"),
    (b"id,report\n1,Clear.\n", "no column text"),
    (b"Clear lungs.\n", "no column id and no column text"),
    (b"id,text\n1\n", "line 2: 1 columns instead of 2"),
])
def test_a_bad_file_is_told_what_to_do(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        extract(tmp_path, content)


def test_an_unknown_policy_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="chexpert, mesh"):
        extract(tmp_path, b"id,text\n", policy="house")


def test_it_runs_where_there_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "reports.csv").write_text("id,text\n1,Cardiomegaly.\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "manage.py", "extract_reports", "--in", tmp_path / "reports.csv", "--out", "-"], cwd=ROOT,
        env={**os.environ, "RADLOOP_HOME": str(tmp_path / "nowhere"), "DATABASE_URL": "postgres://nobody@127.0.0.1:1/no"},
        capture_output=True, text=True, timeout=120, check=True,
    )
    assert done.stdout.splitlines()[1] == "1,,,1,,,,,,,,,,,"
    assert "reports in" in done.stderr
