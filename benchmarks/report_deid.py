"""What survives de-identification, and what is lost that should stay.

python -m benchmarks.report_deid [--identities 2000] [--seed N]

Invented people (names from syllables, formats drawn from parameter spaces; a name that the product lists is drawn
again) in authored reports: headed and not, mixed case, capitals, small letters, with the header's identifiers known
and without. A canary survives if it, a name part of three letters that is no word, or its run of digits is in the
text that comes out. Wrongly removed: words of the sentences around. Then the same for reports that carry no person:
authored sentences, and with RADLOOP_DATA the open half of the Open-i reports and the captions of reports.csv. Seeds:
one fixed, one drawn.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import random
import re
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.deid.reports import Written, write_report
from benchmarks.deid.sentences import SENTENCES
from benchmarks.results import exit_status, result
from reports_nlp.deidentify import Scrubbed, scrub
from reports_nlp.deidentify.lexicon import load_lexicon

FIXED_SEED = 20261126
_WORD = re.compile(r"[^\W\d_]{2,}")
_SAFE = re.compile(r"\[[A-Z]+(?: [\d-]+)?\]")
_ORDINARY = frozenset({"van", "von", "der", "del", "mac", "bin"})


def is_listed(word: str) -> bool:
    """Whether the product's lists hold a word: such a name is no canary."""
    lexicon = load_lexicon()
    return any(
        lexicon.is_word(part) or part in lexicon.given_names or part in lexicon.ambiguous
        for part in {word, *re.split(r"[-' ]", word)}
    )


@dataclass
class Tally:
    canaries: int = 0
    words: int = 0
    survivors: list[tuple[str, str, str]] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)

    @property
    def lost_share(self) -> float:
        return sum(self.lost.values()) / max(1, self.words)


def survives(canary: str, kind: str, answer: str) -> bool:
    """Whether a canary, or a telling part of it, is in a text from which placeholders were taken."""
    low = answer.lower()
    if kind in ("state",):
        return False
    if kind == "age":
        return re.search(rf"\b{canary}[\s-]*year", low) is not None
    if kind == "old":
        return re.search(rf"\bage {canary}\b", low) is not None
    if kind == "time":
        return canary.lower() in low
    if len(canary) > 2 and re.search(
        rf"(?<![^\W\d_]){re.escape(canary.lower())}(?![^\W\d_])" if len(canary) < 5 else re.escape(canary.lower()), low
    ):
        return True
    if kind in ("name", "place", "institution", "address", "email", "url"):
        parts = [
            p
            for p in re.findall(r"[^\W\d_]+", canary.lower())
            if len(p) >= 3 and p not in _ORDINARY and not load_lexicon().is_word(p)
        ]
        parts = [
            p for p in parts if kind not in ("email", "url") or p not in ("https", "pacs", "net", "org", "com", "study")
        ]
        return any(
            re.search(rf"(?<![^\W\d_]){re.escape(p)}(?![^\W\d_])" if len(p) < 5 else re.escape(p), low) for p in parts
        )
    if kind in ("id", "phone", "ip", "date"):
        runs = [r for r in re.findall(r"\d+", canary) if len(r) >= 4]
        return any(re.search(rf"(?<!\d){r}(?!\d)", low) for r in runs)
    return False


def judge(written: Written, answer: Scrubbed, tally: Tally) -> None:
    """Count what survived of a report's canaries, and the words outside them that are gone."""
    rest = _SAFE.sub(" ", answer.text)
    around = _outside(written).lower()
    for start, end, kind in written.canaries:
        tally.canaries += 1
        canary = written.text[start:end]
        alive = survives(canary, kind, rest)
        if alive and survives(canary, kind, around):
            # The words around say the same: it counts only if it is there once more.
            alive = rest.lower().count(canary.lower()) > around.count(canary.lower())
        if alive:
            tally.survivors.append((kind, canary, written.text[max(0, start - 50) : end + 30]))
    hidden = [False] * (len(written.text) + 1)
    for start, end, _ in written.canaries:
        hidden[start:end] = [True] * (end - start)
    count_lost(written.text, answer, tally, hidden)


