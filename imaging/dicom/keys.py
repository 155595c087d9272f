"""Keyed pseudonyms: one identifier gives the same pseudonym at this site for ever, and nobody else can compute it."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class Keys:
    """The vault's key and what is derived from it (HMAC-SHA-256 throughout)."""

    secret: bytes

    def digest(self, purpose: str, value: str) -> str:
        """64 hex digits; `purpose` keeps a patient id from matching an accession number of the same text."""
        return hmac.new(self.secret, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()

    def file_digest(self, content_sha256: str) -> str:
        return self.digest("file", content_sha256)

    def uid(self, original: str) -> str:
        """A UID under 2.25 (PS3.5 B.2), at most 44 characters."""
        number = int(self.digest("uid", original)[:32], 16)
        return f"2.25.{number}"

    def pseudonym(self, patient_id: str) -> str:
        """Ten letters that are easy to read aloud, e.g. P-7KQ2MX9DAB."""
        return "P-" + self.letters("pseudonym", patient_id, 10)

    def letters(self, purpose: str, value: str, count: int = 6) -> str:
        """`count` letters and digits of the digest, without those that are mistaken for each other."""
        number = int(self.digest(purpose, value), 16)
        letters = []
        for _ in range(count):
            number, index = divmod(number, len(_ALPHABET))
            letters.append(_ALPHABET[index])
        return "".join(letters)

    def accession(self, original: str) -> str:
        return "A" + self.digest("accession", original)[:14].upper() if original else ""

    def day_shift(self, patient_id: str) -> int:
        """Whole days, -1825 … -1: dates move into the past, intervals within a patient stay."""
        return -1 - int(self.digest("shift", patient_id)[:12], 16) % 1825
