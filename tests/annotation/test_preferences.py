"""A reader's own set-up of the room is kept on the server, part by part, and is theirs alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests import factories
from tests.factories import signed_in

PLACE = "/api/me/room/"


@pytest.mark.django_db
def test_what_is_kept_on_one_machine_is_there_on_another() -> None:
    reader, other = factories.make_user(), factories.make_user()
    assert signed_in(reader).get(PLACE).json() == {"keys": {}, "break_minutes": 45, "tour": "new"}
    keys = {"skip": ["q"], "tool.box": ["t k"], "rest-absent": [], "suggestion.overlay": ["§"]}
    assert signed_in(reader).patch(PLACE, {"keys": keys}, format="json").status_code == 200
    signed_in(reader).patch(PLACE, {"break_minutes": 0, "tour": "3"}, format="json")
    assert signed_in(reader).get(PLACE).json() == {"keys": keys, "break_minutes": 0, "tour": "3"}
    assert signed_in(other).get(PLACE).json()["keys"] == {}


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [
    {"keys": {"skip": "q"}}, {"keys": {"skip": ["a b c"]}}, {"keys": {"<script>": ["q"]}}, {"keys": {"skip": [""]}},
    {"keys": {"skip": ["q"] * 5}}, {"keys": {f"a{n}": [] for n in range(201)}}, {"break_minutes": 241},
    {"break_minutes": -1}, {"tour": "somewhere"},
])
def test_what_can_be_no_set_up_is_refused(wrong: dict[str, Any]) -> None:
    client = signed_in(factories.make_user())
    assert client.patch(PLACE, wrong, format="json").status_code == 400
    assert client.get(PLACE).json() == {"keys": {}, "break_minutes": 45, "tour": "new"}
