"""What the executor writes for an entity of Home Assistant, as a call of one of its services."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from darkstar_gateway.core.bridge.announcement import THERMOSTATS
from darkstar_gateway.core.bridge.showing import Shown

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_LONGEST, _SHOWN = 255, 40
"""Characters of a text, and of what is quoted of one."""


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """A call of one of Home Assistant's services, for one entity."""

    entity_id: str
    service: str
    data: Mapping[str, Any]

    @property
    def asked(self) -> dict[str, Any]:
        """The fields of the command `call_service`."""
        return {
            "domain": self.entity_id.partition(".")[0],
            "service": self.service,
            "service_data": dict(self.data),
            "target": {"entity_id": self.entity_id},
        }


def service_call(entity_id: str, payload: str, shown: Shown | None) -> ServiceCall | str:
    """The call that sets the entity to `payload`, or a sentence why there is none.

    Args:
        entity_id: Whose.
        payload: As it came from the bus.
        shown: What Home Assistant shows of it; None: it has no such entity.
    """
    if shown is None:
        return f"Home Assistant has no {entity_id}"
    way = _WAYS.get(entity_id.partition(".")[0])
    if way is None:
        return f"{entity_id} can be read, not set"
    return way(entity_id, payload, shown)


def _number(entity_id: str, payload: str, shown: Shown) -> ServiceCall | str:
    thermostat = entity_id.partition(".")[0] in THERMOSTATS
    names = ("min_temp", "max_temp") if thermostat else ("min", "max")
    try:
        value = float(payload)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        return f"{entity_id} takes a number, not {_quoted(payload)}"
    low, high = (shown.attributes.get(name) for name in names)
    if isinstance(low, int | float) and value < low:
        return f"{entity_id} takes at least {low:g}, not {value:g}"
    if isinstance(high, int | float) and value > high:
        return f"{entity_id} takes at most {high:g}, not {value:g}"
    if thermostat:
        return ServiceCall(entity_id, "set_temperature", {"temperature": value})
    return ServiceCall(entity_id, "set_value", {"value": value})


def _option(entity_id: str, payload: str, shown: Shown) -> ServiceCall | str:
    options = shown.attributes.get("options")
    if isinstance(options, list) and payload not in options:
        known = ", ".join(str(one) for one in options) or "none"
        return f"{entity_id} has no option {_quoted(payload)}; it has {known}"
    return ServiceCall(entity_id, "select_option", {"option": payload})


def _switch(entity_id: str, payload: str, _: Shown) -> ServiceCall | str:
    service = {"on": "turn_on", "off": "turn_off"}.get(payload)
    if service is None:
        return f"{entity_id} can be on or off, not {_quoted(payload)}"
    return ServiceCall(entity_id, service, {})


def _press(entity_id: str, _payload: str, _: Shown) -> ServiceCall | str:
    return ServiceCall(entity_id, "press", {})


def _text(entity_id: str, payload: str, _: Shown) -> ServiceCall | str:
    if len(payload) > _LONGEST:
        return f"{entity_id} takes {_LONGEST} characters, not {len(payload)}"
    return ServiceCall(entity_id, "set_value", {"value": payload})


def _time(entity_id: str, payload: str, _: Shown) -> ServiceCall | str:
    found = _TIME.fullmatch(payload)
    if found is None:
        return f"{entity_id} takes a time such as 06:30, not {_quoted(payload)}"
    whole = f"{found[1]}:{found[2]}:{found[3] or '00'}"
    service = "set_value" if entity_id.startswith("time.") else "set_datetime"
    return ServiceCall(entity_id, service, {"time": whole})


def _quoted(payload: str) -> str:
    return repr(payload if len(payload) <= _SHOWN else f"{payload[:_SHOWN]}…")


_WAYS: Mapping[str, Callable[[str, str, Shown], ServiceCall | str]] = MappingProxyType({
    "number": _number, "input_number": _number, "climate": _number, "water_heater": _number,
    "switch": _switch, "input_boolean": _switch,
    "select": _option, "input_select": _option,
    "button": _press, "input_button": _press,
    "time": _time, "input_datetime": _time,
    "text": _text, "input_text": _text,
})  # fmt: skip
