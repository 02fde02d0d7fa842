"""All rules of the strategy together."""

from __future__ import annotations

from datetime import timedelta

import pytest
from unit.planner.houses import NOON, PLAIN, forecast, prices

from darkstar_common.config import Config
from darkstar_planner.core.strategy import Outlook, Wishes, strategy

NO_BATTERY = PLAIN.model_copy(update={"battery": None})


def outlook(count: int = 96) -> Outlook:
    return Outlook(
        now=NOON + timedelta(minutes=1),
        starts=tuple(one.start for one in prices(count=count).slots),
        load=forecast("load", 1.0, count=count).slots,
        pv=forecast("pv", 0.5, count=count).slots,
        prices=prices(count=count).slots,
    )


def test_each_rule_says_what_it_changed() -> None:
    view = strategy(PLAIN, Wishes(export_enabled=False), outlook())
    assert {"terminal_value", "export"} <= {one.rule for one in view.rules}


def test_without_a_battery_nothing_is_left() -> None:
    view = strategy(NO_BATTERY, Wishes(), outlook())
    assert view.terminal_value_per_kwh is None


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_wishes_start_as_configured(level: int) -> None:
    planner = Config().planner.model_copy(update={"risk_appetite": level, "comfort": level})
    wishes = Wishes.of(Config().model_copy(update={"planner": planner}))
    assert (wishes.risk_appetite, wishes.comfort) == (level, level)
