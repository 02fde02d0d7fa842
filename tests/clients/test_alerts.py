"""Each alert that can be had so: the trouble is made in a running house, it fires, and it clears.

A real Prometheus reads real services, 120 times as fast as a real house. The rules are the shipped
ones; what they wait for, and the look back, is seconds instead of minutes (`SCALED`). The others
(a forecast that got worse within weeks, a wrong clock, a service's own queue that overflows) are
played through by promtool alone, in `test_prometheus.py`.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from support.prometheus import PROMETHEUS, Prometheus, prometheus
from support.running import Visitor, running_house
from support.small_disk import SmallDisk, mounted

from darkstar_common.contract import OVERRIDE_CLEAR, OVERRIDE_SET, PRICES
from darkstar_common.launcher.broker import mosquitto
from darkstar_common.launcher.fleet import BROKER, SERVICES
from darkstar_common.launcher.run import Options, prepare

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is not installed"),
    pytest.mark.skipif(mosquitto() is None, reason="only Mosquitto tells of its queue"),
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]
DEPLOY = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules"
SPEED = 120.0
SOON = 90.0
"""An alert fires, and clears, within so long [s of the wall]; most take 10."""
SCALED = (
    (r"^( +for:) .*$", r"\1 2s"),
    (r"^( +interval:) .*$", r"\1 1s"),
    (r"\[30m\]", "[60s]"),
    (r"\[15m\]", "[15s]"),
    (r"\[1d\]", "[40s]"),
    (r", 5$", ", 0.1"),
    (r"> 5000\b", "> 300"),
    (r"\b500e6\b", "2e6"),
    (r"\b5e9\b", "0"),
)
"""What the test's copy of the rules has instead; everything else is as shipped."""


