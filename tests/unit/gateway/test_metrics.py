"""What Prometheus may read of the gateway: money, and what the broker tells of itself."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from math import isnan
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from darkstar_common.contract import Now, Service
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_gateway.core.broker_figures import RETAINED, STORED, TOPICS, figure, queued
from darkstar_gateway.measuring import BrokerFigures, show_money, watch_broker

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
SHOWN = {
    "$SYS/broker/clients/connected": "broker_clients",
    "$SYS/broker/clients/disconnected": "broker_clients_away",
    "$SYS/broker/retained messages/count": "broker_retained_messages",
    "$SYS/broker/publish/messages/dropped": "broker_dropped_messages",
}
GAUGES = (*SHOWN.values(), "broker_queued_messages")


def shown(name: str, **labels: str) -> float:
    value = REGISTRY.get_sample_value(f"darkstar_{name}", labels)
    assert value is not None, f"{name} is not there"
    return value


def now(**fields: object) -> Now:
    return Now.model_validate(
        {"sender": Service.GATEWAY, "emitted_at": NOON, "slot_start": NOON, **fields}
    )


# --- money ---


@pytest.mark.parametrize("name", ["cost_today", "saved_today", "saved_month"])
def test_money_is_shown_in_its_currency(name: str) -> None:
    show_money(now(**{"currency": "SEK", name: 12.5}))
    assert shown(name, currency="SEK") == 12.5


@pytest.mark.parametrize("name", ["cost_today", "saved_today", "saved_month"])
def test_money_that_is_not_known_is_no_zero(name: str) -> None:
    show_money(now(**{"currency": "EUR", name: 3.0}))
    show_money(now(currency="EUR"))
    assert isnan(shown(name, currency="EUR"))


def test_without_a_currency_there_is_no_money() -> None:
    show_money(now(cost_today=1.0))
    assert REGISTRY.get_sample_value("darkstar_cost_today", {"currency": "None"}) is None


# --- the broker ---


@pytest.mark.parametrize(
    ("payload", "value"),
    [(b"0", 0), (b"12", 12), (b" 7 ", 7), (b"", None), (b"1.5", None), (b"-3", None),
     (b"mosquitto version 2.0.11", None), ("²".encode(), None), (b"\xff", None)],
)  # fmt: skip
def test_a_figure_is_a_count_or_nothing(payload: bytes, value: int | None) -> None:
    assert figure(payload) == value


@pytest.mark.parametrize(
    ("figures", "count"),
    [
        ({STORED: 50, RETAINED: 40}, 10),
        ({STORED: 40, RETAINED: 41}, 0),
        ({STORED: 40}, None),
        ({RETAINED: 40}, None),
        ({}, None),
    ],
)
def test_what_is_stored_and_not_retained_waits_for_somebody(
    figures: dict[str, int], count: int | None
) -> None:
    assert queued(figures) == count


@pytest.mark.parametrize("name", GAUGES)
def test_a_broker_that_tells_nothing_has_no_figures(name: str) -> None:
    BrokerFigures()
    assert isnan(shown(name))


@pytest.mark.parametrize(("topic", "name"), SHOWN.items())
def test_each_figure_is_shown(topic: str, name: str) -> None:
    BrokerFigures().take(topic, b"23")
    assert shown(name) == 23


def test_what_is_no_figure_changes_none() -> None:
    figures = BrokerFigures()
    figures.take(TOPICS[0], b"5")
    figures.take(TOPICS[0], b"many")
    assert shown("broker_clients") == 5


def test_what_the_broker_told_long_ago_is_not_known() -> None:
    BrokerFigures(fresh=timedelta(0)).take(TOPICS[0], b"5")
    assert isnan(shown("broker_clients"))


async def test_the_broker_is_followed_while_the_gateway_runs(tmp_path: Path) -> None:
    clock = FakeClock(NOON)
    bus = MemoryBus(now=clock.now, sender=Service.GATEWAY)
    context = a_context(bus, state_dir=tmp_path, clock=clock, service=Service.GATEWAY)
    task = asyncio.create_task(watch_broker(context))
    await settle()
    for topic, payload in ((STORED, "90"), (RETAINED, "60"), ("$SYS/broker/uptime", "9 seconds")):
        await bus.publish_raw(topic, payload)
    await settle()
    assert shown("broker_queued_messages") == 30
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
