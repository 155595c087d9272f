"""HL7 v2 text: escape sequences (chapter 2.7), character sets (table 0211), base64 of encapsulated data."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

CHARSETS = {
    "ASCII": "", "8859/1": "latin_1", "8859/2": "iso8859_2", "8859/3": "iso8859_3", "8859/4": "iso8859_4",
    "8859/5": "iso8859_5", "8859/6": "iso8859_6", "8859/7": "iso8859_7", "8859/8": "iso8859_8", "8859/9": "iso8859_9",
    "8859/15": "iso8859_15", "ISO IR6": "", "ISO IR14": "shift_jis", "ISO IR87": "iso2022_jp",
    "ISO IR159": "iso2022_jp_2", "GB 18030-2000": "gb18030", "KS X 1001": "euc_kr", "CNS 11643-1992": "big5hkscs",
    "BIG-5": "big5", "UNICODE": "utf-8", "UNICODE UTF-8": "utf-8", "UNICODE UTF-16": "utf-16",
    "UNICODE UTF-32": "utf-32", "UTF-8": "utf-8", "UTF8": "utf-8", "ISO-8859-1": "latin_1", "WINDOWS-1252": "cp1252",
}
_LINES = (".br", ".ce")
_MAX_SKIP = 20
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*")


def codec_of(charset: str) -> str:
    """Python's name for a value of MSH-18; empty for ASCII and for what is unknown: then the bytes decide."""
    return CHARSETS.get(charset.strip().upper(), "")


def unescape(text: str, *, escape: str = "\\", separators: str = "|^~&", codec: str = "") -> str:
    """The text with its escape sequences resolved. A backslash that starts none stays as it is."""
    if escape not in text:
        return text
    plain = dict(zip("FSRT", separators, strict=False)) | {"E": escape, "H": "", "N": "", "P": "&"}
    mark = re.escape(escape)

    def resolve(found: re.Match[str]) -> str:
        inner = found.group(1)
        if inner in plain:
            return plain[inner]
        if inner[:1] == "X" and len(inner) % 2 and re.fullmatch(r"X[0-9A-Fa-f]+", inner):
            return _bytes(bytes.fromhex(inner[1:]), codec)
        if inner[:1] == ".":
            return _formatting(inner)
        if inner[:1] in ("Z", "C", "M"):
            return ""
        return found.group()

    return re.sub(f"{mark}([A-Za-z.][^{mark}\\r\\n]{{0,80}}){mark}", resolve, text)


def _bytes(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec or "utf-8")
    except (UnicodeDecodeError, LookupError):
        return data.decode("cp1252", errors="replace")


def _formatting(inner: str) -> str:
    """Commands of formatted text (2.7.6): line breaks and skips count, indents do not."""
    name, number = inner[:3].lower(), re.sub(r"\D", "", inner[3:])[:4]
    if name in _LINES:
        return "\n" * min(int(number or 1), _MAX_SKIP)
    if name == ".sp":
        return "\n" * min(int(number or 1), _MAX_SKIP)
    if name == ".sk":
        return " " * min(int(number or 1), _MAX_SKIP)
    return ""


def from_base64(text: str) -> bytes | None:
    """The bytes, None for what is no base64."""
    if not _BASE64.fullmatch(text):
        return None
    try:
        return base64.b64decode("".join(text.split()) + "==", validate=False)
    except ValueError:
        return None


class _Stripped(HTMLParser):
    """Text of a document, a line per block."""

    BLOCKS = frozenset(["p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "table", "section", "paragraph",
                        "item", "title", "caption"])
    HIDDEN = frozenset(["script", "style", "head"])

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.HIDDEN:
            self._hidden += 1
        elif tag in self.BLOCKS:
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in self.BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def without_tags(html: str) -> str:
    """The text of HTML, XHTML or XML narrative, blank lines squeezed."""
    parser = _Stripped()
    parser.feed(html)
    parser.close()
    text = re.sub(r"[ \t]+", " ", "".join(parser.parts))
    return re.sub(r"\s*\n\s*", "\n", text).strip()
