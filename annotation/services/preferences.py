"""What a reader has set up in the reading room: own keys, the break, the guided tour."""

from __future__ import annotations

import re
from typing import Any

from annotation.models import RoomPreferences
from core.errors import Invalid
from core.models import User

ACTION = re.compile(r"[a-z0-9][a-z0-9.-]{0,59}")
SEQUENCE = re.compile(r"\S+( \S+)?")
MOST_ACTIONS, MOST_KEYS, LONGEST = 200, 4, 40
TOUR = re.compile(r"new|done|dismissed|[0-9]{1,2}")


def preferences_of(*, user: User) -> RoomPreferences:
    """The person's own, or the defaults; written by `keep_preferences` alone."""
    return RoomPreferences.objects.filter(user=user).first() or RoomPreferences(user=user)


def keep_preferences(*, user: User, **changed: Any) -> RoomPreferences:
    """Change what is given (keys, break_minutes, tour). Whether keys collide, the room knows: it knows the actions.

    Raises Invalid for something that can be no key map, no break or no step.
    """
    if "keys" in changed:
        _check_keys(changed["keys"])
    if not 0 <= changed.get("break_minutes", 0) <= 240:
        raise Invalid("A break comes after 1 to 240 minutes, or never (0).", field="break_minutes")
    if not TOUR.fullmatch(changed.get("tour", "new")):
        raise Invalid("The tour is new, done, dismissed, or at a step's number.", field="tour")
    kept, _ = RoomPreferences.objects.update_or_create(user=user, defaults=changed)
    return kept


def _check_keys(keys: Any) -> None:
    if not isinstance(keys, dict) or len(keys) > MOST_ACTIONS or not all(ACTION.fullmatch(str(name)) for name in keys):
        raise Invalid("Keys are a map from actions of the room to lists of keys.", field="keys")
    for name, sequences in keys.items():
        if not isinstance(sequences, list) or len(sequences) > MOST_KEYS:
            raise Invalid(f"{name}: give a list of at most {MOST_KEYS} keys.", field="keys")
        for sequence in sequences:
            if not (isinstance(sequence, str) and len(sequence) <= LONGEST and SEQUENCE.fullmatch(sequence)):
                raise Invalid(f"{name}: {str(sequence)[:LONGEST]!r} is no key.", field="keys")
