"""Every address of the service, asked as one reader; what it answers is searched for planted words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction

from core.models import User
from tests.factories import signed_in
from tests.leaks.planted import Case
from tests.permissions.calls import asked
from tests.permissions.table import rows
from workers.api.watches import ProjectWatch

OF_A_CASE = ("{study}", "{series}", "{instance}", "{reading}", "{report}", "{worklist}", "{submitted}")
LOCKING = ("/lock/", "/submit/")
"""Their answers come after the own one."""
MORE = [
    ("GET", "/api/projects/{project}/export/csv/?kinds=reader,report,model"),
    ("GET", "/api/projects/{project}/export/coco/?kinds=reader,report,model"),
    ("GET", "/api/projects/{project}/readings/?page_size=100"),
    ("GET", "/api/projects/{project}/reports/?show=all&page_size=100"),
    ("GET", "/api/projects/{project}/reports/?study={study}"),
    ("GET", "/api/worklists/{worklist}/queue/?count=500"),
    ("GET", "/api/runs/{champion_run}/held_out/"),
    ("GET", "/p/{project}/runs/{champion_run}/"),
    ("GET", "/p/{project}/reports/?finding=nodule"),
    ("GET", "/p/{project}/readings/?state=draft"),
    ("GET", "/api/projects/{project}/audit/"),
    ("GET", "/api/readings/{theirs}/"),
    ("GET", "/p/{project}/read/{worklist}/?reading={reading}"),
]
"""Addresses with what narrows or widens their answers, beside those of the table of permissions."""
Call = tuple[str, str]


def calls() -> list[Call]:
    """Every row of the table of permissions, GET and POST alike, and MORE."""
    table = [(row.method, row.path) for row in rows()]
    return [call for call in [*table, *MORE] if not call[1].endswith(LOCKING) and "/sign-" not in call[1]]


def of_a_case(call: Call) -> bool:
    return any(name in call[1] for name in (*OF_A_CASE, "{theirs}"))


class Walk:
    """Asks as this person; what a call changes is undone."""

    def __init__(self, person: User, names: dict[str, Any]) -> None:
        self.person, self.names = person, names
        self.client = signed_in(person)
        self.client.raise_request_exception = False

    def answer(self, call: Call, names: dict[str, Any] | None = None) -> str:
        """All that the reader gets: headers and body; "" where the address is of no project."""
        method, path = call
        known = names or self.names
        if path.endswith("/events/"):
            changed, _ = ProjectWatch(self.person.pk, known["project"]).look()
            return "\n".join(changed)
        body, sent = asked(method, path, known)
        with transaction.atomic():
            got = getattr(self.client, method.lower())(path.partition("#")[0].format(**known), body, **sent)
            content = b"".join(got.streaming_content) if got.streaming else got.content
            transaction.set_rollback(True)
        head = "\n".join(f"{name}: {value}" for name, value in got.headers.items())
        return f"{head}\n{content.decode('latin-1')}"


def found_in(text: str, case: Case) -> Iterator[str]:
    """What was told about the case."""
    for what, word in case.canaries.items():
        if what == "a colleague's line":
            uid, source = word.split("|")
            told = any(uid in line and source in line for line in text.splitlines()) or (
                f'"study_uid": "{uid}"' in text and source in text.partition(uid)[2][:400]
            )
        else:
            # A number is not the end of a longer one: moments hold many digits.
            told = re.search(rf"(?<![\d.]){re.escape(word)}", text) is not None
        if told:
            yield what


def leaks(walk: Walk, asked: Iterable[Call], cases: Iterable[Case]) -> list[str]:
    """`address: what it told about which case`, for every call that told something."""
    cases = list(cases)
    found = []
    for call in asked:
        targets = cases if of_a_case(call) else [None]
        for target in targets:
            names = walk.names if target is None else target.names(walk.names, walk.person)
            text = walk.answer(call, names)
            for case in cases:
                found += [f"{call[0]} {call[1]}: {what} ({case.name})" for what in found_in(text, case)]
    return sorted(set(found))
