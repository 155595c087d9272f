"""MLLP: HL7 messages over a socket (frames of VT … FS CR), and the acknowledgements that answer them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from reports_nlp.sources.hl7_message import MAX_MESSAGE_BYTES

START, END = b"\x0b", b"\x1c"
BLOCK = 64 * 1024
MAX_NOISE = 64 * 1024
"""Bytes between two frames after which the other side does not speak MLLP."""
ACCEPTED, ERROR, REJECTED = "AA", "AE", "AR"


class FrameError(Exception):
    """The stream can't be followed any further."""


class Frames:
    """Messages out of a byte stream. `receive` gives the next bytes, empty at the end."""

    def __init__(self, receive: Callable[[int], bytes], *, max_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._receive = receive
        self._max = max_bytes
        self._buffer = bytearray()

    @property
    def is_ahead(self) -> bool:
        """Whether bytes of another message are here already."""
        return START in self._buffer

    def next(self) -> bytes | None:
        """The next message without its frame; None when the other side has hung up between two messages.

        Raises FrameError for a message that is too long, for one cut off, and for something that is not MLLP.
        """
        self._skip_noise()
        if not self._buffer:
            return None
        looked = 1
        while (end := self._buffer.find(END, looked)) < 0:
            looked = max(1, len(self._buffer))
            if len(self._buffer) > self._max:
                raise FrameError(f"The message is over the limit of {self._max} bytes.")
            if not self._more():
                raise FrameError("The connection ended in the middle of a message.")
        message = bytes(self._buffer[1:end])
        del self._buffer[: end + 1]
        if len(message) > self._max:
            raise FrameError(f"The message is over the limit of {self._max} bytes.")
        return message

    def _skip_noise(self) -> None:
        """Up to the next start of a frame; line ends between frames are usual."""
        noise = 0
        while True:
            place = self._buffer.find(START)
            if place >= 0:
                del self._buffer[:place]
                return
            noise += len(self._buffer)
            self._buffer.clear()
            if noise > MAX_NOISE:
                raise FrameError("These are no MLLP frames.")
            if not self._more():
                return

    def _more(self) -> bool:
        block = self._receive(BLOCK)
        self._buffer += block
        return bool(block)


def acknowledgement(message: bytes, code: str, reason: str = "") -> bytes:
    """The framed answer to a message, whatever the message is. `reason` holds nothing of a patient."""
    start = message.find(b"MSH")
    head = message[start : start + 2000] if start >= 0 else b""
    line = head.split(b"\r")[0].split(b"\n")[0].decode("latin_1")
    field = line[3] if len(line) > 8 and not line[3].isalnum() else "|"
    sent = [*line.split(field), *[""] * 12] if len(line) > 8 else [""] * 20
    marks = sent[1] if 2 <= len(sent[1]) <= 5 else "^~\\&"
    now = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    trigger = sent[8].split(marks[0])[1:2]
    kind = marks[0].join(["ACK", *trigger]) if trigger and trigger[0].isalnum() else "ACK"
    header = ["MSH", marks, sent[4], sent[5], sent[2], sent[3], now, "", kind, uuid.uuid4().hex[:20],
              sent[10] or "P", sent[11] or "2.5"]
    answer = [field.join(header), field.join(["MSA", code, sent[9], _plain(reason, field, marks)])]
    if code != ACCEPTED:
        answer.append(field.join(["ERR", "", "", marks[0].join(["207", "Application error", "HL70357"]), "E", "", "",
                                  _plain(reason, field, marks)]))
    text = "\r".join(answer) + "\r"
    return START + text.encode("latin_1", errors="replace").replace(END, b"").replace(START, b"") + END + b"\r"


def _plain(text: str, field: str, marks: str) -> str:
    """Without the message's separators."""
    return "".join(" " if letter in (field, *marks) or letter < " " else letter for letter in text)[:250]
