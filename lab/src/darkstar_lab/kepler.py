"""Kepler in the lab: the planner's and the executor's own cores, fed with what was known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from darkstar_common.config import Config
from darkstar_common.contract import (
    HouseState,
    PriceCurve,
    QuantileForecast,
    QuantileSlot,
    Reading,
    Service,
)
from darkstar_common.slots import SLOT
from darkstar_executor.core.following import planned as command_of
from darkstar_lab.policy import Decision, Now
from darkstar_lab.sight import Known, Sight
from darkstar_planner.core.assemble import Planned
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.plan import plan
from darkstar_planner.core.schedule import schedule
from darkstar_planner.core.solution import Solution
from darkstar_planner.core.strategy import Wishes

LAB = "lab"


@dataclass(slots=True)
class Kepler:
    """Plans as the service does, and follows the plan until it makes the next.

    Attributes:
        every: How often it plans [slots]; by default as often as the service.
    """

    config: Config
    sight: Sight = field(default_factory=Sight)
    every: int = 1
    _inputs: Inputs | None = None

    def decide(self, now: Now) -> Decision:
        """The slot of the plan in force; made now, unless one is young enough."""
        inputs = self._inputs or Inputs(config=self.config, wishes=Wishes.of(self.config))
        if now.before is not None:
            inputs = inputs.updated(now.before)
        found = inputs.schedule
        if found is None or now.at >= found.slots[0].start + self.every * SLOT:
            inputs = self._told(inputs, now)
            planned = inputs.planned(now.at)
            found = schedule(planned, self.solved(planned), now=now.at, cause=None)
            inputs = inputs.updated(found)
        self._inputs = inputs
        number = (now.at - found.slots[0].start) // SLOT
        return Decision(
            command=command_of(found, number, self.config, now.at),
            heater_kw=found.slots[number].water_kw,
        )

    def solved(self, planned: Planned) -> Solution:
        """The plan for the problem of this slot."""
        return plan(planned.problem)

    def _told(self, inputs: Inputs, now: Now) -> Inputs:
        """What the planner would have got over the bus; the tank's hot runs are left out."""
        known = now.look(self.sight)
        return (
            replace(inputs, legionella_done_at=now.at)
            .updated(price_curve(known, self.config))
            .updated(quantiles("load", known.load, now.at))
            .updated(quantiles("pv", known.pv, now.at))
            .updated(house_state(self.config, now))
        )


def price_curve(known: Known, config: Config) -> PriceCurve:
    """What is known of prices, as the forecaster sends it."""
    return PriceCurve(
        sender=Service.FORECASTER,
        emitted_at=known.now,
        issued_at=known.now,
        area=config.tariff.area,
        currency=config.tariff.currency,
        source=LAB,
        slots=known.prices,
    )


def quantiles(
    quantity: str, slots: tuple[QuantileSlot, ...], issued_at: datetime
) -> QuantileForecast:
    """A forecast as the forecaster sends it."""
    return QuantileForecast(
        sender=Service.FORECASTER,
        emitted_at=issued_at,
        quantity="load" if quantity == "load" else "pv",
        issued_at=issued_at,
        model_version=LAB,
        level=LAB,
        slots=slots,
    )


def house_state(config: Config, now: Now) -> HouseState:
    """The battery as the executor measures it."""
    percent = Reading()
    if config.battery is not None:
        share = min(100.0, max(0.0, 100 * now.stored_kwh / config.battery.capacity_kwh))
        percent = Reading(value=share, measured_at=now.at)
    return HouseState(sender=Service.EXECUTOR, emitted_at=now.at, soc_percent=percent)
