"""Keys of the panels, seen in what they are expected to give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
from unit.common.keys.probe import Probe
from unit.forecaster.pv.sunny import SOUTH, a_config, some_weather

from darkstar_common.config import Config
from darkstar_common.slots import slots
from darkstar_forecaster.core.method import Ahead
from darkstar_forecaster.core.pv import PV
from darkstar_forecaster.core.situation import PAST, SPOTS, WEATHER, Situation, empty

EQUINOX = datetime(2026, 3, 20, tzinfo=UTC)


def expected(config: Config) -> object:
    """PV of a bright day of a house nobody has seen yet, or why none is known."""
    weather = some_weather(EQUINOX, np.ones(96))
    return _ahead(config, Situation(now=EQUINOX, past=empty(PAST), weather=weather, spots=_NONE))


def without_weather(config: Config) -> object:
    """The same where nobody knows the weather."""
    unknown = empty(WEATHER)
    return _ahead(config, Situation(now=EQUINOX, past=empty(PAST), weather=unknown, spots=_NONE))


_NONE = empty(SPOTS)


def _ahead(config: Config, known: Situation) -> object:
    found = PV.forecast(known, config, None, slots(EQUINOX, 96))
    if not isinstance(found, Ahead):
        return found.reason
    return [round(one, 4) for one in found.slots["mean"]]


HILL = ((0.0, 0.0), (120.0, 30.0), (240.0, 0.0))
ARRAY: Mapping[str, tuple[object, object]] = {
    "kwp": (10.0, 5.0),
    "tilt": (35.0, 70.0),
    "azimuth": (180.0, 90.0),
    "inverter_kw": (None, 3.0),
    "loss_percent": (14.0, 30.0),
    "horizon": ((), HILL),
}
PROBES: tuple[Probe, ...] = (
    Probe(key="solar.arrays", observe=expected, values=((SOUTH,), ()), house=a_config(SOUTH)),
    *(
        Probe(key=f"solar.arrays.{name}", observe=expected, values=values, house=a_config(SOUTH))
        for name, values in ARRAY.items()
    ),
    Probe(
        key="location.altitude_m",
        observe=without_weather,
        values=(0.0, 2000.0),
        house=a_config(SOUTH),
    ),
)
