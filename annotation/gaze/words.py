"""Words with times: JSON as recognisers write it, CSV, WebVTT, or words typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from annotation.gaze.samples import GazeError, decoded, first_of, loaded, number, table_of

MOST_WORDS = 50_000
LONGEST_WORD = 100
CUE = re.compile(r"((?:\d+:)?\d{1,2}:\d{2}[.,]\d{3})\s+-->\s+((?:\d+:)?\d{1,2}:\d{2}[.,]\d{3})")
INNER = re.compile(r"<((?:\d+:)?\d{1,2}:\d{2}\.\d{3})>")
TAG = re.compile(r"</?[a-zA-Z][^>]*>")


@dataclass(frozen=True)
class Word:
    """Milliseconds on the clock of the transcript."""

    text: str
    start: float
    end: float


def parse_words(content: bytes) -> list[Word]:
    """In order of time. Raises GazeError.

    JSON: a list, {"words": [...]}, {"result": [...]} or {"segments": [{"words": [...]}]} of {word|text, start, end} in
    seconds, or start_ms, end_ms. CSV: the same names as its header. WebVTT: words share a cue's time by their length,
    unless it tells the times within.
    """
    text = decoded(content)
    if text.lstrip().startswith("WEBVTT"):
        words = _of_vtt(text)
    elif text.lstrip()[:1] in ("[", "{"):
        words = [_word(row, n) for n, row in enumerate(_rows(loaded(text)), 1)]
    else:
        words = [_word(row, n) for n, row in enumerate(table_of(text), 2)]
    if len(words) > MOST_WORDS:
        raise GazeError(f"The transcript holds {len(words)} words; at most {MOST_WORDS} are taken.")
    return sorted((word for word in words if word.text), key=lambda word: word.start)


def _rows(read: Any) -> list[dict[str, Any]]:
    if isinstance(read, dict) and isinstance(read.get("segments"), list):
        read = [word for segment in read["segments"] for word in _rows(segment)]
    elif isinstance(read, dict):
        read = next((read[name] for name in ("words", "result") if name in read), None)
    if not isinstance(read, list) or not all(isinstance(row, dict) for row in read):
        raise GazeError('JSON must hold words as {"word": …, "start": seconds, "end": seconds}.')
    return read


def _word(row: dict[str, Any], line: int) -> Word:
    text = str(first_of(row, ("word", "text", "w")) or "").strip()[:LONGEST_WORD]
    start, end = _time(row, "start", line), _time(row, "end", line)
    if start is None:
        raise GazeError(f"Word {line} has no start; names are word, start, end (seconds) or start_ms, end_ms.")
    return Word(text, start, max(start, start if end is None else end))


def _time(row: dict[str, Any], which: str, line: int) -> float | None:
    told = number(row.get(f"{which}_ms"), line, which)
    if told is not None:
        return told
    seconds = number(row.get(which), line, which)
    return None if seconds is None else seconds * 1000


def _of_vtt(text: str) -> list[Word]:
    words: list[Word] = []
    for block in re.split(r"\r?\n\s*\r?\n", text):
        found = CUE.search(block)
        if found:
            said = block[found.end():].partition("\n")[2]
            words += _cue(TAG.sub("", said), _clock(found[1]), _clock(found[2]))
    return words


def _cue(said: str, start: float, end: float) -> list[Word]:
    """Pieces between inner times; within a piece, words share the time by their length."""
    parts = INNER.split(said)
    starts = [start, *(_clock(one) for one in parts[1::2])]
    ends = [*starts[1:], end]
    return [word for piece, a, b in zip(parts[::2], starts, ends, strict=True) for word in _shared(piece, a, b)]


def _shared(piece: str, start: float, end: float) -> list[Word]:
    texts = piece.split()
    letters = sum(map(len, texts)) or 1
    words, at = [], start
    for text in texts:
        until = at + (end - start) * len(text) / letters
        words.append(Word(text[:LONGEST_WORD], at, max(at, until)))
        at = until
    return words


def _clock(told: str) -> float:
    *hours, minutes, seconds = told.replace(",", ".").split(":")
    return ((int(hours[0]) if hours else 0) * 3600 + int(minutes) * 60 + float(seconds)) * 1000
