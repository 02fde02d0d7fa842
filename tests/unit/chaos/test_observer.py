"""The observer hands the checker everything that is said on the bus, and remembers the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from chaos.checker import Known
from chaos.faults import Kind
from chaos.house import narrow_config
from chaos.injecting import _BY_KIND, TOLD
from chaos.observer import Observer, limits_of

from darkstar_common.bus import Delivery
from darkstar_common.bus.memory import MemoryBus
from darkstar_common.contract import (
    ACTION,
    CONTROL_STATE,
    STATUS,
    ActionRecord,
    Command,
    ControlState,
    Issue,
    Message,
    Service,
    ServiceStatus,
)
from darkstar_common.launcher.trial import Trial

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TRIAL = Trial(directory=Path("run"), house=Path("house.csv"), start=NOON, speed=60)
KNOWN = Known(limits=limits_of(narrow_config(TRIAL, gateway_port=8410)))
COMMAND = "inverter/sim1/battery_soc_target/set"
CONFIG = "homeassistant/sensor/inverter_sim1/soc/config"


@asynccontextmanager
async def observed(bus: MemoryBus | None = None) -> AsyncIterator[tuple[Observer, MemoryBus]]:
    bus = bus or MemoryBus()
    house = MemoryBus(broker=bus.broker, sender=Service.EXECUTOR, now=lambda: NOON)
    observer, ready = Observer(bus, lambda: NOON, KNOWN), asyncio.Event()
    looking = asyncio.create_task(observer.look(ready))
    await ready.wait()
    try:
        yield observer, house
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def control(*, shadow: bool) -> ControlState:
    return ControlState(
        sender=Service.EXECUTOR, emitted_at=NOON, command=Command(intent="self_consume"),
        rule="test", reason="", shadow=shadow,
    )  # fmt: skip


async def test_a_command_beyond_its_limits_is_a_violation_with_its_time() -> None:
    async with observed() as (observer, house):
        await house.publish_raw(COMMAND, "50")
        await house.publish_raw(COMMAND, "99")
        await observer.until("seen", lambda: bool(observer.violations), seconds=2)
        ((at, sentence),) = observer.violations
        assert at == NOON
        assert "set to 99" in sentence


async def test_a_command_that_was_retained_is_seen_by_who_connects() -> None:
    bus = MemoryBus()
    await bus.publish_raw(COMMAND, "50", retain=True)
    async with observed(bus) as (observer, _):
        await observer.until("seen", lambda: bool(observer.violations), seconds=2)
        assert "is retained" in observer.violations[0][1]


async def test_commands_in_shadow_are_seen_across_the_topics() -> None:
    async with observed() as (observer, house):
        for _ in range(2):
            await house.publish(CONTROL_STATE, control(shadow=True))
            await house.publish_raw(COMMAND, "50")
        await observer.until("seen", lambda: bool(observer.violations), seconds=2)
        assert "in shadow mode" in observer.violations[0][1]


async def test_what_the_house_shows_is_known() -> None:
    async with observed() as (observer, house):
        await house.publish_raw("inverter/sim1/battery_soc_target", "80", retain=True)
        await house.publish_raw("inverter/sim1/battery_grid_charging/set", "ON")
        await observer.until("seen", lambda: len(observer.known.settings) == 2, seconds=2)
        assert observer.violations == []


async def test_announcements_come_and_go() -> None:
    async with observed() as (observer, house):
        await house.publish_raw(CONFIG, "{}", retain=True)
        await observer.until("there", lambda: observer.announced == {CONFIG}, seconds=2)
        await house.publish_raw(CONFIG, "", retain=True)
        await observer.until("gone", lambda: not observer.announced, seconds=2)


async def test_issues_and_actions_are_remembered() -> None:
    issue = Issue(key="schedule", severity="warning", message="late", guidance="wait")
    status = ServiceStatus(
        sender=Service.EXECUTOR, emitted_at=NOON, online=True, version="1", issues=(issue,)
    )
    action = ActionRecord(
        sender=Service.EXECUTOR, emitted_at=NOON, rule="test", reason="", writes=(),
        commanded=Command(intent="self_consume"), success=True, duration_seconds=0.0,
    )  # fmt: skip
    async with observed() as (observer, house):
        await house.publish(STATUS[Service.EXECUTOR], status)
        await house.publish(ACTION, action)
        await observer.until("seen", lambda: bool(observer.actions), seconds=2)
        assert observer.told == {("executor", "schedule")}
        assert observer.status("executor") == status
        assert observer.actions == {str(action.message_id): NOON}
        assert observer.heard["control/action"] > 0


async def test_a_killed_brokers_old_state_is_not_taken_for_a_new_one() -> None:
    async with observed() as (observer, _):
        new, old = control(shadow=True), control(shadow=False)
        for message, retained in ((new, False), (old, True)):
            observer._note(
                Delivery(CONTROL_STATE, message, retained, CONTROL_STATE.topic("home"), answer)
            )
        assert observer.control == new
        assert observer.known.shadow


async def answer(_: Message | bytes) -> None:
    """Nobody waits for it."""


async def test_what_does_not_come_is_told_by_name() -> None:
    async with observed() as (observer, _):
        with pytest.raises(TimeoutError, match="the moon: not within"):
            await observer.until("the moon", lambda: False, seconds=0.01)


def test_every_kind_of_fault_can_be_brought_about() -> None:
    assert set(_BY_KIND) == set(Kind)
    assert set(TOLD) <= set(Kind)
