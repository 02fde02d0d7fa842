"""Planning runs of every kind: what is in their columns, and what an earlier Darkstar's become."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from bench.predecessor_episodes import PLAN_SLOTS, episodes
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.contract import Episode, Service
from darkstar_recorder.core.earlier_episodes import EarlierUnreadableError, earlier
from darkstar_recorder.core.episodes import Facts, facts, kept

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HERE = ZoneInfo("Europe/Stockholm")
SLOTS = [{"start": "2026-01-01T12:00:00Z"}, {"start": "2026-01-01T12:15:00Z"}]
SCHEDULE = {
    "issued_at": "2026-01-01T12:00:05Z", "status": "optimal", "currency": "SEK", "cost": 12.5,
    "objective": 13.5, "gap": 0.04, "solver": "highs", "soc_percent_at_start": 41,
    "slots": SLOTS,
}  # fmt: skip
STRATEGY = {
    "risk_appetite": 4, "comfort": 2, "vacation": False, "export_enabled": True,
    "price_regime": "wide", "weather_volatility": 0.25, "target_soc_percent": 35.5,
    "s_index": 1.1, "terminal_value_per_kwh": 0.9,
}  # fmt: skip
EPISODE = Episode(
    sender=Service.PLANNER, emitted_at=NOON, inputs={}, schedule_id="x", schedule=SCHEDULE,
    context={"because": "next slot", "strategy": STRATEGY, "version": "1.2", "config_hash": "c0"},
    system_id="shadow",
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FORMS: dict[str, Callable[[str], bytes | str]] = {
    "zlib": lambda text: zlib.compress(text.encode(), 6),
    "text": lambda text: text,
    "bytes": lambda text: text.encode(),
}


def old(**changed: Any) -> Any:
    """A run of the earlier Darkstar as it is read."""
    name, created_at, inputs, context, schedule, overrides = next(episodes(1))
    given: dict[str, Any] = {
        "name": name, "created_at": created_at, "inputs": inputs, "context": context,
        "schedule": schedule, "overrides": overrides, "timezone": HERE,
    }  # fmt: skip
    return earlier(**(given | changed))


def test_what_learning_asks_for_is_in_columns() -> None:
    assert kept(EPISODE).facts == Facts(
        system_id="shadow", issued_at=NOON + timedelta(seconds=5), first_slot=NOON, slots=2,
        status="optimal", currency="SEK", cost=12.5, objective=13.5, gap=0.04, solver="highs",
        planner_version="1.2", config_hash="c0", because="next slot", soc_percent_at_start=41,
        target_soc_percent=35.5, terminal_value_per_kwh=0.9, s_index=1.1, risk_appetite=4,
        comfort=2, vacation=False, export_enabled=True, price_regime="wide",
        weather_volatility=0.25,
    )  # fmt: skip


def test_the_whole_message_is_kept_beside_them() -> None:
    found = kept(EPISODE)
    assert Episode.model_validate(found.content) == EPISODE
    assert (found.message_id, found.name) == (EPISODE.message_id, str(EPISODE.message_id))
    assert (found.schedule_id, found.emitted_at) == ("x", NOON)


def test_what_is_not_said_is_unknown() -> None:
    assert facts({}) == Facts()


@pytest.mark.parametrize(
    ("schedule", "column"),
    [
        ({"cost": "12"}, "cost"),
        ({"cost": True}, "cost"),
        ({"cost": float("nan")}, "cost"),
        ({"cost": 10**400}, "cost"),
        ({"status": 3}, "status"),
        ({"issued_at": "soon"}, "issued_at"),
        ({"issued_at": "2026-01-01T12:00:00"}, "issued_at"),
        ({"slots": {}}, "slots"),
        ({"slots": []}, "first_slot"),
        ({"slots": [1, 2]}, "first_slot"),
    ],
)
def test_what_is_of_another_type_is_unknown(schedule: dict[str, Any], column: str) -> None:
    assert getattr(facts({"schedule": schedule}), column) is None


@given(JSON)
def test_anything_has_columns(value: Any) -> None:
    assert facts(value).system_id
    assert facts({"schedule": value, "context": {"strategy": value}}).system_id == "prod"


@pytest.mark.parametrize("form", FORMS)
def test_a_run_of_the_earlier_darkstar_is_read_in_every_form_of_its_columns(form: str) -> None:
    row = next(episodes(1))
    columns = dict(zip(("inputs", "context", "schedule", "overrides"), row[2:], strict=True))
    found = old(**{name: FORMS[form](text) for name, text in columns.items()})
    assert found == old()
    for name, text in columns.items():
        assert json.dumps(found.content[name]) == text


def test_its_columns_are_found() -> None:
    found = old(system_id="simulation")
    start = datetime(2025, 7, 1, tzinfo=UTC)
    assert found.facts.system_id == "simulation"
    assert found.facts.first_slot == start
    assert found.facts.slots == PLAN_SLOTS
    assert found.emitted_at == found.facts.issued_at
    assert start <= found.emitted_at < start + timedelta(minutes=1)
    assert found.facts.planner_version == "kepler"
    assert found.facts.quality == "clean"
    assert found.facts.vacation is False
    assert found.facts.risk_appetite in range(1, 6)
    plan = found.content["schedule"]["schedule"]
    assert found.facts.cost == pytest.approx(sum(row["planned_cost_sek"] for row in plan))
    inputs = found.content["inputs"]["initial_state"]
    assert found.facts.soc_percent_at_start == inputs["battery_soc_percent"]


def test_whose_run_it_was_is_in_its_context_when_there_is_no_column() -> None:
    assert old(context='{"system_id": "simulation"}').facts.system_id == "simulation"
    assert old(context="{}").facts.system_id == "prod"


def test_a_name_that_is_no_uuid_has_always_the_same_id() -> None:
    name = "episode_2025-07-01_00-15-00"
    assert old(name=name).message_id == old(name=name).message_id != old().message_id
    assert old(name=name).name == name
    assert isinstance(old(name=name).message_id, UUID)


@pytest.mark.parametrize(
    ("first", "utc"),
    [
        ("2025-07-03T00:00:00+02:00", "2025-07-02T22:00:00+00:00"),
        ("2025-07-03T00:00:00+00:53", "2025-07-02T22:00:00+00:00"),
        ("2025-07-03T00:00:00", "2025-07-02T22:00:00+00:00"),
    ],
)
def test_its_slots_are_found_whatever_offset_they_say(first: str, utc: str) -> None:
    plan = json.dumps({"schedule": [{"start_time": first}]})
    found = old(schedule=plan).facts
    assert (found.first_slot, found.slots) == (datetime.fromisoformat(utc), 1)


def test_a_plan_of_whole_hours_is_counted_in_quarters() -> None:
    hours = [{"start_time": f"2025-07-03T0{hour}:00:00+02:00"} for hour in range(3)]
    assert old(schedule=json.dumps({"schedule": hours})).facts.slots == 12


def test_a_run_without_times_is_of_when_it_was_written() -> None:
    found = old(context=None, schedule=None, created_at="2025-07-01 10:00:00")
    assert found.emitted_at == datetime(2025, 7, 1, 10, tzinfo=UTC)
    assert (found.facts.first_slot, found.facts.slots) == (None, None)


@pytest.mark.parametrize("column", ["inputs", "context", "schedule", "overrides"])
@pytest.mark.parametrize("damage", [b"\x78\x9cxx", b"\xff\xfe", "{", b"DC1 nothing"])
def test_a_damaged_one_is_named(column: str, damage: bytes | str) -> None:
    with pytest.raises(EarlierUnreadableError, match=f"episode e1: its {column} cannot be read"):
        old(name="e1", **{column: damage})


def test_one_of_no_time_is_named() -> None:
    with pytest.raises(EarlierUnreadableError, match="episode e1: nothing in it says when") as no:
        old(name="e1", created_at="soon", context=None, schedule=None)
    assert no.value.name == "e1"


@given(JSON)
def test_whatever_was_in_its_columns_it_is_taken_over(value: Any) -> None:
    text = json.dumps(value)
    found = old(inputs=text, context=text, schedule=text, overrides=text)
    assert json.dumps(found.content["inputs"]) == text
