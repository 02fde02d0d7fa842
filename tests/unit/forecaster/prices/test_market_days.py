"""Local days put together from the market's, and how often a service is asked for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar_common.slots import day_slots
from darkstar_forecaster.core.market_days import (
    MARKET,
    MarketAnswer,
    assembled,
    checked,
    market_days,
)
from darkstar_forecaster.core.prices import (
    DayPrices,
    NotYet,
    PricesRefusedError,
    Unavailable,
)
from darkstar_forecaster.sources.prices.market import A_DAY, FOR_THE_PAST, Market

DAY = timedelta(days=1)
PLAIN = date(2026, 5, 5)
NOON = datetime(2026, 5, 5, 10, tzinfo=UTC)
ZONES = [ZoneInfo(f"Europe/{one}") for one in ("Stockholm", "Helsinki", "Lisbon", "Kyiv")]
HELSINKI, LISBON = ZONES[1], ZONES[2]


def spots(day: date) -> dict[datetime, float]:
    return {start: start.timestamp() / 1e6 for start in day_slots(day, MARKET)}


@settings(max_examples=50, deadline=None)
@given(
    st.dates(date(2025, 10, 1), date(2027, 12, 1)),
    st.sampled_from([date(2026, 3, 29), date(2026, 10, 25), None]),
    st.sampled_from(ZONES),
)
def test_any_local_day_is_whole_once_all_its_market_days_are(
    any_day: date, change: date | None, zone: ZoneInfo
) -> None:
    day = change or any_day
    found = assembled(day, zone, [spots(one) for one in market_days(day, zone)])
    assert isinstance(found, DayPrices)
    assert found.by_slot(zone) == {one: one.timestamp() / 1e6 for one in day_slots(day, zone)}
    assert found.whole(zone)


@pytest.mark.parametrize(
    ("zone", "days"), list(zip(ZONES, [(0,), (-1, 0), (0, 1), (-1, 0)], strict=True))
)
def test_which_days_of_the_market_a_day_takes(zone: ZoneInfo, days: tuple[int, ...]) -> None:
    assert market_days(PLAIN, zone) == tuple(PLAIN + number * DAY for number in days)


def test_a_portuguese_day_is_known_but_for_the_hour_that_is_still_to_be_auctioned() -> None:
    found = assembled(PLAIN, LISBON, [spots(PLAIN), NotYet(day=PLAIN + DAY)])
    assert isinstance(found, DayPrices)
    assert len(found.spot_per_kwh) == 92
    assert not found.whole(LISBON)
    assert list(found.by_slot(LISBON)) == list(day_slots(PLAIN, LISBON)[:92])


def test_a_finnish_day_of_which_one_hour_is_known_is_not_there_yet() -> None:
    found = assembled(PLAIN, HELSINKI, [spots(PLAIN - DAY), NotYet(day=PLAIN)])
    assert found == NotYet(day=PLAIN)


def test_a_part_that_cannot_be_had_is_said() -> None:
    trouble = Unavailable(day=PLAIN, reason="it is closed")
    assert assembled(PLAIN, HELSINKI, [spots(PLAIN - DAY), trouble]) == trouble


def test_a_day_with_a_hole_or_of_another_date_is_refused() -> None:
    whole = spots(PLAIN)
    assert checked(PLAIN, whole) == whole
    with pytest.raises(PricesRefusedError, match="95 of 96"):
        checked(PLAIN, dict(list(whole.items())[1:]))
    with pytest.raises(PricesRefusedError, match="another day"):
        checked(PLAIN, whole | spots(PLAIN + DAY))


@dataclass
class Silent:
    """An auction that has published nothing."""

    asked: list[date] = field(default_factory=list)
    name: str = "the auction"

    async def ask(self, day: date, now: datetime) -> MarketAnswer:
        del now
        self.asked.append(day)
        return NotYet(day=day)


async def test_a_service_is_asked_a_limited_number_of_times_a_day() -> None:
    auction = Silent()
    source = Market(auction)
    for number in range(A_DAY):
        await source.fetch(PLAIN - (40 + number) * DAY, MARKET, NOON)
    assert len(auction.asked) == FOR_THE_PAST
    refused = await source.fetch(PLAIN - 40 * DAY, MARKET, NOON)
    assert isinstance(refused, Unavailable)
    assert refused.rest is None, "it may be asked for tomorrow"
    assert isinstance(await source.fetch(PLAIN + DAY, MARKET, NOON), NotYet)
    for _ in range(A_DAY):
        found = await source.fetch(PLAIN + DAY, MARKET, NOON)
    assert isinstance(found, Unavailable)
    assert "the auction was asked often enough today" in found.reason
    assert found.rest is not None
    assert len(auction.asked) == A_DAY
    assert isinstance(await source.fetch(PLAIN + 2 * DAY, MARKET, NOON + DAY), NotYet)
