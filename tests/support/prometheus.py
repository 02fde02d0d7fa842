"""A real Prometheus on this machine, for tests: its targets, its rules, its answers."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from darkstar_common.launcher.broker import free_port
from darkstar_common.launcher.targets import write_targets
from darkstar_common.runtime.clock import Stopwatch

PROMETHEUS, PROMTOOL = shutil.which("prometheus"), shutil.which("promtool")
needs_prometheus = pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is not installed")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
_LOOK_SECONDS = 0.2
_CONFIG = """\
global:
  scrape_interval: {interval}
  evaluation_interval: {interval}
rule_files: [{rules}]
scrape_configs:
  - job_name: darkstar
    file_sd_configs:
      - files: [metrics.json]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """A running one."""

    url: str
    client: httpx.AsyncClient

    async def get(self, path: str, **parameters: str) -> Any:
        """The `data` of an answer of the HTTP API."""
        answer = (await self.client.get(f"/api/v1/{path}", params=parameters)).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """What `expression` comes to now: each series with its `metric` and its `value`."""
        found: list[dict[str, Any]] = (await self.get("query", query=expression))["result"]
        return found

    async def values(self, expression: str) -> list[float]:
        """The bare figures of `query`."""
        return [float(one["value"][1]) for one in await self.query(expression)]

    async def found(self, expression: str, *, seconds: float) -> list[dict[str, Any]]:
        """What `expression` comes to, once it comes to something."""
        watch = Stopwatch()
        while not (series := await self.query(expression)):
            taken = watch.elapsed.total_seconds()
            assert taken < seconds, f"{expression}: nothing within {seconds:g} s"
            await asyncio.sleep(_LOOK_SECONDS)
        return series

    async def firing(self) -> set[str]:
        """The names of the alerts that fire now."""
        alerts = (await self.get("alerts"))["alerts"]
        return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}

    async def until(
        self, condition: Callable[[set[str]], bool], *, seconds: float, what: str
    ) -> float:
        """Wait until the firing alerts are so; how long it took [s of the wall].

        Raises:
            AssertionError: They are not within `seconds`; names those that fire.
        """
        watch, firing = Stopwatch(), await self.firing()
        while not condition(firing):
            taken = watch.elapsed.total_seconds()
            assert taken < seconds, f"{what}: not within {seconds:g} s; {sorted(firing)} fire"
            await asyncio.sleep(_LOOK_SECONDS)
            firing = await self.firing()
        return watch.elapsed.total_seconds()

    async def scraped(self, times: int = 2, *, targets: int, seconds: float = 60) -> None:
        """Wait until each of so many targets has been read so often, without a failure."""
        watch = Stopwatch()
        while True:
            counts = await self.values('sum_over_time(up{job="darkstar"}[10m])')
            if len(counts) >= targets and min(counts) >= times:
                return
            assert watch.elapsed.total_seconds() < seconds, f"read so often only: {counts}"
            await asyncio.sleep(_LOOK_SECONDS)


@asynccontextmanager
async def prometheus(
    directory: Path,
    targets: Mapping[str, int],
    rules: Sequence[Path] = (),
    *,
    interval: str = "1s",
    site: str = "home",
) -> AsyncIterator[Prometheus]:
    """A Prometheus that reads `targets` for as long as it is open.

    Args:
        directory: Where it may keep its files.
        targets: The port on this machine by the name of the service.
        rules: Files of rules.
        interval: How often it reads the targets, and weighs the rules.
        site: The label that every series gets, beside `service`.
    """
    assert PROMETHEUS is not None
    _lay_out(directory, rules, interval)
    write_targets(directory, targets, site=site)
    port = free_port(0)
    url = f"http://127.0.0.1:{port}"
    with (directory / "prometheus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            PROMETHEUS, f"--config.file={directory / 'prometheus.yml'}",
            f"--storage.tsdb.path={directory / 'data'}", f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn", stdout=log, stderr=log,
        )  # fmt: skip
    try:
        async with httpx.AsyncClient(base_url=url, timeout=10) as client:
            await _ready(client, process)
            yield Prometheus(url=url, client=client)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def _lay_out(directory: Path, rules: Sequence[Path], interval: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    paths = ", ".join(json.dumps(str(one.resolve())) for one in rules)
    (directory / "prometheus.yml").write_text(_CONFIG.format(interval=interval, rules=paths))


async def _ready(client: httpx.AsyncClient, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(20):
        while True:
            assert process.returncode is None, "prometheus stopped; see its prometheus.log"
            with suppress(httpx.TransportError):
                if (await client.get("/-/ready")).is_success:
                    return
            await asyncio.sleep(_LOOK_SECONDS)
