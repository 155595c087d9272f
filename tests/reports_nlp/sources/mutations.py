"""Broken files out of sound ones, the same for the same seed: cut, bent, blown up, in the wrong encoding."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

Mutation = Callable[[bytes, random.Random], bytes]


def cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def cut_front(data: bytes, chance: random.Random) -> bytes:
    return data[chance.randrange(len(data) + 1) :]


def flip(data: bytes, chance: random.Random) -> bytes:
    bent = bytearray(data)
    for _ in range(chance.choice([1, 3, 20, 200])):
        if bent:
            bent[chance.randrange(len(bent))] = chance.randrange(256)
    return bytes(bent)


def nuls(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + b"\0" * chance.choice([1, 7, 5000]) + data[place:]


def repeat(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    piece = data[start : start + chance.randrange(1, 400)]
    return data[:start] + piece * chance.choice([2, 50, 400]) + data[start:]


def huge_field(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    filling = bytes([chance.choice(b"xA9 ~^|\\")]) * chance.choice([5_000, 300_000, 1_200_000])
    return data[:place] + filling + data[place:]


def drop(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.randrange(1, 300) :]


def swap(data: bytes, chance: random.Random) -> bytes:
    """Signs that mean something stand elsewhere."""
    table = bytes.maketrans(*chance.choice([(b"|^", b"^|"), (b'"', b"'"), (b"{}", b"}{"), (b"<>", b"><"), (b",", b";"),
                                            (b"\r\n", b"\n\r"), (b"0123456789", b"9999999999"), (b"\\", b"&")]))
    return data.translate(table)


def nested(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    opening = chance.choice([b"[", b'{"contained":[', b"<a>", b"&", b"(", b'{"a":'])
    return data[:place] + opening * chance.choice([50, 3000, 60_000]) + data[place:]


def recode(data: bytes, chance: random.Random) -> bytes:
    return data.decode("latin-1").encode(chance.choice(["utf-16", "utf-16-be", "utf-32", "cp037", "utf-7"]))


def digits(data: bytes, chance: random.Random) -> bytes:
    """Numbers out of any range, also where lengths stand."""
    number = chance.choice([b"9" * 5000, b"-1", b"1e999", b"\xff\xff\xff\xff", b"NaN", b"2147483648"])
    place = chance.randrange(len(data) + 1)
    return data[:place] + number + data[place + len(number) :]


def surrogates(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    odd = chance.choice([rb"\ud800", rb"\u0000", b"\xed\xa0\x80", b"\xc0\x80", b"\xef\xbf\xbf"])
    return data[:place] + odd + data[place:]


MUTATIONS: tuple[Mutation, ...] = (
    cut, cut_front, flip, nuls, repeat, huge_field, drop, swap, nested, recode, digits, surrogates,
)


def mutated(data: bytes, number: int, *, seed: str) -> Iterator[bytes]:
    """So many broken versions; every tenth is broken twice or more."""
    for place in range(number):
        chance = random.Random(f"{seed}:{place}")
        broken = MUTATIONS[place % len(MUTATIONS)](data, chance)
        while chance.random() < 0.3 and len(broken) < 4_000_000:
            broken = chance.choice(MUTATIONS)(broken, chance)
        yield broken
