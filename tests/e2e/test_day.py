"""A simulated day of a whole house: every process, a real broker, the truth to compare with.

A day in peace: the plan is followed, the recorder agrees with the simulator, and it was cheaper
than self-consumption alone. It is one of a real home where its data is at hand, else a generated
one. In another house every process is killed in turn: nothing is lost or doubled, and each is
back in time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from e2e.accounts import (
    aftermath,
    bill,
    following_error,
    hourly_difference,
    recorded_energy,
    slots_of,
    state_after,
    total_difference,
)
from e2e.conftest import Say
from support.running import Visitor, running_house

from darkstar_common.contract import PLAN_RUN, RunPlan
from darkstar_common.launcher.fleet import BROKER, SERVICES
from darkstar_common.launcher.trial import HISTORY, Trial, trial_config
from darkstar_common.runtime.clock import Stopwatch
from darkstar_common.slots import SLOT, day_slots, local_day, slot_start
from darkstar_simulator.core.counters import SlotRecord
from darkstar_simulator.core.day import simulate_fallback
from darkstar_simulator.core.house import House
from darkstar_simulator.core.series import HouseSeries
from darkstar_simulator.files import read_series
from darkstar_simulator.options import parameters_from

pytestmark = [pytest.mark.e2e, pytest.mark.timed, pytest.mark.timeout(600)]
SPEED = 300
"""A quarter of an hour takes three seconds, so what is late by a tenth is late by 30 s there."""
WARM_UP_SECONDS = 18
"""Of the wall, from the clock's start to the day that is measured; every service is there then."""
RECOVERY_SECONDS = 20.0
"""Of the wall, while all processes of a fast house share two cores; what it took is printed."""
ZONE = ZoneInfo("Europe/Stockholm")
"""Of both houses."""


async def test_a_day_in_peace(likeliest_house: Path, tmp_path: Path, say: Say) -> None:
    trial = day_trial(likeliest_house, tmp_path, speed=SPEED)
    async with running_house(trial) as visitor:
        await check_a_day_in_peace(visitor, say)


async def test_every_process_is_killed(generated_house: Path, tmp_path: Path, say: Say) -> None:
    trial = day_trial(generated_house, tmp_path, speed=SPEED)
    async with running_house(trial) as visitor:
        await visitor.until(lambda: bool(visitor.schedules), seconds=60, what="a first schedule")
        begin = whole_hour(visitor.house.clock.now()) + timedelta(hours=1)
        await visitor.house.clock.sleep_until(begin + SLOT)
        await check_every_kill(visitor, begin, say)


def day_trial(house: Path, directory: Path, *, speed: float) -> Trial:
    """A run that begins a little before the midnight of a day worth planning for."""
    midnight, _ = local_day(promising_day(read_series(house)), ZONE)
    start = slot_start(midnight - speed * timedelta(seconds=WARM_UP_SECONDS))
    return Trial(directory=directory, house=house, start=start, speed=speed)


def day_of(visitor: Visitor) -> tuple[datetime, datetime]:
    """The first whole local day of the run."""
    start = visitor.house.trial.start.astimezone(ZONE)
    return local_day(start.date() + timedelta(days=1), ZONE)


def promising_day(series: HouseSeries) -> date:
    """Of the week after the first four: the local day on which spot prices differ most."""
    first = (series.start + HISTORY).astimezone(ZONE).date() + timedelta(days=1)

    def spread(day: date) -> float:
        spots = [series.spot_per_kwh[series.index(start)] or 0.0 for start in day_slots(day, ZONE)]
        return max(spots) - min(spots)

    return max((first + timedelta(days=number) for number in range(6)), key=spread)


def whole_hour(moment: datetime) -> datetime:
    """The hour of `moment`."""
    return moment.replace(minute=0, second=0, microsecond=0)


async def check_a_day_in_peace(visitor: Visitor, say: Say) -> None:
    begin, end = day_of(visitor)
    clock = visitor.house.clock
    await visitor.until(lambda: bool(visitor.schedules), seconds=20, what="a first schedule")
    assert clock.now() < begin, "the services took longer to start than the warm-up lasts"
    await clock.sleep_until(end + SLOT)

    slots = slots_of(begin, end)
    truth = visitor.truth()
    rows = await visitor.closed(begin, end)
    worst = hourly_difference(recorded_energy(rows), truth, slots)
    say(f"worst hour of the recorder: {worst.kwh:.3f} kWh ({worst.channel}, {worst.hour})")
    published = [one for one in visitor.schedules if begin <= one.issued_at < end]
    follow = following_error(visitor.schedules, truth, slots)
    say(f"{len(published)} schedules; a slot's change of SoC is {follow:.2f} points off plan")
    money = costs(visitor, truth, slots)
    say(f"cost of the day {money.ours:.2f}, under the fallback alone {money.fallback:.2f}")
    say(f"two days of fallback after it {money.ours_after:.2f} and {money.fallback_after:.2f}")

    assert rows.row_count == len(slots)
    assert worst.kwh <= 0.05
    assert len(published) >= 24
    assert follow < 1.5
    assert money.saved > 0
    assert not tracebacks(visitor)


