"""A stored header as rows to read: one per element, nested items indented, of frame groups only the frame asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydicom.datadict import dictionary_description, keyword_for_tag

MOST_CHARACTERS = 200
"""Of one value; longer ones are cut and say how much there was."""
MOST_ITEMS = 20
FRAME_GROUPS = "52009230"


@dataclass(frozen=True)
class HeaderRow:
    depth: int
    """0 for the header's own elements, 1 inside a sequence, and so on."""
    tag: str
    """`(0028,0030)`; empty for the line that begins an item of a sequence."""
    name: str
    keyword: str
    vr: str
    value: str
    is_cut: bool


def header_rows(header: Mapping[str, Any], *, frame: int = 0) -> list[HeaderRow]:
    """Rows of DICOM JSON (PS3.18 F) in tag order. `frame` counts from 0. Private elements are never in it."""
    return list(_rows(header, frame, 0))


def _rows(header: Mapping[str, Any], frame: int, depth: int) -> Iterator[HeaderRow]:
    for tag in sorted(header):
        if int(tag[:4], 16) % 2:
            continue
        element = header[tag]
        values, vr = element.get("Value") or [], element.get("vr", "")
        if vr == "SQ":
            yield _row(depth, tag, vr, f"{len(values)} item{'' if len(values) == 1 else 's'}")
            yield from _items(tag, values, frame, depth + 1)
        elif "InlineBinary" in element:
            yield _row(depth, tag, vr, f"{len(element['InlineBinary']) * 3 // 4:,} bytes")
        else:
            yield _row(depth, tag, vr, "\\".join(_text(value) for value in values))


def _items(tag: str, items: list[Mapping[str, Any]], frame: int, depth: int) -> Iterator[HeaderRow]:
    chosen = list(enumerate(items))
    if tag == FRAME_GROUPS:
        chosen = chosen[frame : frame + 1]
    for number, item in chosen[:MOST_ITEMS]:
        what = "Frame" if tag == FRAME_GROUPS else "Item"
        yield HeaderRow(depth, "", f"{what} {number + 1} of {len(items)}", "", "", "", False)
        yield from _rows(item, frame, depth + 1)
    if len(chosen) > MOST_ITEMS:
        yield HeaderRow(depth, "", f"{len(chosen) - MOST_ITEMS} more items are not shown", "", "", "", True)


def _row(depth: int, tag: str, vr: str, value: str) -> HeaderRow:
    number = int(tag, 16)
    try:
        name = dictionary_description(number)
    except KeyError:
        name = "Unknown"
    is_cut = len(value) > MOST_CHARACTERS
    shown = f"{value[:MOST_CHARACTERS]}… ({len(value):,} characters)" if is_cut else value
    return HeaderRow(depth, f"({tag[:4]},{tag[4:]})", name, keyword_for_tag(number), vr, shown, is_cut)


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        # A person's name comes in groups.
        return str(value.get("Alphabetic", ""))
    return "" if value is None else str(value)
