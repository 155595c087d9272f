"""Who asks, what they may see, and the audit event when a study is opened."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.csrf import csrf_exempt

from core import audit
from core.errors import DomainError, NotFound
from core.models import Project, User
from imaging.models import Instance, Study

AUDIT_WINDOW_SECONDS = 300
SIGN_IN_SECONDS = 300
View = Callable[..., HttpResponseBase]


def dicomweb(view: View) -> View:
    """Session or HTTP Basic sign-in (for dicomweb-client, 3D Slicer and the like); refusals as problem JSON."""

    @csrf_exempt
    @login_not_required
    @wraps(view)
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        user = request.user if request.user.is_authenticated else _basic(request)
        if user is None:
            return HttpResponse("Sign in.", status=401, headers={"WWW-Authenticate": 'Basic realm="RadLoop"'})
        request.user = user
        try:
            return view(request, **kwargs)
        except DomainError as error:
            return JsonResponse({"code": error.code, "title": error.message}, status=error.status)

    return answer


def _basic(request: HttpRequest) -> User | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        username, _, password = base64.b64decode(token, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    # Such clients send the password with every request, and checking it is slow on purpose.
    key = f"basic:{salted_hmac('imaging.dicomweb.basic', token, algorithm='sha256').hexdigest()}"
    found = _known(key)
    if found is None:
        found = authenticate(request, username=username, password=password)
        if isinstance(found, User):
            cache.set(key, (found.pk, found.get_session_auth_hash()), SIGN_IN_SECONDS)
    return found if isinstance(found, User) else None


def _known(key: str) -> User | None:
    """Who signed in with this a moment ago, unless the password has changed or the account was closed since."""
    pk, fingerprint = cache.get(key) or (None, "")
    user = User.objects.filter(pk=pk, is_active=True).first() if pk is not None else None
    return user if user is not None and constant_time_compare(user.get_session_auth_hash(), fingerprint) else None


def visible_studies(user: User, project: str | None) -> Any:
    """The studies this person may see, of one project when it is named. Raises NotFound for a project not theirs."""
    studies = Study.objects.visible_to(user)
    if project is None:
        return studies
    found = Project.objects.visible_to(user).filter(slug=project).first()
    if found is None:
        raise NotFound("There is no such project, or you are not a member of it.")
    return studies.filter(projects=found)


def opened(user: User, study: str, project: str | None) -> Study:
    """The study, with its opening on record (once per person and five minutes). Raises NotFound."""
    found = visible_studies(user, project).filter(uid=study).first()
    if not isinstance(found, Study):
        raise NotFound("There is no such study, or you may not see it.")
    note_opening(user, found, found.projects.filter(slug=project).first() if project is not None else None)
    return found


def note_opening(user: User, study: Study, project: Project | None = None) -> None:
    """Write the audit event unless this person opened this study there within the last five minutes.

    Without a project the event is filed under one through which the person may see the study.
    """
    project = project or study.projects.filter(pk__in=Project.objects.visible_to(user)).order_by("pk").first()
    place = project.pk if project is not None else 0
    if cache.add(f"opened:{user.pk}:{study.pk}:{place}", 1, AUDIT_WINDOW_SECONDS):
        audit.record("study.opened", actor=user, project=project, subject=f"study:{study.uid}")


def instances_of(study: Study, series: str | None, instance: str | None) -> Any:
    """Instances of the study, narrowed to a series or one instance. Raises NotFound when nothing is left."""
    found = Instance.objects.filter(series__study=study).select_related("series__study")
    if series is not None:
        found = found.filter(series__uid=series)
    if instance is not None:
        found = found.filter(sop_uid=instance)
    if not found.exists():
        raise NotFound("There is no such image in this study.")
    return found.order_by("series__number", "number", "pk")
