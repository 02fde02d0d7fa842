"""A web service on this machine, whose answers a test makes up."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """A question as it came in."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Their names in small letters."""
    body: Any


@dataclass(frozen=True)
class Given:
    """What is answered."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """In place of `body`, as it is."""
    never: bool = False
    """The line stays open and nothing is said, until the block ends."""

    @property
    def content(self) -> bytes:
        """What goes over the line."""
        if self.raw is not None:
            return self.raw
        return b"" if self.body is None else json.dumps(self.body).encode()


@dataclass
class FakeWeb:
    """Where it is, and what it was asked."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def fake_web(answer: Callable[[Asked], Given]) -> Iterator[FakeWeb]:
    """A server that answers as long as the block lasts."""
    fake, over = FakeWeb(), Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def log_message(self, *_: object) -> None:
            """Nothing."""

        def _answer(self, method: str) -> None:
            parts = urlsplit(self.path)
            said = self.rfile.read(int(self.headers.get("content-length", 0)))
            asked = Asked(
                method=method,
                path=parts.path,
                query=dict(parse_qsl(parts.query)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=json.loads(said) if said else None,
            )
            fake.asked.append(asked)
            given = answer(asked)
            if given.never:
                over.wait()
                return
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(given.content)))
            self.end_headers()
            self.wfile.write(given.content)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield fake
        finally:
            over.set()
            server.shutdown()
            thread.join()
