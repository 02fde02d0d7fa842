"""The metrics endpoint that Prometheus reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from prometheus_client import Gauge, start_http_server

from darkstar_common.contract import Issue
from darkstar_common.runtime.status import Status

_log = structlog.get_logger("darkstar_common.runtime")

_SERVICE = Gauge(
    "darkstar_service",
    "The service that runs here, and its version [always 1]",
    ["name", "version"],
)


@asynccontextmanager
async def metrics_endpoint(
    host: str, port: int, *, name: str, version: str, status: Status
) -> AsyncIterator[None]:
    """Serve the metrics while it is open; `port` 0 serves none.

    A port that is taken is an issue, no reason to leave the house alone.
    """
    _SERVICE.labels(name, version).set(1)
    if port == 0:
        yield
        return
    try:
        server, _ = start_http_server(port, host)
    except OSError as error:
        await status.raise_issue(_taken(host, port, error))
        _log.warning("metrics_unavailable", host=host, port=port, reason=str(error))
        yield
        return
    try:
        yield
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()


def _taken(host: str, port: int, error: OSError) -> Issue:
    return Issue(
        key="metrics_port",
        severity="warning",
        message=f"The metrics endpoint cannot listen on {host}:{port} ({error.strerror}).",
        guidance="Set DARKSTAR_METRICS_PORT to a free port, or to 0 for none.",
    )
