"""How much is wanted in the battery at the end, as a reserve that money can break."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from statistics import fmean

from darkstar_common.config import Battery
from darkstar_common.contract import RuleEffect, WeatherSlot
from darkstar_planner.core.strategy.volatility import widening

BUFFER = {1: 35.0, 2: 20.0, 3: 10.0, 4: 3.0, 5: -7.0}
"""Points over the minimum, by risk appetite [% of capacity]."""
ADJUSTMENT = 8.0
"""Most that the days ahead add or take [points]."""
INSURANCE = {1: 0.5, 2: 0.25, 3: 0.05, 4: 0.02, 5: 0.01}
"""Worth of a kWh in reserve, as a share of what dear hours cost over cheap ones."""
CAREFUL = (1, 2)
"""Levels that want it on sunny days too."""
UNCOVERED, COLD = 6.0, 6.0
WARM_C, COLD_C = 15.0, -10.0
_LAST_DAY = 96
_KNEE = 2.0
_QUARTER = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """What is wanted at the end, and how much.

    Attributes:
        adjustment: Points that the days ahead added to the buffer.
    """

    percent: float
    kwh: float
    penalty_per_kwh: float
    adjustment: float


def adjustment(
    load_kw: Sequence[float],
    pv_kw: Sequence[float],
    weather: Sequence[WeatherSlot],
    restless: float | None,
    *,
    has_solar: bool,
) -> float:
    """Points that the days ahead add to the reserve, from −8 to 8.

    What comes after the horizon is most like its last 24 hours. Six points for a day
    whose load no sun covers, six off for one with twice the sun it needs; up to six for
    cold, from none at 15 °C to all at −10 °C; both more in restless weather. A house
    without panels never counts on the sun, so its lack changes nothing.
    """
    points = UNCOVERED * _deficit(load_kw, pv_kw) if has_solar else 0.0
    known = [one.temperature_c for one in weather if one.temperature_c is not None]
    if known:
        cold = (WARM_C - fmean(known[-_LAST_DAY:])) / (WARM_C - COLD_C)
        points += COLD * min(1.0, max(0.0, cold))
    return min(ADJUSTMENT, max(-ADJUSTMENT, points * widening(restless)))


def uncovered(load_kw: Sequence[float], pv_kw: Sequence[float]) -> float:
    """Share of the load of the last 24 hours that no sun covers, 0 to 1."""
    return max(0.0, _deficit(load_kw, pv_kw))


def _deficit(load_kw: Sequence[float], pv_kw: Sequence[float]) -> float:
    load, pv = sum(load_kw[-_LAST_DAY:]), sum(pv_kw[-_LAST_DAY:])
    return max(-1.0, 1 - pv / load) if load > 0 else -1.0


def target_percent(battery: Battery, level: int, adjusted: float) -> float:
    """State of charge wanted at the end at a risk appetite from 1 to 5 [%].

    The minimum, plus buffer and adjustment. Clamping would make levels equal, so what is
    left of a buffer under two points shrinks towards the minimum without reaching it,
    and all buffers shrink alike where the largest has no room under the maximum.
    """
    room = battery.max_soc_percent - battery.min_soc_percent
    widest = _above(BUFFER[1] + adjusted)
    return battery.min_soc_percent + _above(BUFFER[level] + adjusted) * min(1.0, room / widest)


def _above(points: float) -> float:
    return points if points >= _KNEE else _KNEE * exp((points - _KNEE) / _KNEE)


def insurance(import_price: Sequence[float], level: int, in_need: float = 1.0) -> float:
    """What a kWh in reserve is worth beside its use [currency/kWh].

    A share of what the dearest quarter of the slots costs over the cheapest: a plan
    sells or uses the reserve whenever that earns more, so the end is never pinned. Only
    the careful levels insure against days on which the sun refills the battery; the
    others insure by how much of the load it leaves.

    Args:
        import_price: Of each slot [currency/kWh].
        level: Risk appetite, 1 to 5.
        in_need: Share of the load that no sun covers, 0 to 1.
    """
    ranked = sorted(import_price)
    quarter = max(1, round(_QUARTER * len(ranked)))
    share = INSURANCE[level] * (1.0 if level in CAREFUL else in_need)
    return share * (fmean(ranked[-quarter:]) - fmean(ranked[:quarter]))


def reserve(
    battery: Battery,
    level: int,
    adjusted: float,
    import_price: Sequence[float],
    in_need: float = 1.0,
) -> Reserve:
    """The reserve at a risk appetite from 1 to 5; `in_need` as in `insurance`."""
    percent = target_percent(battery, level, adjusted)
    return Reserve(
        percent=percent,
        kwh=percent / 100 * battery.capacity_kwh,
        penalty_per_kwh=insurance(import_price, level, in_need),
        adjustment=adjusted,
    )


def target_rule(battery: Battery, level: int, wanted: Reserve) -> list[RuleEffect]:
    """What the reserve changed."""
    floor = battery.min_soc_percent
    if wanted.penalty_per_kwh <= 0 or f"{wanted.percent:.0f}" == f"{floor:.0f}":
        return []
    moved = round(wanted.adjustment)
    days = ""
    if moved:
        why = "little sun or cold" if moved > 0 else "much sun"
        days = f"; {why} ahead {'adds' if moved > 0 else 'takes'} {abs(moved)}"
    return [
        RuleEffect(
            rule="target_soc",
            changed=f"wants {wanted.percent:.0f} % at the end, each kWh missing counts "
            f"{wanted.penalty_per_kwh:.2f}",
            reason=f"risk appetite {level} keeps {BUFFER[level]:+.0f} points over the "
            f"minimum of {floor:.0f} %{days}",
        )
    ]
