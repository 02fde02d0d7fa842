"""Which faults a campaign brings about, drawn from its seed: the same seed, the same faults."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from darkstar_common.launcher.fleet import SERVICES

EVERYONE = "all"
"""The target of what happens to every service at once."""


class Kind(StrEnum):
    """What can happen to a house."""

    KILL = "kill"
    STOP = "stop"
    BROKER_KILL = "broker_kill"
    BROKER_RESTART = "broker_restart"
    PARTITION = "partition"
    DISK_FULL = "disk_full"
    CLOCK_JUMP = "clock_jump"
    HA_RESTART = "ha_restart"
    SENSOR_STORM = "sensor_storm"
    SENSOR_LOST = "sensor_lost"
    BAD_CONFIG = "bad_config"


MEANING = {
    Kind.KILL: "kill -9 of a service",
    Kind.STOP: "a service stopped (SIGSTOP) and continued",
    Kind.BROKER_KILL: "kill -9 of the broker",
    Kind.BROKER_RESTART: "the broker ends in order and is started again",
    Kind.PARTITION: "a service cut off from the network",
    Kind.DISK_FULL: "the recorder's disk is full",
    Kind.CLOCK_JUMP: "a clock jumps two hours and back, of one service or of all",
    Kind.HA_RESTART: "Home Assistant restarts: all announcements gone, then its birth",
    Kind.SENSOR_STORM: "sensors flood the broker, half of it nonsense",
    Kind.SENSOR_LOST: "a sensor is unavailable, frozen or no number",
    Kind.BAD_CONFIG: "a configuration that cannot be read, and a reload",
}
WEIGHTS = {
    Kind.KILL: 6, Kind.STOP: 4, Kind.BROKER_KILL: 2, Kind.BROKER_RESTART: 2, Kind.PARTITION: 4,
    Kind.DISK_FULL: 2, Kind.CLOCK_JUMP: 2, Kind.HA_RESTART: 2, Kind.SENSOR_STORM: 3,
    Kind.SENSOR_LOST: 3, Kind.BAD_CONFIG: 2,
}  # fmt: skip
"""How often each, against the others: what happens in houses happens here more often."""
TARGETS: dict[Kind, Sequence[str]] = {
    Kind.KILL: SERVICES,
    Kind.STOP: SERVICES,
    Kind.PARTITION: SERVICES,
    Kind.CLOCK_JUMP: (*SERVICES, EVERYONE),
    Kind.DISK_FULL: ("recorder",),
    Kind.SENSOR_LOST: (
        "inverter_battery_soc", "inverter_load_power", "inverter_pv_power",
        "water_heater_temperature", "grid_meter_power",
    ),
}  # fmt: skip
"""Whom it can happen to; without an entry there is only one."""
LASTS: dict[Kind, tuple[float, float]] = {
    Kind.STOP: (1, 8),
    Kind.PARTITION: (2, 12),
    Kind.DISK_FULL: (2, 8),
    Kind.CLOCK_JUMP: (1, 6),
    Kind.SENSOR_STORM: (1, 4),
    Kind.SENSOR_LOST: (1, 8),
    Kind.BAD_CONFIG: (1, 4),
}
"""From and to [s of the wall]; what has no entry is over as soon as it has happened."""
WISHES = ("force_charge", "force_export", "hold", "self_consume", "stop")
SHADOWED = 0.15
"""Share of the faults that come while the house is only watched."""
WISHED = 0.7
"""Share that come soon after a person's wish, so that there is something to do wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that happens.

    Attributes:
        number: which of the campaign, from 1.
        kind: what.
        target: to whom: a service, a sensor, all; empty where there is only one.
        seconds: how long it lasts [s of the wall].
        after: since the house was well again [s of the wall].
        wish: what a person asks for just before; empty: nothing.
        shadow: whether the house is only watched meanwhile.
        ahead: of a clock: by how many hours it is wrong [h].
        word: of a sensor: what is wrong with it.
    """

    number: int
    kind: Kind
    target: str = ""
    seconds: float = 0.0
    after: float = 0.0
    wish: str = ""
    shadow: bool = False
    ahead: int = 0
    word: str = ""

    def __str__(self) -> str:
        lasts = f" for {self.seconds:.1f} s" if self.seconds else ""
        more = f" {self.ahead:+d} h" if self.ahead else f" {self.word}" if self.word else ""
        circumstances = f" after {self.wish}" if self.wish else ""
        circumstances += " in shadow" if self.shadow else ""
        what = " ".join(filter(None, (self.kind, self.target)))
        return f"{self.number}: {what}{more}{lasts}{circumstances}"


def drawn(seed: int, number: int, kinds: Collection[Kind] = tuple(Kind)) -> Fault:
    """The fault `number` of the campaign `seed`; the ones before it have no part in it.

    Args:
        seed: Of the campaign.
        number: Which one, from 1.
        kinds: Those that can be had on this machine.
    """
    random = Random(f"{seed}/{number}")  # noqa: S311 (no secret)
    possible = [one for one in Kind if one in kinds]
    kind = random.choices(possible, [WEIGHTS[one] for one in possible])[0]
    shortest, longest = LASTS.get(kind, (0.0, 0.0))
    return Fault(
        number=number,
        kind=kind,
        target=random.choice(TARGETS.get(kind, ("",))),
        seconds=round(random.uniform(shortest, longest), 1),
        after=round(random.uniform(0, 3), 1),
        wish=random.choice(WISHES) if random.random() < WISHED else "",
        shadow=random.random() < SHADOWED,
        ahead=random.choice((-2, 2)) if kind is Kind.CLOCK_JUMP else 0,
        word=random.choice(("unavailable", "frozen", "nan")) if kind is Kind.SENSOR_LOST else "",
    )


def campaign(
    seed: int, count: int, kinds: Collection[Kind] = tuple(Kind), *, only: Collection[int] = ()
) -> tuple[Fault, ...]:
    """All faults of a campaign in their order, or `only` those with these numbers."""
    numbers = only or range(1, count + 1)
    return tuple(drawn(seed, one, kinds) for one in sorted(set(numbers)))
