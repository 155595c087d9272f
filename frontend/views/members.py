"""Who belongs to the project, and in which role."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render

from core.errors import Invalid, NotFound
from core.models import Membership, Role, User
from core.selectors.people import people_named
from core.services import members
from frontend.forms.projects import MemberForm
from frontend.views.page import ProjectPage

ROLES = [
    (Role.ANNOTATOR, "reads cases from the worklists and amends their own readings."),
    (Role.REVIEWER, "reads, and sees everybody's readings."),
    (Role.RESEARCHER, "starts the loop, trains models, exports labels. Does not read."),
    (Role.MANAGER, "does all of that; imports images, defines findings, makes worklists, invites members."),
]


class Members(ProjectPage):
    template = "frontend/members.html"
    acts = {"add": ("add", "manage"), "role": ("change", "manage"), "remove": ("remove", "manage")}
    form: MemberForm | None = None

    def context(self) -> dict[str, Any]:
        found = Membership.objects.filter(project=self.project).select_related("user")
        here = Q(user__readings__project=self.project, user__readings__version__gte=1)
        submitted = Count("user__readings", filter=here)
        return super().context() | {
            "members": found.annotate(submitted=submitted).order_by("user__is_simulated", "user__username"),
            "form": self.form or MemberForm(), "explained": ROLES, "roles": Role.choices,
        }

    def add(self) -> None:
        self.form = MemberForm(self.request.POST)
        if not self.form.is_valid():
            raise Invalid("Type the username of somebody with an account, and choose a role.")
        added = members.add_member(project=self.project, user=self.person, **self.form.cleaned_data)
        messages.success(self.request, f"{added.user} is now {added.get_role_display().lower()}.")

    def change(self) -> None:
        membership = self._named()
        members.change_role(membership=membership, user=self.person, role=self.request.POST.get("role", ""))
        messages.success(self.request, f"{membership.user} is now {membership.get_role_display().lower()}.")

    def remove(self) -> HttpResponse | None:
        membership = self._named()
        members.remove_member(membership=membership, user=self.person)
        messages.success(self.request, f"{membership.user} is no longer a member. Their readings stay.")
        return redirect("/") if membership.user_id == self.person.pk and not self.person.is_superuser else None

    def _named(self) -> Membership:
        pk = self.request.POST.get("member", "")
        found = Membership.objects.filter(project=self.project, pk=int(pk) if pk.isdigit() else 0)
        membership = found.select_related("user", "project").first()
        if membership is None:
            raise NotFound("There is no such member in this project.")
        return membership


class PeopleFound(ProjectPage):
    """Accounts whose name holds what was typed, as options of the username field."""

    needs = "manage"

    def get(self, request: Any, **_: Any) -> HttpResponse:
        typed = request.GET.get("username", "").strip()
        members_now = set(Membership.objects.filter(project=self.project).values_list("user_id", flat=True))
        named = people_named(typed, asked_by=self.person) if len(typed) >= 2 else User.objects.none()
        found = [person for person in named if person.pk not in members_now]
        return render(request, "frontend/partials/people_found.html", {"found": found})