@dataclass(frozen=True, slots=True)
class Costs:
    """Of the day as it was and under the fallback alone, and of the two days after each."""

    ours: float
    ours_after: float
    fallback: float
    fallback_after: float

    @property
    def saved(self) -> float:
        """By the day, and what it left behind."""
        return self.fallback + self.fallback_after - self.ours - self.ours_after


def costs(visitor: Visitor, truth: dict[datetime, SlotRecord], slots: Sequence[datetime]) -> Costs:
    """What the day cost, beside the same day under the fallback alone."""
    config = trial_config(visitor.house.trial, gateway_port=0)
    house = House(
        series=read_series(visitor.house.trial.house),
        timezone=config.zone,
        parameters=parameters_from(config),
    )
    _, other = simulate_fallback(
        house,
        start=slots[0],
        end=slots[-1] + SLOT,
        state=state_after(truth[slots[0] - SLOT], house),
    )
    ours = [truth[start] for start in slots]
    return Costs(
        bill(ours, house, config),
        aftermath(ours[-1], house, config),
        bill(other, house, config),
        aftermath(other[-1], house, config),
    )


async def check_every_kill(visitor: Visitor, begin: datetime, say: Say) -> None:
    clock = visitor.house.clock
    for name in (*SERVICES, BROKER):
        seconds = await recovery(visitor, name)
        say(f"{name} killed: back after {seconds:.1f} s")
        assert seconds < RECOVERY_SECONDS
    end = whole_hour(clock.now()) + timedelta(hours=2)
    await clock.sleep_until(end + SLOT)
    rows = await visitor.closed(begin, end)
    worst = total_difference(recorded_energy(rows), visitor.truth(), slots_of(begin, end))
    say(f"energy lost or doubled over {end - begin}: {worst.kwh:.3f} kWh ({worst.channel})")
    assert worst.kwh <= 0.05


async def recovery(visitor: Visitor, name: str) -> float:
    """Kill `name`, and say how long it takes until it does its work again [s of wall time]."""
    watch = Stopwatch()
    visitor.kill(name)
    await AT_WORK[name](visitor)
    return watch.elapsed.total_seconds()


async def _forecasts(visitor: Visitor) -> None:
    await visitor.after("forecast/load", seconds=RECOVERY_SECONDS)


async def _plans(visitor: Visitor) -> None:
    """Offline and online again; then it answers a request with a plan."""
    await visitor.after("service/planner/status", seconds=RECOVERY_SECONDS)
    await visitor.until(
        lambda: bool(visitor.latest["service/planner/status"].online),
        seconds=RECOVERY_SECONDS,
        what="the planner online",
    )
    reply = await visitor.bus.request(PLAN_RUN, RunPlan(), timeout=timedelta(seconds=10))
    assert reply.result.accepted
    await visitor.after("plan/schedule", seconds=RECOVERY_SECONDS)


async def _watches(visitor: Visitor) -> None:
    await visitor.after("service/executor/status", seconds=RECOVERY_SECONDS)
    await visitor.after("house/state", seconds=RECOVERY_SECONDS)
    await visitor.after("control/state", seconds=RECOVERY_SECONDS)


async def _answers(visitor: Visitor) -> None:
    await visitor.after("service/recorder/status", seconds=RECOVERY_SECONDS)
    now = visitor.house.clock.now()
    await visitor.history("slots", now - timedelta(hours=1), now)


async def _serves(visitor: Visitor) -> None:
    await visitor.after("service/gateway/status", seconds=RECOVERY_SECONDS)
    watch = Stopwatch()
    url = f"http://127.0.0.1:{visitor.house.page_port}/api/dashboard/bundle"
    async with httpx.AsyncClient() as client:
        while watch.elapsed.total_seconds() < RECOVERY_SECONDS:
            try:
                answer = await client.get(url)
            except httpx.TransportError:
                continue
            if answer.status_code == httpx.codes.OK:
                return
    raise AssertionError("the page did not come back")


async def _carries(visitor: Visitor) -> None:
    """The bus works again from one end to the other."""
    await visitor.after("house/state", seconds=RECOVERY_SECONDS)
    await _answers_again(visitor)


async def _answers_again(visitor: Visitor) -> None:
    now = visitor.house.clock.now()
    await visitor.history("slots", now - timedelta(hours=1), now)


AT_WORK: dict[str, Callable[[Visitor], Awaitable[None]]] = {
    "recorder": _answers,
    "forecaster": _forecasts,
    "planner": _plans,
    "executor": _watches,
    "gateway": _serves,
    BROKER: _carries,
}


def tracebacks(visitor: Visitor) -> list[str]:
    """The processes that logged an exception."""
    return [name for name in visitor.house.fleet.children if "Traceback" in visitor.logs(name)]
