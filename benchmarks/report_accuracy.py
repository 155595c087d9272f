"""How well reports are read, through the command that a user runs.

python -m benchmarks.report_accuracy [--half dev|test] [--errors FILE]

1. `extract_reports --policy chexpert` against impressions written blind (tests/golden/reports/blind): micro F1 of
   mention, negation, uncertain, positive. The project wrote them itself: they estimate, they are no independent gold.
2. With RADLOOP_DATA set, `extract_reports --policy mesh` against Open-i's human headings, for the open and the locked
   half, beside keywords alone and keywords with negation by sentence. Of the locked half only scores are printed.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.agreement import QUESTIONS, Labels, Score, f1_score, macro_f1
from benchmarks.openi import BASELINES, Coded, coded_reports
from benchmarks.results import exit_status, result
from benchmarks.stacks import ROOT

BLIND = ROOT / "tests" / "golden" / "reports" / "blind" / "impressions.csv"
FINDINGS = (
    "No Finding", "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Lesion", "Lung Opacity", "Edema", "Consolidation",
    "Pneumonia", "Atelectasis", "Pneumothorax", "Pleural Effusion", "Pleural Other", "Fracture", "Support Devices",
)
TARGETS = {"mention": 0.970, "negation": 0.975, "uncertain": 0.884, "positive": 0.927}
CHEXPERT_LABELER = {"mention": 0.970, "negation": 0.951, "uncertain": 0.835, "positive": 0.905}
MESH_TARGETS = {"micro": 0.85, "macro": 0.80}


def extracted(texts: Sequence[str], policy: str) -> list[Labels]:
    """Labels of each text by the command itself, in a process of its own without a database."""
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder) / "reports.csv", Path(folder) / "labels.csv"
        with given.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("id", "text"), *((f"r{n}", text) for n, text in enumerate(texts))])
        subprocess.run(
            [sys.executable, "manage.py", "extract_reports", "--in", given, "--out", answer, "--policy", policy],
            cwd=ROOT, check=True, env=os.environ | {"RADLOOP_HOME": folder}, stdout=subprocess.DEVNULL,
        )
        with answer.open(newline="", encoding="utf-8") as file:
            rows = {row["id"]: _labels(row) for row in csv.DictReader(file)}
    return [rows[f"r{n}"] for n in range(len(texts))]


def _labels(row: dict[str, Any]) -> Labels:
    return {name: int(row[name]) for name in FINDINGS if row[name] != ""}


def blind_rows(half: str) -> list[dict[str, str]]:
    with BLIND.open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if half in ("", row["half"])]


def score_blind(half: str, errors: Path | None) -> None:
    rows = blind_rows(half)
    gold, found = [_labels(row) for row in rows], extracted([row["text"] for row in rows], "chexpert")
    print(f"Impressions written blind, {half or 'both halves'}: {len(rows)} reports. F1 (95 % interval over reports).")
    print("Peer, published on other radiologist-labelled impressions: CheXpert labeler "
          + ", ".join(f"{name} {value:.3f}" for name, value in CHEXPERT_LABELER.items()))
    for finding in FINDINGS:
        cells = [f"{name} {_short(f1_score(gold, found, [finding], asked))}" for name, asked in QUESTIONS.items()]
        print(f"  {finding:27}" + "".join(f"{cell:34}" for cell in cells))
    for name, asked in QUESTIONS.items():
        score = f1_score(gold, found, FINDINGS, asked)
        print(f"  {name:10}{score}; without No Finding {f1_score(gold, found, FINDINGS[1:], asked).f1:.3f}")
        result(f"report_accuracy.blind.{half or 'all'}.{name}", round(score.f1, 4), "F1", f">={TARGETS[name]}")
    if errors:
        _write_errors(errors, rows, gold, found)


def _short(score: Score) -> str:
    return "–" if math.isnan(score.f1) else f"{score.f1:.2f} ({score.low:.2f}–{score.high:.2f}) n {score.n}"


def _write_errors(path: Path, rows: list[dict[str, str]], gold: list[Labels], found: list[Labels]) -> None:
    """Only of the half that may be read."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "finding", "gold", "found", "text"])
        for row, truth, guess in zip(rows, gold, found, strict=True):
            if row["half"] == "dev":
                writer.writerows(
                    [row["id"], name, truth.get(name, ""), guess.get(name, ""), row["text"]]
                    for name in FINDINGS if truth.get(name) != guess.get(name)
                )


def score_openi(data: Path) -> None:
    reports = list(coded_reports(data))
    found = extracted([report.text for report in reports], "mesh")
    for half, locked in (("open", False), ("locked", True)):
        chosen = [n for n, report in enumerate(reports) if report.is_locked is locked]
        texts = [reports[n] for n in chosen]
        print(f"Open-i, {half} half: {len(texts)} reports, presence by human MeSH headings.")
        for name, baseline in BASELINES.items():
            _score_presence(f"report_accuracy.openi.{half}.{name}", texts, [baseline(one.text) for one in texts], {})
        _score_presence(
            f"report_accuracy.openi.{half}.mesh", texts, [found[n] for n in chosen], MESH_TARGETS, is_detailed=True
        )


def _score_presence(
    name: str, reports: Sequence[Coded], found: list[Labels], targets: dict[str, float], *, is_detailed: bool = False
) -> None:
    """Presence is the label 1. Macro is over findings that somebody coded in this half at all."""
    gold, present = [report.gold for report in reports], QUESTIONS["positive"]
    each = {finding: f1_score(gold, found, [finding], present) for finding in FINDINGS}
    whole = f1_score(gold, found, FINDINGS, present)
    if is_detailed:
        for finding, score in each.items():
            print(f"  {finding:27}{score}")
        print(f"  micro {whole}; macro of those with 5 cases or more {macro_f1(list(each.values()), 5):.3f}")
    for kind, value in (("micro", whole.f1), ("macro", macro_f1(list(each.values())))):
        result(f"{name}.{kind}", round(value, 4), "F1", f">={targets[kind]}" if targets else "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=["dev", "test"], default="", help="of the blind impressions; else both")
    parser.add_argument("--errors", type=Path, help="CSV of what went wrong in the half dev")
    options = parser.parse_args()
    score_blind(options.half, options.errors)
    data = os.environ.get("RADLOOP_DATA", "")
    if data:
        score_openi(Path(data))
    else:
        print("Open-i: RADLOOP_DATA is not set, left out.")
    return exit_status()


if __name__ == "__main__":
    sys.exit(main())
