"""What every brand must be, so that the house can play it; and that each kind of setting works."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.simulator.acme import ACME
from unit.simulator.houses import ROUND, START, a_house

from darkstar_simulator.core.commands import Applied, Refused, command
from darkstar_simulator.core.control import Control
from darkstar_simulator.core.dialects import DIALECTS, Dialect
from darkstar_simulator.core.discovery import discovery
from darkstar_simulator.core.entities import Component, Entity, Value
from darkstar_simulator.core.memory import recall, remember
from darkstar_simulator.core.parameters import HouseParameters, WallboxParameters
from darkstar_simulator.core.readings import QUANTITIES, setting_text
from darkstar_simulator.core.simulation import (
    Simulation,
    default_settings,
    entities,
    move,
    receive,
)

PARTS = HouseParameters(wallbox=WallboxParameters())
README = Path(__file__).resolve().parents[3] / "services/simulator/README.md"


def the_readmes() -> Dialect:
    """The example of 'A new dialect', run as it is printed."""
    code = README.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 (our own example)
    found = names["EXAMPLE"]
    assert isinstance(found, Dialect)
    return found


ALL = [*DIALECTS.values(), ACME, the_readmes()]
every_dialect = pytest.mark.parametrize("dialect", ALL, ids=lambda one: one.name)
MINUTE = timedelta(minutes=1)


def acme(load_kw: float = 1.0) -> Simulation:
    return recall(None, a_house(load_kw), node="sim1", now=START, dialect=ACME)


def named(simulation: Simulation, key: str) -> Entity:
    return next(one for one in simulation.entities if one.setting == key)


def told(simulation: Simulation, **payloads: str) -> Simulation:
    for key, payload in payloads.items():
        step = receive(simulation, named(simulation, key), payload.encode())
        assert isinstance(step.outcomes[0], Applied), step.outcomes
        simulation = step.simulation
    return simulation


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_is_found_by_its_name(name: str) -> None:
    assert DIALECTS[name].name == name


@every_dialect
def test_no_two_entities_share_a_name_or_a_topic(dialect: Dialect) -> None:
    found = entities(dialect, PARTS)
    for names in (
        [(one.domain, one.object_id) for one in found],
        [(one.device, one.key) for one in found],
        [one.setting for one in found if one.is_setting],
        [one.object_id for one in found],
    ):
        assert [name for name, times in Counter(names).items() if times > 1] == []
    assert len(discovery(found, "sim1")) == len(found)


@every_dialect
def test_sensors_read_a_known_quantity_and_settings_begin_with_a_value_they_take(
    dialect: Dialect,
) -> None:
    for one in entities(dialect, PARTS):
        assert one.component in get_args(Component)
        if not one.is_setting:
            assert one.reads in QUANTITIES, one
            assert one.factor != 0
        elif one.component == "button":
            assert one.default is None
        else:
            assert one.default is not None, one
            assert command(one, setting_text(one.default).encode()) == Applied(one, one.default), (
                one
            )


@every_dialect
def test_all_that_it_shows_goes_onto_its_topics(dialect: Dialect) -> None:
    simulation = recall(None, a_house(1.0, 2.0, PARTS), node="sim1", now=START, dialect=dialect)
    payloads = simulation.payloads()
    assert all(payloads.values())
    assert set(simulation.texts()) == {
        one.object_id for one in simulation.entities if one.has_state
    }


def _anything(entity: Entity) -> st.SearchStrategy[Value]:
    match entity.component:
        case "number":
            return st.one_of(
                st.sampled_from([entity.minimum, entity.maximum]),
                st.floats(entity.minimum, entity.maximum),
            )
        case "select":
            return st.sampled_from(entity.options)
        case "switch":
            return st.booleans()
        case "time":
            return st.times().map(lambda one: f"{one:%H:%M}")
        case _:
            return st.text(min_size=int(entity.minimum), max_size=int(entity.maximum))


@every_dialect
@settings(max_examples=60, deadline=None)
@given(data=st.data(), moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001 (local)
def test_any_settings_at_any_time_are_physical(
    dialect: Dialect, data: st.DataObject, moment: datetime
) -> None:
    local = moment.replace(tzinfo=ZoneInfo("Europe/Stockholm"))
    values = default_settings(dialect, PARTS)
    commanded = [one for one in dialect.entities(PARTS) if one.is_setting]
    for one in data.draw(st.lists(st.sampled_from(commanded), max_size=12)):
        value = True if one.component == "button" else data.draw(_anything(one))
        values = dict(dialect.take(values, one.setting, value, local))
        json.dumps(values)
    assert isinstance(dialect.control(values, PARTS, local), Control)
    if not dialect.timed:
        later = local + timedelta(hours=5)
        assert dialect.control(values, PARTS, later) == dialect.control(values, PARTS, local)


def test_signs_and_units_are_the_brands_own() -> None:
    texts = acme(load_kw=1.0).texts()
    assert texts["acme_battery_level"] == "50"
    assert texts["inverter_battery"] == "-1000"
    assert texts["inverter_grid"] == "0.000"
    later = move(told(acme(), power="1000", start="00:00", end="23:59"), START + 15 * MINUTE)
    assert later.simulation.texts()["inverter_grid"] == "-2.000"
    assert later.simulation.texts()["inverter_bought"] == "500"


def test_a_window_begins_and_ends_on_its_minute_however_seldom_one_looks() -> None:
    # START is 14:00 in Stockholm
    waiting = told(acme(), power="2000", start="14:10", end="14:40")
    once = move(waiting, START + 60 * MINUTE).simulation
    assert once.state.counters.charge_kwh == pytest.approx(1.0)
    assert once.state.counters.discharge_kwh == pytest.approx(0.5)
    often = waiting
    for second in range(7, 3600, 73):
        often = move(often, START + timedelta(seconds=second)).simulation
    often = move(often, START + 60 * MINUTE).simulation
    assert often.state.stored_kwh == pytest.approx(once.state.stored_kwh)


def test_a_number_may_be_negative() -> None:
    selling = told(acme(), power="-3000", start="00:00", end="23:59")
    assert selling.texts()["inverter_power"] == "-3000"
    assert selling.values()["inverter_grid"] == pytest.approx(2.0)
    refused = receive(selling, named(selling, "power"), b"-5010").outcomes[0]
    assert isinstance(refused, Refused)
    assert "-5000 to 5000 W" in refused.reason


def test_a_button_makes_other_settings_count_and_they_run_out() -> None:
    running = told(acme(), power="2000", minutes="30", go="PRESS")
    assert "inverter_go" not in running.texts()
    assert receive(running, named(running, "go"), b"PRESS").answered == frozenset()
    later = move(running, START + 60 * MINUTE).simulation
    assert later.state.counters.charge_kwh == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("key", "payload", "sentence"),
    [
        ("go", "ON", "inverter_go takes PRESS"),
        ("start", "24:00", "inverter_start takes HH:MM"),
        ("start", "7:00", "takes HH:MM"),
        ("start", "07:00 or so", "takes HH:MM"),
        ("label", "a name too long", "0 to 8 characters"),
    ],
)
def test_what_does_not_fit_is_refused(key: str, payload: str, sentence: str) -> None:
    house = acme()
    step = receive(house, named(house, key), payload.encode())
    assert isinstance(step.outcomes[0], Refused)
    assert sentence in step.outcomes[0].reason
    assert step.simulation == house


@pytest.mark.parametrize(
    ("key", "payload", "value"),
    [("start", "07:05", "07:05"), ("start", "23:59:30", "23:59"), ("label", "barn", "barn")],
)
def test_texts_and_times_are_kept(key: str, payload: str, value: str) -> None:
    assert told(acme(), **{key: payload}).settings[key] == value


def test_each_kind_is_announced_as_home_assistant_knows_it() -> None:
    found = {
        topic.split("/")[3]: (topic.split("/")[1], json.loads(text))
        for topic, text in discovery(ACME.entities(ROUND), "sim1").items()
    }
    domain, start = found["start"]
    assert (domain, start["default_entity_id"]) == ("text", "text.inverter_start")
    assert (start["min"], start["max"]) == (5, 8)
    assert start["pattern"].startswith("([01]")
    domain, go = found["go"]
    assert (domain, go["payload_press"]) == ("button", "PRESS")
    assert "state_topic" not in go
    assert found["label"][1]["max"] == 8
    assert found["power"][1]["min"] == -5000
    assert found["soc"][1]["default_entity_id"] == "sensor.acme_battery_level"


def test_a_countdown_survives_a_restart() -> None:
    running = told(acme(), power="2000", minutes="30", go="PRESS")
    memory = json.loads(json.dumps(remember(running)))
    again = recall(memory, running.house, node="sim1", now=START, dialect=ACME)
    assert again == running


def test_the_dialects_are_asked_for_the_local_time() -> None:
    seen: list[datetime] = []

    def control(values: object, parameters: HouseParameters, now: datetime) -> Control:
        del values
        seen.append(now)
        return ACME.control(default_settings(ACME, parameters), parameters, now)

    spy = Dialect(name="spy", entities=ACME.entities, control=control, timed=True)
    house = recall(None, a_house(), node="n", now=START, dialect=spy)
    move(house, START + 2.5 * MINUTE).simulation.texts()
    assert [f"{one:%H:%M:%S}" for one in seen] == ["14:00:00", "14:01:00", "14:02:00", "14:02:00"]
    assert START.astimezone(UTC) == seen[0]
