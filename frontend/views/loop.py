"""The loop: its story, its turns, its curve; started, stepped, stopped; everything live while turns run."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from core.errors import NotFound
from frontend.views.live import LivePart, signature
from frontend.views.page import ProjectPage
from learning.models import Iteration, Loop
from learning.selectors.loop_overview import LoopOverview, loop_overview
from learning.selectors.moved import moved_for
from learning.selectors.turn_sentences import unmoved_sentence
from learning.selectors.turns import TurnRow, curve_of, turn_rows
from learning.services.loops import simulate_readings, start_loop, step_loop, stop_loop
from learning.services.promotion import override

READINGS, TURNS = 100, 3
"""What the button lets simulated readers do."""


class LoopPage(ProjectPage):
    template = "frontend/loop.html"
    acts = {
        "start": ("start", "train"), "step": ("step", "train"), "stop": ("stop", "train"),
        "simulate": ("simulate", "train"), "override": ("override", "manage"),
    }

    def loop(self) -> Loop:
        """Raises NotFound while there is none."""
        found = Loop.objects.visible_to(self.person).filter(project=self.project).select_related("project", "worklist")
        loop = found.first()
        if loop is None:
            raise NotFound("This project has no loop yet. Start it first.")
        return loop

    def start(self) -> None:
        start_loop(project=self.project, user=self.person)

    def step(self) -> None:
        step_loop(loop=self.loop(), user=self.person)

    def stop(self) -> None:
        stop_loop(loop=self.loop())
        messages.success(self.request, "The loop is stopped. What was learned stays; start it again at any time.")

    def simulate(self) -> None:
        simulate_readings(loop=self.loop(), user=self.person, readings=READINGS, turns=TURNS)

    def override(self) -> None:
        turn = self.loop().iterations.filter(number=self._number()).first()
        if turn is None:
            raise NotFound("There is no such turn.")
        override(iteration=turn, user=self.person, note=self.request.POST.get("note", ""))
        messages.success(self.request, f"The decision of turn {turn.number} is turned round, with your note.")

    def _number(self) -> int:
        text = self.request.POST.get("turn", "")
        return int(text) if text.isdigit() else -1

    def context(self) -> dict[str, Any]:
        found = loop_overview(self.project)
        return super().context() | {"readings": READINGS, "turns": TURNS} | now_of(found) | turns_of(self, found)


class LoopPart(LivePart):
    """`now` is what happens at this moment; `turns` the table, the curve and what moved."""

    def context(self) -> dict[str, Any]:
        found = loop_overview(self.project)
        common = super().context() | {"readings": READINGS, "turns": TURNS}
        if self.kwargs["part"] == "now":
            self.template = "frontend/partials/loop_now.html"
            context = common | now_of(found)
            return context | {"seen": context["now_seen"]}
        if self.kwargs["part"] == "turns":
            self.template = "frontend/partials/loop_turns.html"
            context = common | turns_of(self, found)
            return context | {"seen": context["turns_seen"]}
        raise NotFound("There is no such part of the page.")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if request.headers.get("HX-Request") != "true":
            return HttpResponse(status=400, content="This address answers parts of the loop's page only.")
        return super().get(request, **kwargs)


def now_of(found: LoopOverview) -> dict[str, Any]:
    """State, sentences, figures of the last judged turn, running jobs."""
    rows = turn_rows(found.settings) if found.settings is not None else []
    last = next((row for row in reversed(rows) if row.turn.promoted is not None), None)
    failed = rows[-1] if rows and rows[-1].state == "failed" else None
    seen = signature(
        asdict(found.story) if found.story else None, found.missing, found.can_simulate,
        [(job.pk, job.state) for job in found.jobs], failed.failure if failed else "",
    )
    return {"overview": found, "story": found.story, "last": last, "failed": failed, "now_seen": seen}


def turns_of(page: ProjectPage, found: LoopOverview) -> dict[str, Any]:
    rows = turn_rows(found.settings) if found.settings is not None else []
    moved = next((row.turn for row in reversed(rows) if row.state == "done"), None)
    return {
        "overview": found, "rows": list(reversed(rows)), "curve": curve_of(rows), "moved_turn": moved,
        "moved": moved_for(page.person, moved) if moved is not None else [],
        "unmoved": unmoved_sentence(moved) if moved is not None else "",
        "turns_seen": signature([_state(row) for row in rows]),
    }


def _state(row: TurnRow) -> list[Any]:
    turn: Iteration = row.turn
    return [
        turn.pk, row.state, turn.promoted, turn.override_note, turn.finished_at, turn.challenger_id, len(turn.moved)
    ]
