"""Cases that were read once stay on the device, as long as there is room: small data is read once, not each epoch."""

import math

import torch

from learning.toolkit.data import Indices
from learning.toolkit.readers import Reader

ROOM = 2**29
"""Bytes that the kept cases of one set may take, on a GPU at most an eighth of what is free."""


class KeptReader:
    """What `reader` gives, bit for bit and with the same strides; each case is read the first time it is asked for.

    room  bytes; where all cases would take more, none is kept.
    """

    def __init__(self, reader: Reader, *, room: int = ROOM) -> None:
        self.reader = reader
        self.room = room
        self.kept: torch.Tensor | None = None
        """One row a case, in the order in which its values lie in memory."""
        self._shape: tuple[int, ...] = ()
        self._strides: tuple[int, ...] = ()
        self._is_kept = torch.zeros(len(reader), dtype=torch.bool)
        self._holds_all = False
        self._is_tried = False

    def __len__(self) -> int:
        return len(self.reader)

    def batch(self, rows: Indices, device: torch.device | str = "cpu") -> torch.Tensor:
        """See `Reader`."""
        wanted = torch.from_numpy(rows)
        if self._holds_all:
            return self._taken(wanted)
        if self.kept is None:
            batch = self.reader.batch(rows, device)
            self._make_room(batch)
            self._keep(wanted, batch)
            return batch
        missing = wanted[~self._is_kept[wanted]]
        if len(missing):
            self._keep(missing, self.reader.batch(missing.numpy(), device))
        return self._taken(wanted)

    def _taken(self, wanted: torch.Tensor) -> torch.Tensor:
        assert self.kept is not None
        rows = self.kept.index_select(0, wanted.to(self.kept.device))
        return rows.as_strided((len(wanted), *self._shape), (self.kept.shape[1], *self._strides))

    def _keep(self, rows: torch.Tensor, batch: torch.Tensor) -> None:
        if self.kept is None:
            return
        size = self.kept.shape[1]
        self.kept[rows.to(self.kept.device)] = batch.as_strided((len(batch), size), (size, 1))
        self._is_kept[rows] = True
        self._holds_all = bool(self._is_kept.all())

    def _make_room(self, batch: torch.Tensor) -> None:
        """Room for all cases, once; `batch` shows what one takes and how it lies in memory."""
        if self._is_tried or not _has_no_gaps(batch):
            return
        self._is_tried = True
        room = self.room
        if batch.device.type == "cuda":
            room = min(room, torch.cuda.mem_get_info(batch.device)[0] // 8)
        size = math.prod(batch.shape[1:])
        if size * batch.element_size() * len(self) > room:
            return
        self._shape, self._strides = tuple(batch.shape[1:]), batch.stride()[1:]
        self.kept = torch.empty((len(self), size), dtype=batch.dtype, device=batch.device)


def _has_no_gaps(batch: torch.Tensor) -> bool:
    """Whether the cases of a batch lie one after the other, each without gaps."""
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    if batch.numel() == 0:
        return False
    if batch.is_contiguous():
        return True
    return batch.ndim in formats and batch.is_contiguous(memory_format=formats[batch.ndim])
