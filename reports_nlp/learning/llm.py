"""Asking a language model on the site's own network (OpenAI-compatible chat completions). Off unless it is set.

What comes back is checked by `llm_answer`; this module knows servers: slow ones, busy ones, broken ones.
"""

from __future__ import annotations

import hashlib
import json
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import httpx

from reports_nlp.learning.llm_address import Address, AddressRefused, checked_address
from reports_nlp.learning.llm_answer import Answer, UnreadableAnswer, checked_answer, schema_for

PROMPT = Path(__file__).parent / "prompts" / "labels.toml"
LARGEST_ANSWER = 1024 * 1024
"""Bytes."""
LONGEST_TEXT = 40_000
"""Characters of a report; a longer one is not asked about."""
BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""
LONGEST_WAIT = 30.0
Key = TypeVar("Key")


class LlmRefused(Exception):
    """Asking again can't help: the message says what to change."""


class LlmUnavailable(Exception):
    """The server did not answer in time or at all; later it may."""


@dataclass(frozen=True)
class LanguageModel:
    """Where to ask, whom, and how patiently."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    seconds: float = 60.0
    """For one whole answer."""
    tries: int = 3
    may_leave_network: bool = False

    @property
    def source(self) -> str:
        """Its name wherever its labels appear."""
        return f"llm:{self.model}"[:80]


@dataclass(frozen=True)
class Prompt:
    system: str
    user: str
    digest: str


@lru_cache(maxsize=1)
def prompt() -> Prompt:
    raw = PROMPT.read_bytes()
    told = tomllib.loads(raw.decode())
    return Prompt(told["system"].strip(), told["user"].strip(), hashlib.sha256(raw).hexdigest())


def definition_of(model: LanguageModel, findings: Mapping[str, str]) -> str:
    """sha256 of what determines an answer as far as we can know: model name, prompt, findings with definitions."""
    told = [model.model, prompt().digest, sorted(findings.items())]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


class Asker:
    """One client for many reports; threads may share it. Close it, or use it in a `with`.

    findings  name -> definition (may be empty)
    pause     waits between tries; tests give their own
    """

    def __init__(
        self, model: LanguageModel, findings: Mapping[str, str], *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.model, self._findings, self._pause = model, dict(findings), pause
        try:
            self._address: Address = checked_address(model.url, may_leave_network=model.may_leave_network)
        except AddressRefused as error:
            raise LlmRefused(str(error)) from None
        except OSError:
            raise LlmUnavailable("The language model's name can't be looked up.") from None
        # Neither proxies nor redirects: text goes to the address that was checked and nowhere else.
        self._client = httpx.Client(
            timeout=httpx.Timeout(model.seconds, connect=min(5.0, model.seconds)), follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def read(self, text: str) -> Answer:
        """Labels of one report. An answer that can't be read is asked for once more.

        Raises UnreadableAnswer, LlmUnavailable after the last try, LlmRefused.
        """
        if len(text) > LONGEST_TEXT:
            raise UnreadableAnswer(f"The report has more than {LONGEST_TEXT} characters.")
        names = list(self._findings)
        try:
            return checked_answer(self._content(text), text=text, findings=names)
        except UnreadableAnswer:
            return checked_answer(self._content(text), text=text, findings=names)

    def _content(self, text: str) -> str:
        for number in range(1, self.model.tries + 1):
            try:
                return _content_of(self._post(self._request(text)))
            except _Busy as busy:
                if number == self.model.tries:
                    raise LlmUnavailable(str(busy)) from None
                self._pause(min(LONGEST_WAIT, busy.wait or 2.0 ** (number - 1)))
        raise LlmUnavailable("No try is left.")

    def _request(self, text: str) -> dict[str, Any]:
        told = "\n".join(f"- {name}" + (f": {about}" if about else "") for name, about in self._findings.items())
        asked = prompt()
        return {
            "model": self.model.model, "temperature": 0, "seed": 0, "stream": False,
            "messages": [
                {"role": "system", "content": asked.system},
                {"role": "user", "content": asked.user.replace("{findings}", told).replace("{text}", text)},
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "labels", "strict": True, "schema": schema_for(list(self._findings))},
            },
        }

    def _post(self, body: dict[str, Any]) -> bytes:
        """The answer's bytes, within the time for a whole answer however slowly they drip."""
        headers = {"Host": self._host()}
        if self.model.key:
            headers["Authorization"] = f"Bearer {self.model.key}"
        deadline = time.monotonic() + self.model.seconds
        try:
            with self._client.stream(
                "POST", self._address.url, json=body, headers=headers,
                extensions={"sni_hostname": self._address.host},
            ) as answer:
                self._check(answer)
                return _within(answer, deadline)
        except httpx.TimeoutException:
            raise _Busy("The language model did not answer in time.") from None
        except (httpx.TransportError, httpx.StreamError) as error:
            raise _Busy(f"The language model can't be reached ({type(error).__name__}).") from None

    def _host(self) -> str:
        name = f"[{self._address.host}]" if ":" in self._address.host else self._address.host
        return f"{name}:{self._address.port}"

    @staticmethod
    def _check(answer: httpx.Response) -> None:
        status = answer.status_code
        if status in BUSY:
            wanted = answer.headers.get("retry-after", "")
            raise _Busy(f"The language model is busy (HTTP {status}).", float(wanted) if wanted.isdigit() else 0.0)
        if 300 <= status < 400:
            raise LlmRefused("The language model's server redirects; set RADLOOP_LLM_URL to where it really is.")
        if status in (401, 403):
            raise LlmRefused(f"The language model's server wants another key (HTTP {status}); set RADLOOP_LLM_KEY.")
        if status == 404:
            raise LlmRefused("Nothing is at RADLOOP_LLM_URL, or it has no such model (HTTP 404).")
        if status != 200:
            raise LlmRefused(f"The language model's server refuses the request (HTTP {status}).")


class _Busy(Exception):
    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


def _within(answer: httpx.Response, deadline: float) -> bytes:
    parts, size = [], 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > LARGEST_ANSWER:
            raise LlmRefused("The language model's answer is larger than any list of labels.")
        if time.monotonic() > deadline:
            raise _Busy("The language model did not answer in time.")
        parts.append(part)
    return b"".join(parts)


def _content_of(raw: bytes) -> str:
    """The message in a chat completion. Raises UnreadableAnswer for anything else."""
    try:
        content = json.loads(raw)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise UnreadableAnswer("The server's answer is no chat completion.") from None
    if not isinstance(content, str):
        raise UnreadableAnswer("The server's answer holds no text.")
    return content


Told = Answer | UnreadableAnswer | LlmUnavailable


def read_many(asker: Asker, texts: Iterable[tuple[Key, str]], *, at_once: int) -> Iterator[tuple[Key, Told]]:
    """Ask about many reports, `at_once` at a time, as answers come; texts are taken up only as places are free.

    What went wrong with one report comes in its answer's place. Raises LlmRefused at once: it would be all of them.
    """
    waiting: dict[Future[Told], Key] = {}
    rest = iter(texts)
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        try:
            while True:
                while len(waiting) < at_once and (one := next(rest, None)) is not None:
                    waiting[pool.submit(_told, asker, one[1])] = one[0]
                if not waiting:
                    return
                for done in wait(waiting, return_when=FIRST_COMPLETED).done:
                    yield waiting.pop(done), done.result()
        finally:
            for future in waiting:
                future.cancel()


def _told(asker: Asker, text: str) -> Told:
    try:
        return asker.read(text)
    except (UnreadableAnswer, LlmUnavailable) as error:
        return error
