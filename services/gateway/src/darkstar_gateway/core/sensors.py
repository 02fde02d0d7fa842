"""What Home Assistant shows of the house, of what is commanded and of the plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from darkstar_common.config import Config
from darkstar_common.contract import (
    CONTROL_STATE,
    HOUSE_ENERGY,
    HOUSE_STATE,
    NOW,
    PLAN_STATUS,
    SCHEDULE,
    SERVICES,
    STATUS,
    STRATEGY,
    Channel,
    Service,
    ServiceStatus,
)
from darkstar_gateway.core.home_assistant import Component, Entity

LONGEST = 255
"""Home Assistant's states are no longer [characters]."""
_DIAGNOSTIC = {"entity_category": "diagnostic"}
_TIMESTAMP = {"device_class": "timestamp"}
_PROBLEM = {"device_class": "problem"}
_MEASURED = {"state_class": "measurement"}
_PERCENT = {"unit_of_measurement": "%", "device_class": "battery", **_MEASURED}
_CELSIUS = {"unit_of_measurement": "°C", "device_class": "temperature", **_MEASURED}
_KILOWATTS = {
    "unit_of_measurement": "kW",
    "device_class": "power",
    "suggested_display_precision": 2,
    **_MEASURED,
}
_EXPECTED = {
    "unit_of_measurement": "kWh",
    "device_class": "energy",  # without a class of states, for it counts nothing
    "suggested_display_precision": 1,
}
_MIDNIGHT = "{{ today_at('00:00').isoformat() }}"
_FIRST = "{{ today_at('00:00').replace(day=1).isoformat() }}"
"""When what is counted began anew, as Home Assistant has it."""
_KILOWATT_HOURS = {
    "unit_of_measurement": "kWh",
    "device_class": "energy",
    "state_class": "total_increasing",
    "suggested_display_precision": 1,
}


@dataclass(frozen=True, slots=True)
class Source:
    """A channel that sensors read; what they show of it are Jinja expressions."""

    channel: Channel[Any]
    site: str

    def sensor(self, key: str, name: str, value: str, **words: Any) -> Entity:
        """A sensor that shows `value`."""
        return self._shown("sensor", key, name, value, words)

    def binary(self, key: str, name: str, value: str, **words: Any) -> Entity:
        """A sensor that is on, off, or unknown where `value` is none of true and false."""
        either = f"{{true: 'ON', false: 'OFF'}}.get({value})"
        return self._shown("binary_sensor", key, name, either, words)

    def attributes(self, value: str) -> dict[str, str]:
        """The words for a sensor that has the dictionary `value` as attributes."""
        return {
            "json_attributes_topic": self.channel.topic(self.site),
            "json_attributes_template": f"{{{{ {value} | tojson }}}}",
        }

    def _shown(
        self, component: Component, key: str, name: str, value: str, words: dict[str, Any]
    ) -> Entity:
        topic = self.channel.topic(self.site)
        whole = {"state_topic": topic, "value_template": f"{{{{ {value} }}}}", **words}
        return Entity(component=component, key=key, name=name, words=whole, needs=self._sender)

    @property
    def _sender(self) -> Service | None:
        """Who must be there; a schedule holds without its planner, a status says so itself."""
        (sender,) = self.channel.senders
        return None if self.channel in (SCHEDULE, STATUS.get(sender)) else sender


def sensors(config: Config) -> Iterator[Entity]:
    """All sensors that make sense in this house."""
    yield from _control(config)
    yield from _plan(config)
    yield from _ahead(config)
    yield from _house(config)
    yield from _vehicles(config)
    for service in SERVICES:
        status, name = Source(STATUS[service], config.site), f"{service.capitalize()} online"
        lasts = int(ServiceStatus.LASTS.total_seconds())
        words = {"device_class": "connectivity", "expire_after": lasts, **_DIAGNOSTIC}
        yield status.binary(f"{service}_online", name, "value_json.online", **words)


def _control(config: Config) -> Iterator[Entity]:
    state = Source(CONTROL_STATE, config.site)
    told = state.attributes("dict(value_json.command, reason=value_json.reason)")
    yield state.sensor("commanded", "Commanded", "value_json.command.intent", **told)
    yield state.sensor("reason", "Reason", f"value_json.reason[:{LONGEST}]")
    yield state.sensor("rule", "Rule", "value_json.rule", **_DIAGNOSTIC)
    astray = "{'not_following': true, 'following': false}.get(value_json.following.state)"
    follows = _PROBLEM | state.attributes("value_json.following")
    yield state.binary("not_following", "Not following", astray, **follows)
    trimmed = state.attributes("{'reason': value_json.trimmed}")
    cut = "value_json.trimmed is not none"
    yield state.binary("cut_back", "Cut back by the peak guard", cut, **trimmed)
    yield state.binary("grid", "Grid", "value_json.grid_available", device_class="power")
    until = "value_json.override.until if value_json.override else none"
    yield state.sensor("override_end", "Override ends", until, **_TIMESTAMP)
    yield state.sensor("paused_until", "Paused until", "value_json.paused_until", **_TIMESTAMP)
    yield state.sensor("next_slot", "Next slot", "value_json.next_slot_start", **_TIMESTAMP)
    if config.water_heater:
        end, hot = "value_json.water_boost_until", "(value_json.legionella or {}).get('done_at')"
        yield state.sensor(
            "water_rule", "Hot water rule", "value_json.water_rule or none", **_DIAGNOSTIC
        )
        yield state.sensor("water_boost_end", "Water boost ends", end, **_TIMESTAMP)
        yield state.sensor("legionella_done", "Last legionella cycle", hot, **_TIMESTAMP)


