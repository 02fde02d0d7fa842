"""Changes put into the content of a file, and the whole validated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from darkstar_common.config import Config
from darkstar_gateway.core.settings.changes import (
    RefusedError,
    SettingProblem,
    keys_of,
    meaning,
    wanted,
)
from darkstar_gateway.core.settings.edit import edited, loaded
from darkstar_gateway.core.settings.matching import same
from darkstar_gateway.core.settings.tree import Node, tree

EXAMPLE = (Path(__file__).parents[4] / "config.example.yaml").read_text(encoding="utf-8")
FULL = loaded(EXAMPLE)


def leaves(node: Node) -> list[Node]:
    inner = [one for child in node.children for one in leaves(child)]
    return inner if node.kind == "section" else [node]


LEAVES = [leaf for group in tree() for node in group.nodes for leaf in leaves(node)]
KEYS = [leaf.key for leaf in LEAVES]
DEFAULTS = {leaf.key: leaf.default for leaf in LEAVES}


def refused(changes: dict[str, Any], *removed: str) -> dict[str, str]:
    with pytest.raises(RefusedError) as caught:
        wanted(FULL, changes, removed)
    return {one.key: one.message for one in caught.value.problems}


def test_what_is_put_is_read_as_the_configuration_reads_it() -> None:
    made = wanted({}, {"battery.capacity_kwh": "12", "evs": [{"id": "car"}]}, [])
    assert made.content == {"battery": {"capacity_kwh": 12.0}, "evs": [{"id": "car"}]}
    assert made.config.evs[0].id == "car"


def test_what_is_removed_goes_first() -> None:
    content = {"battery": {"capacity_kwh": 5.0, "min_soc_percent": 30.0}}
    made = wanted(content, {"battery.capacity_kwh": 7}, ["battery"])
    assert made.content == {"battery": {"capacity_kwh": 7.0}}
    made = wanted({"battery": None}, {"battery.capacity_kwh": 7}, ["battery"])
    assert made.content == {"battery": {"capacity_kwh": 7.0}}
    made = wanted(content, {"battery": None}, ["battery", "battery.capacity_kwh"])
    assert made.content == {"battery": None}


def test_a_new_key_stands_where_the_example_has_it() -> None:
    made = wanted({"planner": {}, "gateway": {}}, {"battery.standby_kw": 0.1, "site": "x"}, [])
    assert list(made.content) == ["site", "battery", "planner", "gateway"]
    content = {"battery": {"min_soc_percent": 5.0, "standby_kw": 0.0}}
    made = wanted(content, {"battery.capacity_kwh": 9, "battery.max_charge_kw": 3}, [])
    assert list(made.content["battery"]) == [
        "capacity_kwh", "min_soc_percent", "max_charge_kw", "standby_kw",
    ]  # fmt: skip


def test_the_content_it_is_given_stays_as_it_is() -> None:
    content: dict[str, Any] = {"executor": {"roles": {"a": "b"}}}
    wanted(content, {"executor.roles.c": "d"}, ["executor.roles.a"])
    assert content == {"executor": {"roles": {"a": "b"}}}


def test_every_wrong_key_is_named_at_once() -> None:
    found = refused({"batery.x": 1, "evs.0.id": "y", "site": "z"}, "no.such")
    assert set(found) == {"batery.x", "evs.0.id", "no.such"}


def test_every_wrong_value_is_named_at_once() -> None:
    found = refused({"battery.capacity_kwh": 0, "planner.risk_appetite": 9})
    assert set(found) == {"battery.capacity_kwh", "planner.risk_appetite"}
    assert found["planner.risk_appetite"] == "It must be less than or equal to 5"


def test_which_keys_stand_in_a_file() -> None:
    content: dict[str, Any] = {
        "site": "a",
        "battery": {"capacity_kwh": 1},
        "evs": [{}],
        "location": None,
        "executor": {"roles": {"a": "b"}, "guard": {}},
    }
    assert keys_of(content) == (
        "site", "battery.capacity_kwh", "evs", "location", "executor.roles", "executor.guard",
    )  # fmt: skip


@settings(max_examples=5, phases=[Phase.generate])  # a long file is read three times in each
@given(st.sets(st.sampled_from(KEYS), max_size=6), st.sets(st.sampled_from(KEYS), max_size=6))
def test_whatever_keys_are_changed_and_removed_the_file_becomes_what_is_wanted(
    changed: set[str], removed: set[str]
) -> None:
    changes = {key: DEFAULTS[key] for key in changed if DEFAULTS[key] is not None}
    made = wanted(FULL, changes, sorted(removed))
    text = edited(EXAMPLE, made.content, meaning)
    assert same(loaded(text), made.content)
    assert Config.model_validate(loaded(text)) == made.config


def test_all_can_be_removed_and_put_back() -> None:
    sections = list(Config.model_fields)
    bare = edited(EXAMPLE, wanted(FULL, {}, sections).content, meaning)
    assert [line for line in bare.splitlines() if line and not line.startswith("#")] == []
    whole = edited(bare, wanted({}, FULL, []).content, meaning)
    assert same(loaded(whole), FULL)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 99) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
names = st.sampled_from(KEYS) | st.text(max_size=8) | st.sampled_from([*Config.model_fields])


@given(st.dictionaries(names, values, max_size=3), st.lists(names, max_size=3))
def test_whatever_is_asked_for_is_made_or_refused_in_words(
    changes: dict[str, Any], removed: list[str]
) -> None:
    problems: tuple[SettingProblem, ...] = ()
    try:
        made = wanted(FULL, changes, removed)
    except RefusedError as error:
        problems = error.problems
    else:
        assert Config.model_validate(made.content) == made.config
        return
    assert problems
    assert all(one.message for one in problems)
