"""The checker's rules for heaters and deferrable loads; no code of the model here either."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

from darkstar_planner.core.devices import Deferrable, Heater
from darkstar_planner.core.problem import Problem

TOLERANCE = 1e-4
Error = tuple[str, float]
Excuses = Callable[[str, int | None], bool]


def heater_errors(
    problem: Problem, heater: Heater, power_kw: Sequence[float], excuses: Excuses
) -> Iterator[Error]:
    """The distance of `power_kw` from each rule of `heater`."""
    name, allowed = heater.id, _allowed(heater)
    for t, power in enumerate(power_kw):
        nearest = min(abs(power - one) for one in (0.0, *allowed))
        yield f"slot {t}: {name} is neither on nor off", nearest
        if t in heater.locked_on:
            yield f"slot {t}: {name} is off though locked on", min(allowed) - power
    yield from _rests(problem, heater, power_kw, excuses)
    yield from _days(problem, heater, power_kw, excuses)


def _allowed(heater: Heater) -> list[float]:
    """The powers [kW] at which `heater` may be on."""
    steps = heater.max_kw_steps
    if steps is None:
        return [heater.power_kw]
    if isinstance(steps, int):
        return [heater.power_kw / steps * number for number in range(1, steps + 1)]
    return list(steps)


def _rests(
    problem: Problem, heater: Heater, power_kw: Sequence[float], excuses: Excuses
) -> Iterator[Error]:
    """Walk through the slots with a stopwatch that runs while the heater is off."""
    on = heater.on_before_slots > 0
    unknown = not on and heater.off_before_slots is None
    rest = float("inf") if unknown else (heater.off_before_slots or 0) * problem.hours[0]
    for t, power in enumerate(power_kw):
        was_on, on = on, power > min(_allowed(heater)) / 2
        starts = on and not was_on
        if starts and not excuses(f"min_spacing_hours {heater.id}", t):
            yield f"slot {t}: {heater.id} rests too short", heater.min_spacing_hours - rest
        rest = 0.0 if on else rest + problem.hours[t]


def _days(
    problem: Problem, heater: Heater, power_kw: Sequence[float], excuses: Excuses
) -> Iterator[Error]:
    """A day that lies whole within the horizon has its heat, or says it has not."""
    first: dict[date, int] = {}
    heat: dict[date, float] = {}
    for t, start in enumerate(problem.starts):
        day = _heating_day(problem, heater, start)
        first.setdefault(day, t)
        heat[day] = heat.get(day, 0.0) + power_kw[t] * problem.hours[t]
    beyond = problem.start + timedelta(hours=problem.edges[-1])
    for number, (day, had) in enumerate(heat.items()):
        ends_within = _heating_day(problem, heater, beyond) != day
        need = heater.daily_min_kwh - (heater.heated_today_kwh if number == 0 else 0.0)
        if ends_within and not excuses(f"daily_min_kwh {heater.id}", first[day]):
            yield f"{heater.id} heats too little on {day} unsaid", need - had


def _heating_day(problem: Problem, heater: Heater, moment: datetime) -> date:
    local = moment.astimezone(problem.zone).replace(tzinfo=None)
    return (local - timedelta(hours=heater.defer_hours)).date()


def deferrable_errors(
    problem: Problem, load: Deferrable, power_kw: Sequence[float], excuses: Excuses
) -> Iterator[Error]:
    """The distance of `power_kw` from each rule of `load`."""
    name = load.id
    deadline = problem.count if load.deadline_slot is None else load.deadline_slot
    for t, power in enumerate(power_kw):
        outside = not load.earliest_slot <= t < deadline
        yield f"slot {t}: {name} runs outside its window", power if outside else 0.0
        yield f"slot {t}: {name} runs above its power", power - load.power_kw
        yield f"slot {t}: {name} runs backwards", -power
    if load.contiguous:
        running = [t for t, power in enumerate(power_kw) if power > TOLERANCE]
        holes = (running[-1] - running[0] + 1 - len(running)) if running else 0
        yield f"{name} stops and starts again", float(holes)
    energy = sum(power * hours for power, hours in zip(power_kw, problem.hours, strict=True))
    yield f"{name} runs too long", energy - load.need_kwh
    if not excuses(f"deferrable {name}", None):
        yield f"{name} runs too short unsaid", load.need_kwh - energy
