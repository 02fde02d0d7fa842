"""The battery's true efficiencies, from what went in, what came out, and what is left."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import polars as pl

from darkstar_common.contract import Learned
from darkstar_common.slots import SLOT, SLOT_HOURS
from darkstar_forecaster.core.reflex.observed import Evidence, Look

DAYS = 60
LEAST_CYCLES = 10.0
DEAD_BAND = 0.01
"""Each efficiency must be off by this share."""
LEAST_HOURS = 24.0
"""A shorter stretch says more about the rounding of a state of charge [h]."""
_READ = 1.0
"""A state of charge is right to this [points]."""
_SURE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """What flowed in stretches of slots of which all is known, together.

    Attributes:
        points: Sum of the changes of the state of charge [points].
        stretches: How many.
    """

    charge_kwh: float
    discharge_kwh: float
    points: float
    hours: float
    stretches: int


def efficiencies(look: Look) -> tuple[Evidence, ...]:
    """What both efficiencies should be, where that is surely not what they are.

    What is metered tells their product alone, so each is held to be off by the same
    share k: k·η⁺·charged − discharged ÷ (k·η⁻) − standby = what is left more.
    """
    battery = look.config.battery
    if battery is None:
        return ()
    found = throughput(look.since(DAYS))
    held = look.current("battery_capacity_kwh")
    if found.discharge_kwh < LEAST_CYCLES * held or found.charge_kwh <= 0:
        return ()
    share = _share(look, found, held, battery.standby_kw)
    unsure = sqrt(2 * found.stretches) * _READ / 100 * held / (2 * found.charge_kwh)
    if abs(share - 1) <= max(DEAD_BAND, _SURE * unsure):
        return ()
    return _evidence(look, found, share, cycles=found.discharge_kwh / held)


def _share(look: Look, found: Throughput, held: float, standby_kw: float) -> float:
    """The positive root of a k² − b k − c = 0."""
    a = look.current("charge_efficiency") * found.charge_kwh
    b = found.points / 100 * held + standby_kw * found.hours
    c = found.discharge_kwh / look.current("discharge_efficiency")
    return (b + sqrt(b * b + 4 * a * c)) / (2 * a)


def _evidence(
    look: Look, found: Throughput, share: float, *, cycles: float
) -> tuple[Evidence, ...]:
    into, out = look.current("charge_efficiency"), look.current("discharge_efficiency")
    trip = into * out * share**2
    sentence = (
        f"over {cycles:.0f} cycles {100 * trip:.1f} % of what was charged came back, where "
        f"{100 * into * out:.1f} % were counted on"
    )
    figures = {"round_trip": round(trip, 4), "cycles": round(cycles, 1)}
    both: dict[Learned, float] = {"charge_efficiency": into, "discharge_efficiency": out}
    return tuple(
        Evidence(
            parameter=parameter,
            wanted=current * share,
            samples=round(found.hours / SLOT_HOURS),
            sentence=sentence,
            figures=figures,
        )
        for parameter, current in both.items()
    )


def throughput(house: pl.DataFrame) -> Throughput:
    """What flowed in the stretches that are long enough."""
    needed = ("charge_kwh", "discharge_kwh", "soc_start", "soc_end")
    known = house.drop_nulls(needed).sort("start")
    follows = pl.col("start") - pl.col("start").shift(1) == SLOT
    stretches = (
        known.with_columns((~follows.fill_null(value=False)).cum_sum().alias("stretch"))
        .group_by("stretch")
        .agg(
            pl.col("charge_kwh").sum(),
            pl.col("discharge_kwh").sum(),
            (pl.col("soc_end").last() - pl.col("soc_start").first()).alias("points"),
            (pl.len() * SLOT_HOURS).alias("hours"),
        )
        .filter(pl.col("hours") >= LEAST_HOURS)
    )
    sums = {
        name: float(stretches[name].sum())
        for name in ("charge_kwh", "discharge_kwh", "points", "hours")
    }
    return Throughput(**sums, stretches=stretches.height)
