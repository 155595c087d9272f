"""Packs and policies are data: what is wrong with one is said; what changes an answer changes the definition."""

from __future__ import annotations

from typing import Any

import pytest

from reports_nlp.stages import Extractor, PolicyError, RulesError, load_policy, load_rules, policies
from reports_nlp.stages.patterns import PatternError, expand

ENTRY: dict[str, Any] = {"finding": "Azygos fissure", "words": ["azygos fissure"]}


def test_a_pattern_stands_for_its_phrases() -> None:
    found = {" ".join(words) for words in expand("[the] (left|right lower) {part} tip", {"part": ["tube", "line"]})}
    assert found == {f"{the}{side} {part} tip" for the in ("", "the ") for side in ("left", "right lower")
                     for part in ("tube", "line")}


@pytest.mark.parametrize(("pattern", "message"), [
    ("(left|right", "is missing"), ("left)", "without its opening"), ("{side} lung", "no class 'side'"),
    (" ".join(["(a|b|c|d)"] * 9), "stands for more than"),
])
def test_a_bad_pattern_is_told(pattern: str, message: str) -> None:
    with pytest.raises(PatternError, match=message):
        list(expand(pattern, {}))


@pytest.mark.parametrize(("entry", "message"), [
    ({"words": ["x"]}, "needs `finding`"), ({"finding": "X", "words": "x"}, "list of phrases"),
    ({"finding": "X"}, "list of phrases"), ({**ENTRY, "colour": "red"}, "unknown colour"),
    ({**ENTRY, "direction": "up"}, "direction must be"), ({**ENTRY, "words": ["[azygos]"]}, "no word at all"),
])
def test_a_bad_entry_is_told(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(RulesError, match=message):
        load_rules("en", extra_phrases=[entry])


def test_an_unknown_language_lists_the_known_ones() -> None:
    with pytest.raises(RulesError, match="de, en"):
        load_rules("xx")


@pytest.mark.parametrize(("settings", "message"), [
    ({"hedge": {}}, "known are"), ({"hedges": {"possible": "maybe"}}, "it may be"),
    ({"aggregation": {"level": "patient"}}, "mention or report"),
])
def test_a_bad_setting_is_told(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        load_policy("chexpert", settings)


def test_the_definition_follows_phrases_policy_and_settings() -> None:
    made = [
        Extractor(load_rules("en"), load_policy("chexpert")), Extractor(load_rules("de"), load_policy("chexpert")),
        Extractor(load_rules("en"), load_policy("mesh")), Extractor(load_rules("en", extra_phrases=[ENTRY])),
        Extractor(load_rules("en"), load_policy("chexpert", {"closure": {"enabled": True}})),
    ]
    assert len({one.definition for one in made}) == len(made)
    assert made[0].definition == Extractor(load_rules("en"), load_policy("chexpert")).definition


def test_a_report_level_policy_lets_the_impression_speak() -> None:
    text = "FINDINGS: Possible left effusion.\nIMPRESSION: No effusion."
    by_report = Extractor(policy=load_policy("chexpert", {"aggregation": {"level": "report"}}))
    assert [one.value for one in Extractor()(text).labels if one.finding == "Pleural Effusion"] == [-1]
    assert [one.value for one in by_report(text).labels if one.finding == "Pleural Effusion"] == [0]


def test_what_a_hedge_is_worth_is_the_projects_choice() -> None:
    strict = Extractor(policy=load_policy("chexpert", {"hedges": {"probable": "uncertain"}}))
    [label] = strict("Probable pneumonia.").labels
    assert label.value == -1


def test_what_closure_added_says_so_and_has_no_mention() -> None:
    extraction = Extractor(policy=load_policy("chexpert", {"closure": {"enabled": True}}))("Mild edema.")
    added = extraction.label("Lung Opacity")
    assert added is not None
    assert (added.value, added.mentions, added.reason) == (1, (), "closure:Edema")


@pytest.mark.parametrize("name", policies())
def test_every_label_points_at_what_decided_it(name: str) -> None:
    text = "1. No pneumothorax. 2. Possible right effusion, small left effusion. 3. Stable heart."
    extraction = Extractor(policy=load_policy(name))(text)
    for label in extraction.labels:
        deciding = {extraction.mentions[index].polarity for index in label.mentions}
        assert deciding == {{1: "present", 0: "absent", -1: "uncertain"}[label.value]}, label
