"""The terms a profile may use: figures of the command, under names that begin with `$`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from types import MappingProxyType
from typing import Literal

from darkstar_common.config import Config
from darkstar_common.contract import Command
from darkstar_executor.core import commands
from darkstar_executor.core.setting import Value

Nature = Literal["power", "share", "duration", "clock", "part of the clock"]
_STEADY = timedelta(hours=6)
"""Windows begin on such steps of the local day, so that they need not be moved every minute."""
_LONGEST = timedelta(hours=24)
_NEARLY = timedelta(minutes=1) - timedelta(microseconds=1)
"""Windows end on whole minutes, no sooner than they should, so that now is always in them."""
_WHOLE_MINUTES = 5
_FULL_PERCENT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What terms are figures of."""

    command: Command
    config: Config
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term.

    Attributes:
        meaning: For people.
        nature: What kind of setting can take it.
        figure: Its value [kW, %, minutes, HH:MM, or a number of hours or minutes]; None when the
            command does not say.
        edges: Values that must be met exactly.
    """

    meaning: str
    nature: Nature
    figure: Callable[[Moment], Value | None]
    edges: Callable[[Config], tuple[float, ...]] = lambda _: ()


def _power(
    meaning: str,
    figure: Callable[[Moment], float | None],
    edges: Callable[[Config], tuple[float, ...]],
) -> Term:
    return Term(
        meaning=meaning, nature="power", figure=figure, edges=lambda config: (0.0, *edges(config))
    )


def _share(meaning: str, figure: Callable[[Moment], float | None]) -> Term:
    return Term(meaning=meaning, nature="share", figure=figure, edges=_soc_limits)


def _soc_limits(config: Config) -> tuple[float, ...]:
    return commands.floor_percent(config), commands.ceiling_percent(config)


def _floor(moment: Moment) -> float | None:
    if moment.command.intent == "charge_from_grid":
        return commands.floor_percent(moment.config)
    return moment.command.soc_target_percent


def _depth(moment: Moment) -> float | None:
    floor = _floor(moment)
    return None if floor is None else _FULL_PERCENT - floor


def _depth_limits(config: Config) -> tuple[float, ...]:
    return tuple(_FULL_PERCENT - one for one in _soc_limits(config))


def _ceiling(moment: Moment) -> float | None:
    if moment.command.intent == "charge_from_grid":
        return moment.command.soc_target_percent
    return commands.ceiling_percent(moment.config)


def _window(moment: Moment) -> tuple[datetime, datetime] | None:
    """A window of the local day that holds now and ends when what is forced ends."""
    until, zone = moment.command.until, moment.config.zone
    if until is None:
        return None
    now = moment.now.astimezone(zone)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight + (now - midnight) // _STEADY * _STEADY  # one zone: by the clock on the wall
    end = (until + _NEARLY).astimezone(zone).replace(second=0, microsecond=0)
    return start, min(end, start + _LONGEST - timedelta(minutes=1))


def _clock(which: int, pick: Callable[[datetime], Value]) -> Callable[[Moment], Value | None]:
    def figure(moment: Moment) -> Value | None:
        window = _window(moment)
        return None if window is None else pick(window[which])

    return figure


def _minutes(moment: Moment) -> float | None:
    if moment.command.until is None:
        return None
    left = (moment.command.until - moment.now) / timedelta(minutes=1)
    return float(max(ceil(left / _WHOLE_MINUTES), 1) * _WHOLE_MINUTES)


def _battery(limit: Callable[[Config], float]) -> Callable[[Config], tuple[float, ...]]:
    return lambda config: (limit(config),) if config.battery else ()


def _part(meaning: str, which: int, pick: Callable[[datetime], Value]) -> Term:
    return Term(meaning=meaning, nature="part of the clock", figure=_clock(which, pick))


TERMS: Mapping[str, Term] = MappingProxyType({
    "$charge": _power(
        "most into the battery [kW]",
        lambda moment: moment.command.charge_kw,
        _battery(lambda config: config.battery.max_charge_kw if config.battery else 0.0),
    ),
    "$discharge": _power(
        "most out of the battery [kW]",
        lambda moment: moment.command.discharge_kw,
        _battery(lambda config: config.battery.max_discharge_kw if config.battery else 0.0),
    ),
    "$export": _power(
        "most into the grid [kW]",
        lambda moment: moment.command.export_kw,
        lambda config: (config.grid.max_export_kw,),
    ),
    "$import": _power(
        "most from the grid: `grid.max_import_kw` [kW]",
        lambda moment: moment.config.grid.max_import_kw,
        lambda config: (config.grid.max_import_kw,),
    ),
    "$grid": _power(
        "planned power at the meter, import positive [kW]",
        lambda moment: moment.command.grid_kw,
        lambda config: (config.grid.max_import_kw, -config.grid.max_export_kw),
    ),
    "$floor": _share("the battery is not discharged below it [%]", _floor),
    "$ceiling": _share("the grid does not charge above it [%]", _ceiling),
    "$depth": Term(meaning="how much of the battery may be used: 100 - $floor [%]", nature="share",
                   figure=_depth, edges=_depth_limits),
    "$target": _share("ceiling while charging from the grid, else floor [%]",
                      lambda moment: moment.command.soc_target_percent),
    "$from": Term(meaning="local HH:MM when a window that holds now begins", nature="clock",
                  figure=_clock(0, lambda at: f"{at:%H:%M}")),
    "$until": Term(meaning="local HH:MM when what is forced ends", nature="clock",
                   figure=_clock(1, lambda at: f"{at:%H:%M}")),
    "$from_hour": _part("hour of $from, a number", 0, lambda at: float(at.hour)),
    "$from_minute": _part("minute of $from, a number", 0, lambda at: float(at.minute)),
    "$until_hour": _part("hour of $until, a number", 1, lambda at: float(at.hour)),
    "$until_minute": _part("minute of $until, a number", 1, lambda at: float(at.minute)),
    "$minutes": Term(meaning="time left of what is forced, in steps of 5 [min]", nature="duration",
                     figure=_minutes),
})  # fmt: skip


SOC_CEILINGS = frozenset({"$ceiling", "$target"})
SOC_FLOORS = frozenset({"$floor", "$depth", "$target"})
ENDS = frozenset({"$until", "$until_hour", "$until_minute", "$minutes"})


def name_of(word: object) -> str | None:
    """The term that a profile's word names, its sign taken off; None for a literal."""
    if not isinstance(word, str) or not word.lstrip("-").startswith("$"):
        return None
    return word.removeprefix("-")


def value(word: Value, moment: Moment) -> tuple[Value | None, bool]:
    """What `word` is at `moment`, in our units, and whether it must be met exactly."""
    name = name_of(word)
    if name is None:
        return word, True
    term = TERMS[name]
    found = term.figure(moment)
    if found is None or isinstance(found, str):
        return found, True
    exact = found in term.edges(moment.config) or term.nature in {"part of the clock", "duration"}
    return (0.0 - found if str(word).startswith("-") else found), exact
