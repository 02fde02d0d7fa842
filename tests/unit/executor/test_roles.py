from datetime import timedelta

import pytest
from unit.executor.samples import PREFIX, ROLES, discovery, registry

from darkstar_executor.core.devices import discovered, role_bindings
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.roles import ROLES as ALL_ROLES
from darkstar_executor.core.roles import Binding, Part, bind
from darkstar_executor.core.units import SCALES, scale

MODES = frozenset({"Export First", "Zero Export To CT"})
WHOLE: frozenset[Part] = frozenset({"battery", "water"})


def bound(wanted: dict[str, str], of: Registry | None = None) -> dict[str, Binding]:
    entities = (of or registry()).entities
    return bind(wanted, entities, parts=frozenset(), modes=MODES)


def test_every_role_finds_its_entity() -> None:
    bindings = bound(ROLES)
    assert {one.status for one in bindings.values()} == {"bound"}
    assert bindings["max_charge_current"].quantity == "current"


@pytest.mark.parametrize(
    "name", ["sensor.house_battery_soc", "house_battery_soc", "house/battery_soc"]
)
def test_an_entity_is_found_by_each_of_its_names(name: str) -> None:
    assert bound({"battery_soc": name})["battery_soc"].status == "bound"


@pytest.mark.parametrize(
    ("role", "changed", "status", "hint"),
    [
        ("battery_soc", {"unit_of_measurement": "W"}, "wrong_unit", "needs %"),
        ("soc_target", {"unit_of_measurement": None}, "wrong_unit", "no unit"),
        ("export_limit", {"unit_of_measurement": "A"}, "wrong_unit", "is in A"),
        ("max_charge_current", {"unit_of_measurement": "V"}, "wrong_unit", "needs A"),
        ("work_mode", {"options": ["Zero Export To CT"]}, "wrong_options", "Export First"),
        ("work_mode", {"command_topic": None}, "missing", "no command_topic"),
        ("pv_power", {"state_topic": None}, "missing", "no state_topic"),
        ("pv_power", {"object_id": "other"}, "missing", "was not discovered"),
    ],
)
def test_what_does_not_fit_is_refused(
    role: str, changed: dict[str, object], status: str, hint: str
) -> None:
    binding = bound({role: ROLES[role]}, registry([role], **changed))[role]
    assert (binding.status, binding.entity) == (status, None)
    assert hint in binding.detail


def test_the_wrong_kind_of_entity_is_refused() -> None:
    binding = bound({"grid_charging": "sensor.house_pv_power"})["grid_charging"]
    assert binding.detail == "sensor.house_pv_power is a sensor, grid_charging needs a switch"


def test_a_limit_may_be_in_watts_or_amperes() -> None:
    watts = registry(["max_charge_current"], unit_of_measurement="W")
    assert (
        bound({"max_charge_current": ROLES["max_charge_current"]}, watts)[
            "max_charge_current"
        ].quantity
        == "power"
    )


def test_two_of_the_same_name_are_ambiguous() -> None:
    topic, payload = discovery("battery_soc")
    twice = registry().updated(topic.replace("/house/", "/other/"), payload, PREFIX)
    assert bound({"battery_soc": ROLES["battery_soc"]}, twice)["battery_soc"].status == "ambiguous"


def test_a_role_that_there_is_not_is_named() -> None:
    assert "did you mean battery_soc?" in bound({"batery_soc": "sensor.x"})["batery_soc"].detail


def test_a_needed_role_that_is_not_configured_is_missing() -> None:
    bindings = bind({}, registry().entities, parts=WHOLE, modes=MODES)
    assert set(bindings) == {name for name, role in ALL_ROLES.items() if role.needed_for}
    assert {one.status for one in bindings.values()} == {"missing"}


def test_devices_suggest_what_may_have_been_meant() -> None:
    found = registry()
    wanted = {"battery_soc": "sensor.huose_battery_soc"}
    ears = Ears(max_age=timedelta(minutes=1)).rebound(bound(wanted, found))
    (row,) = role_bindings(ears, found)
    assert row.status == "missing"
    assert "did you mean sensor.house_battery_soc" in row.detail
    assert "number.house_soc_target" in discovered(found)


def test_devices_tell_topics_range_and_reach() -> None:
    found = registry(availability_topic="house/up")
    ears = Ears(max_age=timedelta(minutes=1)).rebound(bound(ROLES, found))
    rows = {row.role: row for row in role_bindings(ears, found)}
    assert rows["soc_target"].status == "unavailable"
    assert (rows["soc_target"].minimum, rows["soc_target"].maximum) == (0, 100)
    assert rows["soc_target"].command_topic == "house/soc_target/set"


@pytest.mark.parametrize(
    ("unit", "theirs", "ours"),
    [("W", 1500, 1.5), ("MW", 0.002, 2), ("mW", 1e6, 1), ("kW", 3, 3)],
)
def test_powers(unit: str, theirs: float, ours: float) -> None:
    made = scale("power", unit)
    assert made is not None
    assert made.ours(theirs) == pytest.approx(ours)


@pytest.mark.parametrize(("unit", "theirs", "ours"), [("°F", 140, 60), ("K", 333.15, 60)])
def test_temperatures(unit: str, theirs: float, ours: float) -> None:
    made = scale("temperature", unit)
    assert made is not None
    assert made.ours(theirs) == pytest.approx(ours)


@pytest.mark.parametrize("unit", [None, "", "w", "kw", "Joule"])
def test_a_unit_that_is_not_known_is_none(unit: str | None) -> None:
    assert scale("power", unit) is None


def test_every_conversion_has_a_way_back() -> None:
    for scales in SCALES.values():
        for one in scales.values():
            assert one.ours(one.theirs(12.5)) == pytest.approx(12.5)
