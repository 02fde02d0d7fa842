"""Which days can be replayed, and what is left at their end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from unit.lab.houses import DAY, FIRST, START, config, house, stretch

from darkstar_common.config import Battery, Tariff, Window
from darkstar_common.slots import SLOT
from darkstar_lab.compare import stretch_of
from darkstar_lab.errors import PeriodError
from darkstar_lab.leftover import leftover
from darkstar_lab.sight import Observer, Sight
from darkstar_lab.truth import truth_of
from darkstar_simulator.core.series import HouseSeries


def series(prices: tuple[float | None, ...]) -> HouseSeries:
    count = len(prices)
    return HouseSeries(
        start=START, load_kwh=(0.25,) * count, pv_kwh=(0.5,) * count, spot_per_kwh=prices
    )


def test_energies_of_quarters_become_powers() -> None:
    truth = truth_of(series((0.1, 0.2)))
    assert (truth.load_kw, truth.pv_kw, truth.spot_per_kwh) == ((1.0,) * 2, (2.0,) * 2, (0.1, 0.2))
    assert truth.number(START + SLOT) == 1


def test_what_a_bought_kwh_costs_goes_by_the_local_hour_and_a_sold_one_does_not() -> None:
    dear = Window(per_kwh=1.0, hours=(17, 18))
    tariff = Tariff(vat_percent=0.0, energy_tax_per_kwh=0.0, grid_fee_windows=(dear,))
    paid = config().model_copy(update={"tariff": tariff})
    truth = house(days=1)
    bought = truth.import_price(range(DAY), paid)
    fees = [round(one - spot, 6) for one, spot in zip(bought, truth.spot_per_kwh, strict=True)]
    local = [truth.at(t).astimezone(paid.zone).hour for t in range(DAY)]
    assert fees == [1.0 if hour in {17, 18} else tariff.grid_fee_per_kwh for hour in local]
    assert truth.export_price(range(DAY), paid) == truth.spot_per_kwh


def test_a_slot_without_a_price_is_named() -> None:
    with pytest.raises(PeriodError, match=r"no price for 2026-03-01T23:15.*spot_per_kwh"):
        truth_of(series((0.1, None)))


@pytest.mark.parametrize(
    ("first", "days", "sentence"),
    [
        (FIRST, 0, "at least 1 day, not 0"),
        (date(2026, 3, 8), 1, "2026-03-08 is too early.* first day possible is 2026-03-10"),
        (FIRST, 9, "ends at 2026-03-14 00:00 local time, before 9 days from 2026-03-10"),
        (FIRST, 4, "nothing of the house file is left .* replay fewer days"),
    ],
)
def test_days_that_are_not_there_are_refused_with_a_way_out(
    first: date, days: int, sentence: str
) -> None:
    with pytest.raises(PeriodError, match=sentence):
        stretch_of(house(), config(), first, days)


def test_the_days_are_local_ones() -> None:
    run = stretch(house(), config(), days=2)
    assert run.slots == range(8 * DAY, 10 * DAY)
    assert run.stored_kwh == 4.0


def test_what_is_left_is_worth_ever_less_and_never_less_than_nothing() -> None:
    curve = leftover(house(), config(), 9 * DAY)
    values = [value for _, value in curve]
    assert values == sorted(values, reverse=True)
    assert values[-1] >= 0
    assert all(after[0] > before[0] for before, after in pairwise(curve))
    assert curve[-1][0] == 8.0


def test_what_is_left_is_worth_the_import_it_saves() -> None:
    # two days of a steady 0.2 kW at one price and no sun: more than the battery holds
    truth = house()
    flat = replace(
        truth,
        load_kw=(0.2,) * truth.count,
        pv_kw=(0.0,) * truth.count,
        spot_per_kwh=(0.3154,) * truth.count,
    )
    battery = Battery(capacity_kwh=4.0, min_soc_percent=0.0, standby_kw=0.0, wear_cost_per_kwh=0.1)
    curve = leftover(flat, config(battery=battery), 9 * DAY)
    # import costs (0.3154 + 0.2456 + 0.439) × 1.25
    assert [value for _, value in curve] == pytest.approx([0.95 * (1.25 - 0.1)] * len(curve))
    run = stretch(flat, config(battery=battery))
    assert run.worth(2.0) == pytest.approx(2 * 0.95 * 1.15)


def test_without_a_battery_nothing_is_left() -> None:
    assert leftover(house(), config().model_copy(update={"battery": None}), 9 * DAY) == ()


def test_too_short_a_past_says_so() -> None:
    truth = house()
    with pytest.raises(PeriodError, match=r"history covers \d+ of 96"):
        Observer(truth, config()).known(truth.start + timedelta(hours=2), Sight())
