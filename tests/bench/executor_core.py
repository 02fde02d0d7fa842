"""The executor's core without a bus: how long a tick takes, and what a day of it wears."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from unit.executor.days import wavering
from unit.executor.played import day_of, lived
from unit.executor.samples import DEYE, HOLD, NOON, ears, house, schedule

from darkstar_common.contract import Override, OverrideAction
from darkstar_common.runtime import Stopwatch
from darkstar_executor.core.case import Manners
from darkstar_executor.core.decide import decide
from darkstar_executor.core.expression import settings
from darkstar_executor.core.measured import measured
from darkstar_executor.core.memory import NO_MEMORY
from darkstar_executor.core.situation import Situation
from darkstar_executor.core.wishes import Wishes
from darkstar_executor.core.writes import NOTHING_DONE, plan_writes
from darkstar_executor.profiles import PROFILES

SAID = {
    "battery_soc": 50, "battery_power": 300, "pv_power": 900, "load_power": 0.6, "grid_power": 100,
    "grid_voltage": 231, "water_temperature": 55, "work_mode": "Zero Export To CT",
    "grid_charging": "OFF", "max_charge_current": 100, "max_discharge_current": 100,
    "export_limit": 11000, "soc_target": 12, "water_setpoint": 50,
}  # fmt: skip
ASKED: tuple[OverrideAction, ...] = ("force_charge", "hold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """What a day of one profile writes: to the entity written most, and to all."""

    profile: str
    entity: str
    most: int
    total: int


def tick_seconds(count: int) -> list[float]:
    """Times of that many ticks, each with another override than the one before [s]."""
    config, heard = house(max_writes_per_day=10 * count), ears(SAID)
    plan, until = schedule(*[HOLD] * 192), NOON + timedelta(hours=1)
    memory, outcome, times = NO_MEMORY, NOTHING_DONE, []
    manners = Manners(
        threshold_percent=2.0, min_interval=timedelta(0), max_per_day=10 * count, day=NOON.date(),
        urgent=True,
    )  # fmt: skip
    for number in range(count):
        wishes = Wishes(override=Override(action=ASKED[number % 2], until=until))
        watch = Stopwatch()
        case = Situation(
            now=NOON, config=config, profile=DEYE, wishes=wishes, schedule=plan,
            measured=measured(heard, config, NOON), obedient=frozenset(DEYE.settings),
            memory=memory,
        )  # fmt: skip
        decision = decide(case)
        wanted = settings(decision.command, DEYE, config, heard.bindings, NOON)
        outcome = plan_writes(wanted, heard, outcome, manners, NOON)
        times.append(watch.elapsed.total_seconds())
        memory = decision.memory
        assert decision.rule == f"override_{ASKED[number % 2]}", decision.rule
    return times


def wear(profiles: Sequence[str] | None = None) -> Iterator[Wear]:
    """What the day of each profile writes; None: of all that are shipped."""
    for name in profiles or PROFILES:
        life = lived(name, day_of(name).with_surprise(wavering))
        entity, most = max(life.writes.items(), key=lambda one: one[1])
        yield Wear(profile=name, entity=entity, most=most, total=sum(life.writes.values()))
