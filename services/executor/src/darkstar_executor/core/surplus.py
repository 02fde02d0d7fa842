"""PV that nobody needs, into hot water: when that begins, and when it has ended.

It rests on measured temperature and powers, never on set-points, and changes only after they have
said so for some minutes, so a cloud or a kettle does not switch the heater.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from darkstar_common.config import WaterHeater
from darkstar_executor.core.memory import Memory
from darkstar_executor.core.situation import Situation

FOR = timedelta(minutes=3)
"""Surplus must be there, or be gone, for so long."""
COOLER_K = 5.0
"""A tank is heated again when it is so far below its hottest [K]."""
_REACHED_K = 0.5
_SOC_GIVES_PERCENT = 5.0
_KEPT_SHARE = 0.5


def surplus_memory(case: Situation, before: Memory) -> Memory:
    """`before` with what the readings say about surplus by now."""
    heater = case.config.water_heater
    heating = before.surplus_heating
    if heater is None or not _allowed(case, heater, heating=heating):
        return replace(before, surplus_heating=False, surplus_since=None)
    left_kw = _left_kw(case, heater, heating=heating)
    least = (heater.surplus_kw or 0.0) * (_KEPT_SHARE if heating else 1.0)
    there = left_kw is not None and left_kw >= least
    if there is heating:
        return replace(before, surplus_since=None)
    since = min(before.surplus_since or case.now, case.now)  # a clock may be set back
    if case.now - since < FOR:
        return replace(before, surplus_since=since)
    return replace(before, surplus_heating=there, surplus_since=None)


def _allowed(case: Situation, heater: WaterHeater, *, heating: bool) -> bool:
    """Whether tank, battery and price let surplus heat; each lets go later than it begins."""
    tank, earns = case.measured.water_temperature_c, case.export_per_kwh
    if heater.surplus_kw is None or tank is None or earns is None:
        return False
    hot = tank >= heater.max_c - (_REACHED_K if heating else COOLER_K)
    return not hot and earns < heater.surplus_below_per_kwh and _is_full(case, heater, heating)


def _is_full(case: Situation, heater: WaterHeater, heating: bool) -> bool:
    if case.config.battery is None:
        return True
    least = heater.surplus_soc_percent - (_SOC_GIVES_PERCENT if heating else 0.0)
    return case.soc_percent is not None and case.soc_percent >= least


def _left_kw(case: Situation, heater: WaterHeater, *, heating: bool) -> float | None:
    """PV beyond house and battery [kW], the heater's own use not counted; None: not known.

    What the plan throws away counts too, until the heater takes it.
    """
    seen = case.measured
    given = 0.0 if case.config.battery is None else seen.discharge_kw
    if seen.export_kw is None or seen.import_kw is None or given is None:
        return None
    left = seen.export_kw - seen.import_kw - given
    if heating:
        return left + (heater.power_kw if seen.water_kw is None else seen.water_kw)
    curtails = case.wanted is case.planned and case.planned and case.planned.intent == "curtail"
    return left + (case.slot.curtailed_kw if curtails and case.slot else 0.0)
