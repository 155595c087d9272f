"""A project's own findings are found by phrases made from their names."""

from __future__ import annotations

import pytest

from reports_nlp.stages import Extractor, RulesError, load_rules, phrases_for


def labels(text: str, *entries: dict[str, object]) -> dict[str, int]:
    extractor = Extractor(load_rules("en", extra_phrases=entries))
    return {one.finding: one.value for one in extractor(text).labels}


@pytest.mark.parametrize(("text", "value"), [
    ("Azygos fissure.", 1), ("No azygos fissures.", 0), ("Possible azygos-fissure.", -1), ("AZYGOS FISSURE", 1),
    ("Fissure of the azygos.", 1), ("The lungs are clear.", None),
])
def test_number_case_hyphens_and_order_need_no_phrases(text: str, value: int | None) -> None:
    [entry] = phrases_for("Azygos fissure")
    assert labels(text, entry).get("Azygos fissure") == value


def test_terms_are_turned_round_as_terminologies_write_them() -> None:
    [entry] = phrases_for("Embolus", synonyms=["Embolism, Septic", "Septic pulmonary embolus (disorder)"])
    assert entry["words"][:1] == ["embolus"]
    assert {"septic embolism", "septic pulmonary embolus"} <= set(entry["words"])


def test_users_phrases_may_be_patterns_and_a_bad_one_is_named() -> None:
    [entry] = phrases_for("Part-solid nodule", phrases=["(subsolid|part-solid) nodule"])
    assert labels("Subsolid nodule.", entry)["Part-solid nodule"] == 1
    with pytest.raises(RulesError, match="missing"):
        phrases_for("Part-solid nodule", phrases=["(subsolid nodule"])


def test_a_projects_finding_stands_beside_the_packs() -> None:
    [entry] = phrases_for("Ground-glass nodule")
    found = labels("Ground-glass nodule in the right upper lobe.", entry)
    assert found["Ground-glass nodule"] == found["Lung Lesion"] == 1


def test_a_project_can_take_a_phrase_out() -> None:
    assert labels("Bone bruise density.", {"role": "excluded", "words": ["bone bruise density"]}) == {}


def test_a_name_without_words_is_refused() -> None:
    with pytest.raises(RulesError, match="phrases of its own"):
        phrases_for("()")
