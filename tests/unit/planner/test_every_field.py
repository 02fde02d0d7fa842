"""Each field of a problem changes the plan, in the direction and by what a hand can work out.

A new field needs a probe in one of the modules beside this file: two values for it, and
what the plan comes to with each.
"""

from __future__ import annotations

import pytest
from unit.planner.fields import house, loads, solving, storages
from unit.planner.fields.probe import ABSENT, Probe, changed, paths

PROBES = (*house.PROBES, *storages.PROBES, *loads.PROBES, *solving.PROBES)

# a month is the only window there is, so there is nothing to choose
ONE_VALUE = {"grid.peak.window"}


def test_every_field_has_a_probe() -> None:
    probed = [one.path for one in PROBES]
    missing = sorted(set(paths()) - set(probed) - ONE_VALUE)
    assert not missing, f"no test shows what these fields change: {', '.join(missing)}"
    assert not sorted(set(probed) - set(paths())), "these are no fields"
    assert len(probed) == len(set(probed)), "one probe for each field is enough"


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.path)
def test_the_field_changes_the_plan_as_worked_out_by_hand(probe: Probe) -> None:
    one, other = probe.figures
    assert one != other
    assert probe.outcome(probe.values[0]) == one
    assert probe.outcome(probe.values[1]) == other


def test_the_fields_are_found_at_every_depth() -> None:
    found = set(paths())
    assert {"start", "grid.peak.hours", "batteries[].goals[].kwh", "evs[].available"} <= found
    assert not {"grid", "grid.peak", "batteries", "batteries[].goals", "options"} & found


def test_a_value_is_put_in_its_place_or_left_out() -> None:
    document = {"batteries": [{"id": "b", "goals": [{"slot": 1}]}]}
    assert changed(document, "batteries[].goals[].slot", 2)["batteries"][0]["goals"] == [
        {"slot": 2}
    ]
    assert changed(document, "batteries[].id", ABSENT)["batteries"][0].keys() == {"goals"}
    assert changed({}, "grid.peak.top_n", 3) == {"grid": {"peak": {"top_n": 3}}}
