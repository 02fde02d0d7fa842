"""Each configuration key changes some output of a service; a key that does not is none.

A new key needs a probe in one of the modules beside this file: a function from a
configuration to an output, and two values for which it must differ.
"""

from __future__ import annotations

import pytest
from unit.common.keys import (
    backfilling,
    bridging,
    caring,
    connecting,
    deciding,
    entering,
    executing,
    forecasting,
    foretelling,
    metering,
    notifying,
    planning,
    pricing,
    reflecting,
    scoring,
    shining,
    showing,
    steering,
    telling,
    training,
    weathering,
)
from unit.common.keys.probe import Probe, changed, keys

from darkstar_common.config import Config

PROBES = (
    *backfilling.PROBES,
    *bridging.PROBES,
    *caring.PROBES,
    *connecting.PROBES,
    *entering.PROBES,
    *executing.PROBES,
    *forecasting.PROBES,
    *foretelling.PROBES,
    *pricing.PROBES,
    *reflecting.PROBES,
    *shining.PROBES,
    *scoring.PROBES,
    *training.PROBES,
    *weathering.PROBES,
    *metering.PROBES,
    *planning.PROBES,
    *deciding.PROBES,
    *notifying.PROBES,
    *showing.PROBES,
    *steering.PROBES,
    *telling.PROBES,
)


def test_every_key_has_a_probe() -> None:
    probed = [one.key for one in PROBES]
    missing = sorted(set(keys()) - set(probed))
    assert not missing, f"no test shows which output these keys change: {', '.join(missing)}"
    assert not sorted(set(probed) - set(keys())), "these are no keys"
    assert len(probed) == len(set(probed)), "one probe for each key is enough"


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.key)
async def test_the_key_changes_an_output(probe: Probe) -> None:
    one, other = probe.values
    output = await probe.output(one)
    assert output == await probe.output(one), "the output changes by itself"
    assert output != await probe.output(other), f"{probe.key} changes nothing"


def test_the_keys_are_found_at_every_depth() -> None:
    found = set(keys())
    assert {"site", "battery", "battery.capacity_kwh", "executor.meter.grid"} <= found
    assert {"executor.roles", "water_heater.max_gap_hours", "prices.csv_path"} <= found
    assert not {"executor", "executor.meter", "tariff"} & found


def test_a_changed_key_is_checked_like_a_file() -> None:
    assert changed(Config(), "executor.meter.grid", "dual").executor.meter.grid == "dual"
    with pytest.raises(ValueError, match="is not below"):
        changed(Config(), "battery.min_soc_percent", 100.0)
    with pytest.raises(AssertionError, match="no key"):
        changed(Config(), "battery.colour", "red")
