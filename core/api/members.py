"""Members of a project."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.lookup import one, person, project_for
from core.api.shapes import MembershipSerializer, NewMember, RoleChange
from core.models import Membership
from core.services.members import add_member, change_role, remove_member


class Members(APIView):
    """Who belongs to the project"""

    @extend_schema(responses=MembershipSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Members with their roles, by username"""
        user = person(request)
        project = project_for(user, slug)
        members = Membership.objects.visible_to(user).filter(project=project).select_related("user")
        return Response(MembershipSerializer(members.order_by("user__username"), many=True).data)

    @extend_schema(request=NewMember, responses={201: MembershipSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Take a person with an account into the project"""
        user = person(request)
        project = project_for(user, slug, "manage")
        shape = NewMember(data=request.data)
        shape.is_valid(raise_exception=True)
        membership = add_member(project=project, user=user, **shape.validated_data)
        return Response(MembershipSerializer(membership).data, status=status.HTTP_201_CREATED)


class OneMember(APIView):
    """One member"""

    @extend_schema(request=RoleChange, responses=MembershipSerializer)
    def patch(self, request: Request, slug: str, pk: int) -> Response:
        """Give another role; 409 if the project would be left without a manager"""
        shape = RoleChange(data=request.data)
        membership = self._membership(request, slug, pk)
        shape.is_valid(raise_exception=True)
        change_role(membership=membership, user=person(request), role=shape.validated_data["role"])
        return Response(MembershipSerializer(membership).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        """Remove from the project; what they read stays. 409 for the last manager"""
        remove_member(membership=self._membership(request, slug, pk), user=person(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _membership(self, request: Request, slug: str, pk: int) -> Membership:
        user = person(request)
        project = project_for(user, slug, "manage")
        members = Membership.objects.visible_to(user).filter(project=project)
        return one(members.select_related("user", "project"), pk)
