"""The client itself: one method per act, errors in the server's words, everything bounded and in parts."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx
import numpy as np
import numpy.typing as npt

from learning.client.frozen import Frozen, frozen_of

_ROWS, _IMAGES, _PREDICTIONS = 2000, 64, 1000


class RadLoopError(RuntimeError):
    """The server refused or could not be reached; the message says why. `status` is 0 when nothing answered."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Client:
    """A connection to one installation, as one person.

    token  an access token, made on the page "Access tokens"; default: the variable RADLOOP_TOKEN.

    Raises RadLoopError without a token, and from every method when the server refuses.
    """

    def __init__(
        self, address: str, token: str | None = None, *, timeout: float = 60.0, http: httpx.Client | None = None
    ) -> None:
        token = token or os.environ.get("RADLOOP_TOKEN", "")
        if not token:
            raise RadLoopError("No access token: make one on the page “Access tokens” and set RADLOOP_TOKEN to it.")
        self._http = http or httpx.Client(base_url=address, timeout=timeout)
        self._http.headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def projects(self) -> list[dict[str, Any]]:
        """Projects that you are a member of."""
        return list(self._pages("/api/projects/"))

    def snapshots(self, project: str) -> list[dict[str, Any]]:
        """Snapshots of a project, newest first: id, hash, findings, counts."""
        return list(self._pages(f"/api/projects/{project}/snapshots/"))

    def freeze(
        self, project: str, *, findings: Sequence[str] = (), sources: Sequence[str] = ("reader",)
    ) -> dict[str, Any]:
        """Freeze today's labels; gives the new snapshot."""
        wanted = {"findings": list(findings), "sources": list(sources)}
        return dict(self._json("POST", f"/api/projects/{project}/snapshots/", json=wanted))

    def rows(self, snapshot: Mapping[str, Any]) -> Frozen:
        """All rows of a snapshot, as arrays."""
        rows: list[dict[str, Any]] = []
        while True:
            params = {"start": len(rows), "count": _ROWS}
            part = self._json("GET", f"/api/snapshots/{snapshot['id']}/rows/", params=params)
            rows += part["rows"]
            if len(rows) >= part["total"] or not part["rows"]:
                return frozen_of(dict(snapshot), rows, part["withheld"])

    def image_keys(self, project: str, set: str = "pool") -> list[dict[str, str]]:
        """Key, study and patient of every image of a set (pool, calibration, gate), without answers."""
        return list(self._json("GET", f"/api/projects/{project}/image_keys/", params={"set": set}))

    def pixels(
        self, project: str, keys: Sequence[str], *, size: int,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> npt.NDArray[np.uint16]:
        """N x size x size images as a network there sees them, in the order of the keys."""
        parts = []
        for start in range(0, len(keys), _IMAGES):
            wanted = {"keys": list(keys[start : start + _IMAGES]), "size": size}
            body = self._ask("POST", f"/api/projects/{project}/pixels/", json=wanted).content
            parts.append(np.load(io.BytesIO(body), allow_pickle=False))
            progress(min(start + _IMAGES, len(keys)), len(keys))
        return np.concatenate(parts) if parts else np.empty((0, size, size), np.uint16)

    def register(
        self, project: str, *, name: str, findings: Sequence[str], snapshot: Mapping[str, Any], description: str = ""
    ) -> dict[str, Any]:
        """Make a model that you trained known; gives its id and number there."""
        about = {"name": name, "description": description, "findings": list(findings), "snapshot": snapshot["id"]}
        return dict(self._json("POST", f"/api/projects/{project}/foreign_models/", json=about))

    def predict(
        self, model: Mapping[str, Any], keys: Sequence[str], probabilities: npt.ArrayLike, *, findings: Sequence[str]
    ) -> int:
        """Write N x F probabilities of your model on the images with these keys; gives how many were kept."""
        table = np.asarray(probabilities, dtype=float)
        if table.shape != (len(keys), len(findings)):
            raise RadLoopError(f"Probabilities have shape {table.shape}; {len(keys)} x {len(findings)} is needed.")
        written = 0
        for start in range(0, len(keys), _PREDICTIONS):
            part = slice(start, start + _PREDICTIONS)
            pairs = zip(keys[part], table[part].tolist(), strict=True)
            said = {key: dict(zip(findings, row, strict=True)) for key, row in pairs}
            answer = self._json("POST", f"/api/models/{model['id']}/predictions/", json={"predictions": said})
            written += int(answer["written"])
        return written

    def judge(self, model: Mapping[str, Any], *, wait: float = 600.0, every: float = 1.0) -> dict[str, Any]:
        """Have your model judged on the gate set, against the champion; waits for the verdict.

        Raises RadLoopError with the reason when it fails or takes longer than `wait` seconds.
        """
        job = self._json("POST", f"/api/models/{model['id']}/judge/")
        ends = time.monotonic() + wait
        while job["state"] in ("queued", "running"):
            if time.monotonic() > ends:
                raise RadLoopError(f"The judging still runs after {wait:g} s; it goes on there (job {job['id']}).")
            time.sleep(every)
            job = self._json("GET", f"/api/jobs/{job['id']}/")
        if job["state"] != "done":
            raise RadLoopError(job.get("failure") or f"The judging was {job['state']}.")
        return dict(self._json("GET", f"/api/models/{model['id']}/"))

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        """All rows of a list, page after page."""
        page = 1
        while True:
            part = self._json("GET", path, params={"page": page})
            yield from part["results"]
            if not part.get("next"):
                return
            page += 1

    def _json(self, method: str, path: str, **how: Any) -> Any:
        return self._ask(method, path, **how).json()

    def _ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **how)
        except httpx.HTTPError as error:
            raise RadLoopError(f"{self._http.base_url} does not answer: {error}") from error
        if answer.is_error:
            raise RadLoopError(_reason(answer), answer.status_code)
        return answer


def _reason(answer: httpx.Response) -> str:
    try:
        said = answer.json()
        return str(said.get("title") or said)
    except (ValueError, AttributeError):
        return f"The server answered {answer.status_code}."
