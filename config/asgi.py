"""The ASGI application that granian serves."""

import os

from django.core.asgi import get_asgi_application

from workers.supervisor import SUPERVISED, die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_asgi_application()

if os.environ.get(SUPERVISED):
    die_with_parent()
