"""The loop: look, start, step, stop, simulate; and a decision against the rule."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.models import Worklist
from core.access import require
from core.api.lookup import one, person, project_for
from core.errors import NotFound
from core.models import Project, User
from learning.api.loop_shapes import LoopSerializer, LoopStart, Override, Simulation, TurnSerializer
from learning.models import Iteration, Loop
from learning.recipe import Recipe
from learning.selectors.loop_overview import loop_overview
from learning.services.loop_settings import change_settings
from learning.services.loops import simulate_readings, start_loop, step_loop, stop_loop
from learning.services.promotion import override
from learning.services.runs import recipe_named, validated
from workers.api.serializers import JobSerializer
from workers.api.views import job_json
from workers.selectors import Steering


def context_for(user: User) -> dict[str, Any]:
    return {"user": user, "steering": Steering.of(user)}


def loop_json(project: Project, user: User) -> dict[str, Any]:
    """The loop as this person sees it."""
    return dict(LoopSerializer(loop_overview(project), context=context_for(user)).data)


def loop_of(project: Project) -> Loop:
    """Raises NotFound while there is none."""
    loop = Loop.objects.filter(project=project).select_related("project", "worklist").first()
    if loop is None:
        raise NotFound("This project has no loop yet. Start it first.")
    return loop


class TheLoop(APIView):
    """The project's loop"""

    @extend_schema(responses=LoopSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Settings, turns with figures and decisions, corrections waiting, running jobs"""
        user = person(request)
        return Response(loop_json(project_for(user, slug), user))

    @extend_schema(request=LoopStart, responses=LoopSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Start the loop, or go on after a stop; of a loop that is there already managers alone change settings"""
        user = person(request)
        project = project_for(user, slug, "train")
        settings = _settings(request, user, project)
        if settings and Loop.objects.filter(project=project).exists():
            _change(user, project, settings)
            settings = {}
        start_loop(project=project, user=user, **settings)
        return Response(loop_json(project, user))

    @extend_schema(request=LoopStart, responses=LoopSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        """Change settings; they hold from the next turn on. For managers, and refused while a turn is under way"""
        user = person(request)
        project = project_for(user, slug, "manage")
        _change(user, project, _settings(request, user, project))
        return Response(loop_json(project, user))


def _change(user: User, project: Project, settings: dict[str, Any]) -> None:
    require(user, "manage", project)
    change_settings(loop=loop_of(project), user=user, **settings)


def _settings(request: Request, user: User, project: Project) -> dict[str, Any]:
    """What was sent, the worklist and the recipe as themselves."""
    shape = LoopStart(data=request.data)
    shape.is_valid(raise_exception=True)
    settings = dict(shape.validated_data)
    worklist = _worklist(user, project, settings.pop("worklist", None))
    recipe = _recipe(settings.pop("preset", None), settings.pop("recipe", None))
    chosen = {"worklist": worklist, "recipe": recipe}
    return settings | {name: value for name, value in chosen.items() if value is not None}


def _worklist(user: User, project: Project, pk: int | None) -> Worklist | None:
    if pk is None:
        return None
    return one(Worklist.objects.visible_to(user).filter(project=project), pk)


def _recipe(preset: str | None, recipe: dict[str, Any] | None) -> Recipe | None:
    if recipe is not None:
        return validated(recipe)
    return recipe_named(preset)[0] if preset is not None else None


class StepLoop(APIView):
    """A turn now"""

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Take a turn on demand; while one is under way, that one is returned"""
        user = person(request)
        job = step_loop(loop=loop_of(project_for(user, slug, "train")), user=user)
        return Response(job_json(job, user), status=status.HTTP_202_ACCEPTED)


class StopLoop(APIView):
    """No more turns"""

    @extend_schema(request=None, responses=LoopSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Stop the loop; a turn that is under way is cancelled, what was learned stays"""
        user = person(request)
        project = project_for(user, slug, "train")
        stop_loop(loop=loop_of(project))
        return Response(loop_json(project, user))


class SimulateReaders(APIView):
    """Simulated readers"""

    @extend_schema(request=Simulation, responses={202: JobSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Let simulated readers read, with turns in between"""
        user = person(request)
        project = project_for(user, slug, "train")
        shape = Simulation(data=request.data)
        shape.is_valid(raise_exception=True)
        job = simulate_readings(loop=loop_of(project), user=user, **shape.validated_data)
        return Response(job_json(job, user), status=status.HTTP_202_ACCEPTED)


class OverrideTurn(APIView):
    """Against the rule"""

    @extend_schema(request=Override, responses=TurnSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Turn a turn's decision round, with a note that stays; for managers"""
        user = person(request)
        related = ("loop__project", "champion", "challenger", "overridden_by", "job__project")
        turn = one(Iteration.objects.visible_to(user).select_related(*related), pk)
        require(user, "manage", turn.loop.project)
        shape = Override(data=request.data)
        shape.is_valid(raise_exception=True)
        override(iteration=turn, user=user, note=shape.validated_data["note"])
        turn.refresh_from_db()
        return Response(TurnSerializer(turn, context=context_for(user)).data)
