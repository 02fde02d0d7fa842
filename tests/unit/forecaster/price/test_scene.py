"""Which day each forecast follows on."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
import pytest
from unit.forecaster.price.markets import DAY, HOUSE, MONDAY, known, published

from darkstar_forecaster.core.price.features import LEADS
from darkstar_forecaster.core.price.scene import scene
from darkstar_forecaster.core.situation import SPOTS, empty

TUESDAY = MONDAY + DAY
DAYS = 40


def test_without_prices_there_is_nothing_to_see() -> None:
    assert scene(known(empty(SPOTS)), HOUSE, DAYS) is None


def test_days_ahead_are_counted_from_the_last_one_that_is_known() -> None:
    seen = scene(known(published(DAYS, TUESDAY)), HOUSE, DAYS)
    assert seen
    rows = seen.rows([TUESDAY + lead * DAY for lead in (1, 3, 9)])
    assert rows["day"].unique().to_list() == [TUESDAY]
    assert rows["lead"].unique().sort().to_list() == [1, 3, LEADS]
    assert rows.height == 3 * 24


def test_the_rest_of_a_day_that_is_known_in_part_follows_on_the_one_before() -> None:
    lisbon = ZoneInfo("Europe/Lisbon")
    config = HOUSE.model_copy(update={"timezone": lisbon.key})
    seen = scene(known(published(DAYS, TUESDAY, zone=lisbon).head(-4)), config, DAYS)
    assert seen
    rows = seen.rows([TUESDAY, TUESDAY + DAY])
    follows = rows.select("target", "day", "lead").unique().sort("target").rows()
    assert follows == [(TUESDAY, MONDAY, 1), (TUESDAY + DAY, TUESDAY, 1)]


def test_what_came_is_not_among_what_is_looked_at() -> None:
    seen = scene(known(published(DAYS, TUESDAY)), HOUSE, DAYS)
    assert seen
    assert not {"actual", "miss"} & set(seen.rows([TUESDAY]).columns)


@pytest.mark.parametrize("days", [20, 30])
def test_only_so_many_days_are_looked_at(days: int) -> None:
    seen = scene(known(published(DAYS, TUESDAY)), HOUSE, days)
    assert seen
    assert len(seen.days) == days + 1
    assert seen.days[-1] == TUESDAY


def test_examples_have_come_and_are_known_in_every_feature_that_matters() -> None:
    seen = scene(known(published(DAYS, TUESDAY)), HOUSE, DAYS)
    assert seen
    examples = seen.examples()
    assert examples["actual"].null_count() == 0
    assert examples.select(pl.col("target").max()).item() == TUESDAY
    assert examples.select((pl.col("target") - pl.col("day")).max()).item() == LEADS * DAY