@dataclass
class Watched:
    """A running house that a Prometheus watches."""

    visitor: Visitor
    server: Prometheus
    disk: SmallDisk | None

    async def fault(self, words: str) -> None:
        """Have something break in the simulated house; `clear` mends it."""
        await self.visitor.bus.publish_raw("simulator/sim1/fault/set", words, qos=1)

    async def override(self, words: str) -> None:
        """Ask for an override, as a person does."""
        await self.visitor.bus.publish_raw(OVERRIDE_SET.topic("home"), words, qos=1)

    async def stop(self, service: str) -> None:
        """Stop a service for good."""
        await self.visitor.house.fleet.stop(service)

    async def start(self, service: str) -> None:
        """Start a service that was stopped, where it was before."""
        house = self.visitor.house
        port = house.metrics_ports[service]
        await house.fleet.start_service(service, DARKSTAR_METRICS_PORT=str(port))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to every service."""
        for name in SERVICES:
            pid = self.visitor.house.fleet.children[name].pid
            assert pid is not None
            os.kill(pid, number)

    async def fires(self, *alerts: str) -> None:
        """Wait until all of these fire, and print how long it took."""
        wanted = set(alerts)
        await self._until(lambda firing: wanted <= firing, f"{alerts} fire")

    async def quiet(self, *alerts: str) -> None:
        """Wait until an earlier trouble is over, so that the next one is seen to begin."""
        wanted = set(alerts)
        await self.server.until(
            lambda firing: not wanted & firing, seconds=SOON, what=f"{alerts} are quiet"
        )

    async def clears(self, *alerts: str) -> None:
        """Wait until none of these fires, and print how long it took."""
        wanted = set(alerts)
        await self._until(lambda firing: not wanted & firing, f"{alerts} clear")

    async def _until(self, condition: Callable[[set[str]], bool], what: str) -> None:
        taken = await self.server.until(condition, seconds=SOON, what=what)
        print(f"{what} after {taken:.0f} s")  # noqa: T201 (figures for people)


def scaled(directory: Path) -> list[Path]:
    """The shipped rules, with seconds for minutes."""
    found = []
    for path in sorted(DEPLOY.glob("*.yml")):
        text = path.read_text(encoding="utf-8")
        for pattern, instead in SCALED:
            text = re.sub(pattern, instead, text, flags=re.MULTILINE)
        found.append(directory / path.name)
        found[-1].write_text(text, encoding="utf-8")
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watched]:
    directory = tmp_path_factory.mktemp("alerts")
    trial = prepare(Options(directory=directory / "house", speed=SPEED))
    async with AsyncExitStack() as stack:
        disk = None
        if os.geteuid() == 0:
            disk = stack.enter_context(mounted(trial.directory / "state" / "recorder"))
        visitor = await stack.enter_async_context(running_house(trial))
        server = await stack.enter_async_context(
            prometheus(directory / "prometheus", visitor.house.metrics_ports, scaled(directory))
        )
        await server.scraped(2, targets=len(SERVICES))
        await visitor.until(lambda: bool(visitor.schedules), seconds=60, what="a first plan")
        yield Watched(visitor, server, disk)


async def test_a_house_in_order_has_no_alert(watched: Watched) -> None:
    await watched.server.until(lambda firing: not firing, seconds=60, what="all is quiet")
    assert await watched.server.query('darkstar_issue{severity="error"}') == []


async def test_service_down_and_plan_late_and_both_clear(watched: Watched) -> None:
    await watched.quiet("ServiceDown", "PlanLate")
    await watched.stop("planner")
    await watched.fires("ServiceDown", "PlanLate")
    await watched.start("planner")
    await watched.clears("ServiceDown", "PlanLate")


async def test_service_restarting_and_clears(watched: Watched) -> None:
    await watched.quiet("ServiceRestarting")
    for _ in range(4):
        began = await watched.server.values('process_start_time_seconds{service="executor"}')
        watched.visitor.kill("executor")
        newer = f'process_start_time_seconds{{service="executor"}} > {began[0]}'
        await watched.server.found(newer, seconds=30)
    await watched.fires("ServiceRestarting")
    await watched.clears("ServiceRestarting")


async def test_broker_unreachable_and_clears(watched: Watched) -> None:
    await watched.quiet("BrokerUnreachable")
    fleet = watched.visitor.house.fleet
    command = fleet.children[BROKER].command
    await fleet.stop(BROKER)
    await watched.fires("BrokerUnreachable")
    await fleet.start(BROKER, command)
    await watched.clears("BrokerUnreachable")


async def test_stale_inputs_and_plan_infeasible_and_both_clear(watched: Watched) -> None:
    await watched.quiet("StaleInputs", "PlanInfeasible")
    await watched.fault("unavailable inverter_battery_soc")
    await watched.fires("StaleInputs", "PlanInfeasible")
    await watched.fault("clear")
    await watched.clears("StaleInputs", "PlanInfeasible")


async def test_writes_refused_and_service_troubled_and_both_clear(watched: Watched) -> None:
    await watched.quiet("WritesRefused", "ServiceTroubled")
    await watched.fault("ignore_commands inverter")
    await watched.override('{"action": "force_charge", "minutes": 240}')
    await watched.fires("WritesRefused", "ServiceTroubled")
    await watched.fault("clear")
    await watched.clears("WritesRefused", "ServiceTroubled")
    await watched.visitor.bus.publish_raw(OVERRIDE_CLEAR.topic("home"), "now", qos=1)


async def test_config_refused_and_clears(watched: Watched) -> None:
    await watched.quiet("ConfigRefused")
    config = watched.visitor.house.trial.directory / "config.yaml"
    good = await asyncio.to_thread(config.read_bytes)
    await asyncio.to_thread(config.write_bytes, good + b"\nbattery: {capacity_kwh: banana\n")
    watched.signal(signal.SIGHUP)
    await watched.fires("ConfigRefused")
    await asyncio.to_thread(config.write_bytes, good)
    watched.signal(signal.SIGHUP)
    await watched.clears("ConfigRefused")


async def test_prices_unknown_and_clears(watched: Watched) -> None:
    await watched.quiet("PricesUnknown")
    await watched.stop("forecaster")
    await watched.visitor.bus.publish_raw(PRICES.topic("home"), b"", qos=1, retain=True)
    watched.visitor.kill("executor")
    await watched.fires("PricesUnknown")
    await watched.start("forecaster")
    await watched.clears("PricesUnknown")


async def test_broker_queue_and_clears(watched: Watched) -> None:
    await watched.quiet("BrokerQueue")
    await watched.stop("recorder")
    await watched.fires("BrokerQueue")
    await watched.start("recorder")
    await watched.clears("BrokerQueue")


async def test_disk_filling_and_database_unwritable_and_both_clear(watched: Watched) -> None:
    if watched.disk is None:
        pytest.skip("no file system may be mounted here")
    await watched.quiet("DiskFilling", "DatabaseUnwritable")
    watched.disk.fill()
    await watched.fires("DiskFilling", "DatabaseUnwritable")
    watched.disk.free()
    await watched.clears("DiskFilling", "DatabaseUnwritable")


async def test_not_following_and_clears(watched: Watched) -> None:
    """A battery that does nothing, as far as anybody can see, while it is told to charge."""
    await watched.quiet("NotFollowing")
    await watched.override('{"action": "hold", "minutes": 240}')
    idle = 'sum(darkstar_executor_power_kw{flow=~"charge|discharge"}) < 0.1'
    await watched.server.found(idle, seconds=SOON)
    await watched.fault("frozen inverter_battery_power")
    await watched.override('{"action": "force_charge", "minutes": 240}')
    await watched.fires("NotFollowing")
    await watched.fault("clear")
    await watched.clears("NotFollowing")
    await watched.visitor.bus.publish_raw(OVERRIDE_CLEAR.topic("home"), "now", qos=1)


async def test_unaccounted_energy_and_clears(watched: Watched) -> None:
    """A meter of the load that stands still."""
    await watched.quiet("UnaccountedEnergy")
    await watched.fault("frozen inverter_total_load")
    await watched.fires("UnaccountedEnergy")
    await watched.fault("clear")
    await watched.clears("UnaccountedEnergy")
