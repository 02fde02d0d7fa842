"""Which service goes by which part of the configuration, and what needs a new start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from darkstar_common.config import Battery, Config, Gateway, Mqtt
from darkstar_common.config.reloading import (
    NEEDS_RESTART,
    READS,
    changed_keys,
    concerns,
    held,
    needs_restart,
)
from darkstar_common.contract import SERVICES

SERVICES_DIRECTORY = Path(__file__).parents[3] / "services"
SECTION = re.compile(r"config\.(" + "|".join(Config.model_fields) + r")\b")
NOT_WHILE_RUNNING = {
    ("recorder", "home_assistant"),  # tools: backfill
    ("recorder", "executor"),
}


def sections_named(service: str) -> set[str]:
    found: set[str] = set()
    for path in (SERVICES_DIRECTORY / service / "src").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(SECTION.findall(text))
        found |= {"timezone"} if "config.zone" in text else set()
    return found - {"site"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_begins_again_for_every_section_that_its_source_names(service: str) -> None:
    named = {one for one in sections_named(service) if (service, one) not in NOT_WHILE_RUNNING}
    assert named <= set(READS[service])


@pytest.mark.parametrize("service", SERVICES)
def test_the_table_names_sections_that_there_are(service: str) -> None:
    assert set(READS[service]) <= set(Config.model_fields)


def test_what_needs_a_restart_are_keys() -> None:
    for key in NEEDS_RESTART:
        section, _, name = key.partition(".")
        held_there = getattr(Config(), section)
        assert not name or name in type(held_there).model_fields


@pytest.mark.parametrize(
    ("service", "key", "expected"),
    [
        ("planner", "battery.capacity_kwh", True),
        ("planner", "executor.shadow", False),
        ("executor", "executor.roles", True),
        ("executor", "forecaster.train.time", False),
        ("recorder", "recorder.keep.actions_days", True),
        ("recorder", "planner.scenarios", False),
        ("forecaster", "prices.sources", True),
        ("gateway", "gateway.port", True),
        ("planner", "gateway.port", False),
        ("planner", "mqtt.port", True),
        ("planner", "mqtt.discovery_prefix", False),
        ("executor", "mqtt.discovery_prefix", True),
        ("recorder", "site", True),
    ],
)
def test_a_key_concerns_those_who_go_by_it(service: str, key: str, expected: bool) -> None:
    assert concerns(service, key) is expected


@pytest.mark.parametrize(
    ("after", "keys"),
    [
        (Config(), []),
        (Config(battery=Battery(capacity_kwh=12, max_charge_kw=3)), [
            "battery.capacity_kwh", "battery.max_charge_kw",
        ]),
        (Config(battery=None), ["battery"]),
        (Config.model_validate({"executor": {"roles": {"a": "b"}}}), ["executor.roles"]),
        (Config.model_validate({"evs": [{}]}), ["evs"]),
        (Config.model_validate({"gateway": {"access": {"session_days": 1}}}), [
            "gateway.access.session_days",
        ]),
    ],
)  # fmt: skip
def test_what_differs_is_named_key_by_key(after: Config, keys: list[str]) -> None:
    assert list(changed_keys(Config(), after)) == keys


def test_what_needs_a_restart_stays_as_it_is() -> None:
    running = Config(site="here", mqtt=Mqtt(host="a"), gateway=Gateway(port=1))
    saved = Config(
        site="there",
        mqtt=Mqtt(host="b", port=2, discovery_prefix="x"),
        gateway=Gateway(port=2, host="0.0.0.0", log_lines=500),  # noqa: S104 (compared)
        battery=None,
    )
    made = held(running, saved)
    assert [key for key in changed_keys(running, made) if needs_restart(key)] == []
    assert made.battery is None
    assert (made.mqtt.discovery_prefix, made.gateway.log_lines) == ("x", 500)
