"""The queues and what belongs on each."""

from __future__ import annotations

QUEUES = ("cpu", "gpu", "nlp")
EXCHANGE = "radloop"
"""Direct: a message's routing key is its queue's name."""
