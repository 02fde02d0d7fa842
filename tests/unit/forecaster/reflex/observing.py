"""A house whose figures are known, seen for some weeks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import pi, sin
from typing import Any

import polars as pl
from unit.forecaster.reflex.learned import DAY, HOUSE, MORNING

from darkstar_common.config import Config
from darkstar_common.slots import SLOT
from darkstar_forecaster.core.reflex import Learnings, Look
from darkstar_forecaster.core.reflex.observed import FORECASTS
from darkstar_forecaster.core.reflex.observed import HOUSE as HOUSE_SLOTS

Row = dict[str, Any]
FLOW_KWH = 1.5
"""What the battery takes or gives in a slot, as metered."""


@dataclass
class TrueBattery:
    """A battery as it is, not as it is configured."""

    capacity_kwh: float = 34.2
    charge: float = 0.95
    discharge: float = 0.95
    soc: float = 20.0
    rounding: int = 6

    def at(self, hour: int) -> tuple[float, float]:
        """Charge and discharge of a slot: through the day up, through the evening down [kWh]."""
        if 8 <= hour < 13 and self.soc < 90:
            self.soc += 100 * FLOW_KWH * self.charge / self.capacity_kwh
            return FLOW_KWH, 0.0
        if 16 <= hour < 22 and self.soc > 20:
            self.soc -= 100 * FLOW_KWH / self.discharge / self.capacity_kwh
            return 0.0, FLOW_KWH
        return 0.0, 0.0

    def slot(self, hour: int) -> Row:
        before = self.soc
        charge, discharge = self.at(hour)
        return {
            "charge_kwh": charge,
            "discharge_kwh": discharge,
            "soc_start": round(before, self.rounding),
            "soc_end": round(self.soc, self.rounding),
        }


def starts(days: float, now: datetime = MORNING) -> list[datetime]:
    count = int(days * 96)
    return [now - (count - number) * SLOT for number in range(count)]


def sun(start: datetime) -> float:
    """PV of a slot [kWh], another on each day."""
    hour = start.hour + start.minute / 60
    cloud = 0.6 + 0.4 * sin(start.toordinal())
    return max(0.0, 1.5 * cloud * sin(pi * (hour - 5) / 14)) if 5 <= hour < 19 else 0.0


def seen(
    days: float = 20, battery: TrueBattery | None = None, now: datetime = MORNING
) -> list[Row]:
    """Slots of a house that uses 1 kW, stores what is cheap, and sells in the evening."""
    battery = battery or TrueBattery()
    rows = []
    for start in starts(days, now):
        flows = battery.slot(start.hour)
        net = 0.25 - sun(start) + flows["charge_kwh"] - flows["discharge_kwh"]
        rows.append(
            {
                "start": start,
                "base_kwh": 0.25,
                "pv_kwh": sun(start),
                "import_kwh": max(0.0, net),
                "export_kwh": max(0.0, -net),
                "import_per_kwh": 2.0 if start.hour >= 16 else 1.0,
                "export_per_kwh": 1.6 if start.hour >= 16 else 0.4,
                "away": False,
                **flows,
            }
        )
    return rows


def ahead(
    rows: Iterable[Row], energy: str, factor: float | Callable[[datetime], float] = 1.0
) -> pl.DataFrame:
    """Forecasts that were `factor` times what came, issued a day ahead."""
    said = [
        {
            "start": one["start"],
            "issued_at": one["start"] - DAY,
            "expected_kw": 4
            * one[energy]
            * (factor(one["start"] - DAY) if callable(factor) else factor),
        }
        for one in rows
    ]
    return pl.DataFrame(said, schema=dict(FORECASTS))


def a_look(
    rows: Sequence[Row],
    *,
    pv: pl.DataFrame | float | None = None,
    load: pl.DataFrame | float | None = None,
    learnings: Learnings | None = None,
    config: Config = HOUSE,
    now: datetime = MORNING,
) -> Look:
    """What there is to see; without forecasts where none are given."""
    nothing = pl.DataFrame(schema=dict(FORECASTS))
    forecasts = {
        name: ahead(rows, energy, given) if isinstance(given, float) else given
        for name, energy, given in (("pv", "pv_kwh", pv), ("load", "base_kwh", load))
    }
    return Look(
        now=now,
        config=config,
        learnings=learnings or Learnings(),
        house=pl.DataFrame(rows, schema=dict(HOUSE_SLOTS)),
        pv=nothing if forecasts["pv"] is None else forecasts["pv"],
        load=nothing if forecasts["load"] is None else forecasts["load"],
    )
