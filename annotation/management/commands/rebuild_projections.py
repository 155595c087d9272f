"""Write the ledger's projection anew; the result is what it was."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from annotation.services.ledger import rebuild_projections


class Command(BaseCommand):
    help = "Rebuild what counts now from the ledger alone."

    def handle(self, **_: Any) -> None:
        self.stdout.write(f"{rebuild_projections()} observations count now.")
