"""A chat completions server on the loopback that behaves as a test tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Handler", dict[str, Any]], None]


def completion(content: Any) -> bytes:
    """As servers of this kind wrap an answer; anything but text is written as JSON first."""
    text = content if isinstance(content, str) else json.dumps(content)
    message = {"role": "assistant", "content": text}
    return json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()


def labels(*told: tuple[str, str, str]) -> dict[str, Any]:
    """(finding, state, quote)…"""
    return {"labels": [{"finding": f, "state": s, "quotes": [q]} for f, s, q in told]}


def answers(content: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Behaviour:
    def behave(handler: Handler, body: dict[str, Any]) -> None:
        handler.reply(completion(content), status=status, headers=headers or {})

    return behave


def raw(content: bytes) -> Behaviour:
    return lambda handler, body: handler.reply(content)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """The first request gets the first, and so on; the last stays."""
    rest = list(behaviours)

    def behave(handler: Handler, body: dict[str, Any]) -> None:
        (rest.pop(0) if len(rest) > 1 else rest[0])(handler, body)

    return behave


def drips(seconds: float) -> Behaviour:
    """A byte now and then, so that no single read ever times out."""

    def behave(handler: Handler, body: dict[str, Any]) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        until = time.monotonic() + seconds
        while time.monotonic() < until and not handler.server.is_over.wait(0.05):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return

    return behave


def hangs_up(handler: Handler, body: dict[str, Any]) -> None:
    handler.close_connection = True
    handler.connection.close()


def silent(handler: Handler, body: dict[str, Any]) -> None:
    handler.server.is_over.wait(10)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    is_over: threading.Event


class Handler(BaseHTTPRequestHandler):
    server: Server
    heard: Heard

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.begins(self)
        try:
            self.heard.requests.append((self.path, dict(self.headers), body))
            self.heard.behave(self, body)
        finally:
            self.heard.ends(self)

    def reply(self, content: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.heard.ends(self)  # before the answer: whoever has it may ask again at once
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        return


@dataclass
class Heard:
    url: str
    behave: Behaviour
    requests: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    at_work: set[int] = field(default_factory=set)
    most_at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begins(self, handler: Handler) -> None:
        with self._lock:
            self.at_work.add(id(handler))
            self.most_at_once = max(self.most_at_once, len(self.at_work))

    def ends(self, handler: Handler) -> None:
        with self._lock:
            self.at_work.discard(id(handler))

    def texts(self) -> Sequence[str]:
        return [body["messages"][1]["content"] for _, _, body in self.requests]


@contextmanager
def serving(behave: Behaviour) -> Iterator[Heard]:
    heard = Heard("", behave)
    server = Server(("127.0.0.1", 0), type("Own", (Handler,), {"heard": heard}))
    server.is_over = threading.Event()
    heard.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        server.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()
