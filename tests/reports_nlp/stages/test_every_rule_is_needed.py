"""Each rule of each pack has a gold row that is read wrongly without it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from reports_nlp.stages import languages, load_rules
from reports_nlp.stages import mentions as reading
from reports_nlp.stages.attributes import Attributes
from reports_nlp.stages.rules import Node, Rule, Rules
from tests.golden.reports.loader import GoldRow, load_all
from tests.reports_nlp.stages.gold import differences, kept_extractor

PACKS = {language: load_rules(language) for language in languages()}
ROWS = load_all()


def _ends(node: Node) -> Iterator[dict[int, list[Rule]]]:
    """Where phrases end, with the rules that they belong to."""
    for key, below in node.items():
        if key is None:
            yield below
        elif isinstance(below, dict):
            yield from _ends(below)


@pytest.fixture(scope="module")
def places() -> dict[str, list[tuple[list[Rule], Rule]]]:
    """Rule -> the lists that hold it."""
    found: dict[str, list[tuple[list[Rule], Rule]]] = defaultdict(list)
    for table in (table for pack in PACKS.values() for table in (pack.table, pack.attributes)):
        for end in _ends(table):
            for rules in end.values():
                for rule in rules:
                    found[rule.id].append((rules, rule))
    return found


@pytest.fixture(scope="module")
def touched() -> dict[str, list[GoldRow]]:
    """Rule -> rows in which one of its phrases stands."""
    found: dict[str, list[GoldRow]] = defaultdict(list)
    with pytest.MonkeyPatch.context() as patch:
        seen: set[str] = set()
        original = reading.find

        def noting(*args: Any) -> Any:
            hits = original(*args)
            seen.update(rule.id for group in hits for hit in group for rule in hit.rules)
            return hits

        patch.setattr(reading, "find", noting)
        patch.setattr("reports_nlp.stages.matching.find", noting)
        for row in ROWS:
            seen.clear()
            kept_extractor(row.language, row.policy, row.settings)(row.text)
            for rule in seen:
                found[rule].append(row)
    return found


@contextmanager
def hidden(places: dict[str, list[tuple[list[Rule], Rule]]], rule: str) -> Iterator[None]:
    before = [(rules, list(rules)) for rules, _ in places[rule]]
    emptied: list[list[Rule]] = []
    for rules, one in places[rule]:
        rules.remove(one)
        emptied.append(rules)
    with _without_empty_ends(PACKS[rule.split("/")[0]], emptied):
        yield
    for rules, content in before:
        rules[:] = content


@contextmanager
def _without_empty_ends(rules: Rules, emptied: list[list[Rule]]) -> Iterator[None]:
    """An end without rules is no end: a shorter phrase must be free to match."""
    taken = []
    wanted = {id(one) for one in emptied if not one}
    for table in (rules.table, rules.attributes):
        for end in _ends(table):
            for layer in [layer for layer, held in end.items() if id(held) in wanted]:
                taken.append((end, layer, end.pop(layer)))
    yield
    for end, layer, held in taken:
        end[layer] = held


@pytest.mark.parametrize("rule", [rule.id for pack in PACKS.values() for rule in pack.rules])
def test_a_row_fails_without(
    rule: str, places: dict[str, list[tuple[list[Rule], Rule]]], touched: dict[str, list[GoldRow]]
) -> None:
    with hidden(places, rule):
        for row in touched.get(rule, []):
            if differences(row, kept_extractor(row.language, row.policy, row.settings)(row.text)):
                return
    pytest.fail(f"no row needs {rule}: write one, or take the rule out")


def test_the_tables_are_whole_again() -> None:
    assert all(Attributes(pack) is not None for pack in PACKS.values())
    assert not [row.id for row in ROWS[::20] if differences(
        row, kept_extractor(row.language, row.policy, row.settings)(row.text))]
