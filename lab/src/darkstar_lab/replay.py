"""The time machine: a stretch of days run again, slot by slot, by another policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile

from darkstar_common.config import Config
from darkstar_common.contract import Service, SlotObservation
from darkstar_common.slots import SLOT_HOURS
from darkstar_lab.inverter import Flows, run_slot
from darkstar_lab.ledger import Entry, Ledger
from darkstar_lab.policy import Now, Policy
from darkstar_lab.sight import Observer
from darkstar_lab.truth import Truth
from darkstar_planner.core.water import heating_day_start

Steps = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The days to replay, and what all policies have in common there.

    Attributes:
        slots: Numbers of the slots of `truth`.
        stored_kwh: In the battery at the start.
        leftover: What energy left at the end is worth, as a curve of steps; the same for all.
    """

    truth: Truth
    config: Config
    slots: range
    stored_kwh: float
    leftover: Steps = ()

    @property
    def start(self) -> datetime:
        """The first moment."""
        return self.truth.at(self.slots.start)

    def worth(self, stored_kwh: float) -> float:
        """What `stored_kwh` left at the end is worth [currency]."""
        worth, filled = 0.0, 0.0
        for upto, value in self.leftover:
            worth += value * max(0.0, min(stored_kwh, upto) - filled)
            filled = upto
        return worth


def replay(stretch: Stretch, policy: Policy, observer: Observer) -> Ledger:
    """Runs the house through `stretch` by `policy`.

    At each slot's start the policy decides with what it may know then; the house executes
    its command against the true load and sun, pays the true price, and goes on from there.
    """
    truth, config = stretch.truth, policy.config
    stored = stretch.stored_kwh if config.battery is not None else 0.0
    entries: list[Entry] = []
    for number in stretch.slots:
        moment = truth.at(number)
        now = Now(
            at=moment,
            look=partial(observer.known, moment),
            stored_kwh=stored,
            heated_today_kwh=_heated_today(config, entries, moment),
            before=_observed(entries),
        )
        decision = policy.decide(now)
        flows = run_slot(
            decision.command,
            config,
            load_kw=truth.load_kw[number],
            pv_kw=truth.pv_kw[number],
            heater_kw=decision.heater_kw,
            stored_kwh=stored,
        )
        stored = flows.stored_kwh
        entries.append(entry(stretch, number, flows))
    return closed(stretch, entries, config)


def _heated_today(config: Config, entries: Sequence[Entry], moment: datetime) -> float:
    """What was heated since the heater's present day began [kWh]."""
    if config.water_heater is None:
        return 0.0
    day = _heating_day(config, moment)
    recent = _since(entries, day)
    return sum(one.flows.heater_kw for one in recent) * SLOT_HOURS


def _since(entries: Sequence[Entry], moment: datetime) -> Iterator[Entry]:
    """The entries from `moment` on, newest first."""
    return takewhile(lambda one: one.start >= moment, reversed(entries))


def _heating_day(config: Config, moment: datetime) -> datetime:
    heater = config.water_heater
    defer = timedelta(hours=heater.defer_hours if heater else 0.0)
    return heating_day_start(moment, config.zone, defer)


def _observed(entries: Sequence[Entry]) -> SlotObservation | None:
    """The last slot as the recorder would close it."""
    if not entries:
        return None
    last = entries[-1]
    flows = last.flows
    return SlotObservation(
        sender=Service.RECORDER,
        emitted_at=last.start,
        start=last.start,
        load_kwh=(flows.load_kw + flows.heater_kw) * SLOT_HOURS,
        pv_kwh=(flows.pv_kw - flows.curtailed_kw) * SLOT_HOURS,
        import_kwh=flows.import_kw * SLOT_HOURS,
        export_kwh=flows.export_kw * SLOT_HOURS,
        charge_kwh=flows.charge_kw * SLOT_HOURS,
        discharge_kwh=flows.discharge_kw * SLOT_HOURS,
        water_kwh=flows.heater_kw * SLOT_HOURS,
    )


def entry(stretch: Stretch, number: int, flows: Flows) -> Entry:
    """A slot in the books, at its true prices."""
    truth, config, one = stretch.truth, stretch.config, range(number, number + 1)
    return Entry(
        start=truth.at(number),
        flows=flows,
        import_price=truth.import_price(one, config)[0],
        export_price=truth.export_price(one, config)[0],
    )


def closed(stretch: Stretch, entries: Sequence[Entry], config: Config) -> Ledger:
    """The books, with what is left valued and what was not heated counted."""
    battery = config.battery
    ledger = Ledger(
        entries=tuple(entries), wear_cost_per_kwh=battery.wear_cost_per_kwh if battery else 0.0
    )
    return replace(
        ledger,
        left_worth=stretch.worth(ledger.stored_kwh),
        unheated_kwh=_unheated(config, entries),
    )


def _unheated(config: Config, entries: Sequence[Entry]) -> float:
    """What the heater's days lacked [kWh]; a day that is cut off by the end does not count."""
    if config.water_heater is None:
        return 0.0
    days: dict[datetime, float] = {}
    for one in entries:
        day = _heating_day(config, one.start)
        days[day] = days.get(day, 0.0) + one.flows.heater_kw * SLOT_HOURS
    whole = list(days.values())[:-1]
    return sum(max(0.0, config.water_heater.daily_min_kwh - heated) for heated in whole)
