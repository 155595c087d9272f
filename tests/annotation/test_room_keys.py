"""Letters that the reading room has for itself, and the findings that had them before."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps

from annotation.models import Finding, FindingRevision
from annotation.services.schema_checks import ROOM_KEYS
from annotation.services.starter_sets import STARTER_SETS, add_starter_set
from tests import factories

moving = import_module("annotation.migrations.0007_keys_t_and_g_are_the_rooms")


def test_the_letters_kept_free_are_those_of_the_rooms_map() -> None:
    """session/tests/keys.test.ts holds the same line against the table of actions."""
    assert "".join(sorted(key for key in ROOM_KEYS if key.isalpha())) == "agrstvwxz"


@pytest.mark.django_db
@pytest.mark.parametrize("name", STARTER_SETS)
def test_every_finding_of_a_starter_set_has_a_key_of_its_own(name: str) -> None:
    added = add_starter_set(project=factories.make_project(), user=None, name=name)
    keys = [finding.shortcut for finding in added]
    assert all(keys)
    assert len(set(keys)) == len(keys)


@pytest.mark.django_db
def test_keys_that_became_the_rooms_move_to_free_letters_with_a_revision() -> None:
    project, other = factories.make_project(), factories.make_project()
    made = factories.make_findings(project, ["Tuberculosis", "Granuloma", "Nodule"])
    elsewhere = factories.make_findings(other, ["Tube"])["tube"]
    had = [(made["tuberculosis"], "t"), (made["granuloma"], "g"), (made["nodule"], "u"), (elsewhere, "t")]
    for finding, key in had:
        Finding.objects.filter(pk=finding.pk).update(shortcut=key)
    FindingRevision.objects.all().delete()
    moving.move_keys(apps, None)
    keys = dict(Finding.objects.values_list("name", "shortcut"))
    # u is the nodule's in one project and free in the other; g, r, a, t and s are the room's.
    assert keys == {"Tuberculosis": "b", "Granuloma": "n", "Nodule": "u", "Tube": "u"}
    told = FindingRevision.objects.get(finding=made["tuberculosis"])
    assert (told.act, told.before["shortcut"], told.after["shortcut"], told.by) == ("edited", "t", "b", None)
    assert FindingRevision.objects.count() == 3
