"""The Celery app: it only wakes workers up. The Job row is the truth (docs/decisions/0003)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
from celery import Celery, signals
from django.conf import settings
from kombu.entity import Exchange, Queue
from kombu.transport import TRANSPORT_ALIASES

from workers.queues import EXCHANGE, QUEUES
from workers.supervisor import die_with_parent

TRANSPORT_ALIASES["radloop-filesystem"] = "workers.transport:Transport"


def broker_settings(url: str, folder: Path) -> dict[str, Any]:
    """Celery's broker settings: a server's address, or a folder on this machine when `url` is empty."""
    if url:
        options = {"visibility_timeout": 3600, "socket_connect_timeout": 3, "socket_keepalive": True}
        return {"broker_url": url, "broker_transport_options": options}
    for part in ("messages", "control"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    return {
        "broker_url": "radloop-filesystem://localhost",
        # Jobs are cancelled in their row; every control queue would leave files behind here.
        "worker_enable_remote_control": False,
        "broker_transport_options": {
            "data_folder_in": str(folder / "messages"),
            "data_folder_out": str(folder / "messages"),
            "control_folder": str(folder / "control"),
            "polling_interval": 0.05,
        },
    }


app = Celery("radloop")
app.conf.update(
    **broker_settings(settings.BROKER_URL, Path(settings.BROKER_FOLDER)),
    task_queues=[
        Queue(name, Exchange(EXCHANGE), routing_key=name)  # type: ignore[no-untyped-call]
        for name in QUEUES
    ],
    task_default_queue="cpu",
    task_default_exchange=EXCHANGE,
    task_default_routing_key="cpu",
    task_acks_late=False,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    broker_connection_retry_on_startup=True,
    event_queue_exclusive=False,
)
django.setup()
app.autodiscover_tasks()


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]
def _follow_the_worker(**_: Any) -> None:
    die_with_parent()
