"""From Submit's key to the next case on the screen at full fidelity, beside a page reload per case.

python -m benchmarks.next_case [--quick] [--turns 200] [webgl] [canvas] [ct]

Radiographs of 2500 x 2000 pixels in 16 bits are made and imported; one granian process serves them on SQLite; headless
Chromium without a graphics card reads them at 1920 x 1080, by WebGL in software (webgl) and without WebGL (canvas).
A case counts as drawn when the canvas's checksum is that of the reference: the same picture opened on a fresh page,
whose number, drawn into the picture as blocks, is read back. The reader looks for `DWELL` seconds, says that
everything is absent, waits for the save, and presses Enter.

warm    the next case after the first; cold: a room opened in a fresh browser profile
peer    the same answer submitted, then the page asked for anew, as MONAI Label's viewers do per case; scripts cached
memory  least and largest of JavaScript heap and the page's process over the last cases against those after warm-up
ct      the same for CT series
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from benchmarks.results import exit_status, result
from benchmarks.room.cases import KNOWN, Plan
from benchmarks.room.reader import Memory, Reader, launch
from benchmarks.room.service import free_port, start_web
from benchmarks.stacks import ROOT, Stack, embedded

DWELL = 1.2
LOOKS_EVERY = 10
"""Cases between two looks at the memory."""
ARMS = ("webgl", "canvas", "ct")


def plan_for(quick: bool, turns: int) -> Plan:
    """Every arm has lists of its own: a reading is read once."""
    turns, pictures, series = (6, 3, 2) if quick else (turns, 20, 21)
    few = min(turns, 60)
    return Plan(
        radiographs=turns + 1, pictures=pictures, ct_series=series,
        ct_shape=(12, 128, 128) if quick else (60, 512, 512),
        lists={
            "webgl": (0, turns + 1), "webgl.reload": (0, pictures + 1), "canvas": (0, few + 1),
            "canvas.reload": (0, pictures + 1), "ct": (turns + 1, series), "ct.reload": (turns + 1, series),
        },
    )


class Bench:
    def __init__(self, browser: Browser, base: str, known: dict[str, Any], plan: Plan) -> None:
        self.browser, self.base, self.known, self.plan = browser, base, known, plan

    def arrive(self) -> Reader:
        return Reader.arrive(self.browser, self.base, self.known)

    def cold(self, name: str, times: int) -> list[float]:
        """A fresh profile each time; the case stays the same, for nobody submits it."""
        waits = []
        for _ in range(times):
            reader = self.arrive()
            waits.append(reader.open(self.known["worklists"][name]))
            reader.leave()
        return waits

    def references(self, name: str, count: int, *, numbered: bool) -> tuple[list[str], list[float]]:
        """Checksums of the first pictures, each drawn on a page of its own; that reload is the peer's way to turn."""
        reader, sums, waits = self.arrive(), [], []
        reader.open(self.known["worklists"][name])
        for place in range(count):
            sums.append(reader.drawn())
            if numbered and reader.number() != place:
                raise SystemExit(f"{name}: the page shows picture {reader.number()} in place of {place}")
            if place + 1 < count:
                reader.answer()
                waits.append(reader.turn_by_reload())
        reader.leave()
        if len(set(sums)) < len(sums):
            raise SystemExit(f"{name}: two pictures look the same")
        return sums, waits

    def warm(self, name: str, turns: int, sums: Sequence[str]) -> tuple[list[float], Reader, Memory]:
        reader = self.arrive()
        reader.open(self.known["worklists"][name])
        memory = Memory(self.browser, reader.page)
        waits = []
        for place in range(turns):
            time.sleep(DWELL)
            reader.answer()
            waits.append(reader.turn(sums[(place + 1) % len(sums)]))
            if (place + 1) % LOOKS_EVERY == 0:
                memory.look()
        return waits, reader, memory


def p95(values: Sequence[float]) -> float:
    return round(statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0], 1)


