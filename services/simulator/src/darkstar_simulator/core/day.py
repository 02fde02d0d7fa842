"""A stretch of the house's life in one call: what another way of running it would have cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from darkstar_common.slots import SLOT, slot_start
from darkstar_simulator.core.control import Orders, fallback_orders
from darkstar_simulator.core.counters import SlotRecord
from darkstar_simulator.core.house import House, HouseState, advance_slots, initial_state

Controller = Callable[[HouseState], Orders]


def simulate(
    house: House,
    controller: Controller,
    *,
    start: datetime,
    end: datetime,
    state: HouseState | None = None,
) -> tuple[HouseState, tuple[SlotRecord, ...]]:
    """Runs the house from `start` to `end`, asking `controller` for orders at each slot's start.

    Args:
        house: parts, weather and people.
        controller: what is commanded in the slot that begins at the state's moment.
        start: first moment.
        end: last moment; a slot not closed by then has no record.
        state: the house at `start`; the house as first switched on when not given.

    Returns:
        The house at `end`, and the truth about each closed slot.
    """
    state = state or initial_state(start, house.parameters)
    records: list[SlotRecord] = []
    while state.at < end:
        orders = controller(state)
        until = min(end, slot_start(state.at) + SLOT)
        state, closed = advance_slots(state, house, orders, until)
        records += closed
    return state, tuple(records)


def simulate_fallback(
    house: House,
    *,
    start: datetime,
    end: datetime,
    state: HouseState | None = None,
    min_soc_percent: float = 12.0,
) -> tuple[HouseState, tuple[SlotRecord, ...]]:
    """`simulate` under the fallback alone: self-consumption within the limits, heater at 60 °C."""
    orders = fallback_orders(house.parameters, min_soc_percent=min_soc_percent)
    return simulate(house, lambda _: orders, start=start, end=end, state=state)
