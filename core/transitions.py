"""State machines as one table and one guarded UPDATE (`WHERE state IN allowed`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from core.errors import Conflict


@dataclass(frozen=True)
class Transitions:
    """The allowed moves of one state field: target state -> states it may be entered from."""

    field: str
    moves: Mapping[str, frozenset[str]]

    def apply(self, queryset: QuerySet[Any], to: str, **changes: Any) -> int:
        """Move every row of `queryset` that may move; return how many did. Racing callers share the rows out."""
        origins = self.moves.get(to)
        if origins is None:
            raise ValueError(f"{to!r} is not a state; known: {', '.join(sorted(self.moves))}")
        return queryset.filter(**{f"{self.field}__in": origins}).update(**{self.field: to}, **changes)

    def move(self, instance: Model, to: str, **changes: Any) -> None:
        """Move one row or raise Conflict naming the state it is really in; refreshes the instance."""
        manager = type(instance)._default_manager
        moved = self.apply(manager.filter(pk=instance.pk), to, **changes)
        instance.refresh_from_db()
        if not moved:
            actual = getattr(instance, self.field)
            raise Conflict(
                f"This {instance._meta.verbose_name} is {actual}; it cannot become {to}.", state=actual, wanted=to
            )
