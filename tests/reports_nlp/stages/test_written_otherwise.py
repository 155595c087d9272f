"""How a report is laid out and typed changes nothing of what it says."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from random import Random

import pytest

from tests.golden.reports.loader import FINDINGS, GoldRow, load_all
from tests.reports_nlp.stages.gold import kept_extractor

ROWS = [row for row in load_all() if row.policy == "chexpert" and not row.settings]


def _wrapped(width: int) -> Callable[[str], str]:
    return lambda text: "\n".join(textwrap.fill(line, width) for line in text.split("\n"))


def _under_a_heading(text: str) -> str:
    return text if ":" in text or "\n" in text else f"FINAL REPORT\nIMPRESSION:\n\n{text}\n"


def _as_a_list(text: str) -> str:
    return text if ":" in text or "\n" in text or not text[0].isalpha() else f"1. {text}"


WAYS: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "lines of Windows": lambda text: text.replace("\n", "\r\n") + "\r\n",
    "lines of an old Macintosh": lambda text: text.replace("\n", "\r"),
    "double spaces": lambda text: text.replace(" ", "  "),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "short lines": _wrapped(40),
    "lines": _wrapped(60),
    "no final stop": lambda text: text.removesuffix("."),
    "under a heading": _under_a_heading,
    "as a list": _as_a_list,
    "a call noted behind it": lambda text: text + "\n\nFindings were discussed with Dr. ___ at 14:30.",
}


@pytest.mark.parametrize("way", WAYS)
def test_the_labels_stay_the_same(way: str) -> None:
    changed = []
    for row in ROWS:
        otherwise = WAYS[way](row.text)
        if _labels(row, otherwise) != _labels(row, row.text):
            changed.append(f"{row.id} {otherwise!r}")
    assert not changed, "\n".join(changed)


@pytest.mark.parametrize("text", [
    "indication: pneumonia.\nfindings: heart size is normal.\nimpression: no effusion.",
    "pneumothorax: none\neffusion: small left\nconsolidation: none",
])
def test_small_letters_at_the_start_of_a_line_head_it_too(text: str) -> None:
    row = ROWS[0]
    assert _labels(row, text) == _labels(row, "\n".join(line.capitalize() for line in text.split("\n")))


def _labels(row: GoldRow, text: str) -> dict[str, int]:
    extractor = kept_extractor(row.language, row.policy, row.settings)
    return {one.finding: one.value for one in extractor(text, labels_only=True).labels}


def test_two_impressions_in_a_row_say_what_each_says() -> None:
    """Nothing reaches from one sentence into the next; present beats uncertain beats absent."""
    plain = [row for row in ROWS if row.language == "en" and _stands_alone(row)]
    random = Random(5)
    wrong = []
    for _ in range(1500):
        one, other = random.sample(plain, 2)
        text = f"{one.text.rstrip('.')}. {other.text}"
        wanted = dict(one.labels)
        for finding, value in other.labels.items():
            wanted[finding] = max(value, wanted.get(finding, value), key=(0, -1, 1).index)
        found = _labels(one, text)
        if any(found.get(finding) != wanted.get(finding) for finding in FINDINGS if finding != "No Finding"):
            wrong.append(f"{one.id} + {other.id}: {text!r}")
    assert not wrong, "\n".join(wrong)


def _stands_alone(row: GoldRow) -> bool:
    """One line, wholly judged and asserted, and no heart failure, which a heart described elsewhere explains."""
    return (
        "\n" not in row.text and ":" not in row.text and row.text[-1] not in "?!)" and not row.unjudged
        and bool(row.mentions) and all(mention.context == "asserted" for mention in row.mentions)
        and not {m.start for m in row.mentions if m.finding == "Edema"}
        & {m.start for m in row.mentions if m.finding == "Cardiomegaly"}
    )
