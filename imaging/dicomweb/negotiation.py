"""What a client says it takes (PS3.18 8.7): media types with their transfer syntaxes, and which of ours fits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

OCTETS = "application/octet-stream"
NATIVE = "1.2.840.10008.1.2.1"
_PARTS = re.compile(r'(?:[^,"]|"[^"]*")+')
_PARAMETERS = re.compile(r';\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^;\s]*))')


@dataclass(frozen=True)
class Range:
    """One entry of an Accept header. `media` is the type of the parts when they come in a multipart."""

    media: str
    syntax: str
    is_multipart: bool

    def takes(self, media: str) -> bool:
        major = media.partition("/")[0]
        return self.media in ("*/*", f"{major}/*", media)


def accepted(header: str) -> list[Range]:
    """The ranges of an Accept header in order; everything when there is none."""
    found = []
    for entry in _PARTS.findall(header) or ["*/*"]:
        media = entry.split(";")[0].strip().lower()
        parameters = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETERS.findall(entry)}
        is_multipart = media == "multipart/related"
        inner = parameters.get("type", "*/*").lower() if is_multipart else media
        found.append(Range(inner, parameters.get("transfer-syntax", ""), is_multipart))
    return found


def choose(header: str, *, media: str, syntax: str) -> tuple[Literal["stored", "native"], bool] | None:
    """How to send frames that are stored as `media` in `syntax`, and whether in a multipart; None when nothing fits.

    Octets without a transfer syntax mean uncompressed ones, as the standard has it; with `*` they mean any.
    """
    for one in accepted(header):
        whole = one.is_multipart or one.media == "*/*"
        if one.syntax in ("", "*", syntax) and one.takes(media):
            return "stored", whole
        if one.media in (OCTETS, "*/*") and one.syntax in ("*", syntax):
            return "stored", whole
        if one.takes(OCTETS) and one.syntax in ("", NATIVE):
            return "native", whole
    return None
