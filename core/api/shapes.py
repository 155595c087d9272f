"""Shapes of people, projects, memberships and audit events."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.access import ACTS, IN_ARCHIVE
from core.models import AuditEvent, Membership, Project, Role, User


class PersonSerializer(serializers.ModelSerializer[User]):
    """What members may know of each other: no address, no last sign-in."""

    name = serializers.CharField(source="get_full_name", read_only=True)

    class Meta:
        model = User
        fields = ["username", "name"]
        read_only_fields = fields


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """Needs `roles` (project id → role) and `is_admin` of who asks in its context."""

    role = serializers.SerializerMethodField(help_text="Your role; null for a site admin who is no member.")
    may = serializers.SerializerMethodField(help_text="What you may do: read, annotate, review, train, export…")

    class Meta:
        model = Project
        fields = ["slug", "name", "question", "role", "may", "created_at", "archived_at"]
        read_only_fields = fields

    def get_role(self, project: Project) -> str | None:
        role: str | None = self.context["roles"].get(project.pk)
        return role

    def get_may(self, project: Project) -> list[str]:
        possible = [act for act in ACTS if project.archived_at is None or act in IN_ARCHIVE]
        return [act for act in possible if self.context["is_admin"] or self.get_role(project) in ACTS[act]]


class NewProject(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    question = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)
    slug = serializers.CharField(required=False, default="", allow_blank=True, max_length=60, help_text="The address.")


class ProjectChange(serializers.Serializer[Any]):
    name = serializers.CharField(required=False, max_length=120)
    question = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class MeSerializer(serializers.Serializer[Any]):
    username = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    is_site_admin = serializers.BooleanField()
    may_create_projects = serializers.BooleanField()
    projects = ProjectSerializer(many=True)
    statement = serializers.CharField()


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    username = serializers.CharField(source="user.username", read_only=True)
    name = serializers.CharField(source="user.get_full_name", read_only=True)
    is_simulated = serializers.BooleanField(source="user.is_simulated", read_only=True)
    role = serializers.ChoiceField(choices=Role.choices, read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "username", "name", "is_simulated", "role", "created_at"]
        read_only_fields = fields


class NewMember(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=Role.choices)


class RoleChange(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)


class NewAccount(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    first_name = serializers.CharField(required=False, default="", allow_blank=True, max_length=150)
    last_name = serializers.CharField(required=False, default="", allow_blank=True, max_length=150)
    is_site_admin = serializers.BooleanField(required=False, default=False)


class AccountMade(serializers.Serializer[Any]):
    username = serializers.CharField()
    password = serializers.CharField(help_text="One-time; shown now and kept nowhere.")


class AuditEventSerializer(serializers.ModelSerializer[AuditEvent]):
    actor = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    project = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    detail = serializers.DictField(read_only=True)

    class Meta:
        model = AuditEvent
        fields = ["sequence", "at", "actor", "action", "project", "subject", "detail", "previous_hash", "hash"]
        read_only_fields = fields
