"""Days to be lived through: what is planned for a battery of 20 kWh, and what load and sun do.

A day begins in the evening, so that a charge crosses midnight. Load and sun vary from slot to
slot, as the plan knows; a surprise is what it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from unit.executor.samples import schedule

from darkstar_common.config import Battery, Config, Executor, Grid, Inverter
from darkstar_common.contract import Override, Schedule
from darkstar_common.slots import SLOT, SLOT_HOURS
from darkstar_executor.core.expectation import Limit
from darkstar_executor.core.wishes import NO_WISHES, Wishes
from darkstar_simulator.core.series import HouseSeries

Kind = Literal[
    "grid", "pv", "discharge", "export", "hold", "curtail", "idle", "self", "stop"
]  # "stop" is the override; the plan knows that the battery rests
Surprise = Callable[[int], tuple[float, float]]

EVENING = datetime(2026, 5, 4, 20, tzinfo=UTC)
"""22:00 in Stockholm."""
CAPACITY_KWH, FLOOR_PERCENT, ENTRY_PERCENT, EFFICIENCY, MOST_KW = 20.0, 10.0, 50.0, 0.95, 8.0
_LOADS = (0.8, 1.2, 0.9, 1.1)
_SUNS = (0.9, 1.1, 1.05, 0.95)

CONFIG = Config(
    battery=Battery(
        capacity_kwh=CAPACITY_KWH,
        min_soc_percent=FLOOR_PERCENT,
        max_charge_kw=MOST_KW,
        max_discharge_kw=MOST_KW,
    ),
    inverter=Inverter(max_ac_kw=12),
    grid=Grid(max_import_kw=20, max_export_kw=16),
    water_heater=None,
    executor=Executor(shadow=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some hours with one intent.

    Attributes:
        load_kw, pv_kw: Means; they vary from slot to slot.
        power_kw: Into the battery or out of it, where the intent leaves it open; 0: all there is.
        limited: The power that a profile must be able to limit if that is to be kept.
    """

    kind: Kind
    hours: float
    load_kw: float
    pv_kw: float = 0.0
    power_kw: float = 0.0
    limited: Limit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A plan, and a house that lives another day than planned, a little.

    Attributes:
        kinds: What each slot is about.
        stops: When the battery is told to rest by a person, and until when.
    """

    plan: Schedule
    series: HouseSeries
    kinds: tuple[Kind, ...]
    stops: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def start(self) -> datetime:
        """When it begins."""
        return self.series.start

    @property
    def end(self) -> datetime:
        """When it ends."""
        return self.start + len(self.kinds) * SLOT

    def kind(self, moment: datetime) -> Kind:
        """What is planned at `moment`; of the last slot, after the end."""
        return self.kinds[min((moment - self.start) // SLOT, len(self.kinds) - 1)]

    def block_ends(self) -> Iterator[tuple[datetime, Kind, float]]:
        """When each block ends, what it was about, and where the battery should be then [%]."""
        for number, kind in enumerate(self.kinds):
            if number + 1 == len(self.kinds) or self.kinds[number + 1] != kind:
                planned = self.plan.slots[number].soc_percent
                assert planned is not None
                yield self.start + (number + 1) * SLOT, kind, planned

    def wishes(self, moment: datetime) -> Wishes:
        """What people want at `moment`."""
        for begin, end in self.stops:
            if begin <= moment < end:
                override = Override(action="stop", until=end)
                return NO_WISHES.model_copy(update={"override": override})
        return NO_WISHES

    def with_surprise(self, surprise: Surprise) -> Day:
        """The same plan; in each slot load is higher [kW], and sun so many times as bright."""
        series, off = self.series, [surprise(number) for number in range(len(self.kinds))]
        loads = zip(series.load_kwh, off, strict=True)
        suns = zip(series.pv_kwh, off, strict=True)
        series = replace(
            series,
            load_kwh=tuple(max(kwh + by * SLOT_HOURS, 0.0) for kwh, (by, _) in loads),
            pv_kwh=tuple(kwh * factor for kwh, (_, factor) in suns),
        )
        return replace(self, series=series)


THE_DAY: tuple[Block, ...] = (
    Block(kind="hold", hours=1, load_kw=1.0),
    Block(kind="grid", hours=2, load_kw=0.6, power_kw=4.0),
    Block(kind="hold", hours=3, load_kw=0.6),
    Block(kind="discharge", hours=2, load_kw=1.2),
    Block(kind="export", hours=2, load_kw=1.0, pv_kw=0.4, power_kw=4.0),
    Block(kind="stop", hours=1, load_kw=1.0, pv_kw=2.5),
    Block(kind="pv", hours=1, load_kw=1.0, pv_kw=5.0),
    Block(kind="pv", hours=1, load_kw=1.0, pv_kw=5.0, power_kw=2.0, limited="charge"),
    Block(kind="idle", hours=1, load_kw=1.0, pv_kw=6.0),
    Block(kind="curtail", hours=0.5, load_kw=1.0, pv_kw=11.0),
    Block(kind="curtail", hours=0.5, load_kw=1.0, pv_kw=6.0, power_kw=1.0, limited="charge"),
    Block(kind="self", hours=1, load_kw=2.0),
    Block(kind="grid", hours=1, load_kw=1.0, pv_kw=1.5, power_kw=2.5),
    Block(kind="export", hours=1, load_kw=1.0, pv_kw=2.0, power_kw=4.0),
    Block(kind="discharge", hours=3, load_kw=3.0, power_kw=2.0, limited="discharge"),
    Block(kind="hold", hours=1, load_kw=1.5),
    Block(kind="discharge", hours=2, load_kw=3.0),
)
"""Twenty-four hours with everything a plan or a person may ask for."""


def wavering(number: int) -> tuple[float, float]:
    """Load and sun that come true over an hour, and in no slot of it."""
    return (0.3, -0.3)[number % 2], (0.85, 1.0, 1.15, 1.0)[number % 4]


def sunny(_: int) -> tuple[float, float]:
    """Much more sun than was forecast."""
    return 0.0, 1.6


def dull(_: int) -> tuple[float, float]:
    """Hardly any sun, and guests."""
    return 0.8, 0.3


def a_day(blocks: Sequence[Block] = THE_DAY, *, vary: bool = True) -> Day:
    """The day of those blocks, which goes as planned."""
    stored, rows, kinds = ENTRY_PERCENT / 100 * CAPACITY_KWH, list[dict[str, Any]](), list[Kind]()
    for block in blocks:
        for number in range(round(block.hours / SLOT_HOURS)):
            row = _row(block, number if vary else None, stored)
            gained = EFFICIENCY * row["charge_kw"] - row["discharge_kw"] / EFFICIENCY
            stored += gained * SLOT_HOURS
            rows.append(row | {"soc_percent": stored / CAPACITY_KWH * 100})
            kinds.append(block.kind)
    return Day(
        plan=schedule(*rows, start=EVENING, soc_percent_at_start=ENTRY_PERCENT),
        series=HouseSeries(
            start=EVENING,
            load_kwh=tuple(row["load_kw"] * SLOT_HOURS for row in rows),
            pv_kwh=tuple(row["pv_kw"] * SLOT_HOURS for row in rows),
            spot_per_kwh=(1.0,) * len(rows),
        ),
        kinds=tuple(kinds),
        stops=tuple(_stops(blocks)),
    )


def _stops(blocks: Sequence[Block]) -> Iterator[tuple[datetime, datetime]]:
    begin = EVENING
    for block in blocks:
        end = begin + timedelta(hours=block.hours)
        if block.kind == "stop":
            yield begin, end
        begin = end


def _row(block: Block, number: int | None, stored: float) -> dict[str, Any]:
    """What is planned for slot `number` of the block, `stored` being in the battery [kWh]."""
    load_kw = block.load_kw * (1.0 if number is None else _LOADS[number % 4])
    pv_kw = block.pv_kw * (1.0 if number is None else _SUNS[number % 4])
    if block.kind == "self":
        pv_kw = load_kw
    net = load_kw - pv_kw
    room = (CAPACITY_KWH - stored) / SLOT_HOURS / EFFICIENCY
    left = (stored - FLOOR_PERCENT / 100 * CAPACITY_KWH) / SLOT_HOURS * EFFICIENCY
    charge = discharge = curtailed = 0.0
    most = block.power_kw or MOST_KW
    match block.kind:
        case "grid":
            charge = min(block.power_kw, room)
        case "pv":
            charge = min(max(-net, 0.0), room, most)
        case "discharge":
            discharge = min(max(net, 0.0), left, most)
        case "export":
            discharge = min(block.power_kw, left)
        case "curtail":
            charge = min(max(-net, 0.0), room, most)
            curtailed = max(-net - charge, 0.0)
    grid = net + charge - discharge + curtailed
    return {
        "charge_kw": charge, "discharge_kw": discharge, "curtailed_kw": curtailed,
        "import_kw": max(grid, 0.0), "export_kw": max(-grid, 0.0),
        "load_kw": load_kw, "pv_kw": pv_kw,
    }  # fmt: skip
