"""Grey levels in the browser against pydicom and numpy, on every DICOM file below RADLOOP_DATA and on made ones.

    python -m benchmarks.grey_levels [--most N] [FOLDER…]

Imports the files into a service of its own, opens each study in the reading room, sets the image to 100 % with its
stored window, reads the canvas back and compares it with the reference pipeline on the file as it came. Within one grey
level is equal; of JPEG in colour the luminance is compared. Files that the service refuses are listed with its reason.
Images whose pixels are not square are 100 % wide and stretched along their columns, by the reference as well.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page
from pydicom.uid import JPEGBaseline8Bit

from benchmarks.grey import kinds, look
from benchmarks.grey.prepare import KNOWN
from benchmarks.grey.reference import Reference
from benchmarks.results import exit_status, result
from benchmarks.room.service import free_port, start_web
from benchmarks.stacks import Stack, embedded
from imaging.dicom.reading import read_dicom

TOLERANCE = 1.0
"""Grey levels of 256."""
ROUNDING = 0.51
"""The canvas holds whole levels, the reference does not."""
LUMINANCE = np.array([0.299, 0.587, 0.114])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, help="instead of RADLOOP_DATA/dicom")
    parser.add_argument("--most", type=int, default=10**9, help="images of one series to look at")
    given = parser.parse_args()
    data = os.environ.get("RADLOOP_DATA")
    folders = given.folders or ([Path(data) / "dicom"] if data else [])
    with embedded() as stack, tempfile.TemporaryDirectory() as made:
        for number, (name, content) in enumerate(kinds.files()):
            (Path(made) / f"{number:02d} {name}.dcm").write_bytes(content)
        known = _imported(stack, [Path(made), *folders])
        port = free_port()
        start_web(stack, port)
        _compare(known, f"http://127.0.0.1:{port}", Path(made), given.most)
    return exit_status()


def _imported(stack: Stack, folders: list[Path]) -> dict[str, Any]:
    words = [sys.executable, "-m", "benchmarks.grey.prepare", *map(str, folders)]
    subprocess.run(words, env=stack.environment, check=True, stderr=subprocess.DEVNULL)
    known: dict[str, Any] = json.loads((stack.home / KNOWN).read_text())
    return known


def _compare(known: dict[str, Any], address: str, made: Path, most: int) -> None:
    refused = Counter(row["why"] for row in known["files"] if row["verdict"] == "refused")
    for why, count in refused.most_common():
        print(f"refused {count}: {why}")
    studies: dict[int, dict[int, Path]] = defaultdict(dict)
    for row in known["files"]:
        if "instance" in row:
            studies[row["worklist"]][row["instance"]] = Path(row["path"])
    worst: dict[str, list[tuple[float, str]]] = {"made": [], "real": []}
    apart: Counter[str] = Counter()
    with look.browser_page(known["session"], address) as page:
        for number, (worklist, paths) in enumerate(studies.items(), 1):
            print(f"study {number} of {len(studies)}: {len(paths)} files", file=sys.stderr, flush=True)
            page.goto(f"{address}/p/{known['project']}/read/{worklist}/")
            for name, off in _study(page, paths, most, apart):
                worst["made" if str(made) in name else "real"].append((off, name.replace(str(made), "made")))
    for kind, found in worst.items():
        for off, name in sorted(found, reverse=True)[:12]:
            if off > TOLERANCE:
                print(f"off by {off:.2f}: {name}")
        result(f"grey.{kind}.images", len(found), "images")
        result(f"grey.{kind}.beyond_one_level", sum(off > TOLERANCE for off, _ in found), "images", "0")
        result(f"grey.{kind}.largest_difference", max((off for off, _ in found), default=0.0), "levels")
    for why, count in apart.items():
        print(f"not compared {count}: {why}")
    result("grey.not_compared", sum(apart.values()), "images")


def _study(page: Page, paths: dict[int, Path], most: int, apart: Counter[str]) -> list[tuple[str, float]]:
    """(path and frame, largest difference) of every image of the open case."""
    page.wait_for_function("() => window.radloop && (window.radloop.ready || window.radloop.failure)")
    counts = page.evaluate("() => window.radloop.series")
    found = []
    opened: dict[int, Reference] = {}
    for series, count in enumerate(counts):
        for index in range(min(count, most)):
            try:
                shown = look.show(page, series, index)
            except RuntimeError as error:
                apart[f"series {series + 1} of {next(iter(paths.values())).name}: {error}"] += 1
                continue
            if shown is None:
                continue
            path = paths[shown.instance]
            if shown.instance not in opened:
                opened = {shown.instance: Reference.of(read_dicom(path))}
            reference = opened[shown.instance]
            # `show` hangs a stack anew, so an image without a window has its own percentiles.
            expected = reference.grey(shown.frame)
            drawn = look.canvas(page, shown)
            rows = min(len(drawn), len(expected))
            difference = drawn[:rows] - expected[:rows]
            if _has_halved_colours(reference):
                difference = difference @ LUMINANCE
            off = np.abs(difference)
            if reference.tall != 1:
                off = np.maximum(0, off - _of_weights(expected)[:rows])
            found.append((f"{path} frame {shown.frame + 1}", max(0.0, float(off.max()) - ROUNDING)))
    return found


def _of_weights(expected: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What a graphics card may be off between two rows: it mixes them by weights of 8 bits."""
    step = np.abs(np.diff(expected, axis=0, append=expected[-1:]))
    return np.asarray(np.maximum(step, np.roll(step, 1, axis=0)) / 256)


def _has_halved_colours(reference: Reference) -> bool:
    """JPEG in colour keeps one chrominance for several pixels, and leaves it to each decoder how to fill in between."""
    syntax = reference.dataset.file_meta.TransferSyntaxUID
    return reference.frames.ndim == 4 and syntax == JPEGBaseline8Bit


if __name__ == "__main__":
    raise SystemExit(main())
