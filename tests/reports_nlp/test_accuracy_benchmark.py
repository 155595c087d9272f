"""What the accuracy benchmark counts, and how Open-i's headings are read."""

from __future__ import annotations

import csv
import hashlib
import math

import pytest

from benchmarks.agreement import QUESTIONS, f1_score, macro_f1
from benchmarks.openi import keywords_with_negation, naive_keywords, presence_of
from benchmarks.report_accuracy import BLIND, FINDINGS, blind_rows

GOLD = [{"Edema": 1, "Fracture": 0}, {"Edema": -1}, {}]
FOUND = [{"Edema": 1, "Fracture": 1}, {"Edema": 0}, {"Edema": 1}]


@pytest.mark.parametrize(("question", "f1", "n"), [
    ("mention", 2 * 3 / (2 * 3 + 1), 3), ("negation", 0.0, 1), ("uncertain", 0.0, 1), ("positive", 2 / (2 + 2), 1),
])
def test_a_wrong_label_is_one_extra_and_one_missed(question: str, f1: float, n: int) -> None:
    score = f1_score(GOLD, FOUND, FINDINGS, QUESTIONS[question])
    assert score.f1 == pytest.approx(f1)
    assert score.n == n


def test_intervals_hold_the_score_and_are_the_same_every_time() -> None:
    first, second = (f1_score(GOLD * 20, FOUND * 20, FINDINGS, QUESTIONS["mention"]) for _ in range(2))
    assert first == second
    assert first.low < first.f1 < first.high


def test_macro_leaves_out_what_nobody_coded() -> None:
    scores = [f1_score(GOLD, GOLD, [name], QUESTIONS["positive"]) for name in ("Edema", "Pneumonia")]
    assert math.isnan(scores[1].f1)
    assert macro_f1(scores) == 1.0
    assert math.isnan(macro_f1(scores, least=2))


@pytest.mark.parametrize(("heading", "finding"), [
    ("normal", "No Finding"), ("Cardiac Shadow/enlarged/severe", "Cardiomegaly"), ("Cardiac Shadow/obscured", None),
    ("Opacity/lung/base/left", "Lung Opacity"), ("Opacity/ribs/anterior", None),
    ("Calcified Granuloma/lung/left", None),
    ("Cicatrix/pleura/base", "Pleural Other"), ("Fractures, Bone/ribs/right/healed", "Fracture"),
])
def test_headings_map_to_findings(heading: str, finding: str | None) -> None:
    assert presence_of([heading]) == ({finding: 1} if finding else {})


def test_only_one_baseline_understands_denial() -> None:
    text = "No effusion. Mild edema."
    assert naive_keywords(text) == {"Pleural Effusion": 1, "Edema": 1}
    assert keywords_with_negation(text) == {"Edema": 1}
    assert keywords_with_negation("No effusion.") == {"No Finding": 1}


def test_the_blind_impressions_are_sound() -> None:
    rows = blind_rows("")
    assert len({row["id"] for row in rows}) == len({row["text"] for row in rows}) == len(rows) >= 300
    for row in rows:
        assert row["half"] == ("dev" if hashlib.sha256(row["id"].encode()).hexdigest()[0] < "8" else "test")
        assert {row[name] for name in FINDINGS} <= {"1", "0", "-1", ""}
        others = [row[name] for name in FINDINGS if name not in ("No Finding", "Support Devices")]
        assert not (row["No Finding"] == "1" and {"1", "-1"} & set(others)), row["id"]
    with BLIND.open(newline="", encoding="utf-8") as file:
        assert next(csv.reader(file))[3:] == list(FINDINGS)
