"""The ASGI application that granian serves."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.asgi import get_asgi_application

from workers.supervisor import SUPERVISED, die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_asgi_application()

# What every request needs is loaded now and left out of garbage collection: looking through a quarter of a million
# lasting objects costs one save in five some 0.15 s.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()

if os.environ.get(SUPERVISED):
    die_with_parent()
