"""Receive reports over MLLP."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import DomainError
from core.management.named import project_named, user_named
from reports_nlp.management.intake import add_reading_options
from reports_nlp.services.intake_listener import Listener, Terms
from reports_nlp.services.intake_options import checked_options, map_of


class Command(BaseCommand):
    help = (
        "Listen for HL7 v2 results (ORU^R01) over MLLP. A message is acknowledged (AA) once it is committed; AE says "
        "that it could not be used and why, AR that it is no result at all. MLLP knows no passwords and no encryption: "
        "listen on a private network or behind a TLS tunnel."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="slug")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, default=2575, help="default: 2575; 0 for any free one")
        parser.add_argument("--connections", type=int, default=20, help="at the same time (default: 20)")
        add_reading_options(parser)

    def handle(self, *, project: str, host: str, port: int, **options: Any) -> None:
        try:
            chosen = checked_options({
                "language": options["language"], "encoding": options["encoding"], "sender": options["sender"],
                "map": map_of(options["map"]),
            })
        except DomainError as error:
            raise CommandError(str(error)) from None
        terms = Terms(
            project=project_named(project), user=user_named(options["user"]), options=chosen,
            max_connections=max(1, options["connections"]),
        )
        try:
            listener = Listener((host, port), terms)
        except OSError as error:
            raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}.") from None
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: threading.Thread(target=listener.stop).start())
        self.stdout.write(f"Listening on {host}:{listener.server_address[1]} for {project}.")
        self.stdout.flush()
        with listener:
            listener.serve_forever(poll_interval=0.2)
        self.stdout.write("Stopped; nothing acknowledged is lost.")
