"""How one brand's gateway shows an inverter, and what its settings make the inverter do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from darkstar_simulator.core.control import Control
from darkstar_simulator.core.entities import Entity, Value
from darkstar_simulator.core.parameters import HouseParameters

Values: TypeAlias = Mapping[str, Value]
"""Setting by entity key; a dialect may keep values of its own there, named `_anything`."""


def plainly(values: Values, key: str, value: Value, now: datetime) -> Values:  # noqa: ARG001 (of its kind)
    """A command that is what it says: the setting has the new value."""
    return {**values, key: value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One brand, from its public documentation, and from nothing else.

    Attributes:
        name: as `--dialect` takes it.
        entities: the inverter's own sensors and settings as its gateway shows them, for a house of
            these parts. Keys are unique; a setting that is no button has a `default`. A brand
            whose gateway includes the meter shows it as `Device.INVERTER`, too.
        control: what the inverter does under these settings, in a house of these parts, at this
            local time. Pure; the values are in the entities' own units and words.
        take: the settings after a command to the entity `key` was accepted at this local time.
            `plainly` for most; another for a button (its value is `True`), for a setting that
            changes others, or for one that runs out (keep its end as ISO text).
        timed: whether `control` depends on the time. It is then asked at each whole minute.
    """

    name: str
    entities: Callable[[HouseParameters], tuple[Entity, ...]]
    control: Callable[[Values, HouseParameters, datetime], Control]
    take: Callable[[Values, str, Value, datetime], Values] = plainly
    timed: bool = False
