"""What is proposed in the houses of all brands, held against what somebody would configure."""

from __future__ import annotations

import pytest
from unit.executor.played import NODE, PREFIX, configuration, day_of, simulation

from darkstar_common.config import Config
from darkstar_common.contract import RoleProposal
from darkstar_executor.core.binding import bound
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.proposals import named_once, proposals
from darkstar_executor.profiles import PROFILES, load_profile
from darkstar_simulator.core.discovery import discovery

HOUSE_ITSELF = {
    "grid_status": "binary_sensor.inverter_grid_status",
    "water_power": "sensor.water_heater_power",
    "water_temperature": "sensor.water_heater_temperature",
    "water_energy": "sensor.water_heater_energy",
    "water_setpoint": "number.water_heater_setpoint",
}
"""What stands in each simulated house whatever its inverter."""
ALSO: dict[str, dict[str, str]] = {
    "deye": {
        "import_energy": "sensor.grid_meter_import_energy",
        "export_energy": "sensor.grid_meter_export_energy",
    },
    "fronius": {
        "import_energy": "sensor.fm_imported",
        "export_energy": "sensor.fm_exported",
        "charge_energy": "sensor.fm_storage_charge_lfte",
        "discharge_energy": "sensor.fm_storage_discharge_lfte",
    },
    "givenergy": {
        "grid_voltage": "sensor.givtcp_sa1234g567_grid_voltage",
        "load_energy": "sensor.givtcp_sa1234g567_load_energy_total_kwh",
        "pv_energy": "sensor.givtcp_sa1234g567_pv_energy_total_kwh",
        "import_energy": "sensor.givtcp_sa1234g567_import_energy_total_kwh",
        "export_energy": "sensor.givtcp_sa1234g567_export_energy_total_kwh",
        "charge_energy": "sensor.givtcp_sa1234g567_battery_charge_energy_total_kwh",
        "discharge_energy": "sensor.givtcp_sa1234g567_battery_discharge_energy_total_kwh",
    },
    "victron": {"export_energy": "sensor.et112_feed_in"},
}
"""What the houses of the tests have and their configuration does not ask for."""


def announced(name: str) -> Registry:
    """All that the simulated house of that brand announces."""
    found = Registry()
    sim = simulation(name, day_of(name))
    for topic, payload in discovery(sim.entities, NODE, prefix=PREFIX).items():
        found = found.updated(topic, payload, PREFIX)
    return found


def played(name: str) -> dict[str, str]:
    """Who plays which role where somebody has configured it all."""
    found = bound(announced(name).entities, load_profile(name), configuration(name))
    return {role: one.entity.entity_id for role, one in found.items() if one.entity}


def unconfigured(name: str) -> Config:
    """The house of that brand, where nobody has said yet who plays what."""
    config = configuration(name)
    empty = config.executor.model_copy(update={"roles": {}})
    return config.model_copy(update={"executor": empty})


def nameless(profile: Profile) -> Profile:
    """`profile` as if nobody knew what its gateway calls the entities."""
    return profile.model_copy(update={"entities": {}})


def first_of(found: tuple[RoleProposal, ...]) -> dict[str, str]:
    first = dict[str, str]()
    for one in found:
        first.setdefault(one.role, one.entity)
    return first


def likely_of(found: tuple[RoleProposal, ...]) -> dict[str, str]:
    return {one.role: one.entity for one in found if one.likely}


@pytest.mark.parametrize("name", PROFILES)
def test_the_roles_of_each_brand_are_proposed_right_first(name: str) -> None:
    found = first_of(
        proposals(named_once(announced(name).entities), load_profile(name), unconfigured(name))
    )
    wanted = played(name)
    right = [role for role, one in wanted.items() if found.get(role) == one]
    assert len(right) >= 0.9 * len(wanted), set(wanted) - set(right)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("known", [True, False], ids=["names-known", "names-unknown"])
def test_nothing_wrong_is_called_likely(name: str, known: bool) -> None:
    profile = load_profile(name)
    found = likely_of(
        proposals(
            named_once(announced(name).entities),
            profile if known else nameless(profile),
            unconfigured(name),
        )
    )
    right = HOUSE_ITSELF | ALSO.get(name, {}) | played(name)
    assert {role: one for role, one in found.items() if right.get(role) != one} == {}


def test_nine_roles_in_ten_are_found_by_words_alone() -> None:
    right = wanted = likely = 0
    for name in PROFILES:
        profile, config = nameless(load_profile(name)), unconfigured(name)
        found = proposals(named_once(announced(name).entities), profile, config)
        first, sure = first_of(found), likely_of(found)
        for role, one in played(name).items():
            wanted += 1
            right += first.get(role) == one
            likely += sure.get(role) == one
    assert right >= 0.9 * wanted
    assert likely >= 0.8 * wanted
