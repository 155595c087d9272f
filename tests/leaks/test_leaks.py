"""Until an own answer is locked, nothing that the service answers tells a machine's, a report's or a colleague's.

Every address of tests/golden/permissions.csv is asked, so that a new one is searched from its first day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from annotation.models import Finding
from imaging.models import Study
from tests.leaks.planted import SHOWN, WITHHELD, Case, plant
from tests.leaks.walk import Walk, calls, found_in, leaks, of_a_case
from tests.permissions.conftest import _own_home
from tests.permissions.project import SmallProject, build

__all__ = ["_own_home"]
pytestmark = pytest.mark.filterwarnings("ignore:.*must consume asynchronous iterators")
READERS = ("manager", "annotator")
"""A manager reads, too, and gets everything that annotators, reviewers and researchers get. An annotator gets least."""
Planted = tuple[SmallProject, dict[str, Case]]


@pytest.fixture(scope="module")
def planted(_own_home: None, django_db_setup: None, django_db_blocker: Any) -> Iterator[Planted]:
    """The project with all that was planted: made once, and never changed."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        small = build()
        cases = plant(small, [small.team.person(role) for role in READERS])
    yield small, cases
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)


@pytest.fixture
def walk(planted: Planted, db: None) -> Callable[[str], Walk]:
    small, _ = planted
    champion = small.team.project.model_versions.get(state="champion")
    known = small.names | {"champion_run": champion.run_id, "theirs": 0}
    return lambda role: Walk(small.team.person(role), known)


@pytest.fixture
def cases(planted: Planted) -> dict[str, Case]:
    return planted[1]


def waiting(cases: dict[str, Case]) -> list[Case]:
    return [cases[name] for name in WITHHELD]


@pytest.mark.parametrize("role", READERS)
def test_no_address_of_the_project_tells_what_is_withheld(
    role: str, walk: Callable[[str], Walk], cases: dict[str, Case]
) -> None:
    found = leaks(walk(role), [call for call in calls() if not of_a_case(call)], waiting(cases))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", WITHHELD)
def test_no_address_of_a_case_tells_what_is_withheld(
    name: str, walk: Callable[[str], Walk], cases: dict[str, Case]
) -> None:
    asked = [call for call in calls() if of_a_case(call) and not call[1].startswith("/dicomweb/")]
    found = leaks(walk("manager"), asked, [cases[name]])
    assert not found, "\n".join(found)


def test_an_annotator_is_told_nothing_about_a_case_either(walk: Callable[[str], Walk], cases: dict[str, Case]) -> None:
    asked = [call for call in calls() if of_a_case(call) and not call[1].startswith("/dicomweb/")]
    found = leaks(walk("annotator"), asked, [cases["second_reader"]])
    assert not found, "\n".join(found)


def test_pictures_and_headers_tell_nothing(walk: Callable[[str], Walk], cases: dict[str, Case]) -> None:
    asked = [call for call in calls() if of_a_case(call) and call[1].startswith("/dicomweb/projects/")]
    found = leaks(walk("manager"), asked, [cases["unaided"]])
    assert not found, "\n".join(found)


@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("name", SHOWN)
def test_the_same_words_are_found_where_they_may_be_seen(
    role: str, name: str, walk: Callable[[str], Walk], cases: dict[str, Case]
) -> None:
    """Or the search above would prove nothing."""
    reader = walk(role)
    names = cases[name].names(reader.names, reader.person)
    text = reader.answer(("GET", "/api/readings/{reading}/case/"), names)
    assert {"probability", "box", "reason of the ranking"} <= set(found_in(text, cases[name]))
    for method, canary in (("class_activation", "map"), ("grad_cam", "map on demand")):
        answer = reader.answer(("GET", f"/api/readings/{{reading}}/maps/nodule/{method}/"), names)
        assert canary in found_in(answer, cases[name])
    comments = reader.answer(("GET", "/api/projects/{project}/studies/{study}/comments/"), names)
    assert "a colleague's comment" in found_in(comments, cases[name])


def _everything(*_: Any, **__: Any) -> bool:
    return True


def _nothing_waits(*_: Any, **__: Any) -> Any:
    return Study.objects.none()


BROKEN = [
    ("frontend.services.case.may_see_suggestions", _everything, "GET /api/readings/{reading}/case/", "unaided"),
    ("annotation.api.reading_shapes.may_see_suggestions", _everything, "GET /api/readings/{reading}/", "unaided"),
    ("frontend.services.case.may_see_report", _everything, "GET /api/readings/{reading}/case/", "second_reader"),
    ("frontend.api.maps.may_see_suggestions", _everything,
     "GET /api/readings/{reading}/maps/nodule/grad_cam/", "second_reader"),
    ("annotation.selectors.comments.studies_read_unaided", _nothing_waits,
     "GET /api/projects/{project}/studies/{study}/comments/", "unaided"),
    ("reports_nlp.selectors.withheld.studies_read_unaided", _nothing_waits, "GET /api/reports/{report}/", "expired"),
    ("annotation.formats.selection.studies_read_unaided", _nothing_waits,
     "GET /api/projects/{project}/export/csv/?kinds=reader,report,model", "always_unaided"),
    ("learning.services.held_out.studies_read_unaided", _nothing_waits,
     "GET /api/runs/{champion_run}/held_out/", "skipped"),
    ("learning.services.comparisons.downloads.studies_read_unaided", _nothing_waits,
     "GET /api/comparisons/{comparison}/predictions/", "unaided"),
    ("annotation.api.readings.is_read_unaided", lambda **_: False, "GET /api/readings/{theirs}/", "unaided"),
    ("learning.selectors.moved.studies_read_unaided", _nothing_waits, "GET /api/projects/{project}/loop/", "expired"),
]
"""A check that is taken away, and the address and case where the search must notice it."""


@pytest.mark.parametrize(("check", "without", "address", "name"), BROKEN, ids=[f"{b[0]} {b[2]}" for b in BROKEN])
def test_the_search_notices_when_a_check_is_taken_away(
    check: str, without: Any, address: str, name: str, walk: Callable[[str], Walk], cases: dict[str, Case],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    method, _, path = address.partition(" ")
    assert leaks(walk("manager"), [(method, path)], [cases[name]]) == []
    monkeypatch.setattr(check, without)
    assert leaks(walk("manager"), [(method, path)], [cases[name]]) != []


def test_an_example_is_no_example_to_who_is_yet_to_read_its_study(
    walk: Callable[[str], Walk], cases: dict[str, Case], planted: Planted
) -> None:
    reader = walk("annotator")
    finding = Finding.objects.get(project=planted[0].team.project, code="effusion")
    picture, told = f"/api/findings/{finding.pk}/example/", f"/api/findings/{finding.pk}/"
    for name, status in (("unaided", 404), ("locked", 200)):
        finding.example = cases[name].study.series.get().instances.get()
        finding.save()
        assert reader.client.get(picture).status_code == status
        shown = reader.client.get(told).json()["example"]
        assert shown == (finding.example_id if status == 200 else None)
        page = reader.client.get(f"/p/{planted[0].team.project.slug}/findings/{finding.pk}/").content.decode()
        assert (finding.example.sop_uid in page) == (status == 200)