def _outside(written: Written) -> str:
    parts, at = [], 0
    for start, end, _ in written.canaries:
        parts.append(written.text[at:start])
        at = end
    return " ".join([*parts, written.text[at:]])


def count_lost(text: str, answer: Scrubbed, tally: Tally, hidden: list[bool] | None = None) -> None:
    removed = [(one.start, one.end) for one in answer.removed]
    for found in _WORD.finditer(text):
        start, end = found.span()
        if (hidden and hidden[start]) or set(found.group().lower()) == {"x"}:
            continue
        tally.words += 1
        if any(a < end and start < b for a, b in removed):
            tally.lost[found.group().lower()] += 1


def measure(identities: int, seed: int) -> Tally:
    rng, tally = random.Random(seed), Tally()
    for _ in range(identities):
        written = write_report(rng, is_listed)
        judge(written, scrub(written.text, known=written.known), tally)
    return tally


def clinical(texts: Iterable[str]) -> Tally:
    tally = Tally()
    for text in texts:
        count_lost(text, scrub(text), tally)
    return tally


def open_reports() -> dict[str, list[str]]:
    """Texts of RADLOOP_DATA that are de-identified already: open half of Open-i, captions of reports.csv; else none."""
    root = Path(os.environ.get("RADLOOP_DATA", "") or "/nonexistent")
    found: dict[str, list[str]] = {}
    folder = root / "reports_openi_xml"
    if folder.is_dir():
        found["openi"] = [
            "\n".join(
                f"{label}: {body}"
                for label, body in re.findall(
                    r'<AbstractText Label="(\w+)">(.*?)</AbstractText>', path.read_text("utf-8"), re.S
                )
            )
            for path in sorted(folder.glob("*.xml"))
            if hashlib.sha256(path.stem.encode()).hexdigest()[0] in "01234567"
        ]
    if (root / "reports.csv").is_file():
        with (root / "reports.csv").open(encoding="utf-8") as stream:
            found["captions"] = [row["text"] for row in csv.DictReader(stream)]
    return found


def report(name: str, tally: Tally, show: int) -> None:
    for kind, _, around in tally.survivors[:show]:
        print(f"  survivor {kind}: {around!r}")
    if tally.lost and show:
        print("  lost:", ", ".join(f"{w} {n}" for w, n in tally.lost.most_common(show)))
    if tally.canaries:
        result(f"deid_{name}_survivors", len(tally.survivors), f"of_{tally.canaries}_canaries", "0")
    result(f"deid_{name}_words_lost", round(100 * tally.lost_share, 3), f"percent_of_{tally.words}", "<=1")


def speed(name: str, batch: list[tuple[str, tuple[str, ...]]], target: str = "") -> None:
    """Reports per second of processor time, best of three. Plain: nobody named. Dense: a dozen identifiers each."""
    spent = []
    for _ in range(3):
        began = time.process_time()
        for text, known in batch:
            scrub(text, known=known)
        spent.append(time.process_time() - began)
    characters = sum(len(text) for text, _ in batch) // len(batch)
    result(f"deid_speed_{name}", round(len(batch) / min(spent)), f"reports/cpu_s_of_{characters}_characters", target)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--identities", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument(
        "--show", type=int, default=0, help="show so many survivors and lost words (invented or public text)"
    )
    options = parser.parse_args()
    print(f"drawn seed {options.seed}")
    report("fixed_seed", measure(options.identities, FIXED_SEED), options.show)
    report("drawn_seed", measure(options.identities, options.seed), options.show)
    texts = {"authored": list(SENTENCES), **open_reports()}
    for name, bodies in texts.items():
        report(name, clinical(bodies), options.show)
        report(f"{name}_capitals", clinical(body.upper() for body in bodies), options.show)
    rng = random.Random(1)
    plain = [" ".join(rng.sample(SENTENCES, 8)) for _ in range(400)]
    dense = [write_report(rng, is_listed) for _ in range(400)]
    speed("plain", [(text, ()) for text in plain], ">=1000")
    speed("dense", [(written.text, written.known) for written in dense])
    return exit_status()


if __name__ == "__main__":
    sys.exit(main())
