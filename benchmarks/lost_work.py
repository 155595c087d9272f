"""Lost work: nothing acknowledged is ever missing, whatever becomes of tabs, network and server.

python -m benchmarks.lost_work [--plays 500] [--tabs 30] [--seed 1] [--quick] [--fault NAME] [--log]

Plays are random interleavings of edits, autosave, submits, cut connections, lost answers, killed and second tabs and
kill -9 of the server, by the room's own TypeScript in tabs of node against granian on SQLite. Afterwards every conflict
is decided, every copy that a browser kept is opened, and each word typed is looked for. A seed repeats a plan
(`--seed N --plays 1 --log`); the server's timing stays its own. `--tabs`: in Chromium, whose renderer is killed.
A fault breaks the saver on purpose (benchmarks/lost/bundle.mjs): the harness has to notice every one of them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.lost.server import Served, lists
from benchmarks.results import exit_status, result
from benchmarks.stacks import ROOT, Stack, embedded

FAULTS = ("unanswered-is-saved", "silent-overwrite", "typed-while-sending", "no-copy")
STEPS = 40
MOST_TOLD = 5
"""Of the interleavings that went wrong, so many are told step by step."""


def play(
    served: Served, worklists: list[int], *, first: int, kills: bool, lanes: int, fault: str = ""
) -> list[dict[str, Any]]:
    """One interleaving per worklist, with seeds from `first` on."""
    given = served.known | {
        "worklists": worklists, "first": first, "steps": STEPS, "kills": kills, "lanes": lanes, "fault": fault,
        "base": served.base, "control": served.control,
    }
    command = ["node", "benchmarks/lost/main.mjs", json.dumps(given)]
    found = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as tabs:
        assert tabs.stdout is not None
        for line in tabs.stdout:
            found.append(json.loads(line))
            if len(found) % 50 == 0:
                print(f"{len(found)} of {len(worklists)}", flush=True)
    if tabs.returncode:
        raise SystemExit("the tabs failed; their error stands above")
    return found


def lost(one: dict[str, Any]) -> bool:
    """Something is missing or was hidden. One that got stuck proves nothing."""
    return "stuck" not in one and bool(one["missing"] or one["hidden"] or one["unacknowledged_missing"])


def report(name: str, plays: list[dict[str, Any]], log: bool) -> None:
    whole = [one for one in plays if "stuck" not in one]

    def count(key: str) -> int:
        return sum(len(one[key]) if isinstance(one[key], list) else int(one[key]) for one in whole)

    shown = plays if log else [one for one in plays if lost(one) or "stuck" in one][:MOST_TOLD]
    for one in shown:
        print(f"seed {one['seed']}: {({k: v for k, v in one.items() if k != 'log'})}")
        print("\n".join(f"    {line}" for line in one["log"]))
    result(f"{name}.plays", len(plays), "interleavings")
    result(f"{name}.edits", count("typed"), "edits")
    result(f"{name}.acknowledged_missing", count("missing"), "edits", "0")
    result(f"{name}.conflicts", count("conflicts"), "conflicts")
    result(f"{name}.conflicts_not_shown", count("hidden"), "conflicts", "0")
    result(f"{name}.unacknowledged", count("unacknowledged"), "edits")
    result(f"{name}.unacknowledged_missing", count("unacknowledged_missing"), "edits", "0")
    result(f"{name}.stuck", len(plays) - len(whole), "interleavings", "0")


def check_harness(served: Served, stack: Stack, faults: Sequence[str], each: int, lanes: int) -> None:
    """Every fault has to be noticed."""
    for number, fault in enumerate(faults):
        found = play(served, lists(stack, each), first=10_000 + 100 * number, kills=False, lanes=lanes, fault=fault)
        result(f"lost_work.fault.{fault}.noticed", sum(map(lost, found)), f"of_{each}_interleavings", ">=1")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plays", type=int, default=500)
    parser.add_argument("--tabs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=8, help="Interleavings at the same time.")
    parser.add_argument("--fault", choices=FAULTS, default="")
    parser.add_argument("--quick", action="store_true", help="Few, without killing the server or a browser.")
    parser.add_argument("--log", action="store_true", help="Tell every interleaving step by step.")
    options = parser.parse_args()
    plays, each = (8, 4) if options.quick else (options.plays, 30)
    with embedded() as stack, Served(stack) as served:
        print(f"seeds {options.seed} to {options.seed + plays - 1}", flush=True)
        if plays:
            found = play(
                served, lists(stack, plays), first=options.seed, kills=not options.quick, lanes=options.lanes,
                fault=options.fault,
            )
            report("lost_work", found, options.log)
            result("lost_work.server_kills", served.kills, "kills")
        if not options.fault and plays > 1:
            # Without a copy in the browser something is lost in nearly every interleaving: few are enough.
            check_harness(served, stack, ["no-copy"] if options.quick else FAULTS, each, options.lanes)
        if options.tabs and not options.quick and not options.fault and plays != 1:
            from benchmarks.lost.chromium import kill_tabs

            kill_tabs(served, lists(stack, options.tabs), options.seed)
    return exit_status()


if __name__ == "__main__":
    sys.exit(main())
