"""From what is known to the planning problem of this moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import ValidationError

from darkstar_common.config import Config
from darkstar_common.contract import (
    PriceCurve,
    PriceSlot,
    QuantileForecast,
    QuantileSlot,
    WeatherForecast,
    WeatherSlot,
)
from darkstar_common.slots import SLOT, SLOT_HOURS, slot_start, slots
from darkstar_planner.core.at_home import batteries, grid, heaters, power_before, soc_before
from darkstar_planner.core.cars import Cars, cars
from darkstar_planner.core.errors import UnplannableError
from darkstar_planner.core.manual import METER, Asked, Manual, manual
from darkstar_planner.core.problem import Fixed, Inverter, Options, Problem
from darkstar_planner.core.strategy import Outlook, View, heated_hot_kwh, strategy
from darkstar_planner.core.strategy.futures import COMMON
from darkstar_planner.core.water import Water, water

if TYPE_CHECKING:
    from darkstar_planner.core.inputs import Inputs


HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A problem, and how it came about.

    Attributes:
        prices: The price of each slot.
        asked: What people decided themselves, and for which slots.
        why: Sentences about what the problem rests on.
        legionella_done_at: When the tank was last hot throughout, as far as is known.
        hint_id: The schedule that the problem's hint was published as; None without a hint.
        made_from: The messages behind the problem, by what they tell.
    """

    problem: Problem
    config: Config
    prices: tuple[PriceSlot, ...]
    currency: str
    view: View
    asked: tuple[Asked, ...] = ()
    why: tuple[str, ...] = ()
    legionella_done_at: datetime | None = None
    hint_id: UUID | None = None
    made_from: Mapping[str, UUID] = field(default_factory=dict)


def assembled(inputs: Inputs, now: datetime) -> Planned:
    """The problem from the slot that holds `now` on, and what stands behind it.

    Raises:
        UnplannableError: An input is missing, unknown or too old; says which.
    """
    obstacle, curve = inputs.obstacle(now), inputs.prices
    if obstacle is not None or curve is None or inputs.load is None:
        raise UnplannableError(obstacle or "there is no price curve yet")
    parts = _parts(inputs, inputs.load, curve, now)
    try:
        free = _undecided(inputs, parts, now)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        sentence = f"the inputs make no planning problem: {where}: {first['msg']}"
        raise UnplannableError(sentence) from None
    asked = manual(free, inputs.blocks, lambda t: _expected_kwh(inputs, free, t))
    fixed = (*asked.fixed, *_exports(inputs, free, asked))
    return Planned(
        problem=free.model_copy(update={"fixed": fixed}),
        config=inputs.config,
        prices=parts.prices,
        currency=curve.currency,
        view=parts.view,
        asked=asked.asked,
        why=(
            *_short(inputs, parts.prices),
            *_estimated(parts.prices),
            *(parts.heated.why if any(one.daily_min_kwh for one in free.heaters) else ()),
            *parts.parked.why,
            *asked.why,
        ),
        legionella_done_at=inputs.legionella_done_at,
        hint_id=inputs.schedule.message_id if inputs.hint and inputs.schedule else None,
        made_from=_made_from(inputs),
    )


def _made_from(inputs: Inputs) -> dict[str, UUID]:
    """The messages that a plan from `inputs` rests on, so that it can be followed back to them."""
    told = {
        "prices": inputs.prices,
        "load": inputs.load,
        "pv": inputs.pv,
        "weather": inputs.weather,
        "house": inputs.house,
    }
    return {name: one.message_id for name, one in told.items() if one is not None}


