"""Whether a cycled kilowatt-hour earns what it wears."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from darkstar_forecaster.core.reflex.observed import Evidence, Look

DAYS = 30
LEAST_CYCLES = 5.0
DEAD_BAND = 0.5
"""Share of the configured wear by which the worth must miss it; wild days may ask for half."""
FOLLOWS = 0.3
"""Share of what is missing that a step makes up for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What the battery's own flows cost and earned.

    Attributes:
        paid_per_kwh: Mean price of what was charged: bought, or not sold [currency/kWh].
        earned_per_kwh: Mean price of what was discharged: not bought, or sold [currency/kWh].
    """

    charge_kwh: float
    discharge_kwh: float
    paid_per_kwh: float
    earned_per_kwh: float


def wear(look: Look) -> Evidence | None:
    """What wear should count, where cycles surely earn less than it, or enough again."""
    battery = look.config.battery
    if battery is None or battery.wear_cost_per_kwh <= 0:
        return None
    found, configured = worth(look.since(DAYS)), battery.wear_cost_per_kwh
    cycles = found.discharge_kwh / look.current("battery_capacity_kwh")
    if cycles < LEAST_CYCLES or found.charge_kwh <= 0:
        return None
    trip = look.current("charge_efficiency") * look.current("discharge_efficiency")
    realised = found.earned_per_kwh - found.paid_per_kwh / trip
    current, missing = look.current("wear_cost_per_kwh"), configured - realised
    if abs(missing) <= DEAD_BAND * configured or (missing < 0 and current <= configured):
        return None
    return Evidence(
        parameter="wear_cost_per_kwh",
        wanted=max(configured, current + FOLLOWS * missing),
        samples=round(cycles),
        sentence=f"over {cycles:.0f} cycles in {DAYS} days a kWh from the battery earned "
        f"{realised:.2f} after losses, and wears for {configured:.2f}",
        figures={
            "realised_per_kwh": round(realised, 4),
            "earned_per_kwh": round(found.earned_per_kwh, 4),
            "paid_per_kwh": round(found.paid_per_kwh, 4),
            "cycles": round(cycles, 1),
        },
    )


def worth(house: pl.DataFrame) -> Worth:
    """What charging and discharging changed of the house's bill, slot by slot.

    Without the battery the house would have drawn `net + discharge − charge`. The
    difference of the two bills is what the battery did; the house's own use is in both.
    """
    net = pl.col("import_kwh") - pl.col("export_kwh")
    flow = pl.col("discharge_kwh") - pl.col("charge_kwh")
    gained = _bill(net + flow) - _bill(net)
    slots = house.select(flow.alias("flow"), gained.alias("gained")).drop_nulls()
    charged, discharged = slots.filter(pl.col("flow") < 0), slots.filter(pl.col("flow") > 0)
    into, out = -float(charged["flow"].sum()), float(discharged["flow"].sum())
    return Worth(
        charge_kwh=into,
        discharge_kwh=out,
        paid_per_kwh=-float(charged["gained"].sum()) / into if into else 0.0,
        earned_per_kwh=float(discharged["gained"].sum()) / out if out else 0.0,
    )


def _bill(net: pl.Expr) -> pl.Expr:
    """What a slot costs that draws `net` from the grid [currency]."""
    bought = net.clip(lower_bound=0.0) * pl.col("import_per_kwh")
    return bought + net.clip(upper_bound=0.0) * pl.col("export_per_kwh")
