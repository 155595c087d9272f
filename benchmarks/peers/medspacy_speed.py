"""Runs in build/peers: medspaCy's default pipeline over texts, one core; prints JSON with what it took.

python medspacy_speed.py TEXTS.json   (a list of texts and, for its target matcher, a dict of finding -> literals)
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import medspacy
from medspacy.ner import TargetRule


def main(path: str) -> None:
    given = json.loads(Path(path).read_text(encoding="utf-8"))
    nlp = medspacy.load()
    nlp.get_pipe("medspacy_target_matcher").add(
        [TargetRule(literal, finding) for finding, literals in given["targets"].items() for literal in literals]
    )
    for text in given["texts"][:5]:
        nlp(text)
    wall, cpu = time.perf_counter(), time.process_time()
    entities = sum(len(doc.ents) for doc in nlp.pipe(given["texts"]))
    answer = {
        "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "entities": entities,
        "version": medspacy.__version__ if hasattr(medspacy, "__version__") else "", "pipes": nlp.pipe_names,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