def _exports(inputs: Inputs, problem: Problem, asked: Manual) -> Iterator[Fixed]:
    """What is to be sold in a what-if, where no block of people says something else."""
    taken = {t for one in asked.asked for t in one.slots}
    for start, power_kw in inputs.export_at:
        t = (start - problem.starts[0]) // SLOT
        if 0 <= t < len(problem.starts) and t not in taken:
            yield Fixed(slot=t, device=METER, export_kw=power_kw)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What a problem is put together from, beside the inputs themselves."""

    prices: tuple[PriceSlot, ...]
    currency: str
    view: View
    heated: Water
    parked: Cars


def _parts(inputs: Inputs, load: QuantileForecast, curve: PriceCurve, now: datetime) -> _Parts:
    config, first, count = inputs.config, slot_start(now), inputs.count(now)
    prices = curve.slots[(first - curve.slots[0].start) // SLOT :][:count]
    return _Parts(
        prices=prices,
        currency=curve.currency,
        view=_view(inputs, _outlook(inputs, load, prices, now)),
        heated=water(config, inputs.heating, inputs.schedule, now),
        parked=cars(config, inputs.cars, inputs.charging, now, count),
    )


def _view(inputs: Inputs, outlook: Outlook) -> View:
    """How the days ahead are looked at, after what was learned about the house itself."""
    view = strategy(inputs.config, inputs.wishes, outlook)
    known = inputs.learned.rules if inputs.learned else ()
    return replace(view, rules=(*known, *view.rules))


def _undecided(inputs: Inputs, parts: _Parts, now: datetime) -> Problem:
    """The problem without what people decided themselves."""
    config, view = inputs.config, parts.view
    return Problem(
        start=slot_start(now),
        slot_hours=SLOT_HOURS,
        timezone=config.timezone,
        currency=parts.currency,
        import_price=tuple(one.import_per_kwh for one in parts.prices),
        export_price=tuple(one.export_per_kwh for one in parts.prices),
        load_kw=view.load_kw,
        pv_kw=view.pv_kw,
        scenarios=view.scenarios,
        commit_slots=COMMON,
        grid=grid(inputs, view, now),
        inverter=Inverter(**config.inverter.model_dump(exclude={"profile"})),
        batteries=batteries(inputs, view, now),
        evs=parts.parked.evs,
        heaters=heaters(inputs, parts.heated, view),
        deferrables=() if view.legionella is None else (view.legionella,),
        ramp_penalty_per_kw=view.ramp_penalty_per_kw,
        previous_power_kw=power_before(inputs, now),
        options=_options(inputs),
    )


def _options(inputs: Inputs) -> Options:
    planner = inputs.config.planner
    return Options(
        time_limit_seconds=planner.time_limit_seconds,
        absolute_gap=planner.absolute_gap,
        hint=inputs.hint,
        keep_threshold=0.0 if inputs.hint is None else planner.keep_threshold,
    )


def _expected_kwh(inputs: Inputs, problem: Problem, t: int) -> float | None:
    """Where the schedule in force has the battery as slot `t` begins [kWh]."""
    soc = soc_before(inputs.schedule, problem.starts[t])
    return None if soc is None else soc / 100 * problem.batteries[0].capacity_kwh


def _outlook(
    inputs: Inputs, load: QuantileForecast, prices: tuple[PriceSlot, ...], now: datetime
) -> Outlook:
    config, first, count = inputs.config, slot_start(now), len(prices)
    sun = inputs.pv if config.has_solar else None
    past = inputs.tank.past(inputs.heating, now)
    return Outlook(
        now=now,
        starts=slots(first, count),
        load=_ahead(load, first, count),
        pv=() if sun is None else _ahead(sun, first, count),
        prices=prices,
        weather=_weather(inputs.weather, first, count),
        legionella_done_at=inputs.legionella_done_at,
        heated_hot_kwh=heated_hot_kwh(config, past, now),
    )


def _ahead(forecast: QuantileForecast, first: datetime, count: int) -> tuple[QuantileSlot, ...]:
    skip = (first - forecast.slots[0].start) // SLOT
    return forecast.slots[skip : skip + count]


def _weather(
    forecast: WeatherForecast | None, first: datetime, count: int
) -> tuple[WeatherSlot, ...]:
    if forecast is None:
        return ()
    end = first + count * SLOT
    return tuple(one for one in forecast.slots if first <= one.start < end)


def forecast_share(prices: tuple[PriceSlot, ...]) -> float:
    """The part of the horizon that rests on forecast prices."""
    return sum(one.kind == "forecast" for one in prices) / len(prices)


def _estimated(prices: tuple[PriceSlot, ...]) -> tuple[str, ...]:
    hours = sum(one.kind == "forecast" for one in prices) * SLOT_HOURS
    if not hours:
        return ()
    return (f"{hours:g} of {len(prices) * SLOT_HOURS:g} hours rest on forecast prices",)


def _short(inputs: Inputs, prices: tuple[PriceSlot, ...]) -> tuple[str, ...]:
    """What ends the plan before it reaches as far as it should."""
    reached = len(prices) * SLOT
    if reached >= inputs.wanted:
        return ()
    end = prices[-1].start + SLOT
    ends = " and the ".join(name for name, _, last in inputs.spans() if last == end)
    hours, wanted = reached / HOUR, inputs.wanted / HOUR
    return (f"plans {hours:g} of {wanted:g} hours, until the end of the {ends}",)
