"""A series of 1,000 slices opens on its first image as fast as one of 10: from the address to the image drawn.

    python -m benchmarks.opening [--slices 1000] [--rounds 5]

Two CT studies of 256 x 256 pixels in a service of its own, opened in turn in fresh tabs of one browser (headless
Chromium, CPU rendering). Also: how large the case's answer is, and how long the service takes for it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page

from benchmarks.grey import kinds, look
from benchmarks.grey.prepare import KNOWN
from benchmarks.results import exit_status, result
from benchmarks.room.service import free_port, start_web
from benchmarks.stacks import Stack, embedded
from imaging.dicom.reading import to_bytes

SIDE = 256
FEW = 10
READY = "() => window.radloop && window.radloop.ready"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slices", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with embedded() as stack, tempfile.TemporaryDirectory(dir=stack.home) as folder:
        for name, count in (("few", FEW), ("many", given.slices)):
            _series(Path(folder) / name, count, name)
        known = _imported(stack, [Path(folder) / "few", Path(folder) / "many"])
        port = free_port()
        start_web(stack, port)
        _measure(known, f"http://127.0.0.1:{port}", given.rounds)
    return exit_status()


def _series(folder: Path, count: int, name: str) -> None:
    """Axial CT slices a millimetre apart, of noise that does not compress."""
    folder.mkdir()
    noise = np.random.default_rng(3).integers(0, 4096, (SIDE, SIDE), dtype=np.uint16)
    for number in range(count):
        dataset = kinds.base(
            np.roll(noise, number, axis=0), Modality="CT", PatientID=name, StudyInstanceUID=f"1.2.9.{len(name)}",
            SeriesInstanceUID=f"1.2.9.{len(name)}.1", SOPInstanceUID=f"1.2.9.{len(name)}.1.{number + 1}",
            InstanceNumber=number + 1, ImageOrientationPatient=[1, 0, 0, 0, 1, 0], PixelSpacing=[0.7, 0.7],
            ImagePositionPatient=[0, 0, number], FrameOfReferenceUID=f"1.2.9.{len(name)}.2",
            RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=40, WindowWidth=400,
        )
        (folder / f"{number:04d}.dcm").write_bytes(to_bytes(dataset))


def _imported(stack: Stack, folders: list[Path]) -> dict[str, Any]:
    words = [sys.executable, "-m", "benchmarks.grey.prepare", *map(str, folders)]
    subprocess.run(words, env=stack.environment, check=True, stderr=subprocess.DEVNULL)
    known: dict[str, Any] = json.loads((stack.home / KNOWN).read_text())
    return known


def _measure(known: dict[str, Any], address: str, rounds: int) -> None:
    lists = {Path(row["path"]).parent.name: row["worklist"] for row in known["files"]}
    times: dict[str, list[float]] = {name: [] for name in lists}
    with look.browser_page(known["session"], address) as page:
        for _ in range(rounds + 1):
            for name, worklist in lists.items():
                times[name].append(_opened(page, f"{address}/p/{known['project']}/read/{worklist}/"))
        # The first round fills the browser's and the service's caches.
        middle = {name: statistics.median(found[1:]) for name, found in times.items()}
        size, seconds = _case(page, address)
    result("opening.ms_of_10_slices", 1000 * middle["few"], "ms")
    result("opening.ms_of_many_slices", 1000 * middle["many"], "ms")
    result("opening.extra_ms", 1000 * (middle["many"] - middle["few"]), "ms", "<=500")
    result("opening.many_to_10", middle["many"] / middle["few"], "times", "<=1.5")
    result("opening.case_kilobytes", size / 1000, "kB")
    result("opening.case_ms", 1000 * seconds, "ms")


def _opened(page: Page, address: str) -> float:
    """Seconds from asking for the page to the first image drawn."""
    page.goto("about:blank")
    started = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_function(READY, polling="raf")
    return time.perf_counter() - started


def _case(page: Page, address: str) -> tuple[int, float]:
    """Bytes and seconds of the open case's answer."""
    reading = page.evaluate("() => window.radloop.reading")
    started = time.perf_counter()
    answer = page.request.get(f"{address}/api/readings/{reading}/case/")
    return len(answer.body()), time.perf_counter() - started


if __name__ == "__main__":
    raise SystemExit(main())
