"""One form per word: case, accents, spelling, number, small typing errors are taken from text and phrases alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

_CACHE = 200_000


class Words:
    """Turns a token into the form that phrases are matched in.

    `fold` replaces characters, `spelling` whole words (misspellings, other spellings), `plural` are suffix pairs
    tried in order on words of four letters or more, `keep` are endings that are no plural.
    `glued` are small words that are found run together with the next.
    A form with `*` at its start or end stands for every unknown word with that end or beginning.
    """

    def __init__(
        self, *, fold: Mapping[str, str], spelling: Mapping[str, str], plural: Sequence[tuple[str, str]],
        keep: Sequence[str], glued: Iterable[str] = (), protected: Iterable[str] = (), typo_length: int = 7,
    ) -> None:
        self._fold = str.maketrans(dict(fold))
        self._spelling = {self._folded(wrong): self._folded(right) for wrong, right in spelling.items()}
        self._plural = tuple(plural)
        self._keep = tuple(keep)
        self._glued = tuple(glued)
        self._typo_length = typo_length
        self._known: set[str] = set()
        self._protected = {self.plain(word) for word in protected}
        self._correctable: set[str] = set()
        self._by_deletion: dict[str, list[str]] = {}
        self._suffixes: list[str] = []
        self._prefixes: list[str] = []
        self._cache: dict[str, str] = {}

    def _folded(self, word: str) -> str:
        return word.lower().translate(self._fold)

    def plain(self, word: str) -> str:
        """The form without regard to what the phrases know; phrases themselves are written in it."""
        word = self._folded(word)
        word = self._spelling.get(word, word)
        if len(word) > 3 and not word.endswith(self._keep):
            for ending, instead in self._plural:
                if word.endswith(ending):
                    word = word[: -len(ending)] + instead
                    break
        return self._spelling.get(word, word)

    def learn(self, words: Iterable[str], correctable: Iterable[str]) -> None:
        """Tells what words the phrases use, and towards which of them a typing error may be corrected."""
        for word in words:
            if word.startswith("*"):
                self._suffixes.append(word[1:])
            elif word.endswith("*"):
                self._prefixes.append(word[:-1])
            self._known.add(word)
        self._suffixes.sort(key=len, reverse=True)
        self._prefixes.sort(key=len, reverse=True)
        for word in correctable:
            if len(word) >= self._typo_length and "*" not in word:
                self._correctable.add(word)
                for short in _deletions(word):
                    self._by_deletion.setdefault(short, []).append(word)
        self._cache.clear()

    def __call__(self, token: str) -> str:
        found = self._cache.get(token)
        if found is None:
            if len(self._cache) > _CACHE:
                self._cache.clear()
            found = self._cache[token] = self._form(token)
        return found

    def _form(self, token: str) -> str:
        word = self.plain(token)
        if word in self._known or word in self._protected:
            return word
        for suffix in self._suffixes:
            if word.endswith(suffix):
                return "*" + suffix
        for prefix in self._prefixes:
            if word.startswith(prefix):
                return prefix + "*"
        return self._mended(word) if len(word) >= self._typo_length and word.isalpha() else word

    def _mended(self, word: str) -> str:
        """A word that no phrase knows: run together with a small word in front of it, or mistyped."""
        for small in self._glued:
            rest = word.removeprefix(small)
            if rest != word and len(rest) >= self._typo_length and rest in self._correctable:
                return f"{small} {rest}"
        return self._corrected(word)

    def _corrected(self, word: str) -> str:
        near = {
            known for short in _deletions(word) for known in self._by_deletion.get(short, ())
            if known[0] == word[0] and _one_apart(word, known)
        }
        return near.pop() if len(near) == 1 else word


def compounds(parts: Sequence[str]) -> re.Pattern[str] | None:
    """Where a compound that begins with one of the parts comes apart, None without parts.

    The longest part counts, and four letters must follow it.
    """
    if not parts:
        return None
    behind = []
    for part in parts:
        longer = [re.escape(other[len(part) :]) for other in parts if other.startswith(part) and other != part]
        behind.append(rf"(?<=\b{re.escape(part)})" + (f"(?!{'|'.join(longer)})" if longer else ""))
    return re.compile(rf"(?:{'|'.join(behind)})(?=[^\W\d_]{{4}})", re.IGNORECASE)


def _deletions(word: str) -> set[str]:
    return {word} | {word[:i] + word[i + 1 :] for i in range(len(word))}


def _one_apart(a: str, b: str) -> bool:
    """One letter put in, left out, replaced, or two neighbours exchanged."""
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    if len(a) > len(b):
        return a[start + 1 :] == b[start:]
    if len(b) > len(a):
        return a[start:] == b[start + 1 :]
    return a[start + 1 :] == b[start + 1 :] or (
        a[start + 2 :] == b[start + 2 :] and a[start : start + 2] == b[start : start + 2][::-1]
    )
