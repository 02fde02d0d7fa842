"""What is wrong with a configuration, key by key, and what nobody is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from darkstar_common.config import Config, ConfigError, load_config
from darkstar_common.config.load import key_problems, parsed_config

ADDRESSES = (
    "home_assistant.url",
    "prices.nordpool_url",
    "prices.energy_charts_url",
    "weather.open_meteo_url",
    "weather.archive_url",
)


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        parsed_config(text.encode(), Path("config.yaml"))
    return caught.value.problems


@pytest.mark.parametrize("key", ADDRESSES)
@pytest.mark.parametrize("login", ["me:s3cret", "s3cret", "s3cret:", ":s3cret"])
def test_an_address_with_a_login_is_refused_and_the_login_not_shown(key: str, login: str) -> None:
    section, name = key.split(".")
    (sentence,) = problems(f"{section}: {{{name}: 'http://{login}@example.org'}}")
    assert key in sentence
    assert "leave them out" in sentence
    assert "s3cret" not in sentence
    assert "//…@example.org" in sentence


@pytest.mark.parametrize("address", ["http://ha:8123", "https://x.org/a@b", "http://[::1]:8123/"])
def test_an_address_without_one_is_taken(address: str) -> None:
    config = parsed_config(f"home_assistant: {{url: '{address}'}}".encode(), Path("config.yaml"))
    assert config.home_assistant.url == address


@pytest.mark.parametrize(
    ("content", "key", "message", "sentence"),
    [
        (
            {"battery": {"capacity_kwh": 0}},
            "battery.capacity_kwh",
            "It must be greater than 0",
            "battery.capacity_kwh (0): input should be greater than 0. It is: Usable energy",
        ),
        (
            {"batery": {}},
            "batery",
            "is no key; did you mean battery?",
            "batery is no key; did you mean battery?",
        ),
        (
            {"evs": [{"id": "grid"}]},
            "evs",
            "The id 'grid' is taken; give the vehicle another one",
            "evs ([{'id': 'grid'}]): the id 'grid' is taken",
        ),
        (
            {"evs": [{}, {"id": "b", "phases": 2}]},
            "evs.1.phases",
            "It must be 1 or 3",
            "evs.1.phases (2): input should be 1 or 3",
        ),
    ],
)
def test_a_problem_has_its_key_a_message_beside_it_and_a_sentence_by_itself(
    content: dict[str, object], key: str, message: str, sentence: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Config.model_validate(content)
    (problem,) = key_problems(caught.value)
    assert (problem.key, problem.message) == (key, message)
    assert problem.sentence.startswith(sentence)


def test_a_missing_file_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"copy config\.example\.yaml there"):
        load_config(tmp_path / "config.yaml")
