"""Reports per second of one process on one core, and of medspaCy on the same texts and the same core."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report_texts import IMPRESSION, WHOLE, reports
from benchmarks.results import exit_status, result
from benchmarks.stacks import ROOT

PEER_PYTHON = ROOT / "build" / "peers" / "bin" / "python"
TARGETS = {
    "Cardiomegaly": ["cardiomegaly", "enlarged heart", "cardiac silhouette"], "Edema": ["edema", "vascular congestion"],
    "Atelectasis": ["atelectasis", "collapse"], "Pleural Effusion": ["effusion", "effusions", "pleural fluid"],
    "Pneumothorax": ["pneumothorax"], "Consolidation": ["consolidation"], "Pneumonia": ["pneumonia", "infection"],
    "Lung Opacity": ["opacity", "opacities", "infiltrate"], "Lung Lesion": ["nodule", "mass"], "Fracture": ["fracture"],
    "Support Devices": ["tube", "line", "catheter", "pacemaker"],
}
ROUNDS = 3


def one_core() -> int:
    """Stay on one core from now on: the last of those allowed. Returns its number."""
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def measure(count: int) -> None:
    """Own figures and the peer's, in CPU seconds: other work may be on the machine. The clock stands beside."""
    core = one_core()
    for name, size in (("impressions", IMPRESSION), ("whole", WHOLE)):
        texts = list(reports(count, size))
        words, load = statistics.mean(len(text.split()) for text in texts), os.getloadavg()[0]
        print(f"{count} {name} of {words:.0f} words on core {core}, load {load:.2f}; best of {ROUNDS} rounds.")
        _compare(f"reports.{name}", _own(texts), _peer(texts[: max(50, count // 20)]))


def _compare(name: str, ours: dict[str, float], peer: float) -> None:
    result(f"{name}.labels_only", round(ours["labels_only"]), "reports/s", ">=1000")
    result(f"{name}.all_attributes", round(ours["all_attributes"]), "reports/s", ">=300")
    result(f"{name}.mentions", round(ours["mentions"], 1), "per report", ">=2")
    if peer:
        result(f"{name}.medspacy", round(peer, 1), "reports/s")
        result(f"{name}.labels_only_over_medspacy", round(ours["labels_only"] / peer, 1), "times", ">=10")
        result(f"{name}.all_attributes_over_medspacy", round(ours["all_attributes"] / peer, 1), "times")


def _own(texts: list[str]) -> dict[str, float]:
    from reports_nlp.stages import Extractor, load_policy, load_rules

    extractor = Extractor(rules=load_rules("en", extra_phrases=()), policy=load_policy("chexpert"))
    rates = {"mentions": statistics.mean(len(found.mentions) for found in extractor.pipe(texts[:200]))}
    for name, labels_only in (("labels_only", True), ("all_attributes", False)):
        def read(labels_only: bool = labels_only) -> None:
            for _ in extractor.pipe(texts, labels_only=labels_only):
                pass

        for _ in extractor.pipe(texts[:50], labels_only=labels_only):
            pass
        cpu, wall = map(min, zip(*(_seconds(read) for _ in range(ROUNDS)), strict=True))
        print(f"  {name}: {len(texts) / cpu:.0f} reports per CPU second, {len(texts) / wall:.0f} by the clock")
        rates[name] = len(texts) / cpu
    return rates


def _seconds(work: Callable[[], None]) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def _peer(texts: list[str]) -> float:
    """Reports per CPU second; 0 where there is no peer environment."""
    if not PEER_PYTHON.exists():
        print("  medspaCy: no peer environment, left out. `make peers` installs it.")
        return 0.0
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump({"texts": texts, "targets": TARGETS}, file)
        file.flush()
        answer = subprocess.run(
            [PEER_PYTHON, Path(__file__).parent / "peers" / "medspacy_speed.py", file.name], capture_output=True,
            text=True, check=False,
        )
    if answer.returncode:
        print(f"  medspaCy did not run: {answer.stderr[-400:]}")
        return 0.0
    took = json.loads(answer.stdout.splitlines()[-1])
    print(f"  medspaCy ({', '.join(took['pipes'])}): {len(texts)} reports, {took['entities']} entities, "
          f"{len(texts) / took['wall']:.0f} reports/s by the clock")
    return len(texts) / float(took["cpu"])


if __name__ == "__main__":
    measure(int(sys.argv[1]))
    sys.exit(exit_status())
