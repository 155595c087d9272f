"""Saving a project's hanging protocols."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from pydantic import ValidationError

from core import audit
from core.errors import Conflict, Invalid
from core.models import Project, User
from imaging.hanging import RuleSet
from imaging.models import HangingVersion


def checked_rules(rules: Any) -> RuleSet:
    """The rules, if they can be used. Raises Invalid naming the rule and what is wrong with it."""
    try:
        return RuleSet.model_validate(rules)
    except ValidationError as error:
        raise Invalid(_in_words(rules, error), field="rules") from None


def save_hanging(*, project: Project, user: User, base_number: int, rules: Any) -> HangingVersion:
    """A new version, in force from the next case on.

    base_number  the version that the change started from, 0 for the shipped protocols. Raises Conflict when another
    one was saved meanwhile, Invalid for rules that cannot be used.
    """
    checked = checked_rules(rules)
    try:
        with transaction.atomic():
            number = HangingVersion.objects.filter(project=project).values_list("number", flat=True).first() or 0
            if number != base_number:
                raise Conflict(f"Version {number} was saved meanwhile. Look at it, then change it.", number=number)
            made = HangingVersion.objects.create(
                project=project, number=number + 1, rules=checked.model_dump(mode="json"), created_by=user,
            )
            audit.record("hanging.saved", actor=user, project=project, subject=f"hanging:{made.number}",
                         rules=len(checked.rules))
    except IntegrityError:
        raise Conflict("Another version was saved at this moment. Look at it, then change it.") from None
    return made


def _in_words(rules: Any, error: ValidationError) -> str:
    first = error.errors()[0]
    place = list(first["loc"])
    words = first["msg"].removeprefix("Value error, ")
    if len(place) >= 2 and place[0] == "rules" and isinstance(place[1], int):
        given = rules["rules"][place[1]]
        name = given.get("name") if isinstance(given, dict) else ""
        rest = ".".join(str(part) for part in place[2:])
        return f"Rule {name or place[1] + 1}: {rest + ': ' if rest else ''}{words}"
    return f"{'.'.join(str(part) for part in place) or 'rules'}: {words}"