def tell(name: str, waits: Sequence[float], peer: Sequence[float], cold: Sequence[float], quick: bool) -> None:
    result(f"{name}.not_as_reference", sum(ms < 0 for ms in waits), "cases", "0")
    drawn = [ms for ms in waits if ms >= 0] or [float("nan")]
    slowest = sorted(range(len(drawn)), key=lambda turn: -drawn[turn])[:10]
    print(f"({name}: the slowest turns {', '.join(f'{turn + 1}: {drawn[turn]:.0f} ms' for turn in slowest)})")
    result(f"{name}.warm_p95", p95(drawn), "ms", "" if quick else "<=300")
    result(f"{name}.warm_median", round(statistics.median(drawn), 1), "ms")
    result(f"{name}.peer_reload_p95", p95(peer), "ms")
    result(f"{name}.peer_reload_median", round(statistics.median(peer)), "ms")
    result(f"{name}.cold_median", round(statistics.median(cold)), "ms")


def tell_memory(name: str, memory: Memory) -> None:
    """The last third against the second quarter: what a start-up fills does not count, what grows for ever does."""
    for kind, seen in (("heap", memory.heap), ("resident", memory.resident)):
        quarter = len(seen) // 4
        before, after = statistics.median(seen[quarter : 2 * quarter]), statistics.median(seen[-len(seen) // 3 :])
        result(f"{name}.{kind}_growth", round(100 * (after / before - 1), 1), "%", "<=15")
        result(f"{name}.{kind}", round(after), "MB")


def radiographs(bench: Bench, name: str, quick: bool) -> None:
    pictures = bench.plan.pictures
    sums, peer = bench.references(f"{name}.reload", pictures, numbered=True)
    cold = bench.cold(name, 1 if quick else 5)
    turns = bench.plan.lists[name][1] - 1
    waits, reader, memory = bench.warm(name, turns, sums)
    tell(f"next_case.{name}", waits, peer, cold, quick)
    for kind, target in (("draft", "<=100"), ("submit", "")):
        result(f"next_case.{name}.{kind}_acknowledged_p95", p95(reader.saves(kind)), "ms", "" if quick else target)
    if len(memory.heap) >= 8:
        tell_memory(f"next_case.{name}", memory)
    reader.leave()


def series(bench: Bench, quick: bool) -> None:
    count = bench.plan.ct_series
    sums, peer = bench.references("ct.reload", count, numbered=False)
    cold = bench.cold("ct", 1 if quick else 3)
    waits, reader, _ = bench.warm("ct", count - 1, sums)
    tell("next_case.ct", waits, peer, cold, quick)
    reader.leave()


def prepare(stack: Stack, plan: Plan) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.room.cases", plan.as_json], cwd=ROOT, env=stack.environment, text=True,
        capture_output=True, check=False,
    )
    if done.returncode:
        raise SystemExit(f"the cases could not be made: {done.stderr[-2000:]}")
    known: dict[str, Any] = json.loads((stack.home / KNOWN).read_text())
    return known


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arms", nargs="*", help=f"{', '.join(ARMS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="few cases: does it run at all?")
    parser.add_argument("--turns", type=int, default=200, help="radiographs read in a row by webgl")
    options = parser.parse_args()
    arms = options.arms or list(ARMS)
    if unknown := set(arms) - set(ARMS):
        raise SystemExit(f"No arm {', '.join(unknown)}; known: {', '.join(ARMS)}.")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("No Chromium on this machine; apt-get install chromium.")
    plan = plan_for(options.quick, options.turns)
    with embedded() as stack, sync_playwright() as playwright:
        known = prepare(stack, plan)
        port = free_port()
        start_web(stack, port)
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
        for rendering in ("webgl", "canvas"):
            browser = launch(playwright, chromium, rendering)
            bench = Bench(browser, f"http://127.0.0.1:{port}", known, plan)
            if rendering in arms:
                radiographs(bench, rendering, options.quick)
            if rendering == "webgl" and "ct" in arms:
                series(bench, options.quick)
            browser.close()
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    return exit_status()


if __name__ == "__main__":
    sys.exit(main())
