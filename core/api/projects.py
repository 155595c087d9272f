"""Who am I, and my projects."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.access import may_create_projects
from core.api.lookup import person, project_for
from core.api.shapes import MeSerializer, NewProject, ProjectChange, ProjectSerializer
from core.models import Membership, Project, User
from core.services.projects import archive_project, create_project, edit_project, restore_project

STATEMENT = "Research use only. Not a medical device; not for diagnosis or for decisions about patients."


def roles_context(user: User) -> dict[str, Any]:
    roles = dict(Membership.objects.filter(user=user).values_list("project_id", "role"))
    return {"roles": roles, "is_admin": user.is_superuser}


def project_json(project: Project, user: User) -> dict[str, Any]:
    """The project as this person sees it."""
    return dict(ProjectSerializer(project, context=roles_context(user)).data)


class Me(APIView):
    """Who am I"""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The signed-in person, with projects and roles"""
        user = person(request)
        projects = Project.objects.visible_to(user).filter(archived_at=None)
        about = {
            "username": user.username, "name": user.get_full_name(), "is_site_admin": user.is_superuser,
            "may_create_projects": may_create_projects(user), "projects": projects, "statement": STATEMENT,
        }
        return Response(MeSerializer(about, context=roles_context(user)).data)


class Projects(generics.ListAPIView[Project]):
    """My projects by name"""

    queryset = Project.objects.none()
    serializer_class = ProjectSerializer
    filter_backends = []

    def get_queryset(self) -> QuerySet[Project]:
        projects = Project.objects.visible_to(person(self.request)).order_by("name", "pk")
        return projects.filter(archived_at__isnull=self.request.query_params.get("archived") != "true")

    def get_serializer_context(self) -> dict[str, Any]:
        user = self.request.user
        return {**super().get_serializer_context(), **(roles_context(user) if isinstance(user, User) else {})}

    @extend_schema(parameters=[OpenApiParameter("archived", OpenApiTypes.BOOL, description="Only the archived ones.")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your projects by name; archived ones only when asked for"""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=NewProject, responses={201: ProjectSerializer})
    def post(self, request: Request) -> Response:
        """Begin a project and become its manager"""
        shape = NewProject(data=request.data)
        shape.is_valid(raise_exception=True)
        project = create_project(user=person(request), **shape.validated_data)
        return Response(project_json(project, person(request)), status=status.HTTP_201_CREATED)


class OneProject(APIView):
    """One project"""

    @extend_schema(responses=ProjectSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Name, question, and what you may do in it"""
        return Response(project_json(project_for(person(request), slug), person(request)))

    @extend_schema(request=ProjectChange, responses=ProjectSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        """Change name or question; the address stays"""
        user = person(request)
        project = project_for(user, slug, "manage")
        shape = ProjectChange(data=request.data)
        shape.is_valid(raise_exception=True)
        changed = {"name": project.name, "question": project.question, **shape.validated_data}
        return Response(project_json(edit_project(project=project, user=user, **changed), user))


class ArchiveProject(APIView):
    """Put a project away"""

    @extend_schema(request=None, responses=ProjectSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Archive the project: it can be looked at and exported, not worked in"""
        user = person(request)
        return Response(project_json(archive_project(project=project_for(user, slug, "manage"), user=user), user))


class RestoreProject(APIView):
    """Take a project up again"""

    @extend_schema(request=None, responses=ProjectSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Work in an archived project again"""
        user = person(request)
        return Response(project_json(restore_project(project=project_for(user, slug, "manage"), user=user), user))
