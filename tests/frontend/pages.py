"""Signing in to pages, and reading what they say."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.http import HttpResponse
from django.test import Client

from core.models import User


def browser_of(user: User | None) -> Client:
    """A client of the pages; None is nobody."""
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text_of(answer: HttpResponse | Any) -> str:
    """What a person reads: tags taken out, spaces made one."""
    html = answer.content.decode()
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def messages_of(answer: HttpResponse | Any) -> str:
    """The messages on a page."""
    found = re.search(r'<div id="messages".*?</div>\s*<main', answer.content.decode(), flags=re.S)
    return unescape(re.sub(r"<[^>]+>", " ", found.group(0))) if found else ""
