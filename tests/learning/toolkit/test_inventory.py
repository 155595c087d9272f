import ast
import importlib
from pathlib import Path

import numpy as np
import pytest

from benchmarks.strategy_table import code_hash as hashing
from benchmarks.strategy_table.__main__ import measure
from benchmarks.strategy_table.paired import Paired, judge
from benchmarks.strategy_table.store import Measured, read, write
from learning.toolkit.data import Examples
from learning.toolkit.inventory import ROWS, Row, row_named

ROOT = Path(__file__).parents[3]


def test_every_row_has_an_id_of_its_own():
    assert len({row.id for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_what_a_row_names_exists(row):
    for name in (*row.code, *((row.effect,) if row.effect else ())):
        module, _, path = name.partition(":")
        found = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
        assert found is not None
    for node in row.tests:
        file, *names = node.split("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        for name in names:
            tree = next(n for n in tree.body if getattr(n, "name", "") == name.partition("[")[0])
        assert tree.name.startswith("test_")


def test_row_without_code_test_or_effect_is_refused():
    known = {"id": "X1", "name": "x", "code": ("a:b",), "tests": ("t.py::test_t",)}
    with pytest.raises(ValueError, match="no code or no test"):
        Row(**known | {"tests": ()}, why="none")
    with pytest.raises(ValueError, match="effect or a reason"):
        Row(**known)
    with pytest.raises(ValueError, match="measured against"):
        Row(**known, effect="a:b")
    with pytest.raises(KeyError, match="known: "):
        row_named("X1")


SOURCE = '''"""What it says."""
LIMIT = 3

def used(x):
    """Words."""
    return x + LIMIT

def effect(bench):
    # why
    return used(bench)

def another(bench):
    return 0
'''


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ("# why", "# because", False), ('"""Words."""', '"""Other words."""', False), ("return 0", "return 1", False),
        ("LIMIT = 3", "LIMIT = 4", True), ("x + LIMIT", "x - LIMIT", True), ("used(bench)", "used(2)", True),
    ],
)
def test_a_verdict_is_stale_when_code_changed_but_not_when_words_did(before, after, changes):
    assert (hashing._bare(SOURCE, "effect") != hashing._bare(SOURCE.replace(before, after), "effect")) is changes


def test_hash_of_a_row_follows_its_code_and_its_effect(monkeypatch):
    row = Row("X1", "x", code=("learning.toolkit.ranks:auroc",), tests=("t.py::test_t",), why="none")
    texts = {}
    monkeypatch.setattr(hashing, "source_of", lambda name: texts.get(name, "x = 1"))
    plain = hashing.code_hash(row)
    texts["learning.toolkit.ranks"] = "x = 2"
    changed = hashing.code_hash(row)
    texts["learning.toolkit.unrelated"] = "x = 3"
    assert plain != changed == hashing.code_hash(row)
    monkeypatch.undo()
    with pytest.raises(LookupError, match="no module"):
        hashing.source_of("learning.toolkit.magic")


def _paired(seed, gain):
    rng = np.random.default_rng(seed)
    targets = (np.arange(120) % 2)[:, None].astype(np.float32)
    test = Examples.of(
        np.zeros((120, 8, 8), np.float32), targets, patients=[f"p{i}" for i in range(120)], findings=["EFF"]
    )
    noise = rng.normal(0, 1, (120, 1))
    control = 1 / (1 + np.exp(-(targets + noise)))
    return Paired.auroc(1 / (1 + np.exp(-((1 + gain) * targets + noise))), control, test)


def gaining(bench):
    """An effect, found by name below."""
    return _paired(bench.seed, 2.0)


def test_measured_row_carries_its_verdict_its_interval_and_its_hash(tmp_path):
    effect = f"{__name__}:gaining"
    row = Row("X1", "x", code=("learning.toolkit.ranks:auroc",), tests=("t",), control="plain", effect=effect)
    found = measure(row, 5)
    assert (found.verdict, found.seeds, found.n, found.code) == ("gain", 5, 120, hashing.code_hash(row))
    assert found.delta == pytest.approx(found.strategy - found.control, abs=2e-4)
    assert found.low > 0
    write({"T10": found, "T9": found}, tmp_path / "results.json")
    again = read(tmp_path / "results.json")
    assert again["X1"] == found
    assert isinstance(again["X1"], Measured)


def test_seeds_judged_on_different_cases_are_refused():
    other = _paired(1, 0.0)
    with pytest.raises(ValueError, match="same test cases"):
        judge([_paired(0, 0.0), Paired(other.strategy[1:], other.control[1:], other.patients[1:], "AUROC",
                                       other.targets[1:], other.findings)])
