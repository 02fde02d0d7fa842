"""The sources that the config asks for, each as it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from darkstar_common.config import Config
from darkstar_common.runtime import Secrets
from darkstar_common.testing import MemoryBus, a_context
from darkstar_forecaster.sources.prices import Listens, PriceSource, price_source, sources
from darkstar_forecaster.sources.prices.failover import Failover

ALL = {
    "topic": "energy/prices", "entity": "sensor.nordpool", "csv_path": "prices.csv",
    "fixed_per_kwh": 0.5, "seed": 7,
}  # fmt: skip
NAMES = {
    "nordpool": "Nord Pool",
    "energy_charts": "energy-charts",
    "home_assistant": "Home Assistant's sensor.nordpool",
    "mqtt": "the topic energy/prices",
    "csv": "csv prices.csv",
    "fixed": "fixed",
    "generated": "generated from seed 7",
}


def chosen(state: Path, *names: str, **more: Any) -> Failover:
    config = Config.model_validate({"prices": ALL | {"sources": names} | more})
    return price_source(a_context(MemoryBus(), state_dir=state, config=config))


@pytest.mark.parametrize(("name", "told"), NAMES.items())
def test_each_source_is_the_one_that_is_named(tmp_path: Path, name: str, told: str) -> None:
    assert chosen(tmp_path, name).name == told


def test_they_come_in_the_order_of_preference(tmp_path: Path) -> None:
    names = ("fixed", "mqtt", "energy_charts", "csv", "nordpool")
    assert chosen(tmp_path, *names).name == ", ".join(NAMES[one] for one in names)


def test_all_but_a_topic_can_be_asked() -> None:
    config = Config.model_validate({"prices": ALL | {"sources": tuple(NAMES)}})
    there = sources(config, Secrets())
    assert set(there) == set(NAMES) - {"mqtt"}
    assert [name for name, one in there.items() if isinstance(one, Listens)] == []


def test_what_is_chosen_can_be_asked_and_listens(tmp_path: Path) -> None:
    found: PriceSource = chosen(tmp_path, "generated")
    assert isinstance(found, Listens)
