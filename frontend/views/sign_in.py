"""Signing in, being locked out, signing out, changing one's password."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from frontend.forms.sign_in import NewPasswordForm, SignInForm


class SignIn(views.LoginView):
    template_name = "frontend/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: Any) -> HttpResponse:
        answer = super().form_invalid(form)
        answer.status_code = 400
        return answer


class SignOut(views.LogoutView):
    """POST only: a link could sign people out unawares."""

    http_method_names = ["post", "options"]


class ChangePassword(views.PasswordChangeView):
    template_name = "frontend/password.html"
    form_class = NewPasswordForm
    success_url = "/"

    def form_valid(self, form: Any) -> HttpResponse:
        form.user.password_is_one_time = False
        messages.success(self.request, "Your password has been changed.")
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        answer = super().form_invalid(form)
        answer.status_code = 400
        return answer


def locked_out(request: HttpRequest, *_: Any) -> HttpResponse:
    """Too many wrong passwords: says for how long, and what to do."""
    minutes = round(timedelta(hours=settings.AXES_COOLOFF_TIME).total_seconds() / 60)
    context = {"minutes": minutes, "attempts": settings.AXES_FAILURE_LIMIT}
    answer = render(request, "frontend/locked_out.html", context, status=429)
    answer["Retry-After"] = str(60 * minutes)
    return answer
