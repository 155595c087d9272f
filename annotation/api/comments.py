"""Comments on a study: said, listed, settled."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Comment
from annotation.selectors.comments import asked_of, comments_on, readable_comments
from annotation.services.comments import Spot, add_comment, reopen_comment, resolve_comment
from core.access import require
from core.api.lookup import one, person, project_for
from core.errors import Invalid, NotFound
from core.models import Project, User
from imaging.models import Instance, Study


class CommentSerializer(serializers.ModelSerializer[Comment]):
    study_uid = serializers.CharField(source="study.uid", read_only=True)
    author = serializers.CharField(source="author.username", read_only=True)
    asked = serializers.CharField(source="asked.username", default=None, read_only=True, allow_null=True)
    resolved_by = serializers.CharField(source="resolved_by.username", default=None, read_only=True, allow_null=True)

    class Meta:
        model = Comment
        fields = [
            "id", "study_uid", "author", "asked", "text", "instance", "frame", "x", "y", "reply_to", "created_at",
            "resolved_at", "resolved_by",
        ]
        read_only_fields = fields


class NewCommentSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=2000)
    instance = serializers.IntegerField(required=False, allow_null=True, default=None)
    frame = serializers.IntegerField(required=False, default=0, min_value=0)
    x = serializers.FloatField(required=False, allow_null=True, default=None)
    y = serializers.FloatField(required=False, allow_null=True, default=None)
    asked = serializers.CharField(required=False, default="", allow_blank=True, help_text="Username of a colleague.")
    reply_to = serializers.IntegerField(required=False, allow_null=True, default=None)


class AskedSerializer(serializers.Serializer[Any]):
    """A question to the person; its words only where they may be read before the own answer."""

    id = serializers.IntegerField()
    study_uid = serializers.CharField()
    author = serializers.CharField()
    created_at = serializers.DateTimeField()
    text = serializers.CharField(allow_null=True)


@extend_schema(methods=["GET"], operation_id="comments_list", responses=CommentSerializer(many=True))
@extend_schema(methods=["POST"], request=NewCommentSerializer, responses={201: CommentSerializer})
@api_view(["GET", "POST"])
def comments(request: Request, slug: str, uid: str) -> Response:
    """What readers said about this study. Others' comments wait until one's own unaided answer is in."""
    user = person(request)
    project = project_for(user, slug)
    study = Study.objects.visible_to(user).filter(projects=project, uid=uid).first()
    if study is None:
        raise NotFound("There is no such study in this project, or you may not see it.")
    if request.method == "GET":
        return Response(CommentSerializer(comments_on(user=user, project=project, study=study), many=True).data)
    require(user, "annotate", project)
    shape = NewCommentSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    made = _add(shape.validated_data, project, study, user)
    return Response(CommentSerializer(made).data, status=status.HTTP_201_CREATED)


def _add(data: dict[str, Any], project: Project, study: Study, user: User) -> Comment:
    answered = data["reply_to"]
    readable = readable_comments(user=user, project=project)
    return add_comment(
        project=project, study=study, author=user, text=data["text"], spot=_spot(data, study),
        asked=_colleague(data["asked"], project), reply_to=None if answered is None else one(readable, answered),
    )


def _spot(data: dict[str, Any], study: Study) -> Spot | None:
    given = [data["instance"], data["x"], data["y"]]
    if all(part is None for part in given):
        return None
    if any(part is None for part in given):
        raise Invalid("A spot needs instance, x and y.", field="spot")
    instance = Instance.objects.filter(pk=data["instance"], series__study=study).select_related("series").first()
    if instance is None:
        raise Invalid("The spot lies on an image that is not in this study.", field="spot")
    return Spot(instance, data["frame"], data["x"], data["y"])


def _colleague(name: str, project: Project) -> User | None:
    if not name:
        return None
    found = User.objects.filter(username=name, memberships__project=project).first()
    if found is None:
        raise Invalid(f"{name} is not a member of this project.", field="asked")
    return found


@extend_schema(request=None, responses=CommentSerializer)
@api_view(["POST"])
def resolve(request: Request, pk: int) -> Response:
    """Settle a comment: whoever asked or was asked, and any reader of the project."""
    user, comment = _named(request, pk)
    return Response(CommentSerializer(resolve_comment(comment=comment, user=user)).data)


@extend_schema(request=None, responses=CommentSerializer)
@api_view(["POST"])
def reopen(request: Request, pk: int) -> Response:
    """Take up a settled comment again."""
    _, comment = _named(request, pk)
    return Response(CommentSerializer(reopen_comment(comment=comment)).data)


def _named(request: Request, pk: int) -> tuple[User, Comment]:
    user = person(request)
    comment = one(Comment.objects.visible_to(user).select_related("project"), pk)
    require(user, "annotate", comment.project)
    return user, one(readable_comments(user=user, project=comment.project), pk)


@extend_schema(operation_id="comments_asked", responses=AskedSerializer(many=True))
@api_view(["GET"])
def asked(request: Request, slug: str) -> Response:
    """Questions of colleagues that wait for the person."""
    user = person(request)
    project = project_for(user, slug)
    readable = set(readable_comments(user=user, project=project).filter(asked=user).values_list("pk", flat=True))
    return Response([
        {
            "id": row.pk, "study_uid": row.study.uid, "author": row.author.username, "created_at": row.created_at,
            "text": row.text if row.pk in readable else None,
        }
        for row in asked_of(user=user, project=project)
    ])
