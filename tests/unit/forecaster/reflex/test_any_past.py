"""Whatever a recorder tells, what is proposed is one step away and within the bounds."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.forecaster.reflex.learned import HOUSE, MORNING
from unit.forecaster.reflex.observing import Row, TrueBattery, a_look, ahead, seen

from darkstar_common.config import Config
from darkstar_common.contract import Proposal
from darkstar_forecaster.core.reflex import Learnings, rules, weigh

ROWS = seen(20, TrueBattery(capacity_kwh=28.0, charge=0.85))
ENERGIES = tuple(name for name in ROWS[0] if name.endswith("_kwh") and "per" not in name)
PRICES = ("import_per_kwh", "export_per_kwh")


def spoiled(seed: int, unknown: float, wild: float) -> list[Row]:
    """The house with holes, unknown values and nonsense in it."""
    random = Random(seed)  # noqa: S311 (no secret)

    def value(name: str, was: object) -> object:
        if name in {"start", "away"}:
            return was
        if random.random() < unknown:
            return None
        if random.random() < wild:
            if name in PRICES:
                return random.uniform(-5, 5)
            return random.uniform(0, 100 if name.startswith("soc") else 3)
        return was

    kept = [one for one in ROWS if random.random() > unknown / 4]
    return [{name: value(name, was) for name, was in one.items()} for one in kept]


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 999),
    unknown=st.sampled_from([0.0, 0.01, 0.5, 1.0]),
    wild=st.sampled_from([0.0, 0.01, 0.3]),
    told=st.sampled_from([0.0, 0.5, 1.0, 3.0]),
    share=st.floats(0, 1),
)
def test_proposals_are_one_step_within_bounds(
    seed: int, unknown: float, wild: float, told: float, share: float
) -> None:
    ruled = rules(HOUSE)
    values = {one: it.lowest + share * (it.highest - it.lowest) for one, it in ruled.items()}
    look = a_look(
        spoiled(seed, unknown, wild),
        pv=ahead(ROWS, "pv_kwh", told),
        load=ahead(ROWS, "base_kwh", told),
        learnings=Learnings(values=values),
    )
    proposals = weigh(look)
    assert len({one.parameter for one in proposals}) == len(proposals)
    for one in proposals:
        rule = ruled[one.parameter]
        assert rule.lowest - 1e-6 <= one.proposed <= rule.highest + 1e-6
        assert 0 < abs(one.proposed - one.current) <= rule.step + 1e-6
        assert one.current == values[one.parameter]
        assert Proposal.model_validate(one.model_dump()) == one
        assert one.evidence
        assert one.samples > 0


@pytest.mark.parametrize("unknown", [0.0, 0.02])
def test_holes_here_and_there_hide_no_drift(unknown: float) -> None:
    rows = spoiled(1, unknown, 0.0)
    look = a_look(rows, pv=ahead(ROWS, "pv_kwh", 1.4))
    found = {one.parameter for one in weigh(look)}
    assert "pv_factor" in found


def test_the_same_past_says_the_same_twice() -> None:
    look = a_look(ROWS, pv=1.4, load=0.7)
    assert weigh(look) == weigh(look)
    assert {one.proposed_at for one in weigh(look)} == {MORNING}
    bare = Config(battery=None, has_solar=False)
    assert {one.parameter for one in weigh(a_look(ROWS, load=0.7, config=bare))} == {"load_factor"}
