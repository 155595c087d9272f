"""XML read without its dangers: no entities, no DOCTYPE, nothing fetched, depth and size bounded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from reports_nlp.sources.records import SourceError

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 200


class BadXml(SourceError):
    """The document can't be used."""


def read_tree(source: BinaryIO | bytes, *, max_bytes: int = MAX_BYTES) -> Element:
    """The root; names without their namespace. Raises BadXml naming line and column."""
    data = source if isinstance(source, bytes) else source.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise BadXml(f"The document is over the limit of {max_bytes // 2**20} MB.")
    builder, depth = TreeBuilder(), 0
    parser = expat.ParserCreate(namespace_separator="}")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise BadXml(f"Elements are nested deeper than {MAX_DEPTH}.")
        builder.start(_local(name), {_local(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_local(name))

    def refuse(*_: object) -> None:
        raise BadXml("The document declares a DOCTYPE; no system that writes reports does.")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
        return builder.close()
    except expat.ExpatError as error:
        raise BadXml(f"Broken XML in line {error.lineno}, column {error.offset + 1}.") from None
    except (AssertionError, ValueError, LookupError, TypeError) as error:
        raise BadXml(f"The XML can't be read ({type(error).__name__}).") from None


def words(element: Element | None) -> str:
    """All text below an element, in one line."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def lines(element: Element) -> Iterator[str]:
    """Text below an element, a line per block, as narrative of documents is laid out."""
    current: list[str] = [element.text or ""]
    for child in element:
        inner = list(lines(child))
        if child.tag in ("br", "paragraph", "p", "item", "tr", "list", "table", "title", "caption", "li", "section"):
            yield from _joined(current)
            yield from inner
            current = []
        else:
            current += [" " if child.tag in ("td", "th") else "", " ".join(inner)]
        current.append(child.tail or "")
    yield from _joined(current)


def _joined(parts: list[str]) -> Iterator[str]:
    text = "".join(parts)
    yield from (" ".join(line.split()) for line in text.splitlines() if line.strip())


def _local(name: str) -> str:
    return name.rsplit("}", 1)[-1]
