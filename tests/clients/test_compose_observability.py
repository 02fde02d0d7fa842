"""The Prometheus of the observability profile, in its container: file, rules, names and disk.

Needs a Docker engine (DARKSTAR_TEST_ENGINE) and this machine's Prometheus, which is put into an
image that is laid out as the one compose.yaml names: its user, its directory, its entry point.
Grafana's container is not started; what it reads is looked at by test_grafana.py.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.containers import (
    OURS,
    Stack,
    build_images,
    engine_or_skip,
    fresh_copy,
    health,
    running,
)
from support.prometheus import PROMETHEUS, Prometheus, needs_prometheus

PROJECT, IMAGE = "darkstar-test-observability", "darkstar-test-prometheus:local"
NOBODY = 65534
HEALTHY = """\
#!/usr/bin/env python3
import sys, urllib.request
assert sys.argv[1:3] == ["check", "healthy"], sys.argv
urllib.request.urlopen(sys.argv[3].removeprefix("--url=") + "/-/healthy", timeout=4)
"""
"""What compose.yaml asks of promtool; Debian's is too old to know it."""
LAID_OUT = f"""\
FROM darkstar-planner:local
USER 0
COPY prometheus promtool /bin/
RUN mkdir /prometheus && chown {NOBODY}:{NOBODY} /prometheus
USER {NOBODY}
WORKDIR /prometheus
HEALTHCHECK NONE
VOLUME ["/prometheus"]
ENTRYPOINT ["/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
"""
pytestmark = [pytest.mark.timeout(400, func_only=True), needs_prometheus]


def context() -> io.BytesIO:
    """What the image is built from."""
    assert PROMETHEUS is not None
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        archive.add(Path(PROMETHEUS).resolve(), arcname="prometheus")
        for name, text in (("promtool", HEALTHY), ("Dockerfile", LAID_OUT)):
            told = tarfile.TarInfo(name)
            told.size, told.mode = len(text), 0o755
            archive.addfile(told, io.BytesIO(text.encode()))
    held.seek(0)
    return held


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    found = engine_or_skip()
    yield found
    found.close()


@pytest.fixture(scope="module")
def stack(engine: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    build_images()
    engine.images.build(fileobj=context(), custom_context=True, tag=IMAGE, rm=True)
    deploy = fresh_copy(tmp_path_factory.mktemp("observability"))
    with (deploy / ".env").open("a", encoding="utf-8") as file:
        file.write(f"PROMETHEUS_IMAGE={IMAGE}\n")
    stack = Stack(deploy, PROJECT, profiles=("simulated", "observability"))
    try:
        with running(stack, "prometheus", "simulator", *OURS):
            yield stack
    finally:
        engine.images.remove(IMAGE, force=True)


@pytest.fixture
async def server(stack: Stack) -> AsyncIterator[Prometheus]:
    url = f"http://127.0.0.1:{stack.prometheus_port}"
    async with httpx.AsyncClient(base_url=url) as client:
        yield Prometheus(url=url, client=client)


def test_it_is_healthy_beside_the_others(engine: Any, stack: Stack) -> None:
    found = health(engine, stack, *OURS, "prometheus")
    assert set(found.values()) == {"healthy"}, found


async def test_it_reads_each_service_by_its_name(server: Prometheus) -> None:
    await server.scraped(2, targets=len(OURS), seconds=120)
    up = await server.query('up{job="darkstar"} == 1')
    assert {one["metric"]["service"] for one in up} == set(OURS)
    assert {one["metric"]["site"] for one in up} == {"home"}


async def test_it_has_the_rules_and_none_of_them_is_in_trouble(server: Prometheus) -> None:
    groups = (await server.get("rules"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert {one["name"] for one in groups} >= {"darkstar_figures", "darkstar_reach"}
    assert [rule["name"] for rule in rules if rule["health"] == "err"] == []


async def test_what_it_has_kept_outlives_its_container(stack: Stack, server: Prometheus) -> None:
    (before,) = await server.found('min(timestamp(up{service="planner"}))', seconds=60)
    done = stack.up("--force-recreate", "--no-deps", "prometheus")
    assert done.returncode == 0, done.stderr
    kept = await server.found(f'up{{service="planner"}} @ {float(before["value"][1])}', seconds=60)
    assert kept[0]["metric"]["service"] == "planner"
