"""The time machine keeps the books, and nobody in it sees what is to come."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.lab.houses import DAY, FIRST, config, house, stretch

from darkstar_common.config import Config
from darkstar_common.slots import SLOT_HOURS
from darkstar_executor.core import commands
from darkstar_lab.compare import PERFECT, POLICIES, Result, compare
from darkstar_lab.errors import PolicyError
from darkstar_lab.foresight import GAP, HEATED_GAP
from darkstar_lab.kepler import Kepler
from darkstar_lab.ledger import Ledger
from darkstar_lab.policy import Decision, Now, SelfConsumption
from darkstar_lab.replay import replay
from darkstar_lab.sight import Known, Observer, Sight, truth_range
from darkstar_lab.truth import Truth

ALL = tuple(POLICIES)
NOON_OF_FIRST = 8 * DAY + 48
"""FIRST is the ninth day of the made-up house."""


@dataclass(slots=True)
class Notebook:
    """Never heats, and writes down what it was told."""

    config: Config
    looks: bool = True
    told: list[Known] = field(default_factory=list)

    def decide(self, now: Now) -> Decision:
        if self.looks:
            self.told.append(now.look(Sight()))
        return Decision(command=commands.self_consume(self.config))


@cache
def everything(*, heater: bool) -> tuple[Result, ...]:
    """All policies from noon on, for some hours: to the evening without a heater."""
    house_config = config(heater=heater, hours=8 if heater else 16)
    slots = range(NOON_OF_FIRST, NOON_OF_FIRST + (10 if heater else 28))
    return compare(replace(stretch(house(), house_config), slots=slots), ALL)


@pytest.mark.parametrize("heater", [False, True])
@pytest.mark.parametrize("name", [*ALL, PERFECT])
def test_energy_and_money_are_conserved(name: str, heater: bool) -> None:
    found = next(one for one in everything(heater=heater) if one.name == name).ledger
    battery = config().battery
    assert battery is not None
    stored = 4.0
    bill = 0.0
    for one in found.entries:
        flows = one.flows
        came = flows.import_kw + flows.pv_kw - flows.curtailed_kw + flows.discharge_kw
        went = flows.load_kw + flows.heater_kw + flows.export_kw + flows.charge_kw
        assert came == pytest.approx(went, abs=1e-5)
        if name != "no_battery":
            gained = flows.charge_kw * battery.charge_efficiency
            gained -= flows.discharge_kw / battery.discharge_efficiency + battery.standby_kw
            stored += gained * SLOT_HOURS
            assert flows.stored_kwh == pytest.approx(stored, abs=1e-4)
        assert min(flows.import_kw, flows.export_kw) == pytest.approx(0, abs=1e-6)
        bill += 0.25 * (flows.import_kw * one.import_price - flows.export_kw * one.export_price)
    assert found.bill == pytest.approx(bill)
    assert found.total == pytest.approx(bill + found.wear - found.left_worth)


@pytest.mark.parametrize("heater", [False, True])
def test_perfect_foresight_is_never_dearer_than_any_policy(heater: bool) -> None:
    results = everything(heater=heater)
    best = next(one.ledger for one in results if one.name == PERFECT)
    for one in results:
        assert best.total <= one.ledger.total + (HEATED_GAP if heater else GAP), one.name


def test_no_battery_saves_nothing_perfect_foresight_all_and_kepler_most() -> None:
    share = {one.name: one.share for one in everything(heater=False)}
    assert share["no_battery"] == 0
    assert share[PERFECT] == 1
    assert 0.9 < share["kepler"] <= share[PERFECT] + 1e-6
    assert 0.95 < share["kepler_true"] <= share[PERFECT] + 1e-6


def test_an_unplanned_heater_runs_first_thing_in_its_day_until_that_has_enough() -> None:
    house_config = config(heater=True)
    run = stretch(house(), house_config, days=2)
    rule = SelfConsumption(config=house_config)
    ledger = replay(run, rule, Observer(house(), house_config))
    powers = [one.flows.heater_kw for one in ledger.entries]
    # 6 kWh at 3 kW: two hours for the day that ends at 06:00, then two from 06:00 on
    assert powers[:8] + powers[24:32] == [3.0] * 16
    assert sum(powers) * SLOT_HOURS == pytest.approx(3 * 6.0)
    assert ledger.unheated_kwh == 0


def test_heat_that_is_missing_is_counted() -> None:
    house_config = config(heater=True)
    run = stretch(house(), house_config, days=2)
    never = Notebook(config=house_config, looks=False)
    ledger = replay(run, never, Observer(house(), house_config))
    # two of its days end within the two local ones
    assert ledger.unheated_kwh == pytest.approx(2 * 6.0)


def test_no_battery_pays_the_bill_worked_out_by_hand() -> None:
    truth = house()
    ledger = replay(
        stretch(truth, config()),
        POLICIES["no_battery"](config()),
        Observer(truth, config()),
    )
    bill = 0.0
    for t in range(8 * DAY, 9 * DAY):
        net = truth.load_kw[t] - truth.pv_kw[t]
        spot = truth.spot_per_kwh[t]
        bill += 0.25 * net * ((spot + 0.2456 + 0.439) * 1.25 if net > 0 else spot)
    assert ledger.total == pytest.approx(bill)
    assert ledger.stored_kwh == 0


def known_until(truth: Truth, number: int, future: float) -> Truth:
    """`truth` with another load and sun from slot `number` on, and other prices from the end of
    the last day that is published by then."""
    published = (number // DAY + (2 if number % DAY >= 52 else 1)) * DAY

    def changed(values: tuple[float, ...], first: int) -> tuple[float, ...]:
        return values[:first] + tuple(future + 0.5 * one for one in values[first:])

    return replace(
        truth,
        load_kw=changed(truth.load_kw, number),
        pv_kw=changed(truth.pv_kw, number),
        spot_per_kwh=changed(truth.spot_per_kwh, published),
    )


@settings(max_examples=8, deadline=None)
@given(
    now=st.integers(min_value=8 * DAY, max_value=10 * DAY - 1),
    future=st.floats(min_value=0.0, max_value=3.0),
    prices=st.sampled_from(["published", "forecast"]),
)
def test_no_policy_is_told_of_the_future(now: int, future: float, prices: str) -> None:
    sight = Sight(prices="published" if prices == "published" else "forecast")
    one, other = house(), known_until(house(), now, future)
    for truth in (one, other):
        assert truth.at(now) == one.at(now)
    told = [Observer(truth, config()).known(truth.at(now), sight) for truth in (one, other)]
    assert told[0] == told[1]


def test_what_comes_later_changes_no_earlier_decision() -> None:
    noon = NOON_OF_FIRST
    one, other = house(), known_until(house(), noon, 1.5)
    ledgers: list[Ledger] = []
    for truth in (one, other):
        run = replace(stretch(truth, config()), slots=range(noon - 6, noon + 1))
        ledgers.append(replay(run, Kepler(config=config()), Observer(truth, config())))
    before, after = ([entry.flows for entry in ledger.entries[:-1]] for ledger in ledgers)
    assert before == after
    assert ledgers[0].entries[-1].flows != ledgers[1].entries[-1].flows


def test_tomorrow_is_published_at_13_local() -> None:
    truth = house()
    observer = Observer(truth, config(hours=48))
    sight = Sight(prices="published")
    before, after = (
        observer.known(truth.at(NOON_OF_FIRST + slots), sight).prices for slots in (3, 4)
    )
    assert len(before) == DAY - 51
    assert len(after) == 2 * DAY - 52


def test_what_is_not_published_is_forecast_and_marked() -> None:
    truth = house()
    found = Observer(truth, config(hours=48)).known(truth.at(NOON_OF_FIRST), Sight())
    kinds = [one.kind for one in found.prices]
    assert kinds == ["published"] * 48 + ["forecast"] * 144
    assert [one.start for one in found.load] == [one.start for one in found.prices]


def test_true_sight_sees_what_comes() -> None:
    truth = house()
    sight = Sight(prices="true", powers="true")
    found = Observer(truth, config(hours=24)).known(truth.at(NOON_OF_FIRST), sight)
    ahead = truth_range(truth, truth.at(NOON_OF_FIRST), 96)
    assert [one.p90_kw for one in found.load] == [truth.load_kw[t] for t in ahead]
    assert [one.p10_kw for one in found.pv] == [truth.pv_kw[t] for t in ahead]
    assert [one.spot_per_kwh for one in found.prices] == pytest.approx(
        [truth.spot_per_kwh[t] for t in ahead], abs=1e-6
    )


def test_a_policy_is_told_of_every_slot_in_turn() -> None:
    truth, notebook = house(), Notebook(config=config())
    run = stretch(truth, config())
    replay(run, notebook, Observer(truth, config()))
    assert [one.now for one in notebook.told] == [truth.at(t) for t in run.slots]
    assert run.start.astimezone(config().zone).date() == FIRST


def test_a_plain_battery_does_what_self_consumption_says() -> None:
    truth = house()
    ledger = replay(
        stretch(truth, config()), SelfConsumption(config=config()), Observer(truth, config())
    )
    for one in ledger.entries:
        flows = one.flows
        assert flows.charge_kw <= max(0.0, flows.pv_kw - flows.load_kw) + 0.02
        assert flows.discharge_kw <= max(0.0, flows.load_kw - flows.pv_kw) + 1e-9


def test_an_unknown_policy_is_answered_with_those_there_are() -> None:
    with pytest.raises(PolicyError, match=r"no policy 'magic'; there are: no_battery, .*perfect"):
        compare(stretch(house(), config()), ("magic",))


def test_on_a_flat_sunny_day_kepler_is_hardly_dearer_than_self_consumption() -> None:
    # nothing can be earned by trading, so whatever is planned against the sun is a mistake
    made, plain = house(), config(hours=24)
    truth = replace(made, spot_per_kwh=(0.5,) * made.count)
    run = replace(stretch(truth, plain), slots=range(NOON_OF_FIRST - 16, NOON_OF_FIRST + 24))
    observer = Observer(truth, plain)
    rule = replay(run, SelfConsumption(config=plain), observer)
    planned = replay(run, Kepler(config=plain, every=4), observer)
    assert planned.total <= rule.total + 0.15
