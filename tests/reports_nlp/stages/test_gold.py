"""Every row of every gold table is read as its author meant it."""

from __future__ import annotations

import pytest

from reports_nlp.stages import languages
from tests.golden.reports.loader import GoldRow, load_all
from tests.reports_nlp.stages.gold import differences, kept_extractor

ROWS = load_all()


@pytest.mark.parametrize("phenomenon", sorted({row.phenomenon for row in ROWS}))
def test_the_table_is_read_as_its_author_meant(phenomenon: str) -> None:
    wrong = []
    for row in ROWS:
        if row.phenomenon == phenomenon:
            extraction = kept_extractor(row.language, row.policy, row.settings)(row.text)
            wrong += [f"{row.id} {row.text!r}: {one}" for one in differences(row, extraction)]
    assert not wrong, "\n".join(wrong)


def test_there_is_a_pack_for_every_language_of_the_tables() -> None:
    assert {row.language for row in ROWS} <= set(languages())


@pytest.mark.parametrize("row", [row for row in ROWS if row.policy == "chexpert"][::7], ids=lambda row: row.id)
def test_labels_alone_are_the_same_labels(row: GoldRow) -> None:
    extractor = kept_extractor(row.language, row.policy, row.settings)
    assert extractor(row.text, labels_only=True).labels == extractor(row.text).labels
