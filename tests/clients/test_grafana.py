"""The dashboards beside the programs they are for: Grafana's own types, and a real Prometheus.

Grafana itself is not started: what it reads is checked by the types it publishes, and what it would
ask of Prometheus is asked while Prometheus reads a simulated house with all its services.
"""

from __future__ import annotations

import asyncio
import json
import runpy
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.panels import DASHBOARDS, ROOT, Question, answered, chosen, marks, questions
from support.prometheus import Prometheus, needs_prometheus, prometheus
from support.running import running_house

from darkstar_common.launcher.fleet import SERVICES
from darkstar_common.launcher.trial import Trial, generate_house
from darkstar_common.runtime import Stopwatch, SystemClock

TYPECHECK: dict[str, Any] = runpy.run_path(str(ROOT / "deploy/grafana/typecheck.py"))
NPM = shutil.which("npm")
SPEED = 120
"""A summer's noon, and the two hours after it which the first scores of forecasts need."""
NOON = datetime(2026, 6, 5, 9, tzinfo=UTC)
PATIENCE = 240.0
"""Within so long every panel has something to show [s of the wall]."""
Say = Callable[[str], None]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def print_it(text: str) -> None:
        with capsys.disabled():
            print(f"\n    {text}", end="", flush=True)  # noqa: T201 (the figures are the point)

    return print_it


def compiled(dashboards: Path) -> subprocess.CompletedProcess[str]:
    """What Grafana's types say of `dashboards`."""
    assert NPM is not None
    try:
        done: subprocess.CompletedProcess[str] = TYPECHECK["check"](dashboards, NPM)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"npm cannot install Grafana's types: {error.stderr.strip()[-200:]}")
    return done


def broken(board: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """`board` with one thing wrong, by what that is."""

    def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        copy: dict[str, Any] = json.loads(json.dumps(board))
        change(copy)
        return copy

    def stat(copy: dict[str, Any]) -> dict[str, Any]:
        return next(one for one in copy["panels"] if one["type"] == "stat")

    return {
        "word": changed(lambda it: stat(it)["options"].update(graphMode="wave")),
        "option": changed(lambda it: stat(it)["options"].update(sparkle=True)),
        "kind": changed(lambda it: stat(it).update(type="speedometer")),
        "place": changed(lambda it: stat(it)["gridPos"].update(w="wide")),
        "query": changed(lambda it: stat(it)["targets"][0].pop("expr")),
        "colour": changed(lambda it: stat(it)["fieldConfig"]["defaults"].update(color="red")),
        "top": changed(lambda it: it.update(panelz=[])),
    }


@pytest.mark.skipif(NPM is None, reason="npm is not installed")
@pytest.mark.timeout(300)
def test_grafanas_own_types_take_the_dashboards_and_nothing_wrong(tmp_path: Path) -> None:
    done = compiled(DASHBOARDS)
    assert done.returncode == 0, done.stdout
    sound = json.loads((DASHBOARDS / "overview.json").read_text(encoding="utf-8"))
    wrong = broken(sound)
    for name, board in wrong.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(board), encoding="utf-8")
    done = compiled(tmp_path)
    assert done.returncode != 0
    source = TYPECHECK["source"](tmp_path).splitlines()
    starts = {line.split()[2][:-1]: n for n, line in enumerate(source, 1) if "export const" in line}
    assert starts.keys() == wrong.keys()
    complained = {int(line.split("(")[1].split(",")[0]) for line in done.stdout.splitlines()
                  if line.startswith("build/")}  # fmt: skip
    assert complained == set(starts.values())


async def silent(
    prometheus: Prometheus, asked: list[Question], since: float, now: Callable[[], float]
) -> list[Question]:
    """Those of `asked` that have nothing to show yet."""
    return [one for one in asked if not await answered(prometheus, one, since, now())]


@needs_prometheus
@pytest.mark.clients
@pytest.mark.timeout(600)
async def test_every_panels_query_has_data_from_a_running_house(tmp_path: Path, say: Say) -> None:
    house = tmp_path / "house.csv"
    await asyncio.to_thread(generate_house, house, NOON)
    trial = Trial(directory=tmp_path / "run", house=house, start=NOON, speed=SPEED)
    wall = SystemClock()
    async with running_house(trial) as visitor:
        ports = visitor.house.metrics_ports
        assert set(ports) == set(SERVICES)
        async with prometheus(tmp_path / "prometheus", ports) as found:
            watch, since = Stopwatch(), wall.now().timestamp()
            await found.scraped(3, targets=len(ports))
            missing = questions()
            while missing and watch.elapsed.total_seconds() < PATIENCE:
                missing = await silent(found, missing, since, lambda: wall.now().timestamp())
                await asyncio.sleep(1)
            for expr in marks():
                await found.query(chosen(expr))
            seconds = watch.elapsed.total_seconds()
    asked = questions()
    panels = len({(one.board, one.panel) for one in asked})
    say(f"{len(asked)} queries of {panels} panels have data after {seconds:.0f} s")
    assert not missing, "nothing to show:\n" + "\n".join(str(one) for one in missing)
