"""Looks on at the bus: everything the checker is to see, and what tells that a service is well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chaos.checker import Known, Limits, Range, judged
from chaos.house import NODE
from chaos.sightings import Acted, Commanded, Controlled, Shown, Sighting

from darkstar_common.bus import Delivery, RawDelivery
from darkstar_common.bus.typed import TypedBus
from darkstar_common.config import Config
from darkstar_common.contract import (
    ACTION,
    CONTROL_STATE,
    HOUSE_STATE,
    LOAD_FORECAST,
    SCHEDULE,
    STATUS,
    ActionRecord,
    Channel,
    ControlState,
    Message,
    ServiceStatus,
)
from darkstar_simulator.core.dialects import DIALECTS
from darkstar_simulator.core.entities import command_topic, common_entities, state_topic
from darkstar_simulator.options import parameters_from

SEEN: tuple[Channel[Any], ...] = (
    CONTROL_STATE, HOUSE_STATE, LOAD_FORECAST, SCHEDULE, ACTION, *STATUS.values(),
)  # fmt: skip
COMMANDS = (f"inverter/{NODE}/+/set", f"grid_meter/{NODE}/+/set", f"water_heater/{NODE}/+/set")
Violation = tuple[datetime, str]


def limits_of(config: Config) -> Limits:
    """What the house's entities and `config` allow."""
    house = parameters_from(config)
    entities = (*DIALECTS["deye"].entities(house), *common_entities(house))
    battery, water = config.battery, config.water_heater
    assert battery is not None
    assert water is not None
    volts = battery.nominal_voltage_v
    soc = Range(battery.min_soc_percent, battery.max_soc_percent)
    return Limits(
        entities={command_topic(one, NODE): one for one in entities if one.is_setting},
        configured={
            "inverter_battery_soc_target": soc,
            "inverter_battery_max_charging_current": Range(0, battery.max_charge_kw * 1e3 / volts),
            "inverter_battery_max_discharging_current": Range(
                0, battery.max_discharge_kw * 1e3 / volts
            ),
            "inverter_export_surplus_power": Range(0, config.grid.max_export_kw * 1e3),
            "water_heater_setpoint": Range(30, water.max_c),
        },
        charge_kw=battery.max_charge_kw,
        discharge_kw=battery.max_discharge_kw,
        export_kw=config.grid.max_export_kw,
    )


@dataclass(slots=True)
class Observer:
    """What was seen, and what was wrong about it."""

    bus: TypedBus
    now: Callable[[], datetime]
    known: Known
    latest: dict[str, Any] = field(default_factory=dict)
    heard: dict[str, float] = field(default_factory=dict)
    """When something new last came on a path [s of the loop]."""
    announced: set[str] = field(default_factory=set)
    """Topics of announcements that are retained."""
    told: set[tuple[str, str]] = field(default_factory=set)
    """Services and the issues they have raised since this was cleared."""
    actions: dict[str, datetime] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    settings: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        entities = self.known.limits.entities.values()
        self.settings = {state_topic(one, NODE): one.object_id for one in entities}

    @property
    def control(self) -> ControlState | None:
        """What is commanded."""
        return self.latest.get(CONTROL_STATE.path)

    def status(self, service: str) -> ServiceStatus | None:
        """What a service says of itself."""
        return self.latest.get(f"service/{service}/status")

    def see(self, sighting: Sighting) -> None:
        """Judge one thing."""
        self.known, broken = judged(sighting, self.known)
        self.violations += [(sighting.at, one) for one in broken]

    async def look(self, ready: asyncio.Event) -> None:
        """See everything, until cancelled."""
        filters = (*COMMANDS, *self.settings, "homeassistant/#")
        async with self.bus.inbox(*SEEN, filters=filters) as inbox:
            ready.set()
            async for delivery in inbox:
                async with self.changed:
                    if isinstance(delivery, RawDelivery):
                        self._raw(delivery)
                    else:
                        self._note(delivery)
                    self.changed.notify_all()

    async def until(self, what: str, condition: Callable[[], bool], *, seconds: float) -> None:
        """Wait for `condition`.

        Raises:
            TimeoutError: It was not so within `seconds` of the wall; the text says `what`.
        """
        try:
            async with asyncio.timeout(seconds), self.changed:
                await self.changed.wait_for(condition)
        except TimeoutError:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s") from None

    def _raw(self, delivery: RawDelivery) -> None:
        at, topic = self.now(), delivery.topic
        if topic.startswith("homeassistant/"):
            if topic.endswith("/config"):
                change = self.announced.add if delivery.payload else self.announced.discard
                change(topic)
        elif topic in self.settings:
            text = delivery.payload.decode("utf-8", errors="replace")
            self.see(Shown(at=at, setting=self.settings[topic], text=text))
        else:
            self.see(
                Commanded(at=at, topic=topic, payload=delivery.payload, retained=delivery.retained)
            )

    def _note(self, delivery: Delivery[Any]) -> None:
        path, message = delivery.topic.split("/", 3)[3], delivery.message
        known: Message | None = self.latest.get(path)
        if delivery.retained and known is not None and message.emitted_at <= known.emitted_at:
            return  # what a killed broker had written down of a state that has changed since
        self.latest[path] = message
        if not delivery.retained:
            self.heard[path] = asyncio.get_running_loop().time()
        if isinstance(message, ServiceStatus):
            self.told |= {(str(message.sender), one.key) for one in message.issues}
        elif isinstance(message, ControlState):
            self.see(Controlled(at=self.now(), state=message))
        elif isinstance(message, ActionRecord):
            self.actions[str(message.message_id)] = self.now()
            self.see(Acted(at=self.now(), record=message))
