"""Which rule hangs a study and what hangs where, as a table; a change of weights shows here."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from imaging.hanging import DEFAULTS, Decision, Hangable, Pane, Rule, RuleSet, StudyFacts, When, decide


def thing(name: str, modality: str, **fields: Any) -> Hangable:
    words = frozenset(str(fields.pop("words", "")).split())
    return Hangable(series=name, modality=modality, words=words, **fields)


def study(*things: Hangable, uid: str = "now", days: int = 0) -> StudyFacts:
    return StudyFacts(uid, things, days)


def shown(decision: Decision) -> list[str]:
    """Per viewport what hangs there, an earlier study's with its uid."""
    told = []
    for one in decision.chosen.panes:
        where = "" if one.study is None or one.wish.study == "current" else f"{one.study.uid}:"
        told.append("-" if one.hangable is None else where + one.hangable.series)
    return told


PA, LATERAL = thing("pa", "DX", view="PA", body_part="CHEST"), thing("lat", "DX", view="LL", body_part="CHEST")
BREASTS = [thing(f"{s}{v}".lower(), "MG", view=v, side=s) for v in ("MLO", "CC") for s in ("L", "R")]
CT = thing("ct", "CT", body_part="CHEST", images=90, plane="axial")
SCOUT = thing("scout", "CT", body_part="CHEST", images=1, words="SCOUT", plane="coronal")
OLD_CT = study(SCOUT, thing("oldct", "CT", body_part="CHEST", images=60, plane="axial"), uid="old", days=90)
OLDER_CT = study(thing("olderct", "CT", body_part="CHEST", images=60, plane="axial"), uid="older", days=900)
OLD_HAND = study(thing("hand", "DX", view="PA", body_part="HAND"), uid="hand", days=5)
OLD_CHEST = study(thing("oldpa", "DX", view="AP", body_part="CHEST"), thing("oldlat", "DX", view="LAT"), uid="old")
T1, T2 = thing("t1", "MR", words="T1 SAGITTAL"), thing("t2", "MR", words="T2 AXIAL")
FLAIR, POST = thing("flair", "MR", words="T2 FLAIR AXIAL"), thing("post", "MR", words="T1 CONTRAST")
LOC = thing("loc", "MR", words="LOCALIZER", images=3)


@pytest.mark.parametrize(("now", "before", "rule", "hung"), [
    (study(PA), [], "One image", ["pa"]),
    (study(LATERAL, PA), [], "Frontal and lateral radiograph", ["pa", "lat"]),
    (study(PA), [OLD_CHEST], "Radiograph beside the earlier one", ["pa", "old:oldpa"]),
    (study(PA), [OLD_HAND], "One image", ["pa"]),
    (study(PA, LATERAL), [OLD_CHEST], "Frontal and lateral radiograph, with the earlier ones",
     ["pa", "lat", "old:oldpa", "old:oldlat"]),
    (study(thing("a", "CR"), thing("b", "CR")), [], "Two radiographs", ["a", "b"]),
    (study(*BREASTS), [], "Mammogram, four views", ["rcc", "lcc", "rmlo", "lmlo"]),
    (study(BREASTS[0], BREASTS[1]), [], "Mammogram", ["rmlo", "lmlo"]),
    (study(SCOUT, CT), [], "CT", ["ct"]),
    (study(SCOUT), [], "CT", ["scout"]),
    (study(SCOUT, CT), [OLD_CT, OLDER_CT], "CT beside the earlier one", ["ct", "old:oldct"]),
    (study(CT), [OLD_CHEST], "CT", ["ct"]),
    (study(LOC, FLAIR, T2, T1, POST), [], "MR, four sequences", ["t1", "t2", "flair", "post"]),
    (study(LOC, T1, T2, FLAIR), [], "MR, four sequences", ["t1", "t2", "flair", "-"]),
    (study(T1, T2), [], "MR, two sequences", ["t1", "t2"]),
    (study(thing("us", "US", images=30)), [], "One image", ["us"]),
    (study(), [], "One image", ["-"]),
])
def test_the_shipped_protocols_hang(now: StudyFacts, before: list[StudyFacts], rule: str, hung: list[str]) -> None:
    decision = decide(DEFAULTS, now, before)
    assert (decision.chosen.rule.name, shown(decision)) == (rule, hung)


def _rule(name: str, **when: Any) -> Rule:
    return Rule(name=name, rows=1, columns=1, when=When(**when), panes=[Pane()])


@pytest.mark.parametrize(("rules", "chosen"), [
    ([_rule("any"), _rule("chest", body_parts=["CHEST"])], "chest"),
    ([_rule("first", modalities=["DX"]), _rule("second", modalities=["DX"])], "first"),
    ([_rule("no scouts", words=["-SCOUT"]), _rule("any")], "no scouts"),
    ([_rule("left", sides=["L"]), _rule("any")], "any"),
    ([_rule("three", least=3), _rule("any")], "any"),
    ([], "Whatever comes first"),
])
def test_the_most_specific_rule_that_fits_wins(rules: list[Rule], chosen: str) -> None:
    assert decide(RuleSet(rules=rules), study(PA)).chosen.rule.name == chosen


def test_every_rule_tells_why_it_won_or_not() -> None:
    told = {one.rule.name: (one.points, one.reasons) for one in decide(DEFAULTS, study(PA, LATERAL)).weighed}
    assert told["Frontal and lateral radiograph"] == (
        22, ("modality CR/DX/RG +10", "view PA/AP +6", "view LL/RL/LAT +6"))
    assert told["CT"] == (None, ("not modality CT",))
    assert told["Radiograph beside the earlier one"] == (None, ("no comparable earlier study",))


def test_what_the_header_does_not_say_is_no_contradiction() -> None:
    silent = thing("silent", "CR")
    (pane,) = decide(RuleSet(rules=[
        Rule(name="frontal", rows=1, columns=1, panes=[Pane(modalities=["CR"], views=["PA/AP"])])
    ]), study(thing("lateral", "CR", view="LL"), silent)).chosen.panes
    assert pane.hangable == silent


@pytest.mark.parametrize("wrong", [
    {"rules": [{"name": "a", "rows": 1, "columns": 2, "panes": [{}]}]},
    {"rules": [{"name": "a", "rows": 3, "columns": 3, "panes": [{}] * 6}]},
    {"rules": [{"name": name, "rows": 1, "columns": 1, "panes": [{}]} for name in ("a", "A")]},
    {"rules": [{"name": "a", "rows": 1, "columns": 1, "panes": [{"views": ["P A"]}]}]},
    {"rules": [{"name": "a", "rows": 1, "columns": 1, "panes": [{}], "colour": "red"}]},
])
def test_rules_that_say_nothing_sensible_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RuleSet.model_validate(wrong)