def _plan(config: Config) -> Iterator[Entity]:
    now, schedule, status = (
        Source(channel, config.site) for channel in (NOW, SCHEDULE, PLAN_STATUS)
    )
    currency = config.tariff.currency
    price = {"unit_of_measurement": f"{currency}/kWh", "icon": "mdi:cash", **_MEASURED}
    yield now.sensor("import_price", "Import price", "value_json.import_per_kwh", **price)
    yield now.sensor("export_price", "Export price", "value_json.export_per_kwh", **price)
    why = now.attributes("{'reason': value_json.planned_why}")
    later = now.attributes("{'reason': value_json.next_why}")
    yield now.sensor("planned", "Planned", "value_json.planned", **why)
    yield now.sensor("next_planned", "Planned next", "value_json.next_planned", **later)
    yield now.sensor("next_planned_at", "Planned next at", "value_json.next_at", **_TIMESTAMP)
    cost = {
        "unit_of_measurement": currency,
        "device_class": "monetary",
        "suggested_display_precision": 2,
    }
    yield schedule.sensor("plan_cost", "Plan's cost", "value_json.cost", **cost)
    for key, name, since in (
        ("cost_today", "Cost today", _MIDNIGHT),
        ("saved_today", "Saved today", _MIDNIGHT),
        ("saved_month", "Saved this month", _FIRST),
    ):
        counted = {"state_class": "total", "last_reset_value_template": since}
        yield now.sensor(key, name, f"value_json.{key}", **cost, **counted)
    failed = _PROBLEM | status.attributes("{'error': value_json.last_error}")
    wrong = "value_json.last_error is not none"
    yield status.binary("planning_problem", "Planning", wrong, **failed)


def _ahead(config: Config) -> Iterator[Entity]:
    """What is wanted of the battery, and what the forecasts make of today and tomorrow."""
    now, strategy = Source(NOW, config.site), Source(STRATEGY, config.site)
    if config.battery:
        planned, wanted = "value_json.planned_soc_percent", "value_json.target_soc_percent"
        yield now.sensor("planned_soc", "Planned state of charge", planned, **_PERCENT)
        yield strategy.sensor("target_soc", "Target state of charge", wanted, **_PERCENT)
    for what, name in (("load", "House"), *((("pv", "Solar"),) if config.has_solar else ())):
        for day, when in (("today", "rest of today"), ("tomorrow", "tomorrow")):
            value = f"value_json.{what}_{day}_kwh"
            yield now.sensor(f"{what}_{day}", f"{name} {when}", value, **_EXPECTED)


def _house(config: Config) -> Iterator[Entity]:
    state, energy = Source(HOUSE_STATE, config.site), Source(HOUSE_ENERGY, config.site)
    for what, name in _flows(config):
        kilowatts, kilowatt_hours = f"value_json.{what}_kw.value", f"value_json.{what}_kwh.value"
        yield state.sensor(f"{what}_power", f"{name} power", kilowatts, **_KILOWATTS)
        yield energy.sensor(f"{what}_energy", f"{name} energy", kilowatt_hours, **_KILOWATT_HOURS)
    if config.battery:
        soc = "value_json.soc_percent.value"
        yield state.sensor("soc", "State of charge", soc, **_PERCENT)
    if config.water_heater:
        hot = "value_json.water_temperature_c.value"
        yield state.sensor("water_temperature", "Water temperature", hot, **_CELSIUS)


def _flows(config: Config) -> Iterator[tuple[str, str]]:
    """What flows in this house, as the contract names it and as people do."""
    yield from (("load", "House"), ("import", "Import"), ("export", "Export"))
    if config.has_solar:
        yield "pv", "Solar"
    if config.battery:
        yield from (("charge", "Battery charge"), ("discharge", "Battery discharge"))
    if config.water_heater:
        yield "water", "Water heater"
    if config.evs:
        yield "ev", "Vehicles"


def _vehicles(config: Config) -> Iterator[Entity]:
    state = Source(HOUSE_STATE, config.site)
    for one in config.evs:
        car, key = f"value_json.evs.get('{one.id}', {{}})", f"ev_{one.id}"
        name = one.id.replace("_", " ").replace("-", " ").capitalize()
        power, soc = (f"{car}.get('{f}', {{}}).get('value')" for f in ("power_kw", "soc_percent"))
        connected, charging = (f"{car}.get('{f}')" for f in ("connected", "charging"))
        yield state.sensor(f"{key}_power", f"{name} power", power, **_KILOWATTS)
        yield state.sensor(f"{key}_soc", f"{name} state of charge", soc, **_PERCENT)
        plug, bolt = {"device_class": "plug"}, {"device_class": "battery_charging"}
        yield state.binary(f"{key}_connected", f"{name} connected", connected, **plug)
        yield state.binary(f"{key}_charging", f"{name} charging", charging, **bolt)
