"""`{% report_block block %}`: a stretch of a report with its marks. Python writes it, since a template's line breaks
between two pieces would become part of the text."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from frontend.reports import words
from frontend.reports.pieces import Block, Piece

register = template.Library()


@register.simple_tag
def report_block(block: Block) -> SafeString:
    """Every piece says in data-s at which character of the stored text it begins."""
    return format_html_join("", "{}", ((_piece(piece),) for piece in block.pieces))


def _piece(piece: Piece) -> SafeString:
    classes, extra = [], SafeString("")
    if piece.cues:
        classes.append("cue")
        extra += format_html(' data-cue="{}" data-role="{}"', " ".join(map(str, piece.cues)), piece.role)
    if piece.link:
        classes.append("image-link")
        extra += format_html(' data-link="{}"', piece.link)
    if piece.mention is None:
        css = format_html(' class="{}"', " ".join(classes)) if classes else SafeString("")
        return format_html('<span data-s="{}"{}{}>{}</span>', piece.start, css, extra, piece.text)
    classes = ["mention", f"m-{piece.mention.name}", *classes, *(["first"] if piece.is_first else [])]
    if piece.is_first:
        extra += format_html(
            ' tabindex="0" role="button" aria-label="{}, {}" aria-describedby="why-{}"',
            piece.text, piece.mention.label, piece.mention.owner,
        )
    return format_html(
        '<mark data-s="{}" class="{}" data-m="{}"{}>{}</mark>', piece.start, " ".join(classes),
        " ".join(map(str, piece.mentions)), extra, piece.text,
    )


@register.filter
def state_words(state: str) -> str:
    """not_mentioned → not mentioned."""
    return words.STATE_WORDS.get(state, state)


@register.filter
def state_sign(state: str) -> str:
    return words.SIGNS.get(state, "")


@register.filter
def millimetres(size: list[float]) -> str:
    """[12.0, 8.0] → 12 × 8 mm."""
    return words.size_words(size)
