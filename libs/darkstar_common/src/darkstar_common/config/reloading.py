"""What of the configuration a running service can take over, and what needs a new start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel

from darkstar_common.config.model import Config

_BROKER: Final = ("host", "port", "tls", "ca_file")
_BROKER_KEYS: Final = tuple(f"mqtt.{key}" for key in _BROKER)
NEEDS_RESTART: Final = ("site", *_BROKER_KEYS, "gateway.host", "gateway.port")
"""Keys that a process goes by from its start on: where it listens, and which broker it uses as
whom."""

_HOUSE: Final = (
    "timezone", "grid", "inverter", "battery", "water_heater", "evs", "has_solar",
)  # fmt: skip
READS: Final[dict[str, tuple[str, ...]]] = {
    "planner": (*_HOUSE, "tariff", "planner"),
    "executor": (*_HOUSE, "tariff", "planner", "executor", "mqtt"),
    "recorder": (*_HOUSE, "tariff", "recorder"),
    "forecaster": (
        *_HOUSE, "tariff", "solar", "location", "household", "prices", "weather", "forecaster",
        "home_assistant",
    ),
    "gateway": (*_HOUSE, "tariff", "planner", "appliances", "home_assistant", "gateway", "mqtt"),
}  # fmt: skip
"""Sections that each service goes by; a change of another one leaves it running as it is."""


def within(key: str, place: str) -> bool:
    """Whether `key` is `place` or something below it.

    Example:
        >>> within("mqtt.port", "mqtt"), within("mqtt_port", "mqtt")
        (True, False)
    """
    return key == place or key.startswith(f"{place}.")


def needs_restart(key: str) -> bool:
    """Whether a change of `key` is in force only in a process that was started after it."""
    return any(within(key, place) for place in NEEDS_RESTART)


def concerns(service: str, key: str) -> bool:
    """Whether `service` goes by `key`; where it is told which broker to use, each does."""
    places = (*READS.get(service, ()), "site", *_BROKER_KEYS)
    return any(within(key, place) for place in places)


def changed_keys(before: BaseModel, after: BaseModel, prefix: str = "") -> Iterator[str]:
    """The keys that differ; a section that is there in one alone is one key."""
    for name in type(before).model_fields:
        one, other = getattr(before, name), getattr(after, name)
        if isinstance(one, BaseModel) and isinstance(other, BaseModel):
            yield from changed_keys(one, other, f"{prefix}{name}.")
        elif one != other:
            yield f"{prefix}{name}"


def held(running: Config, saved: Config) -> Config:
    """`saved`, but with what needs a restart as it is in `running`."""
    gateway = {key: getattr(running.gateway, key) for key in ("host", "port")}
    mqtt = {key: getattr(running.mqtt, key) for key in _BROKER}
    update = {
        "site": running.site,
        "mqtt": saved.mqtt.model_copy(update=mqtt),
        "gateway": saved.gateway.model_copy(update=gateway),
    }
    return saved.model_copy(update=update)
