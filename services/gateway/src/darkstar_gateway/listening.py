"""The listening socket, and the web server on it inside the service's own event loop.

GatewayError
└── AddressError   the address cannot be listened on
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

from darkstar_common.config import Gateway

LONGEST_WORD_OF_A_PAGE = 4096
"""Pages have next to nothing to say; a longer WebSocket message closes its connection [bytes]."""


class GatewayError(Exception):
    """Base of the gateway's errors."""


class AddressError(GatewayError):
    """The gateway cannot listen where the configuration says."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"The page cannot be served on {host}:{port}: {reason}")
        self.host = host
        self.port = port


def bound_socket(settings: Gateway) -> socket.socket:
    """A socket that listens where `settings` says.

    Its connections send at once: the body of an answer would else wait for the browser to
    acknowledge the head, which a browser puts off for 40 ms. The event loop sets this itself only
    where a socket was made with its protocol spelt out.

    Raises:
        AddressError: That is not possible; the message says why and what to do.
    """
    host, port = settings.host, settings.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise AddressError(host, port, _way_out(error)) from None
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.setblocking(False)
    return listening


def url_of(listening: socket.socket) -> str:
    """Where a browser on this machine finds the page."""
    host, port = listening.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 (compared, not bound)
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


@asynccontextmanager
async def served(app: FastAPI, listening: socket.socket) -> AsyncIterator[asyncio.Task[None]]:
    """Serve `app` on `listening` for as long as this is open; yields the task that does."""
    server = _Server(
        uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,  # whoever asks could claim any address
            server_header=False,
            ws_max_size=LONGEST_WORD_OF_A_PAGE,
            ws_per_message_deflate=False,  # a window for each page would cost more than it saves
            timeout_graceful_shutdown=2,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listening]), name="http")
    try:
        yield task
    finally:
        server.should_exit = True
        await asyncio.wait([task])


class _Server(uvicorn.Server):
    """Leaves the signals to the runtime, which stops all of the service in order."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _way_out(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            "another program listens there, maybe another Darkstar. Stop it, or choose "
            "another gateway.port in the configuration (0 takes a free one)."
        )
    if error.errno == errno.EACCES:
        return "that port needs administrator's rights. Choose a gateway.port above 1023."
    return (
        f"{error.strerror or error}. Set gateway.host in the configuration to an address "
        "of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them."
    )
