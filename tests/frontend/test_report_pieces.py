"""A report's text cut where marks begin and end."""

from __future__ import annotations

from frontend.reports.pieces import Block, Mark, blocks_of

TEXT = "FINDINGS: No effusion or pneumothorax.\n\nIMPRESSION:\nNormal."
SECTIONS = [["findings", 9, 38], ["impression", 51, 59]]


def at(words: str, kind: str, owner: int, name: str = "") -> Mark:
    start = TEXT.index(words)
    return Mark(kind, owner, start, start + len(words), name)


def read(blocks: list[Block]) -> list[str]:
    return ["".join(piece.text for piece in block.pieces) for block in blocks]


def test_sections_and_their_headings_are_blocks_in_the_order_of_the_text() -> None:
    blocks = blocks_of(TEXT, SECTIONS, [])
    assert [(block.kind, block.is_heading) for block in blocks] == [
        ("", True), ("findings", False), ("", True), ("impression", False)
    ]
    assert read(blocks) == ["FINDINGS:", "No effusion or pneumothorax.", "IMPRESSION:", "Normal."]


def test_every_piece_says_where_in_the_stored_text_it_stands() -> None:
    marks = [at("effusion", "mention", 1, "absent"), at("No", "cue", 1, "negation")]
    for block in blocks_of(TEXT, SECTIONS, marks):
        for piece in block.pieces:
            assert TEXT[piece.start : piece.start + len(piece.text)] == piece.text


def test_one_cue_may_decide_about_two_mentions() -> None:
    marks = [
        at("effusion", "mention", 1, "absent"), at("pneumothorax", "mention", 2, "absent"),
        at("No", "cue", 1, "negation"), at("No", "cue", 2, "negation"),
    ]
    pieces = [piece for block in blocks_of(TEXT, SECTIONS, marks) for piece in block.pieces]
    assert [(p.text, p.cues) for p in pieces if p.cues] == [("No", (1, 2))]
    assert [(p.text, p.mentions, p.is_first) for p in pieces if p.mentions] == [
        ("effusion", (1,), True), ("pneumothorax", (2,), True)
    ]


def test_a_mention_inside_another_is_the_one_that_is_named_and_both_are_known() -> None:
    inner, outer = at("effusion", "mention", 1, "absent"), at("effusion or pneumothorax", "mention", 2, "present")
    pieces = [p for block in blocks_of(TEXT, SECTIONS, [outer, inner]) for p in block.pieces if p.mentions]
    assert [(p.text, p.mention.owner if p.mention else 0, p.mentions) for p in pieces] == [
        ("effusion", 1, (1, 2)), (" or pneumothorax", 2, (2,))
    ]
    assert [p.is_first for p in pieces] == [True, False]


def test_a_text_without_sections_is_one_body_and_no_heading() -> None:
    (block,) = blocks_of("Small effusion.\n", [], [])
    assert not block.is_heading
    assert read([block]) == ["Small effusion."]


def test_sections_that_overlap_or_reach_too_far_lose_nothing_and_repeat_nothing() -> None:
    blocks = blocks_of(TEXT, [["findings", 9, 45], ["impression", 40, 900]], [])
    assert "".join("".join(read(blocks)).split()) == "".join(TEXT.split())
