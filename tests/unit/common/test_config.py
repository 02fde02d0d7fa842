"""The configuration: the example says what the defaults are, errors name key, value and way out."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from darkstar_common.config import Config, ConfigError, load_config
from darkstar_common.generate.configuration import ROLE_EXAMPLES, example, reference


def load(text: str, directory: Path) -> Config:
    path = directory / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def test_the_example_is_the_defaults_with_the_roles_of_the_simulated_house(tmp_path: Path) -> None:
    loaded = load(example(), tmp_path)
    roles = Config().executor.model_copy(update={"roles": ROLE_EXAMPLES})
    assert loaded == Config().model_copy(update={"executor": roles})


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert load("", tmp_path) == Config()


def test_every_key_is_documented_in_the_example_and_in_the_reference() -> None:
    shown, told = example(), reference()
    for name, field in _fields(Config, ""):
        assert field, f"{name} has no description"
        assert f"{name.rsplit('.', 1)[-1]}:" in shown
        assert f"| `{name}` |" in told


def _fields(model: type[BaseModel], prefix: str) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    for name, field in model.model_fields.items():
        found.append((f"{prefix}{name}", field.description))
        if isinstance(field.default, BaseModel):
            found += _fields(type(field.default), f"{prefix}{name}.")
    return found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("battery: {capcity_kwh: 3}", "battery.capcity_kwh is no key; did you mean capacity_kwh?"),
        ("batery: {}", "batery is no key; did you mean battery?"),
        ("qqqq: 1", "qqqq is no key; known are site, timezone"),
        ("battery: {min_soc_percent: 120}", "battery.min_soc_percent (120): "),
        ("battery: {min_soc_percent: 120}", "Never discharged below it by plan [%]."),
        ("battery: {capacity_kwh: .nan}", "battery.capacity_kwh (nan): "),
        ("battery: {capacity_kwh: ten}", "battery.capacity_kwh ('ten'): "),
        ("battery: {min_soc_percent: 60, max_soc_percent: 50}", "60 is not below"),
        ("battery: {min_charge_kw: 6}", "min_charge_kw 6 is above max_charge_kw 5"),
        ("evs: [{min_charge_kw: 12}]", "min_charge_kw 12 is above max_charge_kw 11"),
        ("evs: [{id: a}, {id: a}]", "the id 'a' is taken; give the vehicle another one"),
        ("evs: [{id: battery}]", "the id 'battery' is taken"),
        ("battery: {charge_taper: [[90, 3], [90, 2]]}", "needs a rising state of charge"),
        ("battery: {charge_taper: [[0, 5], [80, 1], [90, 4]]}", "charge_taper must bend down"),
        ("timezone: Mars/Olympus", "no IANA time zone; try Europe/Stockholm"),
        ("prices: {sources: [csv]}", "csv_path must name the file"),
        ("- 1", "holds [1] where keys such as `site:` belong"),
        ("a: [", "is no YAML"),
        ("site: Has Spaces", "site ('Has Spaces'): "),
    ],
)
def test_an_error_names_the_key_the_value_and_the_way_out(
    text: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(text, tmp_path)
    assert said in str(refused.value)
    assert str(tmp_path / "config.yaml") in str(refused.value)
    assert all("\n" not in problem for problem in refused.value.problems)


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load("grid: {max_import_kw: -1}\nmqtt: {port: 99999}\n", tmp_path)
    assert len(refused.value.problems) == 2


def test_a_missing_file_says_what_to_copy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"copy config\.example\.yaml there"):
        load_config(tmp_path / "none.yaml")


def test_a_relative_price_file_lies_beside_the_configuration(tmp_path: Path) -> None:
    config = load("prices: {sources: [csv], csv_path: prices.csv}", tmp_path)
    assert config.prices.csv_path == tmp_path / "prices.csv"


def test_a_house_may_lack_battery_and_water_heater(tmp_path: Path) -> None:
    config = load("battery: null\nwater_heater: null\n", tmp_path)
    assert config.battery is None
    assert config.water_heater is None
