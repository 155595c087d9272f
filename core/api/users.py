"""People: found to be invited, and accounts made by site admins."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.access import require_site_admin
from core.api.lookup import person
from core.api.shapes import AccountMade, NewAccount, PersonSerializer
from core.errors import NotFound
from core.models import User
from core.selectors.people import people_named
from core.services.accounts import close_account, make_account, open_account, renew_password


def account_named(username: str) -> User:
    """Raises NotFound."""
    found = User.objects.filter(username=username).first()
    if found is None:
        raise NotFound(f"Nobody here is called {username!r}.")
    return found


class People(APIView):
    """People with an account"""

    @extend_schema(
        parameters=[OpenApiParameter("q", OpenApiTypes.STR, description="Part of a username or name.")],
        responses=PersonSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Search for people to invite, at most 20; for those who manage a project, and site admins"""
        found = people_named(request.query_params.get("q", ""), asked_by=person(request))
        return Response(PersonSerializer(found, many=True).data)

    @extend_schema(request=NewAccount, responses={201: AccountMade})
    def post(self, request: Request) -> Response:
        """Make an account with a one-time password; for site admins"""
        user = require_site_admin(person(request))
        shape = NewAccount(data=request.data)
        shape.is_valid(raise_exception=True)
        made, password = make_account(user=user, **shape.validated_data)
        answer = {"username": made.username, "password": password}
        return Response(AccountMade(answer).data, status=status.HTTP_201_CREATED)


class RenewPassword(APIView):
    """A new one-time password"""

    @extend_schema(request=None, responses=AccountMade)
    def post(self, request: Request, username: str) -> Response:
        """Give a person a new one-time password; open sessions end. For site admins"""
        user = require_site_admin(person(request))
        password = renew_password(person=account_named(username), user=user)
        return Response(AccountMade({"username": username, "password": password}).data)


class CloseAccount(APIView):
    """Shut somebody out"""

    @extend_schema(request=None, responses=PersonSerializer)
    def post(self, request: Request, username: str) -> Response:
        """Nobody can sign in with this account any more; for site admins"""
        user, found = require_site_admin(person(request)), account_named(username)
        close_account(person=found, user=user)
        return Response(PersonSerializer(found).data)


class OpenAccount(APIView):
    """Let somebody in again"""

    @extend_schema(request=None, responses=PersonSerializer)
    def post(self, request: Request, username: str) -> Response:
        """Open a closed account again; for site admins"""
        user, found = require_site_admin(person(request)), account_named(username)
        open_account(person=found, user=user)
        return Response(PersonSerializer(found).data)
